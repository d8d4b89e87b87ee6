"""全部流程: what a worker registers."""

from workflows.issue import IssueWorkflow
from workflows.lead import LeadWorkflow

ALL_WORKFLOWS = (IssueWorkflow, LeadWorkflow)
