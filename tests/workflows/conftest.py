"""Shells: one worker for the whole run of each kind that the small suite is run with."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

import worker
from sandbox import PASSED_THROUGH
from settings import Settings
from tests.servers import TestPostgres
from tests.workflows.shell import Shell, shell

STRICT = (
    SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
    | SandboxImportNotificationPolicy.WARN_ON_DYNAMIC_IMPORT
)
OUR_OWN = ("workflows.letters", "workflows.names")
"""The shell itself is imported anew for each issue, on purpose; nothing else may be."""
KINDS: Mapping[str, Mapping[str, Any]] = {
    "sandboxed": {},
    "strict_imports": {},
    "nothing_cached": {"max_cached_issues": 0},
    "unsandboxed": {"sandbox": False},
}


def strict_runner(_: Settings) -> WorkflowRunner:
    """Return the worker's own sandbox, which now refuses every import that was not declared."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH, *OUR_OWN)
    return SandboxedWorkflowRunner(restrictions.with_import_notification_policy(STRICT))


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=list(KINDS))
async def a_shell(
    request: pytest.FixtureRequest, temporal_env: WorkflowEnvironment, postgres: TestPostgres
) -> AsyncIterator[Shell]:
    """Give a shell of every kind, one after the other: a test that asks for it runs with each."""
    kind = request.param
    dsn = await postgres.fresh_database()
    with pytest.MonkeyPatch.context() as patch:
        if kind == "strict_imports":
            patch.setattr(worker, "runner", strict_runner)
        async with shell(temporal_env, dsn, f"issues-{kind}", **KINDS[kind]) as one:
            yield one
    await postgres.drop(dsn)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def the_shell(temporal_env: WorkflowEnvironment, postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give the shell as it is served: for tests that one kind of worker is enough for."""
    dsn = await postgres.fresh_database()
    async with shell(temporal_env, dsn, "issues-as-served") as one:
        yield one
    await postgres.drop(dsn)
