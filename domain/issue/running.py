"""时限的演变: what a fact does to the clocks: it starts, stops, moves, marks or ends them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.issue import events as fact
from domain.issue.fact_base import Event, Move, Start
from domain.issue.life import STAGE_CLOCK
from domain.issue.reckon import with_rest
from domain.issue.run import Moved, Passed, Rest, Run, WhyRested
from domain.issue.state import Issue, Suspended
from domain.terms import ENDS, Clock, Rung, Stage

Runs = tuple[Run, ...]

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


class _Clocks:
    """All clocks of an issue on their way through one fact."""

    def __init__(self, issue: Issue, then: Issue, event: Event) -> None:
        self.then, self.event, self.number = then, event, issue.number + 1
        self.running = issue.clocks
        self.suspended = issue.suspended
        self.resting, self.rested_at, self.rested = issue.resting, issue.rested_at, issue.rested
        self.ended = issue.ended
        self.suspended_for = issue.suspended_for

    def each(self, change: Callable[[Run], Run]) -> None:
        """Change every clock that has not ended."""
        self.running = tuple(map(change, self.running))
        if self.suspended:
            still = tuple(map(change, self.suspended.clocks))
            self.suspended = self.suspended.model_copy(update={"clocks": still})
        self.resting = change(self.resting) if self.resting else None

    def change(self, clock: Clock, changes: Callable[[Run], dict[str, Any]]) -> None:
        """Change one clock, wherever it stands."""
        self.each(lambda run: run.model_copy(update=changes(run)) if run.clock is clock else run)

    def has(self, clock: Clock) -> bool:
        """Whether a clock runs, or stands still on a legal ground."""
        still = self.suspended.clocks if self.suspended else ()
        return any(run.clock is clock for run in (*self.running, *still))

    def end(self, *clocks: Clock) -> None:
        """End clocks that run."""
        ending = [run for run in self.running if run.clock in clocks]
        self.ended += tuple(run.ends(self.event.said_at, self.number) for run in ending)
        self.running = tuple(run for run in self.running if run.clock not in clocks)

    def start(self) -> None:
        """Start what the fact starts, each in place of the one before."""
        self.end(*(start.clock for start in self.event.starts))
        self.running += tuple(_begun(self.then, start, self.number) for start in self.event.starts)

    def move(self) -> None:
        """Move what the fact moves, wherever it stands."""
        moves = {move.clock: move for move in self.event.moves}
        self.each(lambda run: self._moved(run, moves[run.clock]) if run.clock in moves else run)

    def _moved(self, run: Run, move: Move) -> Run:
        event = self.event
        # An end that lies ahead again has not lapsed: the ladder is climbed anew when it comes.
        lapsed = move.limit_at <= self.then.stands_at(run, event.said_at)
        passed = run.passed if lapsed else tuple(mark for mark in run.passed if mark.rung is Rung.EARLY)
        told = Moved(
            number=self.number,
            kind=type(event).__name__,
            at=event.said_at,
            by=event.by,
            limit_at=move.limit_at,
            limit=move.limit,
            granted=move.granted,
        )
        undone = tuple(mark for mark in run.passed if mark not in passed)
        is_set = isinstance(event, fact.DateSet)
        return run.model_copy(
            update={
                "limit_at": move.limit_at,
                "limit": move.limit,
                "source": move.source,
                "provisional": move.provisional,
                "granted": move.granted,
                "set_on": move.set_on,
                "set_at": event.said_at if is_set else run.set_at,
                "moved_at": event.said_at,
                "passed": passed,
                "undone": (*run.undone, *undone),
                "interviewed_at": run.interviewed_at if lapsed else None,
                "moves": (*run.moves, told),
                "edition": self.then.rules.edition,
                "calendar": self.then.rules.calendar.version,
            }
        )

    def rest(self) -> None:
        """整改待核查: the clock of who reported stands still while it is verified."""
        ended = STAGE_CLOCK[Stage.TRANSFERRED], STAGE_CLOCK[Stage.RECTIFYING]
        self.resting = next((run for run in self.running if run.clock in ended), None)
        said_at, self.rested = self.event.said_at, self.number
        self.rested_at = self.resting.after_its_rests(said_at) if self.resting else said_at
        self.running = tuple(run for run in self.running if run.clock not in ended)

    def go_on(self) -> None:
        """核查退回: the clock that rested runs on."""
        if self.resting and self.rested_at and self.event.moves:
            rest = self._rest("verifying", self.rested_at, self.rested, by=self.then.rectified_by)
            self.running += (with_rest(self.resting, rest),)
        elif self.resting:
            self.running += tuple(
                run.model_copy(update={"passed": self.resting.passed})
                for run in (_begun(self.then, start, self.number) for start in self.event.starts)
            )
        self.resting = self.rested_at = None

    def accept(self) -> None:
        """核查合格: the clock that rested ended when its unit reported."""
        if self.resting and self.rested_at:
            self.ended += (self.resting.ends(self.rested_at, self.rested),)
        self.resting = self.rested_at = None

    def suspend(self, event: fact.ClockSuspended) -> None:
        """中止: the clocks that the fact names stand still."""
        self.suspended = Suspended(
            since=event.said_at,
            number=self.number,
            ground=event.ground,
            by=event.by,
            clocks=tuple(run for run in self.running if run.clock in event.clocks),
        )
        self.running = tuple(run for run in self.running if run.clock not in event.clocks)

    def resume(self) -> None:
        """恢复: they run on, and the clocks of the suspension itself end."""
        if self.suspended:
            stop = self.suspended
            rest = self._rest("suspended", stop.since, stop.number, by=stop.by, ground=stop.ground)
            self.running += tuple(with_rest(run, rest) for run in self.suspended.clocks)
            self.suspended_for += rest.until - rest.since
        self.suspended = None
        self.end(Clock.REVIEW, Clock.SUSPENSION)

    def _rest(self, why: WhyRested, since: datetime, begun: int, **by: Any) -> Rest:
        until = max(self.event.said_at, since)
        return Rest(since=since, until=until, why=why, begun=begun, ended=self.number, **by)


def clocks_after(issue: Issue, then: Issue, event: Event) -> dict[str, Any]:
    """Return what a fact makes of the clocks; `then` is the issue as the fact leaves it otherwise."""
    clocks = _Clocks(issue, then, event)
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
            clocks.change(clock, lambda run: {"passed": _without(run.passed, numbers)})
        case fact.ExtensionGranted(clock=clock) | fact.ExtensionDenied(clock=clock):
            clocks.change(clock, lambda run: {"decided": run.decided + 1})
        case fact.InterviewHeld(said_at=said_at):
            clocks.each(lambda run: _interviewed(run, said_at))
        case _:
            pass
    if not (isinstance(event, fact.RectificationRejected) and event.starts):
        clocks.start()
    clocks.move()
    if isinstance(event, fact.Regraded | fact.EditionAdopted):
        # Another ladder: what it would have demanded before the word, it demands now.
        clocks.each(lambda run: run.model_copy(update={"moved_at": event.said_at}))
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
        "asked": tuple(asked for asked in then.asked if clocks.has(asked.clock)),
    }


def started(issue: Issue, clocks: Runs, event: Event) -> Runs:
    """Return the clocks with which an issue begins."""
    return (*clocks, *(_begun(issue, start, 1) for start in event.starts))


def _leave_the_stage(clocks: _Clocks, issue: Issue, then: Issue) -> None:
    if then.stage in ENDS:
        clocks.end(*Clock)
    elif then.stage is not issue.stage and then.stage is not Stage.VERIFYING:
        clocks.end(STAGE_CLOCK[issue.stage])


def _begun(issue: Issue, start: Start, number: int) -> Run:
    return Run(
        clock=start.clock,
        started_at=start.at,
        limit_at=start.limit_at,
        first_limit_at=start.limit_at,
        limit=start.limit,
        source=start.source,
        provisional=start.provisional,
        number=number,
        edition=issue.rules.edition,
        calendar=issue.rules.calendar.version,
    )


def _interviewed(run: Run, at: Any) -> Run:
    was_called = run.count(Rung.INTERVIEW) and run.interviewed_at is None
    return run.model_copy(update={"interviewed_at": at}) if was_called else run


def _passed(issue: Issue, run: Run, event: Any) -> Run:
    if run.clock is not event.clock:
        return run
    mark = Passed(
        rung=_RUNG[type(event)], at=event.said_at, number=issue.number + 1, to=event.to, chief=issue.chief
    )
    return run.model_copy(update={"passed": (*run.passed, mark)})


def _without(passed: tuple[Passed, ...], numbers: tuple[int, ...]) -> tuple[Passed, ...]:
    return tuple(mark for mark in passed if mark.number not in numbers)
