"""第二时钟: every clock of an issue recomputed from its journal alone, as an auditor would.

It reads the facts as JSON, trusts no instant that a fact could have counted, and says where it differs.
Nothing of `domain` is imported. What it counts by: second_calendar.py; when rungs come: second_ladder.py.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.rules.second_calendar import End, day_of, moment
from tests.rules.second_ladder import OWN_ACT, RUNG_OF, Book, Clock, Passed, counted, marks

Body = dict[str, Any]

STAGE_CLOCKS = ("STOP", "ASSIGN", "PLAN", "RECTIFY", "VERIFY", "CLOSE", "ENFORCEMENT")
IN_ORDER = ("STOP", "ASSIGN", "PLAN", "RECTIFY", "VERIFY", "CLOSE", "REPLY", "WHOLE", "RULING", "ENFORCEMENT")
IN_ORDER += ("REVIEW", "SUSPENSION")
COMPLAINTS = ("PUBLIC", "HOTLINE")
LAPSES = (1, 2, 3, 4, 5, 6)


class Difference(NamedTuple):
    """What a fact says and what was counted instead; number is the fact's, from 1."""

    number: int
    what: str
    recorded: object
    counted: object


class Mark(NamedTuple):
    """What time demands next."""

    at: datetime
    rung: int
    place: int
    clock: Clock

    @property
    def name(self) -> str:
        """Its clock's name."""
        return self.clock.name


