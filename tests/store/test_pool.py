"""The pool: what is away is called so, what is a mistake of ours is not."""

import asyncpg
import pytest

from store.pool import Away, Pool, connected, open_pool


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
