"""沙箱: in what workflows run, at work and in a replay."""

from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from memory import LightRunner
from settings import Settings

PASSED_THROUGH = ("domain", "activities", "asyncpg", "structlog")
"""Deterministic by contract, or a C extension that crashes when the sandbox imports it a second time."""


def runner(settings: Settings) -> WorkflowRunner:
    """Return the sandbox with the rule book passed through, or none where the settings ask for speed."""
    return sandboxed() if settings.sandbox else LightRunner()


def sandboxed() -> WorkflowRunner:
    """Return the sandbox, for whoever has no settings: a replay of what somebody brings."""
    return SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
