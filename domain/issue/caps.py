"""延期上限: how far a limit may be extended."""

from bisect import bisect_left
from datetime import datetime, timedelta

from domain.issue.reckon import recount
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.suspensions import fair_clocks
from domain.limits import Counting, Limit, Unit
from domain.workdays import end_of_day, local_day


def cap(issue: Issue, run: Run) -> Limit:
    """延期上限: a share of the limit, rounded down, at least one, and never longer than the book allows.

    Rule: R-EXTEND-CAP
    """
    rule, counting = fair_clocks(issue).extension, issue.rules.counting
    limit = Limit.model_validate(run.limit)
    span = limit.span
    assert span is not None  # it was asked before
    bare = run.model_copy(update={"granted": (), "rests": ()})
    base = recount(issue, bare).limit_at
    most = max(1, int(_amount(span, run, base, counting) * rule.share))
    if span.unit is rule.longest.unit:
        most = min(most, rule.longest.amount)
    latest = end_of_day(local_day(base)) + rule.longest.nominal

    def is_too_long(amount: int) -> bool:
        longer = bare.model_copy(update={"granted": (Limit(unit=span.unit, amount=amount),)})
        return recount(issue, longer).limit_at > latest

    if span.unit is not rule.longest.unit:
        most = max(1, bisect_left(range(1, most + 1), x=True, key=is_too_long))
    return Limit(unit=span.unit, amount=most)


def _amount(span: Limit, run: Run, base: datetime, counting: Counting) -> int:
    """How long the limit is in its own unit; a plan's date makes it shorter than the table does."""
    if span.unit not in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        return span.amount
    first, last = local_day(run.started_at), local_day(base - timedelta(microseconds=1))
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    counted = [day for day in days if span.unit is Unit.CALENDAR_DAYS or counting.calendar.is_workday(day)]
    return min(span.amount, len(counted))
