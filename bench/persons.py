"""旁人: people who go on speaking to their issues while the marks drain, and how long each had to wait."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from bench.figures import percentile
from bench.script import DIGEST
from domain.issue import commands as say
from domain.issue.state import Issue
from domain.issue.who import office_of_level
from domain.terms import Source
from intake.door import Door
from workflows.names import issue_workflow_id

EVERY = 0.5
"""Seconds between two words."""
TRIES = 5
"""How often the same word is said again, under the same id, when nobody answers."""


@dataclass
class Waits:
    """Seconds that each answered word took, and how many were never answered."""

    storm: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    unanswered: int = 0

    @property
    def all(self) -> list[float]:
        """Every wait, to whomever it was said."""
        return self.storm + self.others

    def numbers(self) -> dict[str, float]:
        """Return what is told of them."""
        return {
            "commands": len(self.all),
            "unanswered": self.unanswered,
            "wait p50 s": percentile(self.all, 0.5),
            "wait p99 s": percentile(self.all, 0.99),
            "wait max s, issue of the storm": max(self.storm, default=0.0),
            "wait max s, other issue": max(self.others, default=0.0),
        }


@dataclass
class Persons:
    """Somebody attaches one more report to an issue of the storm, and to one beside it, in turn."""

    client: Client
    storm: Sequence[str]
    others: Sequence[str]
    dice: Random
    door: Door = field(init=False)
    waits: Waits = field(default_factory=Waits)

    def __post_init__(self) -> None:
        self.door = Door(self.client)

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[Waits]:
        """Let them speak for as long as the context lasts; leave it when each was answered."""
        first = self.client.get_workflow_handle(issue_workflow_id(self.others[0]))
        by = office_of_level(await first.query("issue", result_type=Issue))
        said: set[asyncio.Task[None]] = set()
        talking = asyncio.create_task(self._talk(by, said))
        try:
            yield self.waits
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            await asyncio.gather(*said)

    async def _talk(self, by: str, said: set[asyncio.Task[None]]) -> None:
        for number in itertools.count(1):
            issues, waits = (self.storm, self.waits.storm) if number % 2 else (self.others, self.waits.others)
            said.add(asyncio.create_task(self._say(self.dice.choice(issues), by, number, waits)))
            await asyncio.sleep(EVERY)

    async def _say(self, issue: str, by: str, number: int, waits: list[float]) -> None:
        command = say.AttachReport(
            id=f"{issue}:again:{number}",
            by=by,
            said_at=datetime.now(UTC),
            report=DIGEST[: -len(str(number))] + str(number),
            source=Source.PATROL,
        )
        begun = time.perf_counter()
        for _ in range(TRIES):
            try:
                await self.door.say(issue, command)
            except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
                continue
            waits.append(time.perf_counter() - begun)
            return
        self.waits.unanswered += 1
