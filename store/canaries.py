"""哨兵台账: what each canary showed, the newest first; and what the records have of one that walks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from domain.canary_walk import Sent, Told, Walked
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("canaries")


class Kept(NamedTuple):
    """A canary that has ended."""

    canary: str
    ended_at: datetime
    walked: Walked


async def told(pool: Pool, issue_id: str) -> list[Told]:
    """Return the facts of a canary. Raises Away."""
    async with connected(pool) as connection:
        return [Told(*row) for row in await connection.fetch(SQL["told"], issue_id)]


async def sent(pool: Pool, issue_id: str) -> list[Sent]:
    """Return what a canary caused outside. Raises Away."""
    async with connected(pool) as connection:
        return [Sent(*row) for row in await connection.fetch(SQL["sent"], issue_id)]


async def still_open(pool: Pool, but: str, for_long: timedelta) -> list[str]:
    """Return the canaries that have been open for so long, but for one. Raises Away."""
    async with connected(pool) as connection:
        return [row["issue_id"] for row in await connection.fetch(SQL["still_open"], but, for_long)]


async def withdraw(pool: Pool, issue_id: str) -> None:
    """Withdraw what a canary drafted: nobody is to sign it. Raises Away."""
    async with connected(pool) as connection:
        await connection.execute(SQL["withdraw"], issue_id)


async def keep(pool: Pool, canary: str, walked: Walked) -> None:
    """Keep what a canary showed, once. Raises Away."""
    async with connected(pool) as connection:
        await connection.execute(
            SQL["keep"],
            *(canary, walked.issue_id, walked.began_at, walked.recorded, walked.noticed),
            *(not walked.troubles, walked.model_dump_json()),
        )


async def newest(pool: Pool, limit: int) -> list[Kept]:
    """Return the last canaries, the newest first. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["newest"], limit)
    return [Kept(row["canary"], row["ended_at"], Walked.model_validate_json(row["body"])) for row in rows]


async def last_at(pool: Pool) -> tuple[datetime | None, datetime]:
    """Return when the last canary ended, if any has, and what time it is for Postgres. Raises Away."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["last_at"])
    assert row is not None  # a maximum of nothing is a row as well
    return row["last_at"], row["now"]
