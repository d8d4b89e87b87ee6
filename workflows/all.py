"""全部流程: what a worker registers."""

from workflows.archive_hour import ArchiveHourWorkflow
from workflows.bulletin import BulletinWorkflow
from workflows.bulletin_day import BulletinDayWorkflow
from workflows.canary import CanaryWorkflow
from workflows.issue import IssueWorkflow
from workflows.lead import LeadWorkflow

ALL_WORKFLOWS = (
    *(IssueWorkflow, LeadWorkflow, BulletinWorkflow),
    *(BulletinDayWorkflow, ArchiveHourWorkflow, CanaryWorkflow),
)
