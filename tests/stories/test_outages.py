"""停摆: whatever stops, an outage changes nothing in the outcome: no fact lost, none twice, moments true."""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.issue import commands as say
from domain.issue.events import Lapsed, LapseWithdrawn, read_fact
from domain.terms import Clock
from store import journal
from tests.servers import server_on_file
from tests.stories.outage import Service, service
from tests.workflows.shell import Living, eventually

POSTGRES_AWAY = float(os.environ.get("POSTGRES_AWAY", "60"))
"""Seconds for which Postgres is stopped: a minute, or less for a quicker look."""
KILLS = 5
ACKNOWLEDGED_WITHIN = 3.0
CALM = {"limits": {Clock.STOP: "1h"}}
SHORT = {"limits": {Clock.STOP: "3s"}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Give one service for the whole file: every test leaves it running."""
    folder: Path = tmp_path_factory.mktemp("outages")
    server = server_on_file(folder / "temporal")
    await server.start()
    async with service(folder, server) as one:
        yield one
    await server.stop()


async def _has_come(moment: datetime) -> bool:
    return datetime.now(UTC) > moment


async def _holds(service: Service, issue: Living, kind: str) -> bool:
    return any(line.kind == kind for line in await journal.facts(service.pool, issue.issue_id))


async def test_the_only_worker_is_dead_while_a_limit_passes_and_a_word_is_said(running: Service) -> None:
    issue = await running.open(**SHORT)
    limit = (await issue.issue()).clocks[0].limit_at
    stop = await issue.word(say.RecordStop, at=limit + timedelta(seconds=1))
    running.worker.kill()
    await eventually("the limit has passed", lambda: _has_come(stop.said_at))

    said = asyncio.create_task(running.insist(issue, stop))
    await asyncio.sleep(0.2)
    again = asyncio.create_task(running.insist(issue, stop))
    await running.worker.start()
    first, second = await asyncio.gather(said, again)

    facts = [read_fact(line.body) for line in await issue.journal()]
    assert [fact.kind for fact in facts] == ["Opened", "EarlyReminded", "Lapsed", "Stopped"]
    assert (facts[2].said_at, facts[2].at) == (limit, limit)
    assert facts[3].said_at == stop.said_at
    assert first.fact == 4
    assert second.fact >= 4
    await running.assert_whole([issue], {})


async def test_a_word_said_in_time_is_heard_after_the_lapse_was_a_fact(running: Service) -> None:
    issue = await running.open(**SHORT)
    limit = (await issue.issue()).clocks[0].limit_at
    stop = await issue.word(say.RecordStop, at=limit - timedelta(seconds=1))
    await eventually("the lapse is a fact", lambda: _holds(running, issue, "Lapsed"))

    await running.insist(issue, stop)

    facts = [read_fact(line.body) for line in await issue.journal()]
    withdrawn = next(fact for fact in facts if isinstance(fact, LapseWithdrawn))
    lapsed = next(number for number, fact in enumerate(facts, start=1) if isinstance(fact, Lapsed))
    assert facts[-1].kind == "Stopped"
    assert lapsed in withdrawn.facts
    assert not (await issue.issue()).is_overdue
    await running.assert_whole([issue], {})


async def test_postgres_is_stopped_for_a_good_while_under_load(running: Service) -> None:
    issues = [await running.open(**CALM) for _ in range(5)]
    lapsing = await running.open(limits={Clock.STOP: f"{int(POSTGRES_AWAY / 2)}s"})
    limit = (await lapsing.issue()).clocks[0].limit_at
    running.waits.clear()

    async with running.load(issues) as heard:
        await asyncio.sleep(1)
        await running.postgres.server.stop()
        await asyncio.sleep(POSTGRES_AWAY)
        during = [await issue.shown() for issue in issues]
        slowest = max(running.waits)
        acknowledged = sum(len(ids) for ids in heard.values())
        await running.postgres.server.start()
        await asyncio.sleep(1)

    assert slowest < ACKNOWLEDGED_WITHIN
    assert acknowledged > len(issues) * POSTGRES_AWAY
    assert {shown.get("Trouble") for shown in during} == {"letter_waiting"}
    async with asyncio.timeout(45):
        await running.assert_whole(issues, heard)
    assert [line.said_at for line in await lapsing.journal() if line.kind == "Lapsed"] == [limit]
    await lapsing.handle.terminate()


async def test_the_temporal_server_is_killed_and_started_on_its_file(running: Service) -> None:
    issues = [await running.open(**CALM) for _ in range(4)]
    due = [await running.open(**SHORT) for _ in range(3)]
    limits = [(await issue.issue()).clocks[0].limit_at for issue in due]

    async with running.load(issues, each=0.2) as heard:
        await asyncio.sleep(0.5)
        running.server.kill()
        await eventually("the limits have passed", lambda: _has_come(max(limits)))
        await running.server.start()
        await eventually("all have gone on", lambda: _is_lapsed(running, due), 40)

    await running.assert_whole(issues, heard)
    for issue, limit in zip(due, limits, strict=True):
        lapses = [line for line in await journal.facts(running.pool, issue.issue_id) if line.kind == "Lapsed"]
        assert [(line.said_at, line.at) for line in lapses] == [(limit, limit)]
        await issue.handle.terminate()


async def _is_lapsed(service: Service, issues: list[Living]) -> bool:
    return all([await _holds(service, issue, "Lapsed") for issue in issues])


async def test_the_worker_is_killed_again_and_again_under_load(running: Service) -> None:
    issues = [await running.open(**CALM) for _ in range(8)]
    moments = random.Random(20261123)  # noqa: S311 - the same moments every time

    async with running.load(issues, each=0.02, voices=2) as heard:
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.3, 1.5))
            running.worker.kill()
            await running.worker.start()
        await asyncio.sleep(0.5)

    await running.assert_whole(issues, heard)
    await eventually("every notice is delivered", lambda: _is_all_delivered(running), 60)


async def _is_all_delivered(service: Service) -> bool:
    return await service.undelivered() == 0
