"""Connections to Postgres that may all be lost and come back; what is lost on the way is called Away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

CONNECT_WITHIN = 2.0
"""Seconds for a connection to be made or become free; Temporal retries what takes longer."""
COMMAND_WITHIN = 10.0
"""Seconds for one query of the service; operators' sweeps say themselves how long they may take."""

MIGRATE = "数据库缺少迁移,请先运行 python -m store.migrate。 The database lacks migrations: run that first"

_GONE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # stopping, starting, cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full
    asyncpg.TransactionRollbackError,  # deadlock: another try helps
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is about to be promoted
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
)

_LACKING = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError, asyncpg.UndefinedFunctionError)
"""What an older schema answers; a test prepares every query, so with the newest it answers none of these."""


class Away(Exception):
    """Postgres does not answer: nothing is known of what was asked, and asking again is right."""


async def open_pool(dsn: str, size: int = 8) -> Pool:
    """Return a pool of at most `size` connections; none is made before the first is needed."""
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_WITHIN,
        command_timeout=COMMAND_WITHIN,
        max_inactive_connection_lifetime=60.0,
        server_settings={"application_name": "river", "timezone": "UTC"},
        reset=_as_it_is,
    )


async def _as_it_is(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Lend a connection on without asking Postgres to forget: nothing here leaves anything on a session.

    The driver still ends a transaction that was left open. Its own reset is a round trip after each letter.
    """


@asynccontextmanager
async def connected(pool: Pool, within: float = CONNECT_WITHIN) -> AsyncIterator[Connection]:
    """Lend a connection; raises Away when Postgres does not answer, whenever that happens."""
    try:
        async with pool.acquire(timeout=within) as connection:
            try:
                yield connection
            except asyncpg.InternalClientError:
                connection.terminate()
                raise
    except _GONE as error:
        raise Away(_why(error)) from None
    except _LACKING as error:
        raise Away(f"{_why(error)}: {MIGRATE}") from None
    except asyncpg.InternalClientError as error:
        # Postgres has said that it goes, to nobody's question, and the line is not closed yet.
        if not str(error).startswith("cannot switch to state"):
            raise
        raise Away(_why(error)) from None
    except asyncpg.InterfaceError as error:
        # What the driver says when a connection is lost between two queries; all else it says so is a bug.
        if "clos" not in str(error) and "released" not in str(error):
            raise
        raise Away(_why(error)) from None


@asynccontextmanager
async def transaction(pool: Pool, within: float = CONNECT_WITHIN) -> AsyncIterator[Connection]:
    """Lend a connection for one transaction: all of it is kept, or nothing."""
    async with connected(pool, within) as connection, connection.transaction():
        yield connection


async def answers(pool: Pool) -> None:
    """Return once Postgres has answered; raises Away when it does not."""
    async with connected(pool) as connection:
        await connection.fetchval("SELECT 1")


def _why(error: BaseException) -> str:
    """Name the trouble without details: those of Postgres may quote a row."""
    said = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    return f"Postgres: {type(error).__name__}{f' ({said})' if said else ''}"


async def close(pool: Pool, within: float = CONNECT_WITHIN) -> None:
    """Close a pool, in haste if its connections do not say goodbye in time."""
    try:
        async with asyncio.timeout(within):
            await pool.close()
    except TimeoutError:
        pool.terminate()
