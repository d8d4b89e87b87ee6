"""时钟: which clocks start with a fact, and at which marks the ladder will demand something."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from domain import posts
from domain.excerpt import Step
from domain.issue.events import Start
from domain.issue.life import BESIDE
from domain.issue.state import Issue, Run
from domain.limits import Limit
from domain.terms import Clock, Level, Origin, PostKind, Rung, Severity
from domain.workdays import local_day

CLOCK_ORDER = {clock: place for place, clock in enumerate(Clock)}


class Mark(NamedTuple):
    """时限节点: a moment at which the ladder demands something; equal moments: the lower rung first."""

    at: datetime
    rung: Rung
    order: int
    clock: Clock


def start(issue: Issue, clock: Clock, at: datetime, plan_on: date | None = None) -> Start:
    """起算: start a clock at a true moment; a plan's date holds below the ceiling.

    Rule: R-CLOCK-START
    """
    sourced = issue.rules.limit(clock, local_day(at))
    counted = issue.rules.counting.ends(sourced.limit, at, plan_on)
    return Start(
        clock=clock,
        at=at,
        limit_at=counted.at,
        limit=str(sourced.limit),
        source=sourced.source,
        provisional=counted.provisional,
    )


def start_rectify(issue: Issue, at: datetime) -> Start:
    """整改起算: a stock issue has its own plan's date, which the table only bounds.

    Rule: R-STOCK-PLAN
    """
    begun = start(issue, Clock.RECTIFY, at, issue.plan.done_on if issue.plan else None)
    if issue.origin is Origin.STOCK and issue.plan_on:
        by_plan = issue.rules.counting.ends(Limit.model_validate("plan <= 3650cd"), at, issue.plan_on)
        if by_plan.at < begun.limit_at:
            return begun.model_copy(update={"limit_at": by_plan.at, "provisional": by_plan.provisional})
    return begun


def resume(issue: Issue, run: Run, rested_at: datetime, at: datetime) -> Start:
    """续计: let a clock run on after a rest, with the wall time that was left of it.

    Rule: R-CLOCK-RESUME
    """
    rest = at - rested_at
    limit = Limit.model_validate(run.limit)
    counted = issue.rules.counting.resumes(run.limit_at, limit, rest, at)
    return Start(
        clock=run.clock,
        at=run.started_at + rest,
        limit_at=counted.at,
        limit=run.limit,
        source=run.source,
        provisional=run.provisional or counted.provisional,
    )


def next_mark(issue: Issue) -> Mark | None:
    """Return the nearest mark of all running clocks; an issue that is over has none."""
    return min((mark for run in issue.clocks for mark in _next_of(issue, run)), default=None)


def _next_of(issue: Issue, run: Run) -> Iterator[Mark]:
    """The next mark of each rung of one clock. Rule: R-LADDER."""
    for rung, at in (
        (Rung.EARLY, _early(issue, run)),
        (Rung.REMINDER, _once(issue, run, Rung.REMINDER, issue.rules.ladder.reminder)),
        (Rung.ORDER, _once(issue, run, Rung.ORDER, _order_step(issue, run))),
        (Rung.ESCALATION, _escalation(issue, run)),
        (Rung.BULLETIN, _bulletin(issue, run)),
    ):
        if at is not None:
            yield Mark(at, rung, CLOCK_ORDER[run.clock], run.clock)


def _order_step(issue: Issue, run: Run) -> Step:
    return issue.rules.ladder.stop_order if run.clock is Clock.STOP else issue.rules.ladder.order


def _early(issue: Issue, run: Run) -> datetime | None:
    """提前提醒: a share of wall time before the limit, once; a major issue each day after that.

    Rule: R-LADDER-EARLY
    """
    early, count = issue.rules.ladder.early, run.count(Rung.EARLY)
    if run.is_overdue or (count and early.each is None):
        return None
    at = run.limit_at - early.share * (run.limit_at - run.started_at)
    if count and early.each:
        at += count * early.each.nominal
    return at if at < run.limit_at else None


def _once(issue: Issue, run: Run, rung: Rung, step: Step) -> datetime | None:
    return None if run.count(rung) else issue.rules.counting.ends(step.after, run.limit_at).at


def _again(issue: Issue, run: Run, rung: Rung, step: Step) -> datetime | None:
    count = run.count(rung)
    if count and step.each is None:
        return None
    at = issue.rules.counting.ends(step.after, run.limit_at).at
    for _ in range(count):
        at = issue.rules.counting.ends(step.each or step.after, at).at
    return at


def _escalation(issue: Issue, run: Run) -> datetime | None:
    """提级: repeats at its interval, one level at a time, until the office above the deployment is reached.

    Rule: R-LADDER-ESCALATION
    """
    if run.clock in BESIDE or is_at_the_top(issue):
        return None
    steps = issue.rules.ladder
    return _again(
        issue, run, Rung.ESCALATION, steps.stop_escalation if run.clock is Clock.STOP else steps.escalation
    )


def _bulletin(issue: Issue, run: Run) -> datetime | None:
    """通报: repeats until handled, so that an open issue is never silent. Rule: R-LADDER-BULLETIN."""
    if run.clock in BESIDE:
        return None
    return _again(issue, run, Rung.BULLETIN, issue.rules.ladder.bulletin)


def is_at_the_top(issue: Issue) -> bool:
    """Whether the office above the deployment has been asked already (提请): nobody is left to climb to."""
    has_office_above = issue.rules.top < Level.PROVINCE
    return issue.level > issue.rules.top or (
        not has_office_above and posts.kind_of(issue.chief) is PostKind.GENERAL_CHIEF
    )


def wake_at(issue: Issue, mark: Mark) -> datetime:
    """唤醒: when to look again; what is not urgent is spread over the jitter, the fact keeps its true moment.

    Rule: R-JITTER
    """
    run = issue.run(mark.clock)
    urgent = issue.severity is Severity.MAJOR or run is None or Limit.model_validate(run.limit).is_urgent
    if urgent or not issue.rules.jitter:
        return mark.at
    spread = int(issue.issue_id[-6:]) * 7919 % (issue.rules.jitter * 1000)
    return mark.at + timedelta(milliseconds=spread)
