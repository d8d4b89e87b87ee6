"""第二时钟: every clock of an issue recomputed from its journal alone, as an auditor would.

It reads the facts as JSON and trusts no instant that could be counted; what it counts itself is what it goes
on with, so that one wrong instant is one difference. Written from the prose of the rules by another
algorithm; nothing of `domain` is imported. Days are counted in second_calendar.py, rungs in
second_ladder.py; what facts do stands in second_facts.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.rules.second_book import KIND_OF, Clock, Passed, Stretch
from tests.rules.second_calendar import moment
from tests.rules.second_facts import IN_ORDER, happens
from tests.rules.second_ladder import OWN_ACT, marks
from tests.rules.second_ledger import Body, Difference, Ledger, division_at, level_of

MICROSECOND = timedelta(microseconds=1)


class Mark(NamedTuple):
    """What time demands next: at one instant the lower rung first."""

    at: datetime
    rung: int
    place: int
    clock: Clock


class ClockTold(NamedTuple):
    """一个时限的账: all that can be told of one clock."""

    name: str
    start: datetime
    limit: str
    ends: list[datetime]
    provisional: bool
    stretches: list[Stretch]
    rungs: list[tuple[int, datetime]]
    dropped: list[tuple[int, datetime]]
    ran: timedelta
    stood_still: timedelta
    ended_at: datetime | None


class Audit(NamedTuple):
    """What was counted from a journal, and where the journal says otherwise."""

    differences: list[Difference]
    clocks: list[ClockTold]
    rungs: list[tuple[str, int, datetime]]


def audit(bodies: Sequence[Body], as_of: datetime) -> Audit:
    """Count every clock of a journal up to a moment; what time demanded until then must stand in it."""
    reader = _Reader(bodies)
    reader.read(as_of)
    clocks = sorted(reader.on.clocks, key=lambda clock: (clock.number, clock.name))
    return Audit(reader.on.differences, [_told(clock, as_of) for clock in clocks], reader.rungs)


def _told(clock: Clock, as_of: datetime) -> ClockTold:
    stretches = clock.stretches(as_of)
    sums = [
        sum((each.until - each.since for each in stretches if bool(each.why) is still), timedelta())
        for still in (False, True)
    ]
    return ClockTold(
        clock.name,
        clock.start,
        clock.limit,
        clock.ends,
        clock.end.provisional,
        stretches,
        [(mark.rung, mark.at) for mark in clock.passed],
        [(mark.rung, mark.at) for mark in clock.dropped],
        *sums,
        clock.ended_at,
    )


class _Reader:
    """Reads facts in their order; between two words, time must have said just what it had to say."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.on = Ledger(bodies)
        self.rungs: list[tuple[str, int, datetime]] = []

    def read(self, as_of: datetime) -> None:
        on, hearing = self.on, None
        at = moment(on.opened["at"])
        for number, body in enumerate(on.bodies, 1):
            on.number, on.body = number, body
            said_at, command = moment(on.body["said_at"]), on.body.get("command")
            at = max(at, said_at)
            on.same("at", moment(on.body["at"]), at)
            if command is None:
                self._time_speaks(said_at)
            else:
                if command != hearing:
                    self._nothing_is_missing(said_at)
                happens(on, on.body["kind"], said_at)
            hearing = command
        on.number += 1
        self._nothing_is_missing(as_of + MICROSECOND)

    def _coming(self) -> list[Mark]:
        """The next mark of each rung of each clock that runs, in their order."""
        on = self.on
        running = (clock for clock in on.live() if not clock.still)
        return sorted(
            Mark(at, rung, IN_ORDER.index(clock.name), clock)
            for clock in running
            for at, rung in marks(clock, on.book, at_the_top=on.at_the_top)
        )

    def _kind(self, mark: Mark) -> str:
        match mark.clock.name:
            case "RULING":
                return "RulingRaised" if self._ruler_above() else "DisputeRuled"
            case "REVIEW":
                return "SuspensionReviewDue"
            case "SUSPENSION":
                return "ClockResumed"
        return KIND_OF[mark.rung]

    def _ruler_above(self) -> str | None:
        """Who rules next: the lowest filled chief above the last ruler, the 总河长 of the top at last."""
        on = self.on
        if on.ruler.startswith("general:"):
            return None
        place, reach = on.opened["division"], on.opened["reach"]
        levels = range(level_of(on.ruler) + 1, on.book.top + 1)
        chiefs = [f"chief:{division_at(place, level)}:{reach}" for level in levels]
        general = f"general:{division_at(place, on.book.top)}"
        return next((post for post in (*chiefs, general) if post not in on.vacant), None)

    def _time_speaks(self, said_at: datetime) -> None:
        """A fact without an author is what time demands next, at its instant."""
        on, kind, name = self.on, self.on.body["kind"], self.on.body.get("clock")
        if kind == "PostPassed":
            return
        meant = next((mark for mark in self._coming() if self._is(mark, on.body)), None)
        if meant is None:
            on.differs(f"{kind} {name or ''}".strip(), said_at, None)
            return
        while meant.at == said_at and (first := self._coming()[0])[:3] != meant[:3]:
            if self._comes_later(first):
                on.differs(f"{kind} before {self._kind(first)} {first.clock.name}", said_at, first.at)
                break
            self._is_missing(first)
        on.same(f"{kind} {meant.clock.name}", said_at, meant.at)
        self._passes(meant)

    def _is(self, mark: Mark, body: Body) -> bool:
        return body["kind"] == self._kind(mark) and body.get("clock") in (None, mark.clock.name)

    def _comes_later(self, mark: Mark) -> bool:
        """Whether it is told before the next word."""
        for body in self.on.bodies[self.on.number :]:
            if "command" in body:
                return False
            if self._is(mark, body):
                return True
        return False

    def _nothing_is_missing(self, until: datetime) -> None:
        while (coming := self._coming()) and coming[0].at < until:
            self._is_missing(coming[0])

    def _is_missing(self, mark: Mark) -> None:
        on, body = self.on, self.on.body
        on.differs(f"{self._kind(mark)} {mark.clock.name}", None, mark.at)
        on.is_told, on.body = (
            False,
            {"kind": self._kind(mark), "ruler": self._ruler_above() if on.ruler else ""},
        )
        self._passes(mark)
        on.is_told, on.body = True, body

    def _passes(self, mark: Mark) -> None:
        """Take a mark at the instant that was counted, whatever the fact says."""
        on, clock = self.on, mark.clock
        kind = self._kind(mark)
        if clock.name not in OWN_ACT:
            self._says_what_was_counted(mark)
        happens(on, kind, mark.at)
        if clock.name not in OWN_ACT:
            clock.passed.append(Passed(mark.rung, mark.at, on.number))
            self.rungs.append((clock.name, mark.rung, mark.at))

    def _says_what_was_counted(self, mark: Mark) -> None:
        on, body, clock = self.on, self.on.body, mark.clock
        if "limit_at" in body:
            on.same(f"{body['kind']} {clock.name} limit_at", moment(body["limit_at"]), clock.end.at)
        if body["kind"] == "Lapsed":
            on.same(f"Lapsed {clock.name} provisional", body.get("provisional", False), clock.end.provisional)
        if body["kind"] == "BulletinDrafted":
            count = sum(passed.rung == mark.rung for passed in clock.passed)
            on.same(f"BulletinDrafted {clock.name} count", body.get("count"), count + 1)
        if "objection_until" in body:
            until = on.book.days.by_table(on.book.fair["objection"][0], mark.at).at
            on.same(f"{body['kind']} {clock.name} objection_until", moment(body["objection_until"]), until)
