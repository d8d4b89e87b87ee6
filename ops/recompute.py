"""复算: every limit's end computed anew from the issue's own excerpt, and compared with the journal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from domain.issue import events as fact
from domain.issue.events import Opened
from domain.issue.evolve import born, evolve
from domain.issue.fact_base import Event, Move, Start
from domain.issue.reckon import all_again, recount, resume, set_to, start, with_rest
from domain.issue.run import Rest, Run, WhyRested
from domain.issue.state import Issue
from domain.issue.suspensions import longest, next_review
from domain.terms import Clock


class Difference(NamedTuple):
    """A limit that does not follow from the rules, the calendar and the facts."""

    issue_id: str
    number: int
    clock: str
    recorded: str
    recomputed: str


def limits_of(event: Event) -> int:
    """Return how many limits a fact starts or moves."""
    return len(event.starts) + len(event.moves)


def states_of(facts: Sequence[Event]) -> list[Issue]:
    """Return the issue as it stood after each of its facts; raises TypeError where a life cannot begin so."""
    opened, *rest = facts
    if not isinstance(opened, Opened):
        raise TypeError(f"a journal begins with Opened, not with {type(opened).__name__}")
    return list(accumulate(rest, evolve, initial=born(opened)))


def differences(facts: Sequence[Event], states: Sequence[Issue] | None = None) -> list[Difference]:
    """Return every limit of an issue that is not what its own excerpt makes of it; facts in order.

    Who has the states after each fact already spares their making.
    """
    states = states or states_of(facts)
    opened, *rest = facts
    assert isinstance(opened, Opened)
    found = list(_compare(born(opened.model_copy(update={"starts": ()})), opened, 1))
    for before, event in zip(states, rest, strict=False):
        found += _compare(before, event, before.number + 1)
    return found


def _compare(issue: Issue, event: Event, number: int) -> Iterator[Difference]:
    for clock, recorded, recomputed in (*_starts(issue, event), *_moves(issue, event), *_lapse(issue, event)):
        if recorded != recomputed:
            yield Difference(issue.issue_id, number, clock, recorded, recomputed)


Pair = tuple[Clock, str, str]
"""A clock, what was recorded of it, and what it is now."""


def _starts(issue: Issue, event: Event) -> Iterator[Pair]:
    for recorded in event.starts:
        try:
            recomputed = _told(_again(issue, event, recorded))
        except (LookupError, AssertionError):
            recomputed = "its rules know no such clock"
        yield recorded.clock, _told(recorded), recomputed


def _again(issue: Issue, event: Event, recorded: Start) -> Start:
    """Start the clock once more, as the rule of the fact does, at the moment the fact names."""
    at = _begun_at(event, recorded)
    if recorded.clock is Clock.REVIEW:
        return next_review(issue, at)
    if recorded.clock is Clock.SUSPENSION:
        return longest(issue, at)
    if isinstance(event, fact.RectificationRejected) and issue.resting and issue.rested_at:
        return resume(issue, issue.resting, issue.rested_at, event.said_at)
    return start(issue, recorded.clock, at)


def _begun_at(event: Event, recorded: Start) -> datetime:
    """A clock starts when its fact was said; the first at the finding, that of a filed case at the filing."""
    match event:
        case Opened() | fact.StoppingNotNeeded(rule="R-STOP-NONE"):
            return recorded.at  # what cannot be stopped waits for a unit from the finding on
        case fact.Transferred(filed_at=filed_at):
            return filed_at
        case _:
            return event.said_at


def _moves(issue: Issue, event: Event) -> Iterator[Pair]:
    """Compare what a fact moved, and whether it moved all that its rule moves."""
    recorded = {move.clock: _told_move(move) for move in event.moves}
    try:
        recomputed = {move.clock: _told_move(move) for move in _moved_again(issue, event)}
    except LookupError:
        recomputed = {}
    for clock in {**recorded, **recomputed}:
        yield clock, recorded.get(clock, "not moved"), recomputed.get(clock, "not moved")


def _moved_again(issue: Issue, event: Event) -> Sequence[Move]:
    """Count again, as the rule of the fact does, from the issue as it stood before the fact."""
    match event:
        case fact.ExtensionGranted(clock=clock, amount=amount):
            run = _begun(issue, clock)
            return [recount(issue, run.model_copy(update={"granted": (*run.granted, amount)}))]
        case fact.DateSet(clock=clock, set_on=set_on):
            return [recount(issue, set_to(_begun(issue, clock), set_on, event.said_at))]
        case fact.ClockResumed() if issue.suspended:
            rest = _rest(issue.suspended.since, event, "suspended")
            return [recount(issue, with_rest(run, rest)) for run in issue.suspended.clocks]
        case fact.RectificationRejected(starts=()) if issue.resting and issue.rested_at:
            return [recount(issue, with_rest(issue.resting, _rest(issue.rested_at, event, "verifying")))]
        case fact.Regraded(rules=rules):
            return all_again(issue, rules.model_copy(update={"calendar": issue.rules.calendar}))
        case fact.EditionAdopted(rules=rules):
            return all_again(issue, rules)
        case fact.CalendarAdopted(calendar=calendar):
            return all_again(issue, issue.rules.model_copy(update={"calendar": calendar}))
        case _:
            return []


def _begun(issue: Issue, clock: Clock) -> Run:
    run = issue.begun(clock)
    if run is None:
        raise LookupError(f"{issue.issue_id} has no clock {clock}")
    return run


def _rest(since: datetime, event: Event, why: WhyRested) -> Rest:
    """How long a clock stood still; which facts say so does not matter to the count."""
    return Rest(since=since, until=max(event.said_at, since), why=why, begun=0, ended=0)


def _lapse(issue: Issue, event: Event) -> Iterator[Pair]:
    if isinstance(event, fact.Lapsed | fact.EarlyReminded):
        run = issue.run(event.clock)
        running = run.limit_at.isoformat() if run else "no such clock"
        yield event.clock, event.limit_at.isoformat(), running


def _told(begun: Start) -> str:
    mark = ", provisional" if begun.provisional else ""
    return f"{begun.limit_at.isoformat()} ({begun.limit} from {begun.at.isoformat()}, {begun.source}{mark})"


def _told_move(move: Move) -> str:
    mark = ", provisional" if move.provisional else ""
    more = "".join(f" + {amount}" for amount in move.granted)
    on = f", set to {move.set_on}" if move.set_on else ""
    return f"{move.limit_at.isoformat()} ({move.limit}{more}{on}, {move.source}{mark})"
