"""全部流程: what a worker registers."""

from workflows.issue import IssueWorkflow

ALL_WORKFLOWS = (IssueWorkflow,)
