"""收件箱: what lies in a post's inbox, who signed for it, and how its persons were reached."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.posts import Post
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("inbox")

NEWEST = 2**63 - 1
"""Before the first page: no line has a greater number."""


class Received(NamedTuple):
    """收件: one line of a post's inbox, with the state of each person's delivery and the receipts."""

    issue_id: str
    number: int
    effect: str
    holder: str | None
    text: str
    received_at: datetime
    read_at: datetime | None
    line: int
    reached: list[str]
    signed_by: list[str]


class Line(NamedTuple):
    """收件一行, as one reader sees it; `signed_at` is that reader's own receipt."""

    line: int
    addressee: Post
    issue_id: str
    number: int
    effect: str
    text: str
    received_at: datetime
    read_at: datetime | None
    signed_at: datetime | None


class Delivery(NamedTuple):
    """送达: one line of an inbox for one person; without a person it lies in an institution's inbox."""

    line: int
    number: int
    effect: str
    addressee: Post
    received_at: datetime
    person: str | None
    capacity: str | None
    urgency: str | None
    state: str | None
    channel: str | None
    push: str | None
    attempts: int
    changed_at: datetime | None
    last_error: str | None
    signed_at: datetime | None


class Receipt(NamedTuple):
    """签收: who signed for a line, and when first."""

    line: int
    subject: str
    at: datetime


async def inbox_of(pool: Pool, post: Post) -> list[Received]:
    """Return what a post has received, the newest last."""
    async with connected(pool) as connection:
        return [Received(*row) for row in await connection.fetch(SQL["inbox_of"], post)]


async def page(
    pool: Pool, posts: Sequence[Post], reader: str, before: int, limit: int, *, unread: bool = False
) -> list[Line]:
    """Return what some posts have received before a line, the newest first."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["page"], list(posts), reader, before, unread, limit)
    return [Line(*row) for row in rows]


async def sign_for(
    pool: Pool, line: int, posts: Sequence[Post], subject: str, at: datetime
) -> Receipt | None:
    """签收: keep that a person has seen a line of one of these posts; None when none of them received it."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["sign_for"], line, list(posts), subject, at)
    return Receipt(row["line"], subject, row["at"]) if row else None


async def deliveries_of(pool: Pool, issue_id: str, after: int, lines: int) -> list[Delivery]:
    """Return how whoever an issue concerns was reached, in order, some lines at a time."""
    async with connected(pool) as connection:
        return [
            Delivery(*row) for row in await connection.fetch(SQL["deliveries_of"], issue_id, after, lines)
        ]


async def is_more(pool: Pool, issue_id: str, after: int) -> bool:
    """Tell whether there are lines of an issue after one."""
    async with connected(pool) as connection:
        more: bool = await connection.fetchval(SQL["is_more"], issue_id, after)
    return more


async def receipts_of(pool: Pool, lines: Sequence[int]) -> list[Receipt]:
    """Return who signed for which of some lines."""
    async with connected(pool) as connection:
        return [Receipt(*row) for row in await connection.fetch(SQL["receipts_of"], list(lines))]
