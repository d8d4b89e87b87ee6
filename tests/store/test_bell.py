"""The bell: letters ring it together, outside their transactions; a lost ring loses nothing."""

import asyncio

from store.bell import CHANNEL, Ringer
from store.pool import Pool
from tests.servers import TestPostgres


async def test_many_letters_ring_once_and_a_later_one_rings_anew(pool: Pool) -> None:
    ringer, heard = Ringer(pool), asyncio.Queue[str]()
    async with pool.acquire() as connection:
        await connection.add_listener(CHANNEL, lambda *said: heard.put_nowait(str(said[2])))
        for _ in range(50):
            ringer.ring()
        await ringer.rest()
        ringer.ring()
        await ringer.rest()
        async with asyncio.timeout(10):
            rings = [await heard.get(), await heard.get()]

        assert len(rings) == 2
        assert heard.empty()
        await connection.reset()


async def test_a_ring_without_postgres_is_no_fault(pool: Pool, postgres: TestPostgres) -> None:
    ringer = Ringer(pool)
    await postgres.server.stop()
    try:
        ringer.ring()
        await ringer.rest()
    finally:
        await postgres.server.start()
