"""看板: the issues of a division and all below it: a page at a time, and counted."""

from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import asyncpg

from domain.posts import Division, at_level, level_of
from domain.terms import ENDS, Category, Stage
from store.figures import BoardRow
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("board")

PAGE = 50


class Wanted(NamedTuple):
    """Which issues are looked at: the open ones, or those of a stage that ends; None asks for all.

    `water` is a reach's code or a river's, with which the codes of its reaches begin.
    """

    division: Division
    stage: Stage | None = None
    is_overdue: bool | None = None
    water: str | None = None


class Standing(NamedTuple):
    """所在与所处: where an issue lies, and how it stands; the latter unknown while nothing is told of it."""

    division: Division
    reach: str | None = None
    category: Category | None = None
    stage: Stage | None = None


class Place(NamedTuple):
    """A place in the list; what moves meanwhile is shown again or not, and nothing else is missed."""

    in_time: int
    next_mark_at: datetime
    issue_id: str

    @classmethod
    def of(cls, row: BoardRow) -> Self:
        """Return where a row of a page stands."""
        assert row.next_mark_at is not None  # it is open
        return cls(int(not row.is_overdue), row.next_mark_at, row.issue_id)


BEFORE_ALL = Place(-1, datetime(1970, 1, 1, tzinfo=UTC), "")


class Count(NamedTuple):
    """How many issues of one division stand at one stage."""

    division: Division
    stage: Stage
    is_overdue: bool
    issues: int


async def page(pool: Pool, wanted: Wanted, after: Place = BEFORE_ALL, limit: int = PAGE) -> list[BoardRow]:
    """Return up to `limit` open issues after a place, the overdue first, then those with the nearest mark."""
    in_time = None if wanted.is_overdue is None else int(not wanted.is_overdue)
    asked = (and_below(wanted.division), wanted.stage, in_time, *after, limit, wanted.water)
    return [BoardRow(*row) for row in await _ask(pool, SQL["page"], asked)]


async def page_by_number(pool: Pool, wanted: Wanted, after: str = "", limit: int = PAGE) -> list[BoardRow]:
    """Return up to `limit` issues after a number, in the order of numbers, which no change moves."""
    is_over = wanted.stage in ENDS
    asked = (
        and_below(wanted.division),
        wanted.stage,
        wanted.is_overdue,
        after,
        limit,
        wanted.water,
        is_over,
    )
    return [BoardRow(*row) for row in await _ask(pool, SQL["page_by_number"], asked)]


async def standing(pool: Pool, issue_id: str) -> Standing | None:
    """Return where an issue lies and how it stands; nothing if its number was never given."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["standing"], issue_id)
    if row is None or row["stage"] is None:
        return Standing(row["division"]) if row else None
    return Standing(row["division"], row["reach"], Category(row["category"]), Stage(row["stage"]))


async def counts(pool: Pool, division: Division) -> list[Count]:
    """Return how many issues are open in a division and below it; what is nowhere is not listed."""
    rows = await _ask(pool, SQL["counts"], (and_below(division),))
    return [Count(row["division"], Stage(row["stage"]), row["is_overdue"], row["issues"]) for row in rows]


async def _ask(pool: Pool, query: str, asked: tuple[Any, ...]) -> list[asyncpg.Record]:
    """Ask with a plan made for these very values: a village and a city are not found by the same way."""
    async with connected(pool) as connection:
        return await (await connection.prepare(query)).fetch(*asked)


def and_below(division: Division) -> str:
    """Return what the codes of a division and of all below it look like: `512022%` for a county."""
    digits = len(at_level("9" * 12, level_of(division)).rstrip("0"))
    return f"{division[:digits]}%"
