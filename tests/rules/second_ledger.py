"""第二台账: the clocks of an issue as its facts start, move and end them, held against what the facts say.

For the second clock: written from the prose of the rules; nothing of `domain` is imported.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.rules.second_book import REMINDER, Book, Clock, counted
from tests.rules.second_calendar import End, day_of, moment

Body = dict[str, Any]


class Difference(NamedTuple):
    """What a fact says and what was counted instead; number is the fact's, from 1."""

    number: int
    what: str
    recorded: object
    counted: object


class Ledger:
    """台账: what is known of an issue as far as its facts were read, and where they differ."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self.opened = bodies[0]
        self.differences: list[Difference] = []
        self.clocks: list[Clock] = []
        self.number, self.body, self.is_told = 0, self.opened, True
        self.book = Book(self.opened["rules"])
        self.chief: str = self.opened["chief"]
        self.vacant = set(self.opened.get("vacant", ()))
        self.planning, self.unit, self.plan_on = False, "", ""
        self.ruler, self.used, self.rejected = "", timedelta(), 0

    def differs(self, what: str, recorded: object, own: object) -> None:
        """Note what a fact says, and what was counted."""
        self.differences.append(Difference(self.number, what, recorded, own))

    def same(self, what: str, recorded: object, own: object) -> None:
        """Hold what a fact says against what was counted; what is not told cannot differ."""
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


HIGHEST = 5


def level_of(post: str) -> int:
    """Return the level of a post, told by the zeros of its division: a village is 1, a province 5."""
    digits = len(post.split(":")[1].rstrip("0"))
    return next(level for level, fewer in enumerate((9, 6, 4, 2, 0), 1) if digits > fewer)


def division_at(division: str, level: int) -> str:
    """Return the division at a level that a division lies in."""
    return division[: (12, 9, 6, 4, 2)[level - 1]].ljust(12, "0")
