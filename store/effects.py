"""告知台账: each outward act once: claimed by one courier at a time, delivered in one transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.issue.wording import told
from domain.posts import Post
from store.pool import Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("effects")


class Key(NamedTuple):
    """What makes an effect one: it is done once for each of these."""

    issue_id: str
    number: int
    effect: str
    addressee: Post


class Receiver(NamedTuple):
    """Who receives for a post now: a person, an institution without one, or nobody."""

    is_known: bool
    is_received: bool
    person: str | None = None


class Handed(NamedTuple):
    """An effect that was due: delivered, or else on loan because nobody receives it for its addressee now."""

    key: Key
    attempts: int
    is_known: bool
    is_delivered: bool
    command_id: str | None = None


async def hand_out(
    pool: Pool, limit: int, loan: timedelta, receiver: Callable[[Post], Receiver], now: datetime
) -> list[Handed]:
    """Deliver up to `limit` due effects, each with who receives it; lend those that nobody receives.

    What was due long before `now` says so.

    Of one issue's effects for one addressee only the earliest is taken, so that they arrive in order. No
    other courier gets what is lent before the loan is over.
    """
    async with transaction(pool) as connection:
        rows = [tuple(row) for row in await connection.fetch(SQL["take_due"], limit)]
        if not rows:
            return []
        due = [(Key(*row[:4]), row[4]) for row in rows]
        remarks = [told("", row[5], now) if row[5] else "" for row in rows]
        receivers = [receiver(key.addressee) for key, _ in due]
        columns = [list(column) for column in zip(*(key for key, _ in due), strict=True)]
        received = [each.is_received for each in receivers]
        await connection.execute(
            SQL["deliver"], *columns, received, [each.person for each in receivers], loan, remarks
        )
    return [
        Handed(key, attempts, each.is_known, each.is_received, row[6])
        for (key, attempts), each, row in zip(due, receivers, rows, strict=True)
    ]


async def try_again(pool: Pool, key: Key, error: str) -> None:
    """Leave an effect queued, to be tried after a pause that grows with each try."""
    async with connected(pool) as connection:
        await connection.execute(SQL["try_again"], *key, error)


async def give_up(pool: Pool, key: Key, reason: str) -> None:
    """Mark an effect undeliverable, with the reason that the operator reads."""
    async with connected(pool) as connection:
        await connection.execute(SQL["give_up"], *key, reason)


async def counts(pool: Pool) -> Mapping[str, int]:
    """Return how many effects are in which state; a state without any is not listed."""
    async with connected(pool) as connection:
        return {row["state"]: row["count"] for row in await connection.fetch(SQL["counts"])}
