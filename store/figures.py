"""数字: counts and rows for a table, straight from the records."""

from datetime import datetime
from typing import NamedTuple

from domain.terms import Level
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("figures")


class Figures(NamedTuple):
    """What came of the issues.

    `escalated` counts issues, `levels` the levels they were escalated to; the others count facts.
    """

    issues: int
    closed: int
    dismissed: int
    merged: int
    escalated: int
    bulletins: int
    extensions_granted: int
    extensions_denied: int
    suspensions: int
    reviews: int
    disputes_ruled: int
    regraded: int
    calendars_adopted: int
    editions_adopted: int
    interviews: int
    referrals: int
    facts: int
    levels: tuple[Level, ...]


class BoardRow(NamedTuple):
    """How one issue stands."""

    issue_id: str
    number: int
    stage: str
    category: str
    severity: str
    title: str
    chief: str
    unit: str | None
    level: int
    rung: int
    is_overdue: bool
    is_suspended: bool
    is_provisional: bool
    next_mark_at: datetime | None
    opened_at: datetime
    updated_at: datetime
    reach: str
    division: str


async def figures(pool: Pool) -> Figures:
    """Return the counts; a withdrawn lapse stays counted, as its facts stay facts."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["figures"])
        levels = await connection.fetch(SQL["levels_reached"])
    assert row is not None  # a count always answers
    return Figures(**dict(row), levels=tuple(Level(each["level"]) for each in levels))


async def board(pool: Pool, limit: int = 200) -> list[BoardRow]:
    """Return up to `limit` issues as they stand, the overdue first, the finished last."""
    async with connected(pool) as connection:
        return [BoardRow(*row) for row in await connection.fetch(SQL["board"], limit)]
