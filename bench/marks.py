"""时限节点群: issues reminded of where the bench wants it, and what the journal has of them."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.ground import Site
from bench.rules import write_rules
from bench.script import a_report
from domain.limits import Counting, Limit
from domain.terms import Category, Severity, Source
from domain.workdays import local_day
from intake.desk import Desk
from reading.rulebook import read_editions
from store.pool import Pool

OPENED_AT_ONCE = 16
"""Openings in flight; more only push the first workflow tasks behind them."""
SEEN_BEFORE = timedelta(hours=12)
"""How long before its mark an issue was seen: every other mark of its is hours away."""
RECORDED_WITHIN = 300.0
"""Seconds without a newly recorded mark after which the rest is given up as missing."""
LOOK_AGAIN = 0.5

OPEN = "SELECT count(*) FROM issues"
REMINDED = "SELECT count(DISTINCT issue_id) FROM issue_facts WHERE kind = 'EarlyReminded'"
MARKS = """
SELECT issue_id, said_at AS due_at, recorded_at AS kept_at
FROM issue_facts WHERE kind = 'EarlyReminded' ORDER BY recorded_at
"""
NOTICES_TWICE = """
SELECT count(*) FROM (
    SELECT FROM inbox JOIN issue_facts USING (issue_id, number) WHERE kind = 'EarlyReminded'
    GROUP BY issue_id, addressee HAVING count(*) > 1
) AS told_again
"""
WITHOUT_NOTICE = """
SELECT count(*) FROM issue_facts WHERE kind = 'EarlyReminded'
AND NOT EXISTS (
    SELECT FROM effects WHERE effects.issue_id = issue_facts.issue_id AND effects.number = issue_facts.number
)
"""


class Kept(NamedTuple):
    """A mark in the journal: when it was due, and when it was written down."""

    issue: str
    due_at: datetime
    kept_at: datetime


class Counted(NamedTuple):
    """What came of the marks: each of these issues must have exactly one."""

    kept: Sequence[Kept]
    missing: int
    doubled: int
    without_notice: int


def rules_for(folder: Path, name: str, due_at: datetime, limit: str) -> Path:
    """Write the rule book by which what was seen SEEN_BEFORE the moment is reminded of at that very moment.

    The first deadline is `limit`; the share of it that is left at the moment makes the reminder.
    """
    plain = write_rules(folder, f"{name}-plain", limits__ASSIGN__GENERAL__limit=limit)
    seen_at = due_at - SEEN_BEFORE
    ends_at = _counting(plain, seen_at).ends(Limit.model_validate(limit), seen_at).at
    return write_rules(
        folder,
        name,
        limits__ASSIGN__GENERAL__limit=limit,
        ladder__GENERAL__early__share=(ends_at - due_at) / (ends_at - seen_at),
    )


def desk_under(site: Site, rules: Path) -> Desk:
    """Return the service's own front door, with another rule book."""
    return replace(site.desk(), editions=read_editions(rules))


async def open_issues(site: Site, desk: Desk, run: str, seen_at: Sequence[datetime]) -> list[str]:
    """Open an issue for each moment of seeing; return their ids once the journal has them all."""
    before = await site.pool.fetchval(OPEN)
    place = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one(seen: datetime) -> str:
        report = a_report(run).model_copy(update={"seen_at": seen})
        async with place:
            opening = await desk.open(report)
        if opening.result != "opened" or opening.issue_id is None:
            raise RuntimeError(f"{report.id}: {opening.result} {opening.reason}")
        return opening.issue_id

    async with asyncio.TaskGroup() as group:
        opened = [group.create_task(open_one(seen)) for seen in seen_at]
    await recorded(site.pool, OPEN, before + len(seen_at))
    return [task.result() for task in opened]


async def recorded(pool: Pool, question: str, wanted: int, patience: float = RECORDED_WITHIN) -> int:
    """Return the count when it is all that is wanted, or when nothing was added for so many seconds."""
    count = await pool.fetchval(question)
    changed = time.monotonic()
    while count < wanted and time.monotonic() - changed < patience:
        await asyncio.sleep(LOOK_AGAIN)
        last, count = count, await pool.fetchval(question)
        if count != last:
            changed = time.monotonic()
    return int(count)


async def count_marks(pool: Pool, issues: Sequence[str]) -> Counted:
    """Count what the journal and the inboxes hold of the marks of these issues."""
    kept = [Kept(*row) for row in await pool.fetch(MARKS)]
    mine = set(issues)
    strangers = {mark.issue for mark in kept} - mine
    if strangers:
        raise RuntimeError(f"另有节点到期 other issues were reminded of: {len(strangers)}")
    reminded = {mark.issue for mark in kept}
    return Counted(
        kept=kept,
        missing=len(mine - reminded),
        doubled=len(kept) - len(reminded) + await pool.fetchval(NOTICES_TWICE),
        without_notice=await pool.fetchval(WITHOUT_NOTICE),
    )


def _counting(rules: Path, seen_at: datetime) -> Counting:
    book = read_editions(rules)[-1]
    return book.excerpt(
        Category.FLOATING_DEBRIS, Severity.GENERAL, Source.PATROL, local_day(seen_at)
    ).counting


def now() -> datetime:
    """Return the wall clock, by which marks fall."""
    return datetime.now(UTC)