class Second:
    """第二时钟: an issue's clocks as its facts are read, one after the other."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies = bodies
        self.differences: list[Difference] = []
        self.clocks: list[Clock] = []
        self.number, self.body, self.at = 0, bodies[0], moment(bodies[0]["at"])
        self.book = Book(bodies[0]["rules"])
        self.chief: str = bodies[0]["chief"]
        self.vacant = set(bodies[0].get("vacant", ()))
        self.planning, self.unit, self.plan_on = False, "", ""
        self.ruler, self.used = "", timedelta()

    # ------------------------------------------------------------------ reading

    def read(self, as_of: datetime) -> "Second":
        """Read the journal; what time demanded up to `as_of` must stand in it."""
        hearing = None
        for self.number, self.body in enumerate(self.bodies, 1):
            said_at = moment(self.body["said_at"])
            self._same("at", moment(self.body["at"]), max(self.at, said_at))
            self.at = max(self.at, said_at)
            command = self.body.get("command")
            if command is None:
                self._time_speaks(said_at)
            else:
                if command != hearing:
                    self._nothing_is_missing(said_at)
                self._happens(self.body["kind"], said_at)
            hearing = command
        self.number, self.body = len(self.bodies) + 1, {}
        self._nothing_is_missing(as_of + timedelta(microseconds=1))
        return self

    def differs(self, what: str, recorded: object, own: object) -> None:
        """Note what a fact says, and what was counted."""
        self.differences.append(Difference(self.number, what, recorded, own))

    def _same(self, what: str, recorded: object, own: object) -> None:
        if recorded != own:
            self.differs(what, recorded, own)

    # ------------------------------------------------------------------ time

    def next_mark(self) -> Mark | None:
        """Return what time demands next: at one instant the lower rung first."""
        is_top = _level(self.chief) > self.book.top or (self.book.top == 5 and self.chief.startswith("general:"))  # noqa: PLR2004
        return min(
            (
                Mark(at, rung, IN_ORDER.index(clock.name), clock)
                for clock in self.live()
                if not clock.still
                for at, rung in marks(clock, self.book, at_the_top=is_top)
            ),
            default=None,
        )

    def _kind(self, mark: Mark) -> str:
        match mark.name:
            case "RULING":
                return "RulingRaised" if self._rulers_above() else "DisputeRuled"
            case "REVIEW":
                return "SuspensionReviewDue"
            case "SUSPENSION":
                return "ClockResumed"
        return next(kind for kind, rung in RUNG_OF.items() if rung == mark.rung)

    def _rulers_above(self) -> list[str]:
        """Who rules next: the filled chiefs above the last ruler, the 总河长 of the top at last."""
        kind, division, *_ = self.ruler.split(":")
        if kind == "general":
            return []
        first, reach = self.bodies[0]["division"], self.bodies[0]["reach"]
        levels = range(_level(self.ruler) + 1, self.book.top + 1)
        above = [f"chief:{_division(first, level)}:{reach}" for level in levels]
        return [post for post in (*above, f"general:{_division(division, self.book.top)}") if post not in self.vacant]

    def _time_speaks(self, said_at: datetime) -> None:
        kind, clock = self.body["kind"], self.body.get("clock")
        if kind == "PostPassed":
            return
        while (mark := self.next_mark()) and not self._is(mark, kind, clock) and self._comes_later(mark):
            # What was demanded comes only later: this one was not, or not yet.
            self.differs(f"{kind} {clock or ''}", said_at, None)
            return
        while mark and not self._is(mark, kind, clock):
            self._is_missing(mark)
            mark = self.next_mark()
        if mark is None:
            self.differs(f"{kind} {clock or ''}", said_at, None)
            return
        self._same(f"{kind} {mark.name}", said_at, mark.at)
        self._passes(mark, kind)

    def _is(self, mark: Mark, kind: str, clock: str | None) -> bool:
        return kind == self._kind(mark) and clock in (None, mark.name)

    def _comes_later(self, mark: Mark) -> bool:
        for body in self.bodies[self.number :]:
            if "command" in body:
                return False
            if self._is(mark, body["kind"], body.get("clock")):
                return True
        return False

    def _nothing_is_missing(self, until: datetime) -> None:
        while (mark := self.next_mark()) and mark.at < until:
            self._is_missing(mark)

    def _is_missing(self, mark: Mark) -> None:
        kind, body = self._kind(mark), self.body
        self.differs(f"{kind} {mark.name}", None, mark.at)
        self.body = {"kind": kind, "clock": mark.name, "missing": True, "ruler": next(iter(self._rulers_above()), "")} if mark.name == "RULING" else {"kind": kind, "clock": mark.name, "missing": True}
        self._passes(mark, kind)
        self.body = body

    def _passes(self, mark: Mark, kind: str) -> None:
        """Take a mark as it was counted, whatever the fact says."""
        body, clock = self.body, mark.clock
        if mark.name not in OWN_ACT and "missing" not in body:
            days, within = self.book.days, self.book.fair["objection"][0]
            if "limit_at" in body:
                self._same(f"limit_at {mark.name}", moment(body["limit_at"]), clock.end.at)
            if kind == "Lapsed":
                self._same("provisional", body.get("provisional", False), clock.end.provisional)
            if "objection_until" in body:
                until = days.by_table(within, mark.at).at
                self._same("objection_until", moment(body["objection_until"]), until)
        self._happens(kind, mark.at)
        if mark.name not in OWN_ACT:
            clock.passed.append(Passed(mark.rung, mark.at, self.number))

    # ------------------------------------------------------------------ clocks

    def live(self) -> list[Clock]:
        """Return the clocks that began and have not ended, running or standing still."""
        return [clock for clock in self.clocks if clock.ended_at is None]

    def clock(self, name: str) -> Clock | None:
        """Return a clock that has not ended."""
        return next((clock for clock in self.live() if clock.name == name), None)

    def _dates(self, clock: str, limit: str) -> list[date]:
        if clock != "RECTIFY":
            return []
        plan = self.plan_on if "plan <= " in limit else ""
        stock = self.bodies[0].get("plan_on", "") if self.bodies[0]["origin"] == "STOCK" else ""
        return [date.fromisoformat(day) for day in (plan, stock) if day]

    def starts(self, *clocks: tuple[str, datetime]) -> None:
        """Start clocks, each in place of the one before, and hold the fact's own against them."""
        recorded = {start["clock"]: start for start in self.body.get("starts", ())}
        for name, at in clocks:
            before = self.clock(name)
            limit, source = self.book.limit(name, day_of(at)) or (before.limit, before.source)  # type: ignore[union-attr]
            if before:
                self.ends(name, said_at=moment(self.body["said_at"]) if "said_at" in self.body else at)
            clock = Clock(name, self.number, at, limit, source, End(at, provisional=False), (limit, source))
            clock.end = counted(clock, self.book, limit, self._dates(name, limit))
            if name == "SUSPENSION":
                clock.end = End(clock.end.at - self.used, provisional=False)
            clock.ends.append(clock.end.at)
            self.clocks.append(clock)
            start = recorded.pop(name, None)
            if "missing" not in self.body:
                self._same(f"starts {name}", start and moment(start["at"]), at)
                self._ends_as(f"starts {name} limit_at", start, clock)
        for name, start in recorded.items():
            self.differs(f"starts {name}", moment(start["at"]), None)

    def _ends_as(self, what: str, recorded: Body | None, clock: Clock) -> None:
        if recorded is None:
            self.differs(what, None, clock.end.at)
            return
        self._same(what, moment(recorded["limit_at"]), clock.end.at)
        told = recorded["limit"], recorded["source"], recorded.get("provisional", False)
        self._same(what.replace("limit_at", "limit"), told, (clock.limit, clock.source, clock.end.provisional))

    def ends(self, *names: str, said_at: datetime) -> None:
        """End clocks; no lapse that came after the word that ends them may still count."""
        for clock in self.live():
            if clock.name in names and not clock.still:
                self._no_lapse_since(clock, said_at)
                clock.ended_at = max(clock.start, clock.not_before_it_ran_on(said_at))

    def _no_lapse_since(self, clock: Clock, said_at: datetime) -> None:
        late = [mark for mark in clock.passed if mark.rung in LAPSES and mark.at >= said_at]
        for mark in late if "command" in self.body else ():
            self.differs(f"lapse of {clock.name} not withdrawn, fact {mark.number}", mark.at, said_at)

    def moves(self, *clocks: Clock, said_at: datetime) -> None:
        """Count clocks again from their own start, and hold the fact's own ends against them."""
        recorded = {move["clock"]: move for move in self.body.get("moves", ())}
        for clock in clocks:
            clock.end = counted(clock, self.book, clock.limit, self._dates(clock.name, clock.limit))
            clock.ends.append(clock.end.at)
            clock.moved_at = said_at
            stood_at = min(clock.still[0], said_at) if clock.still else said_at
            if clock.end.at > stood_at:
                clock.dropped += [mark for mark in clock.passed if mark.rung in LAPSES]
                clock.passed = [mark for mark in clock.passed if mark.rung not in LAPSES]
                clock.held_at = None
            move = recorded.pop(clock.name, None)
            if "missing" not in self.body:
                self._ends_as(f"moves {clock.name} limit_at", move, clock)
                if move:
                    self._same("granted", move.get("granted", []), clock.granted)
                    self._same("set_on", move.get("set_on"), clock.set_on and clock.set_on.isoformat())
        for name, move in recorded.items():
            self.differs(f"moves {name} limit_at", moment(move["limit_at"]), None)

    def all_again(self, book: Book, said_at: datetime, *, anew: bool) -> None:
        """Count every clock again under other rules; what ends as it did has no move."""
        moved, before = [], self.book
        for clock in self.live():
            if clock.name == "SUSPENSION":
                continue
            limit, source = clock.began_with
            if clock.name != "REVIEW":
                limit, source = book.limit(clock.name, day_of(clock.start)) or clock.began_with
            now = counted(clock, before, clock.limit, self._dates(clock.name, clock.limit))
            then = counted(clock, book, limit, self._dates(clock.name, limit))
            if (now, clock.limit, clock.source) != (then, limit, source):
                self._no_lapse_since(clock, said_at)
                clock.limit, clock.source = limit, source
                moved.append(clock)
        self.book = book
        self.moves(*moved, said_at=said_at)
        for clock in self.live() if anew else ():
            clock.moved_at = said_at

    # ------------------------------------------------------------------ facts

    def _happens(self, kind: str, said_at: datetime) -> None:
        step = getattr(self, "_" + re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower(), None)
        if step:
            step(said_at)
        elif self.body.get("starts") or self.body.get("moves"):
            self.starts()
            self.moves(said_at=said_at)

    def _opened(self, said_at: datetime) -> None:
        first = [("STOP", self._first_moment())] if "STOP" in self.book.rules["clocks"] else []
        complaint = self.body["source"] in COMPLAINTS
        self.starts(*first, *((name, said_at) for name in ("REPLY", "WHOLE") if complaint))

    def _first_moment(self) -> datetime:
        opened = self.bodies[0]
        registered = moment(opened["said_at"])
        if "seen_at" not in opened or opened["origin"] == "STOCK":
            return registered
        seen = moment(opened["seen_at"])
        earliest = registered - timedelta(hours=int(self.book.rules["seen_within"].removesuffix("h")))
        return seen if earliest <= seen <= registered else registered

    def _stopped(self, said_at: datetime) -> None:
        self.ends("STOP", said_at=said_at)
        self.starts(("ASSIGN", said_at))

    def _stopping_not_needed(self, said_at: datetime) -> None:
        by_a_word = self.clock("STOP")
        self.ends("STOP", said_at=said_at)
        self.starts(("ASSIGN", said_at if by_a_word else self._first_moment()))

    def _stopping_failed(self, said_at: datetime) -> None:
        self.starts(("STOP", said_at))

    def _assigned(self, said_at: datetime) -> None:
        self.unit = self.body["unit"]
        self.planning = "PLAN" in self.book.rules["clocks"]
        self.ends("ASSIGN", said_at=said_at)
        self.starts(("PLAN" if self.planning else "RECTIFY", said_at))

    def _plan_submitted(self, _: datetime) -> None:
        self.plan_on = self.body["done_on"]

    def _plan_accepted(self, said_at: datetime) -> None:
        self.planning = False
        self.ends("PLAN", said_at=said_at)
        self.starts(("RECTIFY", said_at))

    def _rectification_reported(self, said_at: datetime) -> None:
        for clock in self.live():
            if clock.name in ("RECTIFY", "ENFORCEMENT"):
                self._no_lapse_since(clock, said_at)
                clock.stop(said_at, "verifying")
        self.ends("RULING", said_at=said_at)
        self.starts(("VERIFY", said_at))

    def _rectification_accepted(self, said_at: datetime) -> None:
        for clock in self.live():
            if clock.still and clock.still[1] == "verifying":
                since, _ = clock.still
                clock.still, clock.ended_at = None, max(clock.start, since)
        self.ends("VERIFY", said_at=said_at)
        self.starts(("CLOSE", said_at))

    def _rectification_rejected(self, said_at: datetime) -> None:
        self.ends("VERIFY", said_at=said_at)
        rested = [clock for clock in self.live() if clock.still and clock.still[1] == "verifying"]
        for clock in rested:
            clock.run_on(said_at)
        self.moves(*rested, said_at=said_at)

    def _closed(self, said_at: datetime) -> None:
        self.ends(*IN_ORDER, said_at=said_at)

    _dismissed = _merged = _closed

    def _report_attached(self, said_at: datetime) -> None:
        wants_answer = self.body["source"] in COMPLAINTS and not self.clock("REPLY")
        self.starts(*([("REPLY", said_at)] if wants_answer else []))

    def _reporter_answered(self, said_at: datetime) -> None:
        self.ends("REPLY", said_at=said_at)

    def _reassigned(self, _: datetime) -> None:
        if self.planning and self.body["unit"] != self.unit:
            self.plan_on = ""
        self.unit = self.body["unit"]

    def _vacancy_announced(self, _: datetime) -> None:
        self.vacant.add(self.body["post"])

    def _holder_announced(self, _: datetime) -> None:
        self.vacant.discard(self.body["post"])

    def _delivery_failed(self, _: datetime) -> None:
        if self.body["why"] == "nobody":
            self.vacant.add(self.body["addressee"])

    def _chief_moved(self, _: datetime) -> None:
        self.chief = self.body.get("chief", self.chief)

    _escalated = _chief_moved

    def _lapse_withdrawn(self, said_at: datetime) -> None:
        numbers = self.body["facts"]
        for clock in self.live():
            for mark in clock.passed if clock.name == self.body["clock"] else ():
                if mark.number in numbers and mark.at < said_at:
                    self.differs(f"withdraws fact {mark.number}", mark.at, said_at)
            if clock.name == self.body["clock"]:
                clock.passed = [mark for mark in clock.passed if mark.number not in numbers]
        self._chief_moved(said_at)

    def _extension_granted(self, said_at: datetime) -> None:
        if clock := self.clock(self.body["clock"]):
            self._no_lapse_since(clock, said_at)
            clock.granted.append(self.body["amount"])
            self.moves(clock, said_at=said_at)

    def _date_set(self, said_at: datetime) -> None:
        if clock := self.clock(self.body["clock"]):
            self._no_lapse_since(clock, said_at)
            clock.set_on, clock.set_at = date.fromisoformat(self.body["set_on"]), said_at
            self.moves(clock, said_at=said_at)

    def _clock_suspended(self, said_at: datetime) -> None:
        stopped = [clock for clock in self.live() if clock.name in (*STAGE_CLOCKS, "WHOLE") and not clock.still]
        self._same("clocks", set(self.body["clocks"]), {clock.name for clock in stopped})
        for clock in stopped:
            self._no_lapse_since(clock, said_at)
            clock.stop(said_at, "suspended")
        self.starts(("REVIEW", said_at), ("SUSPENSION", said_at))

    def _suspension_upheld(self, said_at: datetime) -> None:
        self.starts(("REVIEW", said_at))

    _suspension_review_due = _suspension_upheld

    def _clock_resumed(self, said_at: datetime) -> None:
        stopped = [clock for clock in self.live() if clock.still and clock.still[1] == "suspended"]
        stood = [clock.run_on(said_at) for clock in stopped]
        self.used += max(stood, default=timedelta())
        self.ends("REVIEW", "SUSPENSION", said_at=said_at)
        self.moves(*stopped, said_at=said_at)

    def _dispute_opened(self, said_at: datetime) -> None:
        self.ruler = self.body["ruler"]
        self.starts(("RULING", said_at))

    _ruling_raised = _dispute_opened

    def _dispute_ruled(self, said_at: datetime) -> None:
        self.ends("RULING", said_at=said_at)
        if "unit" in self.body:
            self._reassigned(said_at)

    def _transferred(self, said_at: datetime) -> None:
        self.planning, self.unit = False, self.body["unit"]
        self.ends("RULING", *STAGE_CLOCKS, said_at=said_at)
        self.starts(("ENFORCEMENT", moment(self.body["filed_at"])))

    def _interview_held(self, said_at: datetime) -> None:
        for clock in self.live():
            called = clock.last(RUNG_OF["InterviewCalled"])
            if called and clock.held_at is None:
                clock.held_at = said_at

    def _regraded(self, said_at: datetime) -> None:
        self.all_again(Book(self.body["rules"], self.book.calendar), said_at, anew=True)

    def _edition_adopted(self, said_at: datetime) -> None:
        self.all_again(Book(self.body["rules"]), said_at, anew=True)

    def _calendar_adopted(self, said_at: datetime) -> None:
        self.all_again(Book(self.book.rules, self.body["calendar"]), said_at, anew=False)


def _level(post: str) -> int:
    """Return the level of a post, told by the zeros of its division: a village is 1, a province 5."""
    digits = len(post.split(":")[1].rstrip("0"))
    return next(level for level, length in enumerate((12, 9, 6, 4, 2), 1) if digits > (9, 6, 4, 2, 0)[level - 1])


def _division(division: str, level: int) -> str:
    """Return the division at a level that a division lies in."""
    return division[: (12, 9, 6, 4, 2)[level - 1]].ljust(12, "0")
