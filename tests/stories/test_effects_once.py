"""告知一次: whatever is killed, at whatever step of a life, what goes out is what an undisturbed life sends.

Many lives of one kind run half a second apart, so that a single kill meets each of them at another step.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.excerpt import Ladder
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.letter import Line
from domain.terms import Clock
from domain.workdays import CHINA
from machine.postgres import DURABLE
from store import documents, journal
from store.pool import Away, connected
from tests.servers import server_on_file
from tests.stories.outage import TASK_QUEUE, Service, service
from tests.workflows.shell import Living, begin, eventually, fresh_issue_id
from tests.workflows.words import opening
from workflows.issue import Receipt

WORDS: dict[int, type[Command]] = {
    1: say.RecordStop,
    2: say.Assign,
    16: say.ReportRectified,
    17: say.AcceptRectification,
    18: say.Close,
}
"""Which word is said in which second of a life."""
SIGNATURES = {9: "Ordered"}
"""In which second a person signs what the fact drafted."""
FACTS = (
    *("Opened", "Stopped", "Assigned", "EarlyReminded", "Lapsed", "Ordered", "Escalated"),
    *("BulletinDrafted", "InterviewCalled", "RectificationReported", "RectificationAccepted", "Closed"),
)
LENGTH, APART, LIVES = 18, 0.5, 72
KILLS = ("worker", "postgres", "temporal", "worker and postgres")
BETWEEN = 3.0
AWAY = 1.5
"""Seconds for which what was killed is gone."""

ACTS = """
SELECT inbox.number, issue_facts.kind, inbox.effect, inbox.addressee, inbox.holder, inbox.text
FROM inbox JOIN issue_facts USING (issue_id, number) WHERE issue_id = $1
ORDER BY inbox.number, inbox.effect, inbox.addressee
"""
LEFT = """
SELECT count(*) FROM effects
WHERE issue_id = $1 AND (state = 'queued' OR state = 'unsigned' AND effect <> 'bulletin')
"""
"""A bulletin's effects wait for the bulletin in which it is entered."""

PATIENCE = 60.0

Act = tuple[int, str, str, str, str, str]
T = TypeVar("T")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """Give a service that keeps what it acknowledges, as production does."""
    folder: Path = tmp_path_factory.mktemp("effects")
    server = server_on_file(folder / "temporal")
    await server.start()
    async with service(folder, server, DURABLE) as one:
        yield one
    await server.stop()


def rules() -> dict[str, Any]:
    """Return the demo's rules with one clock that lapses and climbs rung after rung, and then is silent."""
    return {
        "file": "demo.yaml",
        "limits": {
            **dict.fromkeys((Clock.STOP, Clock.ASSIGN, Clock.VERIFY, Clock.CLOSE), "1h"),
            Clock.RECTIFY: "4s",
        },
        "ladder": Ladder.model_validate(
            {
                "early": "0.25 | chosen",
                "reminder": "0s | chosen",
                "order": "2s | chosen",
                "escalation": "4s each 1h | chosen",
                "bulletin": "6s each 1h | chosen",
                "interview": "8s | chosen",
                "referral": "1h | chosen",
                "stop_order": "1h | chosen",
                "stop_escalation": "1h each 1h | chosen",
            }
        ),
    }


