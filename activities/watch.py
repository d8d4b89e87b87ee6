"""值守: counts what waits and what is stuck, at most every 15 seconds, for whoever looks at the metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from temporalio.exceptions import TemporalError

from activities.beats import Beat, unseen
from domain.stuck import Kind
from store import watch
from store.pool import Away, Pool, close, open_pool
from store.watch import Counted

LOOK_EVERY = 15.0
ASK_WITHIN = 10.0
COUNT_STUCK_EVERY = timedelta(minutes=1)

CountStuck = Callable[[Pool, datetime], Awaitable[Mapping[Kind, int]]]
"""By kind, what Postgres can tell of what is stuck."""
CountTroubled = Callable[[], Awaitable[Mapping[str, int]]]
"""By trouble, the workflows that Temporal shows with it; raises when it does not answer."""

log = structlog.get_logger()


class Seen(NamedTuple):
    """What one look found; None where whoever knows did not answer."""

    counted: Counted | None
    stuck: Mapping[Kind, int]
    troubled: Mapping[str, int] | None


class Watch:
    """A loop beside the worker; several may run, and all of them see the same."""

    def __init__(
        self,
        dsn: str,
        show: Callable[[Seen], None],
        stuck: CountStuck,
        troubled: CountTroubled,
        now: Callable[[], datetime],
        look_every: float = LOOK_EVERY,
        beat: Beat = unseen,
    ) -> None:
        """Remember whom to ask; nothing is opened before `run`."""
        self._dsn, self._show, self._stuck, self._troubled = dsn, show, stuck, troubled
        self._now, self._look_every, self._beat = now, look_every, beat
        self._last_stuck: Mapping[Kind, int] = {}
        self._stuck_at: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled; who does not answer is shown as such, and asked again."""
        pool = await open_pool(self._dsn, 1)
        try:
            while True:
                self._show(await self.look(pool))
                self._beat()
                await asyncio.sleep(self._look_every)
        finally:
            await close(pool)

    async def look(self, pool: Pool) -> Seen:
        """Ask both once."""
        counted, troubled = None, None
        stuck: Mapping[Kind, int] = {}
        try:
            counted = await watch.counted(pool)
            stuck = await self._counted_stuck(pool)
        except Away as away:
            log.warning("records_not_counted", trouble=str(away))
        try:
            async with asyncio.timeout(ASK_WITHIN):
                troubled = dict(await self._troubled())
        except (TemporalError, OSError, TimeoutError, RuntimeError) as error:
            log.warning("workflows_not_counted", trouble=type(error).__name__)
        return Seen(counted, stuck, troubled)

    async def _counted_stuck(self, pool: Pool) -> Mapping[Kind, int]:
        """Count what is stuck now and then only: it reads more than all the rest together."""
        now = self._now()
        if self._stuck_at is None or now - self._stuck_at >= COUNT_STUCK_EVERY:
            self._last_stuck, self._stuck_at = dict(await self._stuck(pool, now)), now
        return self._last_stuck
