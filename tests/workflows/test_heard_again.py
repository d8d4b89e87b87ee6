"""重听: words that come back in another order than the journal has them are heard again in its order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from uuid import uuid4

import pytest_asyncio
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from connection import data_converter
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.events import Lapsed, read_fact
from domain.issue.evolve import retell
from domain.issue.letter import Letter
from domain.issue.opening import open_issue
from domain.terms import Stage
from sandbox import sandboxed
from store import journal
from store.journal import SQL
from store.pool import transaction
from tests.workflows.ahead import record_ahead, record_words
from tests.workflows.shell import Living, Shell, eventually, shell
from tests.workflows.words import word
from worker import issue_worker
from workflows.issue import Beginning
from workflows.relive import relive


async def _trouble(issue: Living) -> str | None:
    return (await issue.shown()).get("Trouble")


async def _is(value: Awaitable[object], wanted: object) -> bool:
    return await value == wanted


async def _pending(issue: Living) -> list[PendingActivityInfo]:
    return list((await issue.handle.describe()).raw_description.pending_activities)


async def _is_tried_again(issue: Living) -> bool:
    return bool(pending := await _pending(issue)) and pending[0].attempt >= 2


async def _posted(issue: Living) -> list[Letter]:
    """Replay what the issue has lived with today's code; return the letters that it posts."""
    lived = await relive([await issue.history()], data_converter, sandboxed())
    if lived.fault:
        raise lived.fault
    return list(lived.letters)


async def _assert_whole(issue: Living, kinds: list[str], words: list[Command]) -> None:
    """The journal is the issue, holds every word once, nothing troubles it, and its history replays."""
    lines = await issue.journal()
    facts = [read_fact(line.body) for line in lines]
    assert [line.kind for line in lines] == kinds
    assert [fact.command for fact in facts if fact.command in {said.id for said in words}] == [
        said.id for said in words
    ]
    assert retell(facts) == await issue.issue()
    await eventually("no trouble is shown", lambda: _is(_trouble(issue), None))
    assert await issue.events("WORKFLOW_TASK_FAILED") == []
    assert (await _posted(issue))[-1].tail == lines[-1].hash


async def _assert_waits(shell: Shell, issue: Living, facts: int, kinds: list[str]) -> None:
    """The issue waits visibly for an operator, hears what is said, and others go on; its history replays."""
    await eventually("it is seen", lambda: _is(_trouble(issue), "diverged"))
    await eventually("it is tried again", lambda: _is_tried_again(issue))
    (waiting,) = await _pending(issue)
    other = await shell.open()
    await other.say(say.RecordStop)

    assert waiting.activity_type.name == "record_until_done"
    assert "in the journal and" in waiting.last_failure.message
    assert (await issue.issue()).number == facts
    assert [line.kind for line in await journal.facts(shell.pool, issue.issue_id)] == kinds
    assert await other.kinds() == ["Opened", "Stopped"]
    await _posted(issue)
    await issue.handle.terminate()


@pytest_asyncio.fixture(loop_scope="session")
async def unattended(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Shell]:
    """Give a shell whose task queue no worker looks at, unless a test lets one."""
    async with shell(temporal_env, database, "issues-of-somebody-else") as one:
        one.settings = one.settings.model_copy(update={"task_queue": f"issues-{uuid4()}"})
        yield one


def _attended(shell: Shell) -> Worker:
    return issue_worker(shell.client, shell.settings, shell.records)


async def _said_while_nobody_works(shell: Shell, issue: Living, words: list[Command]) -> None:
    """Say the words one after the other before any worker looks, so that one task brings them all."""
    saying = []
    for said in words:
        saying.append(asyncio.create_task(issue.send(said)))
        await asyncio.sleep(0.1)  # an update leaves no trace before a worker takes it
    async with _attended(shell):
        await asyncio.gather(*saying)
        await issue.journal()


async def _beginning(issue: Living) -> Beginning:
    """Return what the issue was started with."""
    started = (await issue.events())[0].workflow_execution_started_event_attributes
    (beginning,) = await data_converter.decode(started.input.payloads, [Beginning])
    assert isinstance(beginning, Beginning)
    return beginning


async def test_two_words_that_come_back_in_another_order_are_taken_as_the_journal_has_them(
    the_shell: Shell,
) -> None:
    """The worker was killed after it recorded the clue; the stop, said beside it, now comes first."""
    issue = await the_shell.open()
    stop, clue = await issue.word(say.RecordStop), await issue.word(say.AttachReport)
    await record_ahead(the_shell, issue, [clue])

    await issue.send(stop)
    before = await _trouble(issue)
    await issue.send(clue)

    assert before == "diverged"  # the journal names a word that nobody has said yet
    await _assert_whole(issue, ["Opened", "ReportAttached", "Stopped"], [clue, stop])
    assert await _pending(issue) == []


async def test_words_of_one_task_are_heard_again_at_once(unattended: Shell) -> None:
    async with _attended(unattended):
        issue = await unattended.open()
        stop, clue, more = [
            await issue.word(kind) for kind in (say.RecordStop, say.AttachReport, say.AttachReport)
        ]
        await record_ahead(unattended, issue, [more, clue])

    await _said_while_nobody_works(unattended, issue, [stop, clue, more])

    async with _attended(unattended):
        kinds = ["Opened", "ReportAttached", "ReportAttached", "Stopped"]
        await _assert_whole(issue, kinds, [more, clue, stop])
    assert [len(letter.lines) for letter in await _posted(issue)] == [1, 3, 3]
    assert await issue.events("ACTIVITY_TASK_SCHEDULED") == []


