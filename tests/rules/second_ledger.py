"""第二台账: the clocks of an issue as its facts start, move and end them, held against what the facts say.

For the second clock: written from the prose of the rules; nothing of `domain` is imported.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.rules.second_book import REMINDER, Book, Clock, counted
from tests.rules.second_calendar import End, day_of, is_by_plan, moment

Body = dict[str, Any]
HIGHEST = 5


class Difference(NamedTuple):
    """What a fact says and what was counted instead; number is the fact's, from 1."""

    number: int
    what: str
    recorded: object
    counted: object


class Ledger:
    """台账: what is known of an issue as far as its facts were read, and where they differ."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.bodies, self.opened = bodies, bodies[0]
        self.differences: list[Difference] = []
        self.clocks: list[Clock] = []
        self.number, self.body, self.is_told = 0, self.opened, True
        self.book = Book(self.opened["rules"])
        self.chief: str = self.opened["chief"]
        self.vacant: set[str] = set(self.opened.get("vacant", ()))
        self.planning, self.unit, self.plan_on = False, "", ""
        self.ruler, self.used, self.rejections = "", timedelta(), 0

    def differs(self, what: str, recorded: object, own: object) -> None:
        """Note what a fact says, and what was counted."""
        self.differences.append(Difference(self.number, what, recorded, own))

    def same(self, what: str, recorded: object, own: object) -> None:
        """Hold what a fact says against what was counted; a fact that is missing says nothing."""
        if self.is_told and recorded != own:
            self.differs(what, recorded, own)

    @property
    def at_the_top(self) -> bool:
        """Whether nobody is left to climb to: the office above the deployment was asked."""
        level = level_of(self.chief)
        return level > self.book.top or (self.book.top == HIGHEST and self.chief.startswith("general:"))

    def live(self) -> list[Clock]:
        """Return the clocks that began and have not ended, running or standing still."""
        return [clock for clock in self.clocks if clock.ended_at is None]

    def standing(self, why: str) -> list[Clock]:
        """Return the clocks that stand still for a reason."""
        return [clock for clock in self.live() if clock.still and clock.still[1] == why]

    def clock(self, name: str) -> Clock | None:
        """Return a clock that has not ended."""
        return next((clock for clock in self.live() if clock.name == name), None)

    def _count(self, clock: Clock, book: Book, limit: str) -> End:
        days: list[str] = []
        if clock.name == "RECTIFY":
            days += [self.plan_on] if self.plan_on and is_by_plan(limit) else []
            days += [self.opened["plan_on"]] if self.opened["origin"] == "STOCK" else []
        return counted(clock, book, limit, [date.fromisoformat(day) for day in days])

    def starts(self, said_at: datetime, *clocks: tuple[str, datetime]) -> None:
        """Start clocks, each in place of the one before, and hold the fact's own against them."""
        recorded = {start["clock"]: start for start in self.body.get("starts", ())}
        for name, at in clocks:
            before = self.clock(name)
            line = self.book.limit(name, day_of(at)) or (before and before.begun_with)
            assert line, f"{name} has no limit"
            self.ends(name, said_at=said_at)
            clock = Clock(name, self.number, at, *line, End(at, provisional=False), line)
            clock.end = self._count(clock, self.book, clock.limit)
            if name == "SUSPENSION":
                clock.end = End(clock.end.at - self.used, provisional=False)
            clock.ends.append(clock.end.at)
            self.clocks.append(clock)
            start = recorded.pop(name, None)
            self.same(f"starts {name}", start and moment(start["at"]), at)
            self._ends_as(f"starts {name}", start, clock)
        for name, start in recorded.items():
            self.differs(f"starts {name} limit_at", moment(start["limit_at"]), None)

    def _ends_as(self, what: str, recorded: Body | None, clock: Clock) -> None:
        self.same(f"{what} limit_at", recorded and moment(recorded["limit_at"]), clock.end.at)
        if recorded:
            told = recorded["limit"], recorded["source"], recorded.get("provisional", False)
            self.same(f"{what} limit", told, (clock.limit, clock.source, clock.end.provisional))

    def ends(self, *names: str, said_at: datetime) -> None:
        """End clocks that run."""
        for clock in self.live():
            if clock.name in names and not clock.still:
                self.no_lapse_since(clock, said_at)
                clock.ended_at = max(clock.start, clock.not_before_it_ran_on(said_at))

    def no_lapse_since(self, clock: Clock, said_at: datetime, lowest: int = REMINDER) -> None:
        """A word ends or moves a clock: no lapse that came when it had been said may count."""
        for mark in clock.passed if "command" in self.body else ():
            if mark.rung >= lowest and mark.at >= said_at:
                self.differs(f"{clock.name} rung {mark.rung} of fact {mark.number} counts", mark.at, said_at)

    def moves(self, said_at: datetime, *clocks: Clock) -> None:
        """Count clocks again from their own start, and hold the fact's own ends against them."""
        recorded = {move["clock"]: move for move in self.body.get("moves", ())}
        for clock in clocks:
            clock.move(self._count(clock, self.book, clock.limit), said_at)
            move = recorded.pop(clock.name, None)
            self._ends_as(f"moves {clock.name}", move, clock)
            if move:
                own = clock.granted, clock.set_on and clock.set_on.isoformat()
                self.same(f"moves {clock.name} by", (move.get("granted", []), move.get("set_on")), own)
        for name, move in recorded.items():
            self.differs(f"moves {name} limit_at", moment(move["limit_at"]), None)

    def all_again(self, book: Book, said_at: datetime) -> None:
        """Count every clock again under other rules: what ends as it did has no move.

        What they lack has the limit that it began with; no mark of any clock comes before the word.
        """
        moved, before = [], self.book
        for clock in self.live():
            if clock.name == "SUSPENSION":  # twelve months in all, whatever is adopted
                continue
            own = None if clock.name == "REVIEW" else book.limit(clock.name, day_of(clock.start))
            limit, source = own or clock.begun_with
            now, then = self._count(clock, before, clock.limit), self._count(clock, book, limit)
            if (now, clock.limit, clock.source) != (then, limit, source):
                self.no_lapse_since(clock, said_at)
                clock.limit, clock.source = limit, source
                moved.append(clock)
        self.book = book
        self.moves(said_at, *moved)
        for clock in self.live():
            if clock not in moved:
                clock.not_before(said_at)


def level_of(post: str) -> int:
    """Return the level of a post, told by the zeros of its division: a village is 1, a province 5."""
    digits = len(post.split(":")[1].rstrip("0"))
    return next(level for level, fewer in enumerate((9, 6, 4, 2, 0), 1) if digits > fewer)


def division_at(division: str, level: int) -> str:
    """Return the division at a level that a division lies in."""
    return division[: (12, 9, 6, 4, 2)[level - 1]].ljust(12, "0")
