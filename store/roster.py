"""名册: the whole roster, kept version by version; issues name posts, people are looked up when needed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol

from domain.posts import Post, post_level
from domain.roster import Capacity, Roster, Tenure, tenures_of, who_acts
from domain.terms import Level
from store import turns
from store.effects import SQL as EFFECTS
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("roster")


class RosterIsEmpty(RuntimeError):
    """责任人名册为空,请先运行 python -m ops roster。 The roster is empty: run python -m ops roster first."""


class PostRow(Protocol):
    """A post with who holds it, without dates; `holder` and `deputy` are codes of persons, or None."""

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


class Kept(NamedTuple):
    """What an import came to: the version, and whether it is a new one."""

    version: int
    is_new: bool


_read: dict[str, Roster] = {}
"""The roster read last, by its digest: what has the same digest is the same roster, wherever it is kept."""


async def roster_now(pool: Pool) -> Roster:
    """Return the newest roster, empty if there is none; reads it only when it is a new one. Raises Away."""
    return (await roster_and_time(pool))[0]


async def roster_and_time(pool: Pool) -> tuple[Roster, datetime]:
    """Return the newest roster and the moment by the clock of Postgres, which all processes share."""
    async with connected(pool) as connection:
        return await _newest(connection)


async def roster_at(pool: Pool, at: datetime) -> Roster:
    """Return the roster as it was known at a moment, without channels; empty before the first."""
    async with connected(pool) as connection:
        body: str | None = await connection.fetchval(SQL["version_at"], at)
    return Roster() if body is None else Roster.model_validate_json(body)


async def keep_roster(pool: Pool, roster: Roster, source: str) -> Kept:
    """Make a roster the newest, all of it or nothing; the same once more is no new version. Raises Away."""
    async with transaction(pool) as connection:
        await connection.execute(SQL["one_import_at_a_time"])
        return await _keep(connection, roster, source)


async def load_posts(pool: Pool, rows: Iterable[PostRow]) -> int:
    """Bring posts up to date and return how many; posts that are not among the rows stay as they are."""
    by_post = {row.post: row for row in rows}
    async with transaction(pool) as connection:
        await connection.execute(SQL["one_import_at_a_time"])
        known, _ = await _newest(connection)
        others = (tenure for tenure in known.tenures if tenure.post not in by_post)
        named = {post: row.name_zh for post, row in by_post.items()}
        merged = {"posts": {**known.posts, **named}, "tenures": (*others, *standing(by_post.values()))}
        await _keep(connection, known.model_copy(update=merged), "posts")
    return len(by_post)


def standing(rows: Iterable[PostRow]) -> list[Tenure]:
    """Return what rows without dates say of who holds a post: since ever and until further notice."""
    told: list[Tenure] = []
    for row in rows:
        if row.holder:
            told.append(Tenure(post=row.post, person=row.holder, capacity=Capacity.HOLDER))
        if row.deputy:
            told.append(Tenure(post=row.post, person=row.deputy, capacity=Capacity.DEPUTY))
    return told


async def holder_of(pool: Pool, post: Post) -> str | None:
    """Return the person who acts for a post now, or None (also for an unknown post)."""
    roster, now = await roster_and_time(pool)
    acting = who_acts(roster, post, now)
    return acting.person if acting else None


async def vacant_among(pool: Pool, posts: Sequence[Post]) -> tuple[Post, ...]:
    """Return the posts for which nobody acts, in the given order; an unknown post is vacant.

    Raises RosterIsEmpty when no post is known at all: else every issue would open at the very top.
    """
    roster, now = await roster_and_time(pool)
    if not roster.posts:
        raise RosterIsEmpty(RosterIsEmpty.__doc__)
    return tuple(post for post in posts if not who_acts(roster, post, now))


async def _newest(connection: Connection) -> tuple[Roster, datetime]:
    row = await connection.fetchrow(SQL["newest"])
    assert row is not None  # the time is always told
    if row["version"] is None:
        return Roster(), row["at"]
    known = _read.get(row["digest"])
    return known or await _read_newest(connection), row["at"]


async def _read_newest(connection: Connection) -> Roster:
    kept = await connection.fetchrow(SQL["read_newest"])
    assert kept is not None  # versions are never taken away
    roster = Roster.model_validate_json(kept["body"])
    of_people = Roster.model_validate_json(kept["channels"]).channels
    _read.clear()
    _read[kept["digest"]] = roster.model_copy(update={"channels": of_people})
    return _read[kept["digest"]]


async def _keep(connection: Connection, roster: Roster, source: str) -> Kept:
    body = roster.model_dump_json(exclude={"channels"})
    channels = roster.model_dump_json(include={"channels"})
    digest = sha256(f"{body}\n{channels}".encode()).hexdigest()
    newest = await connection.fetchrow(SQL["newest"])
    assert newest is not None  # the time is always told
    if newest["digest"] == digest:
        return Kept(newest["version"], is_new=False)
    await connection.execute(SQL["forget_channels"])
    version = await connection.fetchval(SQL["keep_version"], source, digest, body, channels)
    await _keep_posts(connection, roster, newest["at"])
    await connection.execute(EFFECTS["known_now"], list(roster.posts))
    await turns.notice(connection, roster)
    return Kept(version, is_new=True)


async def _keep_posts(connection: Connection, roster: Roster, now: datetime) -> None:
    def first(post: Post, capacity: Capacity) -> str | None:
        tenures = tenures_of(roster, post)
        return next((one.person for one in tenures if one.capacity == capacity and one.holds(now)), None)

    await connection.execute(
        SQL["keep_posts"],
        list(roster.posts),
        list(roster.posts.values()),
        [int(post_level(post)) for post in roster.posts],
        [first(post, Capacity.HOLDER) for post in roster.posts],
        [first(post, Capacity.DEPUTY) for post in roster.posts],
    )
    await connection.execute(SQL["empty_posts"], list(roster.posts))


async def notice_turns(pool: Pool) -> tuple[Roster, int]:
    """Notice what the days have changed of the newest roster; return it, and how many posts took a turn."""
    async with transaction(pool) as connection:
        roster, _ = await _newest(connection)
        return roster, await turns.notice(connection, roster) if roster.posts else 0
