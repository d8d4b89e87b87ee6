"""封存表: where ciphertext lies, and a row for every time somebody had it opened."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import asyncpg

from store.pool import Connection, Pool, transaction
from store.queries import read_queries
from store.seal import Broken, Keys, Sealed, UnknownKey

SQL = read_queries("sealed")

AT_A_TIME = 200
"""How many rows are sealed anew in one transaction."""


class NotLetIn(Exception):
    """数据库不放行: the database does not let this role into the sealed table."""

    def __init__(self) -> None:
        super().__init__(
            "数据库不放行,请检查 RIVER_SEAL_DATABASE_URL 的角色与口令。 "
            "The database does not let this role in: see RIVER_SEAL_DATABASE_URL."
        )


class Opened(NamedTuple):
    """开封记录: as the reporter may see it, that is without who it was."""

    at: datetime
    role: str
    purpose: str


class Opener(NamedTuple):
    """开封人: who, in which role, for what, and the paper that asks for it."""

    subject: str
    role: str
    purpose: str
    ticket: str | None = None


class Resealed(NamedTuple):
    """轮换结果: how many lie under the newest key now, and what could not be opened."""

    done: int
    refused: tuple[Broken | UnknownKey, ...]


@asynccontextmanager
async def _let_in(pool: Pool) -> AsyncIterator[Connection]:
    try:
        async with transaction(pool) as connection:
            yield connection
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidAuthorizationSpecificationError):
        raise NotLetIn from None


async def keep(pool: Pool, token: str, sealed: Sealed) -> None:
    """Keep a reporter under a new token. Raises Away, NotLetIn."""
    async with _let_in(pool) as connection:
        await connection.execute(SQL["keep"], token, *sealed)


async def take_out(pool: Pool, token: str, opener: Opener) -> Sealed | None:
    """Return what lies under a token, or nothing; the row that says so is kept before this returns.

    Raises Away, NotLetIn.
    """
    async with _let_in(pool) as connection:
        row = await connection.fetchrow(SQL["open"], token, *opener)
    return Sealed(*row) if row else None


async def everybody(pool: Pool) -> AsyncIterator[tuple[str, Sealed]]:
    """Yield every reporter as he lies there, to be compared with only. Raises Away, NotLetIn."""
    after = ""
    while True:
        async with _let_in(pool) as connection:
            rows = await connection.fetch(SQL["everybody"], after, AT_A_TIME)
        for token, *row in rows:
            yield token, Sealed(*row)
        if not rows:
            return
        after = rows[-1]["token"]


async def openings(pool: Pool, token: str) -> list[Opened]:
    """Return every opening of a token, the first one first. Raises Away, NotLetIn."""
    async with _let_in(pool) as connection:
        return [Opened(*row) for row in await connection.fetch(SQL["openings"], token)]


async def by_key(pool: Pool) -> dict[str, int]:
    """Return how many reporters lie under which key. Raises Away, NotLetIn."""
    async with _let_in(pool) as connection:
        return {row["key_id"]: row["reporters"] for row in await connection.fetch(SQL["by_key"])}


async def count_openings(pool: Pool) -> int:
    """Return how often any seal was opened. Raises Away, NotLetIn."""
    async with _let_in(pool) as connection:
        count: int = await connection.fetchval(SQL["count_openings"])
    return count


async def forget_unclaimed(pool: Pool) -> int:
    """Delete whoever was sealed over an hour ago for a report that was never kept; return how many.

    A report takes seconds: after an hour none is on its way. Raises Away, NotLetIn.
    """
    async with _let_in(pool) as connection:
        count: int = await connection.fetchval(SQL["forget_unclaimed"])
    return count


async def reseal(pool: Pool, keys: Keys, step: Callable[[], None], *, at_a_time: int = AT_A_TIME) -> Resealed:
    """Seal everything anew that does not lie under the newest key; nobody sees it, so no opening is written.

    Each batch is kept by itself: interrupted, it goes on when it is run again. What cannot be opened stays as
    it is and is named. Raises Away, NotLetIn, NotConfigured.
    """
    newest, after, done = keys.newest, "", 0
    refused: list[Broken | UnknownKey] = []
    while True:
        async with _let_in(pool) as connection:
            rows = await connection.fetch(SQL["under_another_key"], newest, after, at_a_time)
            anew = []
            for row in rows:
                token, *sealed = row
                try:
                    anew.append((token, *keys.seal(token, keys.open(token, Sealed(*sealed)))))
                except (Broken, UnknownKey) as refusal:
                    refused.append(refusal)
                step()
            await connection.executemany(SQL["reseal"], anew)
        if not rows:
            return Resealed(done, tuple(refused))
        after, done = rows[-1]["token"], done + len(anew)
