"""发送: a loop beside the courier that makes telephones ring; what lies in an inbox waits for nobody here."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from activities.beats import Beat, unseen
from activities.pushing import LINES_AT_ONCE, PERSONS_AT_ONCE, Pushing
from domain.roster import ChannelKind, Roster
from store import pushes
from store.bell import listening
from store.pool import Away, Pool, close, open_pool
from store.pushes import Lent
from store.roster import roster_and_time

CONNECTIONS = 4
AT_ONCE = 8
"""Pushes under way by one channel: one that never answers holds up nobody else's."""
LOAN = timedelta(seconds=30)
"""Longer than one try may take, so that nobody else tries meanwhile."""
LOOK_EVERY = 1.0
PAUSE = 1.0

Now = Callable[[datetime], datetime]
"""Turns the time of Postgres, which all senders share, into the time that is meant; a test moves it."""

log = structlog.get_logger()


class Sender:
    """A loop; several may run, and what one of them has in hand no other one sends meanwhile."""

    def __init__(
        self,
        dsn: str,
        pushing: Pushing,
        look_every: float = LOOK_EVERY,
        loan: timedelta = LOAN,
        now: Now = lambda at: at.astimezone(UTC),
        beat: Beat = unseen,
    ) -> None:
        """Remember what to do; nothing is opened before `run`."""
        self._dsn = dsn
        self._pushing = pushing
        self._look_every = look_every
        self._loan = loan
        self._now = now
        self._beat = beat
        self._busy: defaultdict[ChannelKind, set[asyncio.Task[None]]] = defaultdict(set)
        self._roster = Roster()

    async def run(self) -> None:
        """Send until cancelled; an outage of Postgres is waited out."""
        pool = await open_pool(self._dsn, CONNECTIONS)
        try:
            while True:
                try:
                    async with listening(pool, "deliveries") as bell:
                        while True:
                            await self.turn(pool, bell.ring)
                            self._beat()
                            await bell.rings(within=self._look_every)
                except Away as away:
                    log.warning("sender_interrupted", trouble=str(away))
                    self._beat()
                    await asyncio.sleep(PAUSE)
        finally:
            await self._stop()
            await close(pool)

    async def turn(self, pool: Pool, again: Callable[[], None] = lambda: None) -> None:
        """Route, plan and begin to send what is due; `again` is called as soon as there may be more."""
        self._roster, at = await roster_and_time(pool)
        now = self._now(at)
        routed = await self._pushing.route(pool, self._roster, now)
        planned = await self._pushing.plan(pool, self._roster, now)
        if routed == LINES_AT_ONCE or planned == PERSONS_AT_ONCE:
            again()
        if self._pushing.channels is None:
            return
        for kind in ChannelKind:  # also what waits for one that was closed since: it goes by the next
            for lent in await pushes.lend(pool, kind, AT_ONCE - len(self._busy[kind]), self._loan):
                task = asyncio.create_task(self._send(pool, lent, again))
                self._busy[kind].add(task)
                task.add_done_callback(self._busy[kind].discard)

    async def settled(self) -> None:
        """Return when nothing is under way."""
        while under_way := [task for tasks in self._busy.values() for task in tasks]:
            await asyncio.wait(under_way)

    async def _send(self, pool: Pool, lent: Lent, again: Callable[[], None]) -> None:
        try:
            _, at = await roster_and_time(pool)
            await self._pushing.send(pool, lent, self._roster, self._now(at))
        except Away as away:
            # Whether it went out is not known: after the loan it goes out again, under the same id.
            log.warning("push_interrupted", push=lent.push.id, trouble=str(away))
            return
        again()

    async def _stop(self) -> None:
        under_way = [task for tasks in self._busy.values() for task in tasks]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._pushing.channels is not None:
            await self._pushing.channels.close()
