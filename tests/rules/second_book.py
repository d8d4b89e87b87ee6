"""第二账: the excerpt as its short lines say, and a clock's own record: where it ends, what it passed.

For the second clock: written from the prose of the rules; nothing of `domain` is imported.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tests.rules.second_calendar import (
    End,
    Rests,
    WorkingDays,
    amount_of,
    day_of,
    half,
    is_by_plan,
    midnight_after,
)

EARLY, REMINDER, ORDER, ESCALATION, BULLETIN, INTERVIEW, REFERRAL = range(7)
RUNG_OF = {
    "EarlyReminded": EARLY,
    "Lapsed": REMINDER,
    "Ordered": ORDER,
    "Escalated": ESCALATION,
    "BulletinDrafted": BULLETIN,
    "InterviewCalled": INTERVIEW,
    "Referred": REFERRAL,
}
KIND_OF = {rung: kind for kind, rung in RUNG_OF.items()}


class Step(NamedTuple):
    """A step of the ladder: after what, and at which interval again."""

    after: str
    each: str | None


class Book:
    """摘录: what an excerpt says, line by line."""

    def __init__(self, rules: dict[str, Any], calendar: dict[str, Any] | None = None) -> None:
        self.rules, self.calendar = rules, calendar or rules["calendar"]
        self.days = WorkingDays(self.calendar, rules.get("day_ends", "17:30"), rules.get("batch_notice", 5))
        self.top: int = rules.get("top", 4)
        self.steps = {name: _step(line) for name, line in rules["ladder"].items()}
        self.fair = {name: line.partition(" | ")[0].split() for name, line in rules["fair"].items()}

    def limit(self, clock: str, on: date) -> tuple[str, str] | None:
        """Return a clock's limit and source, half of it in the flood season; nothing if it has none."""
        if clock in ("REVIEW", "SUSPENSION"):
            source = self.rules["fair"]["suspension"].partition(" | ")[2]
            return self.fair["suspension"][clock == "SUSPENSION"], source
        if clock not in self.rules["clocks"]:
            return None
        limit, _, source = self.rules["clocks"][clock].partition(" | ")
        first, last = self.rules.get("flood_season") or ("13", "00")
        in_season = clock == "RECTIFY" and first <= on.isoformat()[5:] <= last
        return (half(limit) if in_season else limit), source


def _step(line: str) -> Step:
    when, _, each = line.partition(" | ")[0].partition(" each ")
    return Step(when, each or None)


class Rest(NamedTuple):
    """A stretch in which a clock stood still, and why."""

    since: datetime
    until: datetime
    why: str


class Passed(NamedTuple):
    """A rung that was passed: at which true instant, by which fact."""

    rung: int
    at: datetime
    number: int


class Stretch(NamedTuple):
    """A running or stopped stretch; what ran has no why."""

    since: datetime
    until: datetime
    why: str


@dataclass
class Clock:
    """一个时限: when it started, where it ends, when it stood still, what it passed."""

    name: str
    number: int
    start: datetime
    limit: str
    source: str
    end: End
    begun_with: tuple[str, str]
    ends: list[datetime] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    set_on: date | None = None
    set_at: datetime | None = None
    moved_at: datetime | None = None
    held_at: datetime | None = None
    still: tuple[datetime, str] | None = None
    rests: list[Rest] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    dropped: list[Passed] = field(default_factory=list)
    ended_at: datetime | None = None

    @property
    def has_lapsed(self) -> bool:
        """Whether its end has come, and no word has taken that back."""
        return any(mark.rung >= REMINDER for mark in self.passed)

    def last(self, rung: int) -> datetime | None:
        """Return when it passed a rung last."""
        return next((mark.at for mark in reversed(self.passed) if mark.rung == rung), None)

    def not_before_it_ran_on(self, at: datetime) -> datetime:
        """Return an instant, or the end of its last rest if that is later."""
        return max([at, *(rest.until for rest in self.rests)])

    def stop(self, at: datetime, why: str) -> None:
        """Let it stand still from an instant on."""
        self.still = (self.not_before_it_ran_on(at), why)

    def run_on(self, at: datetime) -> timedelta:
        """Let it run on; return how long it stood still."""
        since, why = self.still or (at, "")
        self.rests.append(Rest(since, max(at, since), why))
        self.still = None
        return max(at, since) - since

    def end_where_it_stands(self) -> None:
        """Let it end at the instant at which it was stopped."""
        assert self.still, f"{self.name} runs"
        self.ended_at, self.still = max(self.start, self.still[0]), None

    def move(self, end: End, said_at: datetime) -> None:
        """Let it end elsewhere; if that lies ahead of where it stands, the ladder is climbed anew."""
        stands_at = min(self.still[0], said_at) if self.still else said_at
        if end.at > stands_at:
            self.dropped += [mark for mark in self.passed if mark.rung >= REMINDER]
            self.passed = [mark for mark in self.passed if mark.rung < REMINDER]
            self.held_at = None
        self.end, self.moved_at = end, said_at
        self.ends.append(end.at)

    def not_before(self, said_at: datetime) -> None:
        """Let no mark come before a word that did not move it, nor before the one that did."""
        self.moved_at = max(self.moved_at or said_at, said_at)

    def rested(self, since: datetime | None = None) -> Rests:
        """Return its rests; where a superior set the date, what of them came after he did."""
        spans = [(rest.since, rest.until) for rest in self.rests]
        if self.set_at:
            spans = [(max(begun, self.set_at), until) for begun, until in spans if until > self.set_at]
        return [span for span in spans if since is None or span[0] >= since]

    def stretches(self, as_of: datetime) -> list[Stretch]:
        """Return what it ran and what it stood still, by turns, up to its end or an instant."""
        told, since = [], self.start
        for rest in self.rests:
            told += [Stretch(since, rest.since, ""), Stretch(*rest)]
            since = rest.until
        if self.still:
            begun, why = self.still
            return [*told, Stretch(since, begun, ""), Stretch(begun, max(as_of, begun), why)]
        return [*told, Stretch(since, self.ended_at or max(as_of, since), "")]


def counted(clock: Clock, book: Book, limit: str, dates: list[date]) -> End:
    """Count where a clock ends under a book: a superior's date, or the earliest of the table and the plans.

    The last of `dates`, if there are two, is a stock issue's own, which bounds every limit.
    """
    days = book.days
    if clock.set_on:
        end = End(midnight_after(clock.set_on), provisional=False)
    else:
        end = days.by_table(limit, clock.start, clock.granted)
        for day in dates:
            by_plan = days.by_date(day, clock.granted)
            end = by_plan if by_plan.at < end.at else end
    # A date's own end, at 24:00, is no close of a working day and rolls to none.
    is_a_date = end.at == midnight_after(day_of(end.at - timedelta(microseconds=1)))
    rolls = amount_of(limit).unit == "wd" and not is_by_plan(limit) and not is_a_date
    return days.after_rests(clock.start, end, clock.rested(), rolls=rolls)
