"""全部时限: all clocks of an issue, and what can be done to them: start, stop, move, end."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.issue import events as fact
from domain.issue.fact_base import Event, Move, Start
from domain.issue.life import STAGE_CLOCK
from domain.issue.reckon import with_rest
from domain.issue.run import Moved, Rest, Run, WhyRested
from domain.issue.state import Asked, Issue, Suspended
from domain.limits import Limit, SourcedLimit
from domain.terms import Clock, Rung, Stage


class Clocks:
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

    def can_extend(self, asked: Asked) -> bool:
        """Whether a clock has not ended, and is still counted in the unit in which more was asked for."""
        still = self.suspended.clocks if self.suspended else ()
        run = next((run for run in (*self.running, *still) if run.clock is asked.clock), None)
        span = Limit.model_validate(run.limit).span if run else None
        return span is not None and span.unit is asked.amount.unit

    def end(self, *clocks: Clock) -> None:
        """End clocks that run."""
        ending = [run for run in self.running if run.clock in clocks]
        self.ended += tuple(run.ends(self.event.said_at, self.number) for run in ending)
        self.running = tuple(run for run in self.running if run.clock not in clocks)

    def start(self) -> None:
        """Start what the fact starts, each in place of the one before."""
        self.end(*(start.clock for start in self.event.starts))
        started = (begun(self.then, start, self.number) for start in self.event.starts)
        if isinstance(self.event, fact.Transferred):  # who has it now did not have it at the filing
            floor = {"moved_at": self.event.said_at}
            started = (run.model_copy(update=floor) for run in started)
        self.running += tuple(started)

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
                "set_by": event.by if is_set else run.set_by,
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
                for run in (begun(self.then, start, self.number) for start in self.event.starts)
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


def begun(issue: Issue, start: Start, number: int) -> Run:
    """Return a clock as it starts, with the rules by which its end was counted."""
    return Run(
        clock=start.clock,
        started_at=start.at,
        limit_at=start.limit_at,
        first_limit_at=start.limit_at,
        first=SourcedLimit.model_validate({"limit": start.limit, "source": start.source}),
        limit=start.limit,
        source=start.source,
        provisional=start.provisional,
        number=number,
        edition=issue.rules.edition,
        calendar=issue.rules.calendar.version,
    )
