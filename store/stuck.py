"""卡住,由记录所见: what Postgres alone can tell: journal, read model, ledgers, leads, bulletins, roster."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple, TypeAlias

from domain import posts
from domain.canary import CANARY_DIVISION
from domain.issue.events import read_fact
from domain.model import Label
from domain.posts import Division, Post, division_of, level_of
from domain.roster import who_acts
from domain.stuck import NOTHING, OPERATORS, Kind, Stuck, stuck
from domain.stuck_rules import (
    PATIENCE,
    Asked,
    Patience,
    Source,
    each_once,
    unapproved,
    unlooked,
    unreviewed,
    unruled,
)
from domain.terms import ENDS, Level
from store.bulletins import bulletin_of
from store.pool import Pool, connected
from store.queries import read_queries
from store.roster import roster_and_time

SQL = read_queries("stuck")

WITHIN = 30.0
"""Seconds for one query: an operator waits longer than the service does."""
END_FACTS = ("Closed", "Dismissed", "Merged")
_ASKED_FACTS = (
    *("DisputeOpened", "RulingRaised", "DisputeRuled", "RectificationReported", "Transferred"),
    *("ClockSuspended", "SuspensionReviewDue", "SuspensionUpheld", "ClockResumed"),
)
WORDS, LEAD = Label("办理指令", "words to the issue"), Label("线索", "a lead")

Row: TypeAlias = dict[str, Any]

_CANARIES = f"{CANARY_DIVISION[:4]}%"


_A_STRETCH = 500
"""Rows that are read at once."""


class Open(NamedTuple):
    """未办结: an issue that the records show as open."""

    issue_id: str
    chief: Post
    division: Division
    number: int


async def find(pool: Pool, now: datetime, patience: Patience = PATIENCE) -> list[Stuck]:
    """Return all that is stuck as the records show it. Raises Away."""
    late, asked_before, tries = now - patience.machine, now - patience.person, patience.attempts
    ends = [str(stage) for stage in ENDS]
    return [
        *await _each(pool, Kind.MARK_PASSED, "marks_passed", now - patience.mark),
        *await _each(pool, Kind.HEAD_BEHIND, "heads_behind", what=_lag),
        *await _each(pool, Kind.EFFECT_LATE, "effects_late", late, tries, what=_error),
        *await _each(pool, Kind.EFFECT_UNDELIVERABLE, "effects_undeliverable", what=_error),
        *await _each(pool, Kind.WORD_WAITING, "words_waiting", late, what=lambda _: WORDS),
        *await _each(pool, Kind.WORD_WAITING, "leads_waiting", late, tries, what=lambda _: LEAD),
        *await _each(pool, Kind.ARCHIVE_LATE, "archives_late", now - patience.archive, ends),
        *await _each(pool, Kind.NO_RECEIPT, "unsigned", asked_before, _CANARIES),
        *await _each(pool, Kind.LEAD_UNASSESSED, "leads_unassessed", now, _CANARIES, whose=_assessor),
        *await _asked(pool, asked_before),
        *await _bulletins(pool),
        *await _vacant(pool, now, late),
    ]


async def counted(pool: Pool, now: datetime) -> Mapping[Kind, int]:
    """Return how many are stuck of each kind that Postgres alone can tell of; none is 0. Raises Away."""
    found = Counter(each.kind for each in each_once(await find(pool, now)))
    untold = unlooked({Source.TEMPORAL})
    return {kind: found[kind] for kind in Kind if kind not in untold}


async def open_in_the_journal(pool: Pool) -> list[Open]:
    """Return what is open, in order. Raises Away."""
    async with connected(pool) as connection, connection.transaction():
        # Read in stretches, and each post and place kept once: ten thousand issues share a few of them.
        rows = connection.cursor(SQL["open_in_the_journal"], prefetch=_A_STRETCH)
        return [
            Open(row["issue_id"], intern(row["chief"]), intern(row["division"]), row["number"])
            async for row in rows
        ]


async def told_of(pool: Pool, issue_ids: Sequence[str]) -> Mapping[str, datetime | None]:
    """Return which of some issues the journal knows, each with when it recorded its end. Raises Away."""
    rows = await _rows(pool, "told_of", issue_ids, END_FACTS) if issue_ids else []
    return {row["issue_id"]: row["ended_at"] for row in rows}


async def _rows(pool: Pool, query: str, *values: Any) -> list[Row]:
    async with connected(pool) as connection:
        return [dict(row) for row in await connection.fetch(SQL[query], *values, timeout=WITHIN)]


async def _each(
    pool: Pool,
    kind: Kind,
    query: str,
    *values: Any,
    what: Callable[[Row], Label] = lambda _: NOTHING,
    whose: Callable[[Row], str] = lambda row: row.get("whose") or OPERATORS,
) -> list[Stuck]:
    """Say of each row of a query that it is stuck: by its subject, whose it is, since when, how many."""
    return [_of(kind, row, what(row), whose(row)) for row in await _rows(pool, query, *values)]


def _of(kind: Kind, row: Row, what: Label, whose: str) -> Stuck:
    count, division = row.get("count", 1), row.get("division") or ""
    return stuck(kind, row["subject"], row["since"], whose, what=what, count=count, division=division)


def _lag(row: Row) -> Label:
    shown, told = row["shown"] or 0, row["told"] or 0
    return Label(
        f"读模型第 {shown} 号,日志第 {told} 号", f"it shows fact {shown}, the journal ends at {told}"
    )


def _error(row: Row) -> Label:
    return Label(f"({row['error']})", f" ({row['error']})") if row["error"] else NOTHING


def _assessor(row: Row) -> Post:
    return posts.office(row["division"], max(level_of(row["division"]), Level.COUNTY))


async def _asked(pool: Pool, before: datetime) -> list[Stuck]:
    found: list[Stuck] = []
    rows = await _rows(pool, "asked_facts", _CANARIES, _ASKED_FACTS)
    for (issue_id, division), of_one in groupby(rows, key=itemgetter("issue_id", "division")):
        facts = [read_fact(row["body"]) for row in of_one]
        asked = {
            Kind.DISPUTE_UNRULED: unruled(facts),
            Kind.SUSPENSION_UNREVIEWED: unreviewed(facts, before),
        }
        found += [_silent(kind, issue_id, one, division) for kind, one in asked.items() if one]
    return found


async def _bulletins(pool: Pool) -> list[Stuck]:
    found: list[Stuck] = []
    for row in await _rows(pool, "bulletins_waiting", _CANARIES):
        bulletin = await bulletin_of(pool, row["bulletin_id"])
        asked = unapproved(bulletin) if bulletin else None
        if bulletin and asked:
            found.append(_silent(Kind.BULLETIN_UNAPPROVED, row["bulletin_id"], asked, bulletin.division))
    return found


def _silent(kind: Kind, subject: str, asked: Asked, division: Division) -> Stuck:
    return stuck(kind, subject, asked.since, asked.whose, count=asked.times, division=division)


async def _vacant(pool: Pool, now: datetime, before: datetime) -> list[Stuck]:
    """A post that nobody acts for: an issue that has only just been told is still on its way past it."""
    roster, _ = await roster_and_time(pool)
    return [
        _of(Kind.POST_VACANT, {**row, "division": division_of(row["whose"])}, NOTHING, row["whose"])
        for row in await _rows(pool, "chiefs", _CANARIES)
        if roster.posts
        and who_acts(roster, row["whose"], now) is None
        and not (row["since"] and row["since"] > before)
    ]
