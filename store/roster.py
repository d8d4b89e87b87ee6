"""名册: who holds a post now; issues name posts, and people are looked up when they are needed."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from domain.posts import Post
from domain.terms import Level
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("roster")


class RosterIsEmpty(RuntimeError):
    """责任人名册为空,请先运行 python -m ops roster。 The roster is empty: run python -m ops roster first."""


class PostRow(Protocol):
    """What the roster keeps of a post; `holder` and `deputy` are opaque tokens, or None."""

    @property
    def post(self) -> Post: ...
    @property
    def name_zh(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def holder(self) -> str | None: ...
    @property
    def deputy(self) -> str | None: ...


async def load_posts(pool: Pool, rows: Iterable[PostRow]) -> int:
    """Bring posts up to date and return how many; posts that are not among the rows stay as they are."""
    by_post = {row.post: row for row in rows}.values()
    async with connected(pool) as connection:
        await connection.execute(
            SQL["load_posts"],
            [row.post for row in by_post],
            [row.name_zh for row in by_post],
            [int(row.level) for row in by_post],
            [row.holder for row in by_post],
            [row.deputy for row in by_post],
        )
    return len(by_post)


async def holder_of(pool: Pool, post: Post) -> str | None:
    """Return who acts for a post: its holder, else its deputy, else None (also for an unknown post)."""
    async with connected(pool) as connection:
        holder: str | None = await connection.fetchval(SQL["holder_of"], post)
    return holder


async def vacant_among(pool: Pool, posts: Sequence[Post]) -> tuple[Post, ...]:
    """Return the posts for which nobody acts, in the given order; an unknown post is vacant.

    Raises RosterIsEmpty when no post is known at all: else every issue would open at the very top.
    """
    async with connected(pool) as connection:
        held: list[Post] | None = await connection.fetchval(SQL["held_among"], list(posts))
    if held is None:
        raise RosterIsEmpty(RosterIsEmpty.__doc__)
    return tuple(post for post in posts if post not in held)
