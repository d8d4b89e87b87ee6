"""铃: hears when effects were recorded, and notices when its connection is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.pool import Away, Pool, connected

CHANNEL = "effects"


class Bell:
    """Rings when a letter with effects was kept; several rings before it is listened to are one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._is_lost = False

    def ring(self, *_: object) -> None:
        self._rung.set()

    def lose(self, *_: object) -> None:
        self._is_lost = True
        self._rung.set()

    async def rings(self, within: float) -> None:
        """Return when it rings, or after `within` seconds; raises Away when the connection was lost."""
        try:
            async with asyncio.timeout(within):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
        if self._is_lost:
            raise Away("Postgres: the connection that listens was lost")


@asynccontextmanager
async def listening(pool: Pool) -> AsyncIterator[Bell]:
    """Keep one connection of the pool for listening; raises Away when Postgres does not answer."""
    bell = Bell()
    async with connected(pool) as connection:
        connection.add_termination_listener(bell.lose)
        await connection.add_listener(CHANNEL, bell.ring)
        try:
            yield bell
        finally:
            connection.remove_termination_listener(bell.lose)
            if not connection.is_closed():
                await connection.remove_listener(CHANNEL, bell.ring)
