"""The door: a word reaches its issue at once, or past the backlog if it must wait; nothing stays raised."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from connection import data_converter
from domain.issue import commands as say
from domain.terms import Stage
from intake.door import FIRST, HURRIED_FOR, ORDINARY, UNHURRIED, Door
from tests.conftest import TemporalFile
from tests.servers import TestPostgres, connect
from tests.workflows.shell import Living, Shell, begin, eventually, fresh_issue_id, shell
from tests.workflows.words import COUNTY_OFFICE, opening
from worker import issue_worker

QUEUE = "issues-door"


@pytest_asyncio.fixture(loop_scope="session")
async def served(temporal_env: WorkflowEnvironment, postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give a shell with a worker."""
    async with shell(temporal_env, await postgres.fresh_database(), QUEUE) as one:
        yield one


async def _priority(issue: Living) -> int:
    """Return the priority that the server keeps; 0 is an issue that nobody raised yet."""
    described = (await issue.handle.describe()).raw_description
    return described.workflow_execution_info.priority.priority_key


async def _raisings(issue: Living) -> int:
    return len(await issue.events("WORKFLOW_EXECUTION_OPTIONS_UPDATED"))


async def test_a_word_that_is_answered_at_once_costs_nothing_more(served: Shell) -> None:
    issue = await served.open()

    receipt = await Door(served.client).say(issue.issue_id, await issue.word(say.RecordStop))

    assert receipt.stage is Stage.STOPPED
    assert await _raisings(issue) == 0


async def test_a_word_that_waits_is_let_past_and_its_issue_stands_again_as_it_stood(
    temporal_env: WorkflowEnvironment, served: Shell
) -> None:
    issue_id, queue = fresh_issue_id(), f"{QUEUE}-unattended"
    await begin(served.client, opening(issue_id, datetime.now(UTC)), queue)
    issue = Living(served.client, served.pool, issue_id)
    stop = say.RecordStop(id="stop", by=_finder(), said_at=datetime.now(UTC), photos=1, manifest="ab12" * 16)
    door = Door(served.client)
    saying = asyncio.create_task(door.say(issue_id, stop))
    await eventually("it is let past", lambda: _is(issue, FIRST))

    settings = served.settings.model_copy(update={"task_queue": queue})
    async with issue_worker(temporal_env.client, settings, served.records):
        receipt = await saying
        await eventually("it stands again", lambda: _is(issue, ORDINARY))

    assert receipt.stage is Stage.STOPPED
    assert await _raisings(issue) == 2
    assert door.is_hurried
    assert HURRIED_FOR > 0


async def test_what_a_machine_says_waits_its_turn_and_hurries_nobody(
    temporal_env: WorkflowEnvironment, served: Shell
) -> None:
    issue_id, queue = fresh_issue_id(), f"{QUEUE}-unhurried"
    await begin(served.client, opening(issue_id, datetime.now(UTC)), queue)
    issue = Living(served.client, served.pool, issue_id)
    door, began = Door(served.client), time.monotonic()
    telling = asyncio.create_task(door.tell(issue_id, _attaching()))
    await eventually("a person's word would be let past", lambda: _has_waited(began))

    settings = served.settings.model_copy(update={"task_queue": queue})
    async with issue_worker(temporal_env.client, settings, served.records):
        await telling

    assert await _raisings(issue) == 0
    assert not door.is_hurried


async def test_a_server_that_was_never_reached_is_away_and_nobody_hurries_for_it() -> None:
    door = Door(await Client.connect("127.0.0.1:1", data_converter=data_converter, lazy=True))

    for say_it in (door.say, door.tell):
        with pytest.raises(RPCError) as away:
            await say_it("512022-2026-000001", _attaching())

        assert away.value.status is RPCStatusCode.UNAVAILABLE
    assert not door.is_hurried


async def test_an_outage_hurries_nobody(temporal_file: TemporalFile) -> None:
    server = await temporal_file()
    door = Door(await connect(server))
    server.kill()

    with pytest.raises(RPCError) as away:
        await door.say("512022-2026-000001", _attaching())

    assert away.value.status is RPCStatusCode.UNAVAILABLE
    assert not door.is_hurried


async def test_after_a_word_that_waited_the_next_is_let_past_before_it_waits(served: Shell) -> None:
    issue = await served.open()
    door = Door(served.client)
    door.hurry()

    await door.say(issue.issue_id, await issue.word(say.RecordStop))

    await eventually("it stands again", lambda: _is(issue, ORDINARY))
    assert await _raisings(issue) == 2


async def test_a_refused_word_raises_what_was_refused_and_nothing_stays_raised(served: Shell) -> None:
    issue = await served.open()
    door = Door(served.client)
    door.hurry()

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await door.say(issue.issue_id, await issue.word(say.Close))

    assert "NotAtThisStage" in repr(refused.value.cause)
    assert await _priority(issue) == ORDINARY


async def test_two_words_that_wait_for_one_issue_lower_it_once(served: Shell) -> None:
    issue = await served.open()
    door = Door(served.client)
    door.hurry()
    await issue.say(say.RecordStop)

    first, second = await asyncio.gather(
        door.say(issue.issue_id, await issue.word(say.Assign)),
        door.say(issue.issue_id, await issue.word(say.AttachReport)),
    )

    assert {first.fact, second.fact} == {3, 4}
    assert await _priority(issue) == ORDINARY


async def test_the_last_word_of_an_issue_is_answered_though_nothing_is_left_to_be_lowered(
    served: Shell,
) -> None:
    issue = await served.open()
    door = Door(served.client)
    door.hurry()

    receipt = await door.say(issue.issue_id, await issue.word(say.Dismiss))

    assert receipt.stage is Stage.DISMISSED


async def _has_waited(began: float) -> bool:
    return time.monotonic() - began > 2 * UNHURRIED


def _attaching() -> say.AttachReport:
    at = datetime.now(UTC)
    return say.AttachReport(id="attach", by=COUNTY_OFFICE, said_at=at, report="0" * 12, source="PATROL")


async def _is(issue: Living, priority: int) -> bool:
    return await _priority(issue) == priority


def _finder() -> str:
    finder = opening("512022-2026-000001", datetime.now(UTC)).finder
    assert finder is not None
    return finder
