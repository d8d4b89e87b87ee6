"""一生: lives of the service and of the yardstick, each driven by the ways that its callers use."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from temporalio.client import Client

from bench.bare import BARE, BareOpening
from bench.ground import Site
from bench.script import FOUR_WORDS, LAPSES_AFTER, Part, who_says, word
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.posts import Post
from intake.desk import Desk
from workflows.issue import Receipt
from workflows.names import TASK_TIMEOUT, issue_workflow_id, update_name

PAUSE = 1.0
"""Seconds for which the caller of a life that lapses gives up its place."""
A_DAY = 86_400.0
PATIENCE = timedelta(seconds=60)
CLOSED = "SELECT count(*) FROM issues WHERE stage = 'closed' AND issue_id = ANY ($1::text[])"


class Lives(Protocol):
    """One system under measurement: begins lives and speaks to them."""

    async def begin(self, part: Part) -> str:
        """Bring a report; return the id of its life once that is acknowledged."""

    async def speak(self, life: str, number: int, part: Part) -> None:
        """Say the life's next word (0, 1, …); return once it is acknowledged."""

    async def wait_for_rows(self, lives: int) -> None:
        """Return when the lives that were begun since it was last awaited, so many, are on record."""


class ServiceLives:
    """The service: the desk opens, callers speak by updates whose id is the command's id."""

    def __init__(
        self, site: Site, kinds: Sequence[type[Command]] = FOUR_WORDS, desk: Desk | None = None
    ) -> None:
        self._site = site
        self._kinds = kinds
        self._desk = desk or site.desk()
        self._said_by: dict[tuple[bool, int], Post] = {}
        self._begun: list[str] = []

    @property
    def words(self) -> int:
        """How many words end a life."""
        return len(self._kinds)

    async def begin(self, part: Part) -> str:
        opening = await self._desk.open(part.report)
        if opening.result != "opened" or opening.issue_id is None:
            raise RuntimeError(f"{part.report.id}: {opening.result} {opening.reason}")
        self._begun.append(opening.issue_id)
        return opening.issue_id

    async def speak(self, life: str, number: int, part: Part) -> None:
        handle = self._site.client.get_workflow_handle(issue_workflow_id(life))
        known = (part.lapses, number)
        if known not in self._said_by:
            issue = await handle.query("issue", result_type=Issue)
            self._said_by[known] = who_says(issue, self._kinds[number])
        command = word(life, self._kinds[number], self._said_by[known], lapses=part.lapses)
        await handle.execute_update(
            update_name(type(command)), command, id=command.id, result_type=Receipt, rpc_timeout=PATIENCE
        )

    async def wait_for_rows(self, lives: int) -> None:  # noqa: ARG002 - it remembers which they are
        async with asyncio.timeout(PATIENCE.total_seconds()):
            # Rows set no event of this loop.
            while await self._site.pool.fetchval(CLOSED, self._begun) < len(self._begun):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        self._begun.clear()


class BareLives:
    """The yardstick: raw starts and raw updates, with words as long as the service's."""

    def __init__(
        self,
        client: Client,
        task_queue: str = "bare",
        words: int = len(FOUR_WORDS),
        lapses_after: float = LAPSES_AFTER,
    ) -> None:
        self._client = client
        self._lapses_after = lapses_after
        self._task_queue = task_queue
        self._words = words
        self._word = "w" * 230

    async def begin(self, part: Part) -> str:
        life = f"bare/{part.report.id}"
        first = self._lapses_after if part.lapses else A_DAY
        opening = BareOpening(part.report.model_dump_json(), first, self._words)
        await self._client.start_workflow(
            BARE, opening, id=life, task_queue=self._task_queue, task_timeout=TASK_TIMEOUT
        )
        return life

    async def speak(self, life: str, number: int, part: Part) -> None:  # noqa: ARG002 - as the protocol has it
        handle = self._client.get_workflow_handle(life)
        await handle.execute_update(
            "say", self._word, id=f"{life}:{number}", result_type=int, rpc_timeout=PATIENCE
        )

    async def wait_for_rows(self, lives: int) -> None:
        """It keeps no rows."""


async def live(lives: Lives, part: Part, words: int, place: asyncio.Semaphore, took: list[float]) -> None:
    """Live one life in one of the places; note how many seconds each word took."""
    async with place:
        life = await lives.begin(part)
        if not part.lapses:
            await _say_all(lives, life, part, words, took)
            return
    await asyncio.sleep(PAUSE)
    async with place:
        await _say_all(lives, life, part, words, took)


async def live_all(
    lives: Lives, parts: Sequence[Part], in_flight: int, words: int = len(FOUR_WORDS)
) -> tuple[float, list[float]]:
    """Live all parts; return the seconds until everything is on record, and those that each word took."""
    took: list[float] = []
    place = asyncio.Semaphore(in_flight)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(live(lives, part, words, place, took))
    await lives.wait_for_rows(len(parts))
    return time.perf_counter() - begun, took


async def _say_all(lives: Lives, life: str, part: Part, words: int, took: list[float]) -> None:
    for number in range(words):
        begun = time.perf_counter()
        await lives.speak(life, number, part)
        took.append(time.perf_counter() - begun)
