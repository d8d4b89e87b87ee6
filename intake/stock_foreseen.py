"""存量预演: what opening a ledger would do, said before anything is done."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from domain import posts
from domain.issue.evolve import retell
from domain.issue.opening import open_issue
from domain.model import Label
from domain.refusals import Refusal
from domain.report import Report
from domain.rulebook import RuleBook
from domain.terms import Category, Clock, Level, Severity
from domain.workdays import local_day
from intake.desk import NUMBER_TO_COME, opening_of, taken
from reading.columns import Column
from reading.ledger import Accepted, Closed, Ledger, Refused, reports_of
from reading.registry import Registry
from store import numbers
from store.numbers import Bound
from store.pool import Pool


class Kind(NamedTuple):
    """分类: what the preview counts by."""

    county: str
    category: Category
    severity: Severity


class Due(NamedTuple):
    """到期: a limit that would run from the moment of opening."""

    at: datetime
    clock: Clock


class Known(NamedTuple):
    """已立案: by report id, what has a number already, and what has one from another ledger."""

    bound: Mapping[str, Bound]
    elsewhere: Mapping[str, str]


async def what_is_known(pool: Pool, ledger: Ledger) -> Known:
    """Ask the records which rows are open already; raise Away when they do not answer."""
    reports = reports_of(ledger)
    return Known(await numbers.all_bound_before(pool, reports), await numbers.opened_elsewhere(pool, reports))


@dataclass
class Foreseen:
    """预演结果 of one ledger; `known` is None when Postgres did not say what is known."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    due: Counter[Due] = field(default_factory=Counter)
    plans: Counter[date] = field(default_factory=Counter)
    known: int | None = None
    closed: int = 0
    lapsed: int = 0
    """Rows whose own limit has passed: decision 0006 has their plan amended first, outside."""
    refused: list[Refused] = field(default_factory=list)

    @property
    def opening(self) -> int:
        """How many issues would open."""
        return self.kinds.total()


def foresee(
    ledger: Ledger, book: RuleBook, registry: Registry, now: datetime, known: Known | None
) -> Foreseen:
    """Return what would become of each row now; `known` holds what is open already, if anybody could say."""
    foreseen = Foreseen(known=None if known is None else 0)
    bound, elsewhere = known or Known({}, {})
    for row in ledger.rows:
        match row:
            case Closed():
                foreseen.closed += 1
            case Refused():
                foreseen.refused.append(row)
            case Accepted():
                if row.report.id in elsewhere:
                    foreseen.known = (foreseen.known or 0) + 1
                else:
                    _foresee_row(row, book, registry, now, bound.get(row.report.id), foreseen)
    return foreseen


def _foresee_row(
    row: Accepted, book: RuleBook, registry: Registry, now: datetime, before: Bound | None, told: Foreseen
) -> None:
    report = row.report
    if before:
        if before.differs:
            told.refused.append(row.refused(Column.NUMBER, taken(before.issue_id)))
        else:
            told.known = (told.known or 0) + 1
        return
    try:
        issue = retell(open_issue(opening_of(report, NUMBER_TO_COME, now, book, registry), now))
    except Refusal as refusal:
        told.lapsed += bool(report.plan_on and report.plan_on < local_day(now))
        told.refused.append(row.refused(Column.PLAN_ON, Label(refusal.zh, str(refusal))))
        return
    told.kinds[_kind(report, registry)] += 1
    told.due.update(Due(run.limit_at, run.clock) for run in issue.clocks)
    if report.plan_on:
        told.plans[report.plan_on] += 1


def _kind(report: Report, registry: Registry) -> Kind:
    county = posts.at_level(report.division, Level.COUNTY)
    return Kind(registry.division_name(county), report.category, report.severity)
