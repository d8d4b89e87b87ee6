"""告警: what only an operator can set right; open until somebody settles it."""

from datetime import datetime
from typing import NamedTuple

import structlog

from store.pool import Connection, Pool, connected
from store.queries import read_queries

SQL = read_queries("alarms")

log = structlog.get_logger()


class Alarm(NamedTuple):
    """告警一条: of a kind about a subject; raised once however often the trouble comes again."""

    id: int
    kind: str
    subject: str
    text: str
    times: int
    raised_at: datetime
    last_at: datetime


async def raise_alarm(pool: Pool, kind: str, subject: str, text: str) -> None:
    """Tell the operator; the same kind and subject again only counts, while it is open. Raises Away."""
    async with connected(pool) as connection:
        await raise_within(connection, kind, subject, text)


async def raise_within(connection: Connection, kind: str, subject: str, text: str) -> None:
    """Raise an alarm in the transaction of what it is about: both are kept, or neither."""
    raised = await connection.fetchrow(SQL["raise_alarm"], kind, subject, text)
    assert raised is not None
    if raised["is_new"]:
        log.error("alarm_raised", kind=kind, subject=subject)


async def open_alarms(pool: Pool) -> list[Alarm]:
    """Return what is not settled, the oldest first."""
    async with connected(pool) as connection:
        return [Alarm(*row) for row in await connection.fetch(SQL["open_alarms"])]


async def settle(pool: Pool, alarm: int, by: str) -> bool:
    """Settle an alarm; False when there is no such open one. Raised again, it is another."""
    async with connected(pool) as connection:
        return await connection.fetchval(SQL["settle"], alarm, by) is not None


async def settle_subject(pool: Pool, kind: str, subject: str, by: str) -> None:
    """Settle what has set itself right."""
    async with connected(pool) as connection:
        await settle_within(connection, kind, subject, by)


async def settle_within(connection: Connection, kind: str, subject: str, by: str) -> None:
    """Settle what a transaction sets right: both are kept, or neither."""
    await connection.execute(SQL["settle_subject"], kind, subject, by)