class Life:
    """One issue whose every word is said in its own second, however late it is heard."""

    def __init__(self, service: Service, begins: datetime) -> None:
        self.begins = begins
        self._service = service
        self.issue = Living(service.client, service.pool, fresh_issue_id())

    async def live(self) -> None:
        opened = opening(self.issue.issue_id, self.begins, rules=rules())
        await self._in_second(0)
        with suppress(WorkflowAlreadyStartedError):  # it began, and only the answer was lost
            await self._patiently(lambda: begin(self._service.client, opened, TASK_QUEUE))
        for second in range(1, LENGTH + 1):
            await self._in_second(second)
            if kind := WORDS.get(second):
                await self._say(kind, second)
            if fact := SIGNATURES.get(second):
                await self._sign(fact, second)

    async def acts(self) -> list[Act]:
        """Return what went out, each moment as the seconds since the life began."""
        async with connected(self._service.pool) as connection:
            rows = await connection.fetch(ACTS, self.issue.issue_id)
        return [(*tuple(row)[:5], self._timeless(row["text"])) for row in rows]

    async def is_told(self) -> bool:
        async with connected(self._service.pool) as connection:
            return not await connection.fetchval(LEFT, self.issue.issue_id)

    def _timeless(self, text: str) -> str:
        def since(found: re.Match[str]) -> str:
            moment = datetime.fromisoformat(found[0]).replace(tzinfo=CHINA)
            return f"+{(moment - self.begins.replace(microsecond=0)).total_seconds():g}s"

        text = re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?", since, text)
        return re.sub(r"〕\d+号", "〕号", text.replace(self.issue.issue_id, "#"))

    async def _in_second(self, second: int) -> None:
        due = self.begins + timedelta(seconds=second)
        await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))

    async def _say(self, kind: type[Command], second: int) -> Receipt:
        command = await self._patiently(lambda: self.issue.word(kind, at=self._at(second)))
        return await self._service.insist(self.issue, command)

    async def _sign(self, fact: str, second: int) -> None:
        """Sign as a person does who waits for the paper, and asks again when no answer came."""

        async def signed() -> None:
            number = next(line.number for line in await self._journal() if line.kind == fact)
            drafts = await documents.drafts(self._service.pool)
            mine = [one for one in drafts if (one.issue_id, one.number) == (self.issue.issue_id, number)]
            for draft in mine:  # none is left when it was signed and only the answer was lost
                at = self._at(second)
                await documents.sign(self._service.pool, draft.issue_id, number, draft.issuer, at)

        await self._patiently(signed)

    async def _journal(self) -> list[Line]:
        return await journal.facts(self._service.pool, self.issue.issue_id)

    def _at(self, second: int) -> datetime:
        return self.begins + timedelta(seconds=second)

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until there is an answer: what was killed comes back."""
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                return await ask()
            except (Away, RPCError, StopIteration, RuntimeError) as trouble:
                if time.monotonic() > patience:
                    raise AssertionError(self.issue.issue_id) from trouble
                await asyncio.sleep(0.1)


async def live(service: Service, lives: int) -> list[Life]:
    """Begin so many lives, APART seconds from one another, and return them."""
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
    return [Life(service, first + timedelta(seconds=APART) * number) for number in range(lives)]


async def strike(service: Service, victim: str) -> None:
    """Kill something, and start it again a little later."""
    if "worker" in victim:
        service.worker.kill()
    if "postgres" in victim:
        service.kill_postgres()
    if victim == "temporal":
        service.server.kill()
    await asyncio.sleep(AWAY)
    if victim == "temporal":
        await service.server.start()
    if "postgres" in victim:
        await service.postgres.server.start()
    if "worker" in victim:
        await service.worker.start()


async def stand_everywhere(service: Service, lives: list[Life]) -> bool:
    """Tell whether at each step of a life one of these stands this moment, by its last fact."""
    query = """
    SELECT DISTINCT ON (issue_id) issue_id, kind FROM issue_facts
    WHERE issue_id = ANY ($1) ORDER BY issue_id, number DESC
    """
    async with connected(service.pool) as connection:
        rows = await connection.fetch(query, [life.issue.issue_id for life in lives])
    return {row["kind"] for row in rows} == set(FACTS)


async def test_whatever_is_killed_at_whatever_step_what_goes_out_goes_out_once(running: Service) -> None:
    (calm,) = await live(running, 1)
    await calm.live()
    await eventually("all is told", calm.is_told)
    undisturbed = await calm.acts()
    assert tuple(line.kind for line in await calm.issue.journal()) == FACTS

    lives = await live(running, LIVES)
    async with asyncio.TaskGroup() as group:
        for life in lives:
            group.create_task(life.live())
        await asyncio.sleep(LENGTH + 3)
        for victim in KILLS:
            await eventually("a life stands at every step", lambda: stand_everywhere(running, lives))
            await strike(running, victim)
            await asyncio.sleep(BETWEEN)

    for life in lives:
        await eventually(f"all of {life.issue.issue_id} is told", life.is_told, 60)
    told = Counter([tuple(await life.acts()) for life in lives])
    assert told == {tuple(undisturbed): LIVES}
    await running.assert_whole([life.issue for life in lives], {})
