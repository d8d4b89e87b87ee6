"""告知台账: each outward act once: claimed by one courier at a time, delivered in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.posts import Post
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("effects")


class Key(NamedTuple):
    """What makes an effect one: it is done once for each of these."""

    issue_id: str
    number: int
    effect: str
    addressee: Post


class Claimed(NamedTuple):
    """An effect on loan, and who acts for its addressee's post now."""

    key: Key
    attempts: int
    is_known: bool
    holder: str | None


class Received(NamedTuple):
    """收件: one line of a post's inbox."""

    issue_id: str
    number: int
    effect: str
    holder: str | None
    text: str
    received_at: datetime
    read_at: datetime | None


async def claim(pool: Pool, limit: int, loan: timedelta) -> list[Claimed]:
    """Borrow up to `limit` due effects; no other courier gets them before the loan is over.

    Of one issue's effects for one addressee only the earliest is lent, so that they arrive in order.
    """
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["claim"], limit, loan)
    return [
        Claimed(
            Key(row["issue_id"], row["number"], row["effect"], row["addressee"]),
            row["attempts"],
            row["is_known"],
            row["holder"],
        )
        for row in rows
    ]


async def deliver(pool: Pool, given: Sequence[tuple[Key, str | None]]) -> list[Key]:
    """Put effects into their inboxes and mark them delivered, each with its holder; return those that were.

    What another courier delivered or a later fact countermanded is left alone.
    """
    keys = [key for key, _ in given]
    async with connected(pool) as connection:
        rows = await connection.fetch(
            SQL["deliver"],
            [key.issue_id for key in keys],
            [key.number for key in keys],
            [key.effect for key in keys],
            [key.addressee for key in keys],
            [holder for _, holder in given],
        )
    return [Key(*row) for row in rows]


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


async def inbox_of(pool: Pool, post: Post) -> list[Received]:
    """Return what a post has received, the newest last."""
    async with connected(pool) as connection:
        return [Received(*row) for row in await connection.fetch(SQL["inbox_of"], post)]
