"""铃: rings when effects were recorded, hears it, and notices when its connection is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from store.pool import Away, Pool, connected
from store.queries import read_queries

SQL = read_queries("effects")

CHANNEL = "effects"
GATHER = 0.25
"""Seconds in which more letters may join one ring."""


class Ringer:
    """Rings once for all that was recorded meanwhile, and never in a letter's own transaction.

    A transaction that notifies holds one lock for the whole server until it is on the disk: letters would be
    written one after the other. A ring that is lost is no loss: the courier also looks by itself.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._soon: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Ring a little later, unless that is to happen anyway."""
        if self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._ring())

    async def rest(self) -> None:
        """Return when nothing is left to be rung."""
        if self._soon is not None:
            await self._soon

    async def _ring(self) -> None:
        await asyncio.sleep(GATHER)
        self._soon = None  # what is recorded from now on is another ring's
        try:
            async with connected(self._pool) as connection:
                await connection.execute(SQL["ring"])
        except Away:
            return


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
async def listening(pool: Pool, channel: str = CHANNEL) -> AsyncIterator[Bell]:
    """Keep one connection of the pool for listening; raises Away when Postgres does not answer."""
    bell = Bell()
    async with connected(pool) as connection:
        connection.add_termination_listener(bell.lose)
        await connection.add_listener(channel, bell.ring)
        try:
            yield bell
        finally:
            connection.remove_termination_listener(bell.lose)
            if not connection.is_closed():
                await connection.remove_listener(channel, bell.ring)
