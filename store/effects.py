"""告知台账: each outward act once: claimed by one courier at a time, delivered in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.posts import Post
from domain.terms import PostKind
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("effects")


class Key(NamedTuple):
    """What makes an effect one: it is done once for each of these."""

    issue_id: str
    number: int
    effect: str
    addressee: Post


class Handed(NamedTuple):
    """An effect that was due: delivered, or else on loan because nobody receives it for its addressee now."""

    key: Key
    attempts: int
    is_known: bool
    is_delivered: bool


class Received(NamedTuple):
    """收件: one line of a post's inbox."""

    issue_id: str
    number: int
    effect: str
    holder: str | None
    text: str
    received_at: datetime
    read_at: datetime | None


async def hand_out(pool: Pool, limit: int, loan: timedelta, persons: Sequence[PostKind]) -> list[Handed]:
    """Deliver up to `limit` due effects, each with its holder; lend those that nobody receives.

    Of one issue's effects for one addressee only the earliest is taken, so that they arrive in order. A post
    of the kinds `persons` receives through its holder alone, an institution in any case; nothing is received
    for a post that the roster lacks. No other courier gets what is lent before the loan is over.
    """
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["hand_out"], limit, loan, [str(kind) for kind in persons])
    return [Handed(Key(*row[:4]), *row[4:]) for row in map(tuple, rows)]


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
