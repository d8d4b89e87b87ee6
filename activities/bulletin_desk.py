"""通报值守: begins the bulletins that issues demand, and tells bulletins of lapses that were taken back."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from temporalio.exceptions import TemporalError

from activities.beats import Beat, unseen
from activities.bulletins import Bulletins
from store import bulletins
from store.bulletins import TakenBack
from store.pool import Away

Tell = Callable[[TakenBack], Awaitable[None]]
"""Say to a bulletin that a lapse behind it was taken back; raises when nobody heard it."""

LOOK_EVERY = 5.0
"""Seconds between two looks: a bulletin waits for people for days."""

log = structlog.get_logger()


class BulletinDesk:
    """A loop beside the worker; several may run, as a bulletin is begun once and hears a word once."""

    def __init__(
        self, records: Bulletins, tell: Tell, look_every: float = LOOK_EVERY, beat: Beat = unseen
    ) -> None:
        self._records, self._tell, self._look_every, self._beat = records, tell, look_every, beat

    async def run(self) -> None:
        """Look until cancelled; an outage is waited out."""
        while True:
            try:
                await self.look()
            except (Away, TemporalError, OSError) as trouble:
                log.warning("bulletin_desk_interrupted", trouble=type(trouble).__name__)
            self._beat()
            await asyncio.sleep(self._look_every)

    async def look(self) -> None:
        """Begin what is due, tell what was taken back."""
        await self._records.open_ad_hoc()
        pool = await self._records.pool()
        for back in await bulletins.taken_back(pool):
            await self._tell(back)
            await bulletins.was_told(pool, back)
