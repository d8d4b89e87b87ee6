"""核算: when a clock ends: as it starts, and counted again from its own start whenever something moves it."""

from datetime import date, datetime

from domain.excerpt import Excerpt
from domain.issue.fact_base import Move, Start
from domain.issue.run import Rest, Run
from domain.issue.state import Issue
from domain.limits import Counting, Limit, SourcedLimit
from domain.terms import Clock, Origin
from domain.workdays import Counted, end_of_day, local_day

NEVER_MOVED = frozenset({Clock.SUSPENSION})
"""Twelve months in all, less what was used: no edition and no calendar makes them longer."""

BEYOND_ANY_PLAN = Limit.model_validate("plan <= 3650cd")


def start(issue: Issue, clock: Clock, at: datetime) -> Start:
    """起算: start a clock at a true moment; a plan's date holds below the ceiling.

    Rule: R-CLOCK-START
    """
    sourced = _limit(issue, clock, at)
    counted = _ends(issue, issue.rules.counting, clock, sourced.limit, at)
    return Start(
        clock=clock,
        at=at,
        limit_at=counted.at,
        limit=str(sourced.limit),
        source=sourced.source,
        provisional=counted.provisional,
    )


def _limit(issue: Issue, clock: Clock, at: datetime) -> SourcedLimit:
    """What was regraded to a kind without this clock keeps the limit with which the clock began."""
    if clock in issue.rules.clocks:
        return issue.rules.limit(clock, local_day(at))
    begun = issue.begun(clock)
    assert begun is not None  # it is started anew
    return SourcedLimit(limit=Limit.model_validate(begun.limit), source=begun.source)


def _ends(
    issue: Issue,
    counting: Counting,
    clock: Clock,
    limit: Limit,
    at: datetime,
    granted: tuple[Limit, ...] = (),
) -> Counted:
    """Count one limit; a stock issue has its own plan's date, which the table only bounds.

    Rule: R-STOCK-PLAN
    """
    if clock is not Clock.RECTIFY:
        return counting.ends(limit, at, None, granted)
    counted = counting.ends(limit, at, issue.plan.done_on if issue.plan else None, granted)
    if issue.origin is Origin.STOCK and issue.plan_on:
        by_plan = counting.ends(BEYOND_ANY_PLAN, at, issue.plan_on, granted)
        return by_plan if by_plan.at < counted.at else counted
    return counted


def resume(issue: Issue, run: Run, rested_at: datetime, at: datetime) -> Start:
    """续计, as it was ruled before rests were kept: each rest rolls by itself.

    Issues under an excerpt without the fair clocks go on by it, or their histories could not be replayed.
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


def recount(issue: Issue, run: Run, under: Excerpt | None = None) -> Move:
    """重算: count a clock again from its own start, with all that was granted and all its rests.

    One formula for whatever moved it, so that the order of pauses, extensions and replays cannot matter.
    `under` are other rules that its limit is now taken from; a clock that they lack has the limit that it
    began with, so that no detour by such a kind wins time.
    Rule: R-CLOCK-RECOUNT
    """
    rules = under or issue.rules
    limit, source = Limit.model_validate(run.limit), run.source
    own = under.limit(run.clock, local_day(run.started_at)) if under and run.clock in under.clocks else None
    if under and (sourced := own or run.first):
        limit, source = sourced.limit, sourced.source
    if run.set_on:
        counted = Counted(end_of_day(run.set_on), provisional=False)
    else:
        counted = _ends(issue, rules.counting, run.clock, limit, run.started_at, run.granted)
    rested = rules.counting.rested(counted, limit, rests_of(run))
    return Move(
        clock=run.clock,
        limit_at=rested.at,
        limit=str(limit),
        source=source,
        provisional=rested.provisional,
        granted=run.granted,
        set_on=run.set_on,
    )


def rests_of(run: Run) -> list[tuple[datetime, datetime]]:
    """Return the rests that move the end; a date set by a superior is moved by later ones only."""
    since = run.set_at
    rests = [(rest.since, rest.until) for rest in run.rests]
    return [(max(start, since), end) for start, end in rests if end > since] if since else rests


def with_rest(run: Run, rest: Rest) -> Run:
    """Return a clock that has stood still for a while longer."""
    return run.model_copy(update={"rests": (*run.rests, rest)})


def all_again(issue: Issue, under: Excerpt) -> tuple[Move, ...]:
    """Return where every clock that has not ended ends under other rules or another calendar, if it moves."""
    runs = [run for run in (*issue.clocks, *issue.still) if run.clock not in NEVER_MOVED]
    # What is compared is counted the same way: a clock that an older rule had resumed is not moved by a name.
    moves = [(recount(issue, run), recount(issue, run, under)) for run in runs]
    return tuple(move for now, move in moves if _what_is_counted(move) != _what_is_counted(now))


def _what_is_counted(of: Move) -> tuple[datetime, str, str, bool]:
    return of.limit_at, of.limit, of.source, of.provisional


def set_to(run: Run, set_on: date, at: datetime) -> Run:
    """Return a clock whose end a superior has set."""
    return run.model_copy(update={"set_on": set_on, "set_at": at})
