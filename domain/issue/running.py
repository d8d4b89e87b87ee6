"""时限的演变: what each fact does to the clocks of an issue."""

from datetime import datetime
from typing import Any

from domain.issue import events as fact
from domain.issue.clockwork import Clocks, begun
from domain.issue.fact_base import Event
from domain.issue.life import STAGE_CLOCK
from domain.issue.run import Passed, Run
from domain.issue.state import Issue
from domain.terms import ENDS, Clock, Rung, Stage

_RUNG: dict[type[Event], Rung] = {
    fact.EarlyReminded: Rung.EARLY,
    fact.Lapsed: Rung.REMINDER,
    fact.Ordered: Rung.ORDER,
    fact.Escalated: Rung.ESCALATION,
    fact.BulletinDrafted: Rung.BULLETIN,
    fact.InterviewCalled: Rung.INTERVIEW,
    fact.Referred: Rung.REFERRAL,
}
"""Which fact passes which rung."""


def clocks_after(issue: Issue, then: Issue, event: Event) -> dict[str, Any]:
    """Return what a fact makes of the clocks; `then` is the issue as the fact leaves it otherwise."""
    clocks = Clocks(issue, then, event)
    _leave_the_stage(clocks, issue, then)
    match event:
        case fact.RectificationReported():
            clocks.rest()
            clocks.end(Clock.RULING)
        case fact.RectificationAccepted():
            clocks.accept()
        case fact.RectificationRejected():
            clocks.go_on()
        case fact.ClockSuspended():
            clocks.suspend(event)
        case fact.ClockResumed():
            clocks.resume()
        case fact.ReporterAnswered():
            clocks.end(Clock.REPLY)
        case fact.DisputeRuled() | fact.Transferred():
            clocks.end(Clock.RULING)
        case fact.SuspensionReviewDue() | fact.SuspensionUpheld() if clocks.suspended:
            asked = clocks.suspended.asked + 1 if isinstance(event, fact.SuspensionReviewDue) else 0
            clocks.suspended = clocks.suspended.model_copy(update={"asked": asked})
        case fact.LapseWithdrawn(clock=clock, facts=numbers):
            clocks.change(clock, lambda run: _withdrawn(run, numbers))
        case fact.ExtensionGranted(clock=clock) | fact.ExtensionDenied(clock=clock):
            clocks.change(clock, lambda run: {"decided": run.decided + 1})
        case fact.InterviewHeld(said_at=said_at):
            clocks.each(lambda run: _interviewed(run, said_at))
        case _:
            pass
    if not (isinstance(event, fact.RectificationRejected) and event.starts):
        clocks.start()
    clocks.move()
    said = event.said_at
    if isinstance(event, fact.Regraded | fact.EditionAdopted | fact.CalendarAdopted):
        # Another ladder, or other days: what it would have demanded before the word, it demands now.
        clocks.each(lambda run: run.model_copy(update={"moved_at": max(run.moved_at or said, said)}))
    if type(event) in _RUNG:
        clocks.each(lambda run: _passed(issue, run, event))
    return {
        "clocks": clocks.running,
        "suspended": clocks.suspended,
        "suspended_for": clocks.suspended_for,
        "resting": clocks.resting,
        "rested_at": clocks.rested_at,
        "rested": clocks.rested,
        "ended": clocks.ended,
        "asked": tuple(asked for asked in then.asked if clocks.can_extend(asked)),
    }


def started(issue: Issue, event: Event) -> tuple[Run, ...]:
    """Return the clocks with which an issue begins."""
    return tuple(begun(issue, start, 1) for start in event.starts)


def _leave_the_stage(clocks: Clocks, issue: Issue, then: Issue) -> None:
    if then.stage in ENDS:
        clocks.end(*Clock)
    elif then.stage is not issue.stage and then.stage is not Stage.VERIFYING:
        clocks.end(STAGE_CLOCK[issue.stage])


def _interviewed(run: Run, at: datetime) -> Run:
    return run.model_copy(update={"interviewed_at": at}) if run.awaits_interview(at) else run


def _passed(issue: Issue, run: Run, event: Any) -> Run:
    if run.clock is not event.clock:
        return run
    mark = Passed(
        rung=_RUNG[type(event)], at=event.said_at, number=issue.number + 1, to=event.to, chief=issue.chief
    )
    return run.model_copy(update={"passed": (*run.passed, mark)})


def _withdrawn(run: Run, numbers: tuple[int, ...]) -> dict[str, Any]:
    taken = tuple(mark for mark in run.passed if mark.number in numbers)
    left = tuple(mark for mark in run.passed if mark.number not in numbers)
    return {"passed": left, "withdrawn": (*run.withdrawn, *taken)}
