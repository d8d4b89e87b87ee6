"""版本: with a deployment set, an issue stays on the code it began with until it may be continued as new."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from tests.workflows.shell import Living, Shell, eventually, has_rolled, shell

DEPLOYMENT = "river-test"


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Give something that stops workers in the reverse order of their starting."""
    async with AsyncExitStack() as stack:
        yield stack


async def _make_current(client: Client, build_id: str) -> None:
    async def is_current() -> bool:
        try:
            # Refused until the server has seen a worker of the build.
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace, deployment_name=DEPLOYMENT, build_id=build_id, identity="ops"
                )
            )
        except RPCError:
            return False
        described = await client.workflow_service.describe_worker_deployment(
            DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=DEPLOYMENT)
        )
        routing = described.worker_deployment_info.routing_config
        return bool(routing.current_deployment_version.build_id == build_id)

    await eventually(f"{build_id} is current", is_current)


async def _version(issue: Living) -> tuple[str, int]:
    info = (await issue.handle.describe()).raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id, info.behavior


async def test_a_pinned_issue_moves_to_the_new_build_when_it_is_nudged_and_keeps_its_state(
    temporal_env: WorkflowEnvironment, database: str, stack: AsyncExitStack
) -> None:
    build = {"deployment": DEPLOYMENT}
    old: Shell = await stack.enter_async_context(
        shell(temporal_env, database, "issues-versioned", **build, build_id="v1")
    )
    await _make_current(old.client, "v1")
    issue = await old.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    began, before = await _version(issue), await issue.issue()

    await stack.enter_async_context(shell(temporal_env, database, "issues-versioned", **build, build_id="v2"))
    await _make_current(old.client, "v2")
    idle = await _version(issue)
    await _nudge_until_it_rolls(issue)

    pinned = 1
    assert (began, idle) == (("v1", pinned), ("v1", pinned))
    assert await issue.issue() == before
    assert (await issue.say(say.Assign)).fact == before.number + 1
    assert await _version(issue) == ("v2", pinned)
    assert await issue.kinds() == ["Opened", "Stopped", "Assigned"]


async def _nudge_until_it_rolls(issue: Living) -> None:
    async def rolled() -> bool:
        # The new current version reaches the server's parts one after the other.
        await issue.handle.signal("nudge")
        return await has_rolled(issue)

    await eventually("it continues as new", rolled)