async def test_the_first_words_of_all_are_heard_again_behind_the_opening(unattended: Shell) -> None:
    issue = await unattended.open()
    command = (await _beginning(issue)).opening
    assert command is not None
    first = open_issue(command, command.said_at)
    born = retell(first)
    stop = word(born, say.RecordStop, command.said_at, "stop")
    clue = word(born, say.AttachReport, command.said_at, "clue")
    await record_words(unattended.pool, None, born, [clue], first)

    await _said_while_nobody_works(unattended, issue, [stop, clue])

    async with _attended(unattended):
        await _assert_whole(issue, ["Opened", "ReportAttached", "Stopped"], [clue, stop])


async def test_a_word_heard_while_the_letter_was_under_way_is_kept(the_shell: Shell) -> None:
    issue = await the_shell.open()
    stop, clue, more = [
        await issue.word(kind) for kind in (say.RecordStop, say.AttachReport, say.AttachReport)
    ]
    await record_ahead(the_shell, issue, [clue])
    async with transaction(the_shell.pool) as connection:
        # Somebody else writes for a long time: the letter waits at the same lock and meets more words.
        await connection.execute(SQL["lock_issue"], issue.issue_id)
        await issue.send(stop)
        shown = await _trouble(issue)
        await issue.send(more)
        await issue.send(clue)

    assert shown == "letter_waiting"
    await _assert_whole(issue, ["Opened", "ReportAttached", "Stopped", "ReportAttached"], [clue, stop, more])
    assert len(await issue.events("ACTIVITY_TASK_SCHEDULED")) == 1


async def test_a_letter_that_was_away_and_then_diverges_says_so(the_shell: Shell) -> None:
    issue = await the_shell.open()
    stop, clue = await issue.word(say.RecordStop), await issue.word(say.AttachReport)
    await record_ahead(the_shell, issue, [clue])
    async with transaction(the_shell.pool) as connection:
        await connection.execute(SQL["lock_issue"], issue.issue_id)
        await issue.send(stop)
        shown = await _trouble(issue)

    assert shown == "letter_waiting"
    await _assert_waits(the_shell, issue, 2, ["Opened", "ReportAttached"])


async def test_what_time_said_between_the_words_is_said_again_between_them(the_shell: Shell) -> None:
    issue = await the_shell.open()
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit - timedelta(seconds=4))
    await issue.journal()
    early = await issue.word(say.AttachReport)
    late = await issue.word(say.AttachReport, at=limit + timedelta(milliseconds=500))
    await record_ahead(the_shell, issue, [early, late])

    await asyncio.gather(issue.send(late), issue.send(early))

    lines = (await issue.journal())[-3:]
    await _assert_whole(issue, await issue.kinds(), [early, late])
    assert [line.kind for line in lines] == ["ReportAttached", "Lapsed", "ReportAttached"]
    assert (lines[1].said_at, lines[1].at) == (limit, limit)
    assert isinstance(read_fact(lines[1].body), Lapsed)


async def test_a_word_that_may_not_be_said_in_the_journals_order_leaves_all_to_an_operator(
    the_shell: Shell,
) -> None:
    """A clue that was acknowledged cannot be attached to an issue that the journal saw dismissed before."""
    issue = await the_shell.open()
    clue, dismissal = await issue.word(say.AttachReport), await issue.word(say.Dismiss)
    await record_ahead(the_shell, issue, [dismissal])

    await issue.send(clue)
    await issue.send(dismissal)

    assert (await issue.issue()).stage is Stage.DISMISSED
    await _assert_waits(the_shell, issue, 3, ["Opened", "Dismissed"])


async def test_a_word_that_never_comes_back_leaves_all_to_an_operator(the_shell: Shell) -> None:
    issue = await the_shell.open()
    stop, clue = await issue.word(say.RecordStop), await issue.word(say.AttachReport)
    await record_ahead(the_shell, issue, [clue])

    receipt = await issue.send(stop)
    later = await issue.say(say.Assign)

    assert (receipt.fact, later.fact) == (2, 3)
    await _assert_waits(the_shell, issue, 3, ["Opened", "ReportAttached"])


async def test_another_fact_under_the_same_words_id_is_not_adopted(the_shell: Shell) -> None:
    """Heard again in the journal's order it still is not what the journal holds: once is enough."""
    issue = await the_shell.open()
    stop, clue = await issue.word(say.RecordStop), await issue.word(say.AttachReport)
    foreign = clue.model_copy(update={"source": "HOTLINE"})
    await record_ahead(the_shell, issue, [foreign])

    await asyncio.gather(issue.send(stop), issue.send(clue))
    await eventually("it is seen", lambda: _is(_trouble(issue), "diverged"))
    held = await journal.facts(the_shell.pool, issue.issue_id)

    assert [line.kind for line in held] == ["Opened", "ReportAttached"]
    assert "HOTLINE" in held[1].body
    await _assert_waits(the_shell, issue, 3, ["Opened", "ReportAttached"])
