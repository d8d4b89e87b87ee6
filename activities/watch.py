"""值守: counts what waits and what is stuck, at most every 15 seconds, for whoever looks at the metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog
from temporalio.exceptions import TemporalError

from activities.beats import Beat, unseen
from store import watch
from store.pool import Away, Pool, close, open_pool
from store.watch import Counted

LOOK_EVERY = 15.0
ASK_WITHIN = 10.0

CountStuck = Callable[[Pool, datetime], Awaitable[Mapping[str, int]]]
"""By kind, what Postgres can tell of what is stuck."""
CountTroubled = Callable[[], Awaitable[Mapping[str, int]]]
"""By trouble, the workflows that Temporal shows with it; raises when it does not answer."""

log = structlog.get_logger()


class Seen(NamedTuple):
    """What one look found; None where whoever knows did not answer."""

    counted: Counted | None
    stuck: Mapping[str, int]
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
        counted, stuck, troubled = None, {}, None
        try:
            counted = await watch.counted(pool)
            stuck = dict(await self._stuck(pool, self._now()))
        except Away as away:
            log.warning("records_not_counted", trouble=str(away))
        try:
            async with asyncio.timeout(ASK_WITHIN):
                troubled = dict(await self._troubled())
        except (TemporalError, OSError, TimeoutError, RuntimeError) as error:
            log.warning("workflows_not_counted", trouble=type(error).__name__)
        return Seen(counted, stuck, troubled)
