"""The pool: what is away is called so, what is a mistake of ours is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from store.pool import Away, Pool, close, connected, open_pool


async def test_a_pool_opens_without_postgres_and_connects_when_needed() -> None:
    pool = await open_pool("postgresql://river@127.0.0.1:1/river")

    with pytest.raises(Away, match="Postgres: ConnectionRefusedError"):
        async with connected(pool):
            pass
    await pool.close()


async def test_a_lost_connection_is_away_and_the_next_one_works(pool: Pool) -> None:
    async def lose_one() -> None:
        async with connected(pool) as connection:
            own = connection.get_server_pid()
            async with connected(pool) as other:
                await other.execute("SELECT pg_terminate_backend($1, 5000)", own)
            await connection.execute("SELECT 1")

    with pytest.raises(Away):
        await lose_one()

    async with connected(pool) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_line_on_which_postgres_said_goodbye_and_that_is_still_open_is_away(
    database: str, pool: Pool
) -> None:
    async with _a_line_that_stays_open(database) as dsn:
        through = await open_pool(dsn, 1)
        async with connected(through) as connection:
            own = connection.get_server_pid()

        await pool.execute("SELECT pg_terminate_backend($1, 5000)", own)
        with pytest.raises(Away, match="InternalClientError"):
            async with connected(through) as connection:
                await connection.fetchval("SELECT 1")

        async with connected(through) as connection:
            assert await connection.fetchval("SELECT 1") == 1
        await close(through)


@asynccontextmanager
async def _a_line_that_stays_open(dsn: str) -> AsyncIterator[str]:
    """Pass bytes on between a client and Postgres, but not that Postgres has hung up; give the DSN."""
    there = urlsplit(dsn)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_postgres, to_postgres = await asyncio.open_connection(there.hostname, there.port)

        async def pass_on() -> None:
            while said := await from_postgres.read(65_536):
                writer.write(said)

        back = asyncio.create_task(pass_on())
        while asked := await reader.read(65_536):
            to_postgres.write(asked)
        writer.close()
        to_postgres.close()
        await asyncio.wait({back})

    server = await asyncio.start_server(connect, there.hostname, 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield dsn.replace(f":{there.port}/", f":{port}/")
    finally:
        server.close()


async def test_a_connection_that_nobody_gives_back_in_time_is_away(database: str) -> None:
    pool = await open_pool(database, 1)

    async with connected(pool):
        with pytest.raises(Away, match="TimeoutError"):
            async with connected(pool, within=0.05):
                pass
    await pool.close()


async def test_too_few_arguments_are_a_mistake_of_ours(pool: Pool) -> None:
    with pytest.raises(asyncpg.InterfaceError, match="expects 1 argument"):
        async with connected(pool) as connection:
            await connection.fetchval("SELECT $1::int")


async def test_a_row_that_is_refused_is_no_outage(pool: Pool) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with connected(pool) as connection:
            await connection.execute(
                "INSERT INTO effects (issue_id, number, effect, addressee, text, state)"
                " VALUES ('x', 1, 'notice', 'y', 'z', 'queued')"
            )
