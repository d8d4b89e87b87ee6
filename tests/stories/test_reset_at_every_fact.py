"""重置: a life reset to before each of its facts and lived on: nothing goes out twice or is lost.

All lives are said the same words at the same moments, so that the facts of one are the facts of all.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from domain.issue import commands as say
from domain.issue.commands import Command
from machine.temporal import TemporalServer
from store import documents
from store.pool import connected
from tests.ops.terminal import Ops, ops_on
from tests.servers import server_on_file
from tests.stories.outage import TASK_QUEUE, Service, service
from tests.stories.test_effects_once import ACTS, LEFT, rules
from tests.workflows.shell import Living, begin, eventually, fresh_issue_id
from tests.workflows.words import opening

WORDS: dict[float, type[Command]] = {
    1: say.RecordStop,
    1.5: say.AttachReport,
    2: say.Assign,
    15: say.RecordInterview,
    16: say.ReportRectified,
    16.5: say.AcceptRectification,
}
"""Which word is said in which second, before the reset; heard late, it still comes before any mark."""
SIGNED_AT = 9

FACTS = (
    *("Opened", "Stopped", "ReportAttached", "Assigned", "EarlyReminded", "Lapsed", "Ordered", "Escalated"),
    *("BulletinDrafted", "InterviewCalled", "InterviewHeld", "RectificationReported"),
    "RectificationAccepted",
)
SIGNED = ("--reason", "演练", "--ticket", "T-7", "--by", "OP-1", "--apply", "--json")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, Ops]]:
    """Give a whole service on a server of its own, and the operators' commands on it."""
    folder: Path = tmp_path_factory.mktemp("resets")
    server: TemporalServer = server_on_file(folder / "temporal")
    await server.start()
    async with service(folder, server) as one:
        temporal = {"temporal_address": server.address, "temporal_namespace": server.namespace}
        yield one, ops_on(one.dsn, task_queue=TASK_QUEUE, **temporal)
    await server.stop()


class Life:
    """One issue whose words have their own seconds."""

    def __init__(self, service: Service, begins: datetime) -> None:
        self.begins = begins
        self._service = service
        self.issue = Living(service.client, service.pool, fresh_issue_id())

    async def live(self) -> None:
        """Live up to the last word but one, and be told."""
        await self._in_second(0)
        await begin(
            self._service.client, opening(self.issue.issue_id, self.begins, rules=rules()), TASK_QUEUE
        )
        seconds = sorted({*WORDS, SIGNED_AT})
        for second in seconds:
            await self._in_second(second)
            if kind := WORDS.get(second):
                await self.say(kind, second)
            else:
                await self._sign(second)
        assert await self.issue.kinds() == list(FACTS)

    async def say(self, kind: type[Command], second: float) -> None:
        await self.issue.say(kind, at=self.begins + timedelta(seconds=second))

    async def facts(self) -> list[str]:
        """Return the facts without those of repairs, and without what names this very issue."""
        lines = await self.issue.journal()
        return [self._nameless(line.body) for line in lines if line.kind != "Repaired"]

    async def acts(self) -> list[tuple[str, ...]]:
        """Return what reached an inbox."""
        async with connected(self._service.pool) as connection:
            rows = await connection.fetch(ACTS, self.issue.issue_id)
        return sorted(tuple(self._nameless(str(part)) for part in tuple(row)[1:]) for row in rows)

    async def is_told(self) -> bool:
        async with connected(self._service.pool) as connection:
            return not await connection.fetchval(LEFT, self.issue.issue_id)

    async def _in_second(self, second: float) -> None:
        due = self.begins + timedelta(seconds=second)
        await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))

    async def _sign(self, second: float) -> None:
        mine: list[documents.Draft] = []

        async def is_drafted() -> bool:
            drafts = await documents.drafts(self._service.pool)
            mine[:] = [one for one in drafts if one.issue_id == self.issue.issue_id and one.kind == "order"]
            return bool(mine)

        await eventually("the order is drafted", is_drafted)
        at = self.begins + timedelta(seconds=second)
        await documents.sign(self._service.pool, mine[0].issue_id, mine[0].number, mine[0].issuer, at)

    def _nameless(self, text: str) -> str:
        text = re.sub(r"〕\d+号", "〕号", text.replace(self.issue.issue_id, "#"))
        return text.replace(f'"{self.issue.issue_id[-6:]}:', '"#:')


async def test_reset_to_before_each_fact_and_lived_on_it_is_the_undisturbed_life(
    running: tuple[Service, Ops],
) -> None:
    service, ops = running
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    calm, *lives = [Life(service, begins) for _ in range(len(FACTS) + 1)]
    await asyncio.gather(*(life.live() for life in (calm, *lives)))
    two_at_once = asyncio.Semaphore(2)

    async def reset(number: int, life: Life) -> None:
        runs = {(await life.issue.handle.describe()).run_id}
        async with two_at_once:
            where = ("repair", "reset", life.issue.issue_id, "--to-fact", str(number))
            ran = await ops(*where, *SIGNED)
        assert ran.status == 0, (number, ran)
        (told,) = json.loads(ran.out)["issues"]
        runs.add((await life.issue.handle.describe()).run_id)
        assert len(runs) == 2, f"{number}: no run of its own"
        assert told["decided_again"] == list(FACTS[told["goes_on_after"] :])
        assert number == 1 or told["goes_on_after"] < number
        assert {state for *_, state in told["told"]} <= {
            "delivered",
            "unsigned",
        }  # all are held by the ledger
        assert told["outcome"]["fact"] == len(FACTS) + 1

    await asyncio.gather(*(reset(number, life) for number, life in enumerate(lives, start=1)))
    closes_at = (datetime.now(UTC) - begins).total_seconds()
    for life in (calm, *lives):
        await life.say(say.Close, closes_at)
        await eventually("all is told", life.is_told, 30)

    undisturbed = await calm.facts(), await calm.acts()
    for number, life in enumerate(lives, start=1):
        assert (await life.facts(), await life.acts()) == undisturbed, number
        assert [line.kind for line in await life.issue.journal()] == [*FACTS, "Repaired", "Closed"]
    issues = [life.issue for life in (calm, *lives)]
    await service.assert_whole(issues, {issue.issue_id: {f"{issue.issue_id[-6:]}:2"} for issue in issues})
