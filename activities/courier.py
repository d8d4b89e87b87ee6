"""信使: carries what the ledger holds to whom it concerns, for as long as the worker lives."""

import asyncio
from datetime import timedelta

import structlog

from activities.beats import Beat, unseen
from activities.deliver import LOAN, Announce, deliver_due
from store.bell import listening
from store.pool import Away, Pool, close, open_pool

CONNECTIONS = 3
"""One listens, the others deliver."""
LOOK_EVERY = 5.0
"""Seconds after which it looks even though the bell did not ring: for retries, and for what was missed."""
PAUSE = 1.0

log = structlog.get_logger()


class Courier:
    """A loop beside the worker; several may run, and none delivers what another delivered."""

    def __init__(
        self,
        dsn: str,
        announce_vacancy: Announce,
        look_every: float = LOOK_EVERY,
        loan: timedelta = LOAN,
        beat: Beat = unseen,
    ) -> None:
        """Remember where the ledger is; nothing is opened before `run`."""
        self._dsn = dsn
        self._announce_vacancy = announce_vacancy
        self._look_every = look_every
        self._loan = loan
        self._beat = beat

    async def run(self) -> None:
        """Deliver until cancelled; an outage of Postgres is waited out."""
        pool = await open_pool(self._dsn, CONNECTIONS)
        try:
            while True:
                try:
                    await self._listen_and_deliver(pool)
                except Away as away:
                    log.warning("courier_interrupted", trouble=str(away))
                    self._beat()
                    await asyncio.sleep(PAUSE)
        finally:
            await close(pool)

    async def _listen_and_deliver(self, pool: Pool) -> None:
        async with listening(pool) as bell:
            while True:
                await deliver_all(pool, self._announce_vacancy, self._loan)
                self._beat()
                await bell.rings(within=self._look_every)


async def deliver_all(pool: Pool, announce_vacancy: Announce, loan: timedelta = LOAN) -> None:
    """Deliver until nothing is due any more. Raises Away."""
    # A post's second effect is lent only after its first, so a short round may have left more.
    while await deliver_due(pool, announce_vacancy, loan):
        pass
