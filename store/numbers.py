"""编号: a report gets its issue number once, in the transaction that keeps the report."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import md5
from typing import NamedTuple

import asyncpg

from domain.chain import canonical
from domain.report import Report
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("numbers")
AT_A_TIME = 1000
"""Reports asked for in one query."""


class Bound(NamedTuple):
    """The issue a report is; `differs` when it was sent again with other words: the first are kept."""

    issue_id: str
    is_new: bool
    received_at: datetime
    differs: bool = False


async def bind_number(
    pool: Pool,
    report: Report,
    county: str,
    year: int,
    received_at: datetime,
    source_file: str | None = None,
) -> Bound:
    """Keep a report and bind it to the next number of a county (6 digits) and year, or return its old one.

    Raises Away when Postgres does not answer; then the same call again gives the same number.
    """
    body = canonical(report)
    async with connected(pool) as connection:
        # A rival with the same report waits here until the first is kept or given back.
        issue_id: str | None = await connection.fetchval(
            SQL["bind_report"], report.id, body, received_at, source_file, county, year
        )
        if issue_id is not None:
            return Bound(issue_id, is_new=True, received_at=received_at)
        row = await connection.fetchrow(SQL["bound_report"], report.id)
    assert row is not None  # a report is kept with its number or not at all
    return _bound(row, body)


async def bound_before(pool: Pool, report: Report) -> Bound | None:
    """Return what a report was bound to at an earlier time, or nothing if its id is new."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["bound_report"], report.id)
    return _bound(row, canonical(report)) if row else None


async def all_bound_before(pool: Pool, reports: Sequence[Report]) -> dict[str, Bound]:
    """Return what those of the reports that are known were bound to, by their ids."""
    bound: dict[str, Bound] = {}
    async with connected(pool) as connection:
        for begin in range(0, len(reports), AT_A_TIME):
            bodies = {report.id: canonical(report) for report in reports[begin : begin + AT_A_TIME]}
            rows = await connection.fetch(SQL["bound_reports"], list(bodies))
            bound |= {row["report_id"]: _bound(row, bodies[row["report_id"]]) for row in rows}
    return bound


async def opened_elsewhere(pool: Pool, reports: Sequence[Report]) -> dict[str, str]:
    """Return by report id the issue that the same stock report, word for word, became under another id."""
    texts = [md5(report.text.encode(), usedforsecurity=False).hexdigest() for report in reports]
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["stock_reports_saying"], texts, [report.id for report in reports])
    kept = {_without_id(row["body"]): row["issue_id"] for row in rows}
    found = ((report.id, kept.get(_without_id(canonical(report)))) for report in reports)
    return {own: issue_id for own, issue_id in found if issue_id}


def _without_id(body: str) -> str:
    return json.dumps({**json.loads(body), "id": None}, sort_keys=True)


def _bound(row: asyncpg.Record, body: str) -> Bound:
    return Bound(row["issue_id"], is_new=False, received_at=row["received_at"], differs=row["body"] != body)


async def issue_of_report(pool: Pool, report_id: str) -> str | None:
    """Return the issue a report became, or nothing if it is not known."""
    async with connected(pool) as connection:
        issue_id: str | None = await connection.fetchval(SQL["issue_of_report"], report_id)
    return issue_id


async def bound_issues(pool: Pool) -> list[str]:
    """Return every issue number that was ever bound, in order."""
    async with connected(pool) as connection:
        return [row["issue_id"] for row in await connection.fetch(SQL["bound_issues"])]
