"""时限节点: at which moments the ladder will demand something of whom a clock runs for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.excerpt import Step
from domain.issue.life import BESIDE
from domain.issue.reckon import rests_of
from domain.issue.run import Passed, Run
from domain.issue.state import Issue
from domain.issue.who import is_at_the_top
from domain.limits import Limit
from domain.model import derived
from domain.terms import Clock, Rung, Severity

WITHOUT_LADDER = frozenset({Clock.RULING, Clock.REVIEW, Clock.SUSPENSION})
"""Clocks whose lapse has an act of its own and climbs no rung."""

CLOCK_ORDER = {clock: place for place, clock in enumerate(Clock)}


class Mark(NamedTuple):
    """时限节点: a moment at which the ladder demands something; equal moments: the lower rung first."""

    at: datetime
    rung: Rung
    order: int
    clock: Clock


@derived
def next_mark(issue: Issue) -> Mark | None:
    """Return the nearest mark of all running clocks; an issue that is over has none."""
    return min((mark for run in issue.clocks for mark in _next_of(issue, run)), default=None)


def next_of(issue: Issue, run: Run) -> Mark | None:
    """Return the nearest mark of one clock."""
    return min(_next_of(issue, run), default=None)


def _next_of(issue: Issue, run: Run) -> Iterator[Mark]:
    """The next mark of each rung of one clock; none comes before the word that moved the clock.

    The rungs above the reminder come after it, and are looked at when it has passed. Rule: R-LADDER
    """
    ladder = issue.rules.ladder
    marks: list[tuple[Rung, datetime | None]] = []
    if not run.is_overdue:
        early = None if run.clock in WITHOUT_LADDER else _early(issue, run)
        marks += [
            (Rung.EARLY, early),
            (Rung.REMINDER, _after(issue, run, run.limit_at, ladder.reminder.after)),
        ]
    elif run.clock not in WITHOUT_LADDER:
        marks += [(Rung.ORDER, _once(issue, run, Rung.ORDER, _order_step(issue, run)))]
    if run.is_overdue and run.clock not in WITHOUT_LADDER | BESIDE:
        marks += [
            (Rung.ESCALATION, _escalation(issue, run)),
            (Rung.BULLETIN, _again(issue, run, Rung.BULLETIN, ladder.bulletin)),
            (Rung.INTERVIEW, _once(issue, run, Rung.INTERVIEW, ladder.interview)),
            (Rung.REFERRAL, _referral(issue, run)),
        ]
    for rung, at in marks:
        if at is not None:
            floor = run.started_at if issue.rules.fair else at  # a plan's day may be over when it is assigned
            yield Mark(max(at, run.moved_at or at, floor), rung, CLOCK_ORDER[run.clock], run.clock)


def _order_step(issue: Issue, run: Run) -> Step:
    return issue.rules.ladder.stop_order if run.clock is Clock.STOP else issue.rules.ladder.order


def _early(issue: Issue, run: Run) -> datetime | None:
    """提前提醒: a share of the time that runs before the limit, once; a major issue each day after that.

    Rule: R-LADDER-EARLY
    """
    early, count = issue.rules.ladder.early, run.count(Rung.EARLY)
    if count and early.each is None:
        return None
    at = run.limit_at - early.share * (run.limit_at - run.started_at - run.stood_still())
    last = _last(run, Rung.EARLY)
    if last and early.each:
        fair = issue.rules.fair is not None
        again = _after(issue, run, last.at, early.each, last.at)
        at = again if fair else at + count * early.each.nominal
    at = max(at, run.moved_at or at)
    return at if at < run.limit_at else None


def _once(issue: Issue, run: Run, rung: Rung, step: Step | None) -> datetime | None:
    return None if step is None or run.count(rung) else _after(issue, run, run.limit_at, step.after)


def _again(issue: Issue, run: Run, rung: Rung, step: Step) -> datetime | None:
    """通报 and 提级 repeat until handled, so that an open issue is never silent: each after the one before.

    Weeks gone by do not come all at once when a word moves the limit. Rule: R-LADDER-BULLETIN
    """
    last = _last(run, rung)
    if last is None:
        return _after(issue, run, run.limit_at, step.after)
    if step.each is None:
        return None
    if issue.rules.fair is None:
        return _again_from_the_limit(issue, run, step, run.count(rung))
    return _after(issue, run, last.at, step.each, last.at)


def _again_from_the_limit(issue: Issue, run: Run, step: Step, count: int) -> datetime:
    """As it was ruled before the fair clocks: histories of that time are replayed by it."""
    at = issue.rules.counting.ends(step.after, run.limit_at).at
    for _ in range(count):
        at = issue.rules.counting.ends(step.each or step.after, at).at
    return at


def _last(run: Run, rung: Rung) -> Passed | None:
    return next((mark for mark in reversed(run.passed) if mark.rung is rung), None)


def _after(
    issue: Issue, run: Run, since: datetime, limit: Limit, rested_since: datetime | None = None
) -> datetime:
    """阶梯随停: a step of the ladder after a moment, moved by the rests after the lapse as a limit is.

    Rule: R-LADDER-REST
    """
    counting = issue.rules.counting
    first = rested_since or run.limit_at
    rests = [(begun, ended) for begun, ended in rests_of(run) if begun >= first]
    return counting.rested(counting.ends(limit, since), limit, rests).at


def _escalation(issue: Issue, run: Run) -> datetime | None:
    """提级: repeats at its interval, one level at a time, until the office above the deployment is reached.

    Rule: R-LADDER-ESCALATION
    """
    if is_at_the_top(issue):
        return None
    steps = issue.rules.ladder
    return _again(
        issue, run, Rung.ESCALATION, steps.stop_escalation if run.clock is Clock.STOP else steps.escalation
    )


def _referral(issue: Issue, run: Run) -> datetime | None:
    """问责移送: when the measures of the interview had their time; one never held does not put it off.

    Rule: R-LADDER-REFERRAL
    """
    called = _last(run, Rung.INTERVIEW)
    step = issue.rules.ladder.referral
    if called is None or step is None or run.count(Rung.REFERRAL):
        return None
    since = max(called.at, run.interviewed_at or called.at)
    return _after(issue, run, since, step.after, since)


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
