"""续: continue-as-new carries the issue and nothing else; a nudge only makes it look again."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowExecutionStatus

from domain.issue import commands as say
from domain.issue.state import Issue
from domain.issue.views import details
from domain.terms import Stage
from tests.servers import TestPostgres
from tests.workflows.shell import Living, Shell, eventually, has_rolled, impatient_server, payloads, shell
from workflows.issue import Beginning


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def impatient(postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give a shell on a server that finds 15 events long."""
    dsn = await postgres.fresh_database()
    env = await impatient_server(15)
    async with env, shell(env, dsn, "issues-short") as one:
        yield one


async def _first_run(issue: Living) -> list[HistoryEvent]:
    started = (await issue.events())[0].workflow_execution_started_event_attributes
    first = issue.client.get_workflow_handle(issue.handle.id, run_id=started.first_execution_run_id)
    return list((await first.fetch_history()).events)


async def _rolled(shell: Shell) -> Living:
    issue = await shell.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await eventually("it continues as new", lambda: has_rolled(issue))
    return issue


async def test_a_long_history_is_continued_with_the_issue_and_nothing_else(impatient: Shell) -> None:
    issue = await _rolled(impatient)

    first, second = await _first_run(issue), (await issue.events())[0]

    ended = first[-1].workflow_execution_continued_as_new_event_attributes
    carried = Beginning.model_validate_json(ended.input.payloads[0].data)
    assert carried == Beginning(issue=await issue.issue())
    assert len(ended.input.payloads) == 1
    assert len(second.workflow_execution_started_event_attributes.input.payloads) == 1


async def test_a_continued_issue_keeps_its_clocks_and_its_timer(impatient: Shell) -> None:
    issue = await _rolled(impatient)
    limit = (await issue.issue()).clocks[0].limit_at

    await issue.pass_until(limit + timedelta(minutes=2))

    lines = await issue.journal()
    assert [line.kind for line in lines][-2:] == ["EarlyReminded", "Lapsed"]
    assert lines[-1].said_at == limit
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]


async def test_a_continued_issue_shows_its_details_and_touches_no_attribute(impatient: Shell) -> None:
    issue = await _rolled(impatient)

    shown = (await issue.metadata()).current_details

    assert shown == details(await issue.issue())
    assert await issue.events("UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == []
    assert (await issue.shown())["Stage"] == "rectifying"


async def test_the_same_command_after_it_was_continued_is_one_fact(impatient: Shell) -> None:
    issue = await impatient.open()
    stop = await issue.word(say.RecordStop)
    await issue.send(stop)
    await issue.say(say.Assign)
    await eventually("it continues as new", lambda: has_rolled(issue))

    again = await issue.send(stop)

    assert again.fact == 3
    assert await issue.kinds() == ["Opened", "Stopped", "Assigned"]


async def test_words_that_meet_the_roll_are_not_lost(impatient: Shell) -> None:
    issue = await impatient.open()

    for _ in range(9):
        await issue.say(say.AttachReport)

    assert len(await issue.journal()) == 10
    assert (await issue.issue()).reports == 10
    assert await has_rolled(issue)


async def test_a_nudge_with_or_without_a_word_changes_nothing(the_shell: Shell) -> None:
    issue = await the_shell.open()
    before: Issue = await issue.issue()

    await issue.handle.signal("nudge")
    await issue.handle.signal("nudge", "看一看")
    await issue.handle.signal("nudge", {"any": ["thing"]})
    await issue.handle.signal("nudge", args=[1, 2, 3, 4])  # an argument too many must not jam the issue
    await issue.say(say.RecordStop)

    assert (await issue.issue()).number == before.number + 1
    assert len(await issue.events("WORKFLOW_EXECUTION_SIGNALED")) == 4
    assert await issue.events("WORKFLOW_TASK_FAILED") == []
    assert (await issue.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert "看一看" in payloads((await issue.events("WORKFLOW_EXECUTION_SIGNALED"))[1])


async def test_a_cancellation_from_the_web_ui_ends_no_issue(a_shell: Shell) -> None:
    issue = await a_shell.open()

    await issue.handle.cancel()
    await issue.say(say.RecordStop)
    await issue.handle.cancel()
    await issue.say(say.Assign)

    assert (await issue.issue()).stage is Stage.RECTIFYING
    assert (await issue.handle.describe()).status is WorkflowExecutionStatus.RUNNING
