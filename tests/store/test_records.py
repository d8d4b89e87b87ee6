"""The two activities: at once, or honestly not; and as long as it takes."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.exceptions import ApplicationError

from activities import record as module
from activities.record import Records
from domain.chain import GENESIS
from domain.issue import commands as say
from domain.issue.letter import Letter
from store import journal
from store.pool import Pool
from tests.servers import TestPostgres
from tests.store.letters import Life

IN_TIME = 1.0


@pytest_asyncio.fixture(loop_scope="session")
async def records(database: str) -> AsyncIterator[Records]:
    """Give the activities of one worker."""
    records = Records(database, 4)
    yield records
    await records.close()


async def timed(records: Records, letter: Letter) -> tuple[str, float]:
    began = time.monotonic()
    answer = await records.record_now(letter)
    return answer.state, time.monotonic() - began


async def rested(records: Records) -> None:
    records._resting_until = 0.0


async def test_a_letter_is_recorded_now(records: Records) -> None:
    life = Life()

    answer = await records.record_now(life.letter())

    assert (answer.state, answer.tail, answer.number) == ("recorded", life.issue.tail, 1)


async def test_a_letter_that_does_not_fit_is_answered_with_the_reason(records: Records) -> None:
    life = Life()
    life.letter()
    life.wait(15)
    letter = life.letter()

    answer = await records.record_now(letter)

    assert answer.state == "diverged"
    assert answer.trouble is not None
    assert life.issue_id in answer.trouble
    with pytest.raises(ApplicationError, match=f"{life.issue_id}: facts 2 to 5") as refused:
        await records.record_until_done(letter)
    assert (refused.value.type, refused.value.non_retryable) == ("Gap", False)
    assert refused.value.__cause__ is None


async def test_another_fact_at_a_known_number_is_called_diverged(records: Records) -> None:
    life = Life()
    letter = life.letter()
    await records.record_now(letter)
    body = letter.lines[0].body.replace("乐至县", "安岳县")
    line = letter.lines[0].model_copy(update={"body": body, "hash": journal.link(GENESIS, 1, body)})
    other = letter.model_copy(update={"lines": (line,)})

    assert (await records.record_now(other)).state == "diverged"
    with pytest.raises(ApplicationError) as refused:
        await records.record_until_done(other)
    assert refused.value.type == "Diverged"


async def test_a_difference_that_the_issue_does_not_show_yet_is_answered_with_the_journals_words(
    records: Records,
) -> None:
    journals, issues = Life(), Life()
    await records.record_now(journals.letter())
    issues.letter()
    journals.hear(say.AttachReport, 1, report="1" * 12, source="PATROL")
    await records.record_now(journals.letter())
    issues.hear(say.RecordStop, 1, photos=1)
    letter = issues.letter()

    answers = [await records.record_now(letter), await records.record_until_done(letter, "letter_waiting")]

    assert [answer.state for answer in answers] == ["diverged", "diverged"]
    assert {answer.order for answer in answers} == {(journals.events[-1].command,)}
    with pytest.raises(ApplicationError):
        await records.record_until_done(letter, "diverged")


async def test_a_worker_starts_without_postgres(postgres: TestPostgres) -> None:
    records = Records("postgresql://river@127.0.0.1:1/river")

    state, took = await timed(records, Life().letter())

    assert (state, took < IN_TIME) == ("away", True)
    await records.close()


async def test_an_outage_is_answered_at_once_and_ends_by_itself(
    records: Records, pool: Pool, postgres: TestPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REST", 0.5)
    lives = [Life(running) for running in range(1, 5)]
    letters = [life.letter() for life in lives]
    assert (await records.record_now(letters[0])).state == "recorded"

    await postgres.server.stop()
    first, second = await timed(records, letters[1]), await timed(records, letters[2])
    with pytest.raises(ApplicationError, match=f"{lives[1].issue_id}: facts 1 to 1") as away:
        await records.record_until_done(letters[1])
    await postgres.server.start()
    await asyncio.sleep(0.5)  # the breaker closes
    answers = [await records.record_now(letters[3]), await records.record_until_done(letters[1])]

    assert (first[0], first[1] < IN_TIME) == ("away", True)
    assert (second[0], second[1] < 0.02) == ("away", True)
    assert (away.value.type, away.value.__cause__) == ("Away", None)
    assert [answer.state for answer in answers] == ["recorded", "recorded"]
    assert await pool.fetchval("SELECT count(*) FROM issue_facts") == 3


async def test_a_postgres_that_hangs_is_away_in_time_and_comes_back(
    records: Records, pool: Pool, postgres: TestPostgres
) -> None:
    first, second = Life(1).letter(), Life(2).letter()
    await records.record_now(first)
    sessions = [
        row["pid"] for row in await pool.fetch("SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL")
    ]
    held = [pid for pid in [*sessions, postgres.server.pid] if pid]

    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        state, took = await timed(records, second)
        assert (state, took < IN_TIME) == ("away", True)
    finally:
        for pid in reversed(held):
            os.kill(pid, signal.SIGCONT)
    await rested(records)

    assert (await records.record_until_done(second)).state == "recorded"


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(
    records: Records, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = Life().letter()
    real = journal.record

    async def lost(*given: object) -> journal.Recorded:
        await real(*given)  # type: ignore[arg-type]
        await asyncio.sleep(10)
        raise AssertionError("nobody waits for this")

    monkeypatch.setattr(journal, "record", lost)
    assert (await records.record_now(letter)).state == "away"
    monkeypatch.setattr(journal, "record", real)

    answer = await records.record_until_done(letter)

    assert answer.tail == letter.tail
    assert await pool.fetchval("SELECT count(*) FROM effects") == len(letter.effects)


async def test_a_letter_survives_the_way_through_temporal(records: Records) -> None:
    letter = Life().letter()

    same = Letter.model_validate_json(letter.model_dump_json())

    assert same == letter
    assert (await records.record_now(same)).tail == letter.tail


async def test_one_letter_that_waits_too_long_is_no_outage(records: Records, pool: Pool) -> None:
    slow, quick, next_one = (Life(running).letter() for running in (1, 2, 3))
    async with pool.acquire() as connection, connection.transaction():
        await journal._append(connection, slow)  # a rival that has not made up its mind
        waiting = asyncio.create_task(records.record_now(slow))
        await asyncio.sleep(0.4)  # half of what an answer may take
        assert (await records.record_now(quick)).state == "recorded"
        assert (await waiting).state == "away"

    assert (await records.record_now(next_one)).state == "recorded"
