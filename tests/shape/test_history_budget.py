"""历史预算: what one life costs the server. Measured: 42 events, 10,196 bytes; closed 51 and 11,790."""

from collections.abc import AsyncIterator

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from store import journal
from tests.servers import TestPostgres
from tests.workflows.shell import Living, Shell, eventually, shell

A_TASK_GIVEN_UP = 3
"""Events: scheduled, started, timed out."""
TO_ACCEPTED = (say.RecordStop, say.Assign, say.ReportRectified, say.AcceptRectification)


@pytest_asyncio.fixture(loop_scope="session")
async def idle_shell(temporal_env: WorkflowEnvironment, postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give a shell that nobody else uses: a crowded one puts two words into one task and flatters itself."""
    dsn = await postgres.fresh_database()
    async with shell(temporal_env, dsn, "issues-budget") as one:
        await _live(one)  # the first letter waits for a connection, which the others find open
        yield one


async def _spent(issue: Living) -> tuple[int, int]:
    """Return events and bytes; a task that a busy machine gave up and did again is no cost."""
    info = (await issue.handle.describe()).raw_description.workflow_execution_info
    given_up = len(await issue.events("WORKFLOW_TASK_TIMED_OUT"))
    return info.history_length - A_TASK_GIVEN_UP * given_up, info.history_size_bytes


async def _live(shell: Shell, *kinds: type[say.Command]) -> Living:
    issue = await shell.open()
    for told, kind in enumerate(kinds, start=1):
        await eventually("the last word is told", lambda n=told: _is_told(issue, n))
        command = await issue.word(kind)
        assert len(command.model_dump_json()) <= 250
        await issue.send(command)
    await eventually("the last word is told", lambda: _is_told(issue, 1 + len(kinds)))
    return issue


async def _is_told(issue: Living, number: int) -> bool:
    # Nothing is asked of the workflow meanwhile: a question that meets a task at work costs another task.
    return len(await journal.facts(issue.pool, issue.issue_id)) == number


async def test_an_issue_that_was_accepted_took_44_events(idle_shell: Shell) -> None:
    issue = await _live(idle_shell, *TO_ACCEPTED)

    events, size = await _spent(issue)

    assert events <= 44, f"{events} events, {size} bytes"
    assert size <= 10_500, f"{events} events, {size} bytes"


async def test_an_issue_that_was_closed_took_52_events(idle_shell: Shell) -> None:
    issue = await _live(idle_shell, *TO_ACCEPTED, say.Close)
    await issue.handle.result()

    events, size = await _spent(issue)

    assert events <= 52, f"{events} events, {size} bytes"
    assert size <= 12_000, f"{events} events, {size} bytes"
