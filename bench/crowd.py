"""人群: a site with many open issues, and waiting until nothing is worked off any more."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.ground import Site
from bench.lives import ServiceLives
from bench.script import parts

CALLERS = 8
AT_A_TIME = 400
"""How many are opened between two lines of progress."""
WINDOW = 2.0
IDLE = 0.1
"""A server or worker is idle that takes less than this of a core for WINDOW seconds."""


@dataclass
class Crowd:
    """A site with the real issues that nobody has spoken to yet."""

    site: Site
    lives: ServiceLives
    silent: list[str]

    @classmethod
    async def at(cls, site: Site, cached: int) -> "Crowd":
        """Return a crowd of none, with a live worker that keeps so many issues in memory."""
        await site.start_service(max_cached_issues=str(cached))
        return cls(site, ServiceLives(site), [])

    async def grow(self, until: int, tell: Callable[[str], None]) -> None:
        """Open issues through the desk until there are so many."""
        while (missing := until - len(self.silent)) > 0:
            await self.open(min(AT_A_TIME, missing), CALLERS)
            tell(f"立案 opened: {len(self.silent)}/{until}")

    async def open(self, issues: int, callers: int) -> list[float]:
        """Open issues; return the seconds that each took."""
        reports = parts("flat", issues, one_lapses_in=0)

        async def accept() -> None:
            self.silent.append(await self.lives.begin(reports.pop()))

        return await by(callers, accept, issues)

    async def assign(self, issues: int, callers: int, dice: random.Random) -> list[float]:
        """Say one word to issues drawn by lot; return the seconds that each took."""
        dice.shuffle(self.silent)
        part = parts("word", 1, one_lapses_in=0)[0]

        async def command() -> None:
            await self.lives.speak(self.silent.pop(), 0, part)

        return await by(callers, command, issues)

    async def drained(self) -> dict[str, float]:
        """Return once nothing is being worked off, with the CPU seconds that each part had spent by then."""
        return await drained(self.site)


async def drained(site: Site) -> dict[str, float]:
    """Return once nothing is being worked off, with the CPU seconds that each part had spent by then."""
    while True:
        before = _cpu(site)
        await asyncio.sleep(WINDOW)
        after = _cpu(site)
        if all(after[part] - before[part] < IDLE * WINDOW for part in ("server", "issues")):
            return before


def _cpu(site: Site) -> dict[str, float]:
    return {part: spent.cpu for part, spent in site.spent().items()}


async def by(callers: int, act: Callable[[], Awaitable[None]], times: int) -> list[float]:
    """Act so many times by so many callers; return the seconds that each act took."""
    took: list[float] = []
    turns = iter(range(times))

    async def call() -> None:
        for _ in turns:
            begun = time.perf_counter()
            await act()
            took.append(time.perf_counter() - begun)

    async with asyncio.TaskGroup() as calling:
        for _ in range(callers):
            calling.create_task(call())
    return took
