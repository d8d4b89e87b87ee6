"""时限说明书之数据: every stretch of every clock, what moved it and by whose word, and the sum."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from domain.issue.run import Moved, Passed, Run, WhyRested
from domain.issue.state import Issue
from domain.limits import Limit, Unit
from domain.model import Frozen, IssueId, Moment, Span
from domain.posts import Post
from domain.terms import Clock, SuspensionGround
from domain.workdays import Calendar, local_day

Standing = Literal["running", "suspended", "verifying", "ended"]


class Stretch(Frozen):
    """一段: in which a clock ran or stood still, between two facts; the last may be open."""

    is_running: bool
    since: Moment
    until: Moment
    is_open: bool = False
    why: WhyRested | None = None
    ground: SuspensionGround | None = None
    by: Post | None = None
    begun: int
    ended: int | None = None

    @property
    def length(self) -> timedelta:
        """How long it was, in wall time."""
        return self.until - self.since


class ClockAccount(Frozen):
    """一个时限的账: what it was, how it ran, who moved it, what came of it."""

    clock: Clock
    standing: Standing
    limit: str
    source: str
    edition: str
    calendar: str
    started_at: Moment
    started: int
    first_limit_at: Moment
    limit_at: Moment
    provisional: bool
    granted: tuple[Limit, ...]
    set_on: date | None
    changes: tuple[Moved, ...]
    stretches: tuple[Stretch, ...]
    passed: tuple[Passed, ...]
    undone: tuple[Passed, ...]
    withdrawn: tuple[Passed, ...]
    off: tuple[date, ...]
    worked: tuple[date, ...]
    ended_at: Moment | None
    ended: int
    ran: Span
    stood_still: Span
    elapsed: Span

    @property
    def is_late(self) -> bool:
        """Whether its limit ended before it did."""
        return any(mark.rung > 0 for mark in (*self.passed, *self.undone))


class Account(Frozen):
    """时限说明书: every clock of an issue, as far as a moment, by which rules and which calendar."""

    issue_id: IssueId
    as_of: Moment
    edition: str
    digest: str
    calendar: str
    calendar_version: str
    calendar_reaches: date
    clocks: tuple[ClockAccount, ...]


def explain(issue: Issue, as_of: datetime) -> Account:
    """说明: account for every clock that ever ran, in the order in which they began.

    `as_of` is the moment up to which open stretches are counted (aware). Pure: the issue, told from its
    journal, is all that it needs. Rule: R-EXPLAIN
    """
    runs = sorted((*issue.ended, *issue.clocks, *issue.still), key=lambda run: (run.number, run.clock))
    calendar, as_of = issue.rules.calendar, max(as_of, issue.at)
    return Account(
        issue_id=issue.issue_id,
        as_of=as_of,
        edition=issue.rules.edition,
        digest=issue.rules.digest,
        calendar=calendar.name,
        calendar_version=calendar.version,
        calendar_reaches=calendar.reaches,
        clocks=tuple(_account(issue, run, as_of) for run in runs),
    )


def _account(issue: Issue, run: Run, as_of: datetime) -> ClockAccount:
    stretches = tuple(_stretches(issue, run, as_of))
    ran = sum((each.length for each in stretches if each.is_running), timedelta())
    still = sum((each.length for each in stretches if not each.is_running), timedelta())
    off, worked = _days(run, _calendar(issue, run.calendar))
    return ClockAccount(
        clock=run.clock,
        standing=_standing(issue, run),
        limit=run.limit,
        source=run.source,
        edition=run.edition,
        calendar=run.calendar,
        started_at=run.started_at,
        started=run.number,
        first_limit_at=run.first_limit_at or run.limit_at,
        limit_at=run.limit_at,
        provisional=run.provisional,
        granted=run.granted,
        set_on=run.set_on,
        changes=run.moves,
        stretches=stretches,
        passed=run.passed,
        undone=run.undone,
        withdrawn=run.withdrawn,
        off=off,
        worked=worked,
        ended_at=run.ended_at,
        ended=run.ended,
        ran=ran,
        stood_still=still,
        elapsed=(run.ended_at or max(as_of, run.started_at)) - run.started_at,
    )


def _standing(issue: Issue, run: Run) -> Standing:
    if run.ended_at is not None:
        return "ended"
    if issue.suspended and run in issue.suspended.clocks:
        return "suspended"
    return "verifying" if run == issue.resting else "running"


def _stretches(issue: Issue, run: Run, as_of: datetime) -> Iterator[Stretch]:
    """Running and standing still by turns: each stretch begins where the one before it ended."""
    since, begun = run.started_at, run.number
    for rest in run.rests:
        yield Stretch(is_running=True, since=since, until=rest.since, begun=begun, ended=rest.begun)
        yield Stretch(
            is_running=False,
            since=rest.since,
            until=rest.until,
            why=rest.why,
            ground=rest.ground,
            by=rest.by,
            begun=rest.begun,
            ended=rest.ended,
        )
        since, begun = rest.until, rest.ended
    if run.ended_at is not None:
        yield Stretch(is_running=True, since=since, until=run.ended_at, begun=begun, ended=run.ended)
        return
    stopped = _still_since(issue, run)
    if stopped is None:
        until = max(as_of, since)
        yield Stretch(is_running=True, since=since, until=until, begun=begun, is_open=True)
        return
    yield Stretch(is_running=True, since=since, until=stopped.since, begun=begun, ended=stopped.begun)
    yield stopped.model_copy(update={"until": max(as_of, stopped.since)})


def _still_since(issue: Issue, run: Run) -> Stretch | None:
    """The open stretch in which a clock stands still, or nothing while it runs."""
    suspended = issue.suspended
    if suspended and run in suspended.clocks:
        return Stretch(
            is_running=False,
            since=suspended.since,
            until=suspended.since,
            is_open=True,
            why="suspended",
            ground=suspended.ground,
            by=suspended.by,
            begun=suspended.number,
        )
    if run == issue.resting and issue.rested_at:
        return Stretch(
            is_running=False,
            since=issue.rested_at,
            until=issue.rested_at,
            is_open=True,
            why="verifying",
            by=issue.rectified_by,
            begun=issue.rested,
        )
    return None


def _calendar(issue: Issue, version: str) -> Calendar:
    """The calendar by which a clock was counted, though another was adopted since."""
    past = (calendar for calendar in issue.past_calendars if calendar.version == version)
    return next(past, issue.rules.calendar)


def _days(run: Run, calendar: Calendar) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """放假与调休: weekdays off and weekend days worked between the start and the end of the limit."""
    if run.set_on or Limit.model_validate(run.limit).unit is not Unit.WORKING_DAYS:
        return (), ()  # calendar days count holidays; a superior's date counts nothing
    # What was rested entered as wall time.
    first, last = local_day(run.started_at), local_day(run.limit_at - run.stood_still(run.limit_at))
    return (
        tuple(sorted(day for day in calendar.off if first < day <= last)),
        tuple(sorted(day for day in calendar.work if first < day <= last)),
    )
