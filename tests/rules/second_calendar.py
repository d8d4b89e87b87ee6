"""第二日历: all working days as one numbered list, and the end of a limit as a place in that list.

For the second clock: written from the prose of the rules; nothing of `domain` is imported.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

CHINA = timezone(timedelta(hours=8))
FIRST, LAST = date(2017, 1, 1).toordinal(), date(2049, 12, 31).toordinal()
NEVER = datetime.max.replace(tzinfo=CHINA)

_SPAN = re.compile(r"(\d+)(s|h|wd|cd|mo)$")
_RUN = re.compile(r"(\d\d)(\d\d)(?:-(\d\d)(\d\d))?")


class End(NamedTuple):
    """When a limit ends, and whether a year without a published notice was met on the way."""

    at: datetime
    provisional: bool


class Amount(NamedTuple):
    """So many of a unit; 0s is no time at all, a limit without an amount has its text as its unit."""

    count: int
    unit: str


Rests = Sequence[tuple[datetime, datetime]]


def moment(text: str) -> datetime:
    """Read an instant as a journal writes it."""
    return datetime.fromisoformat(text)


def day_of(at: datetime) -> date:
    """Return the day in China on which an instant falls."""
    return at.astimezone(CHINA).date()


def last_day(end: datetime) -> date:
    """Return the day on which a limit ended: one that ends at 24:00 ended on that day."""
    return day_of(end - timedelta(microseconds=1))


def midnight_after(day: date) -> datetime:
    """Return 24:00 of a day."""
    return datetime.combine(day, time(), CHINA) + timedelta(days=1)


@cache
def amount_of(limit: str) -> Amount:
    """Read `3wd`, or the ceiling of `24h interim + plan <= 90cd`; anything else has only its name."""
    found = _SPAN.search(limit)
    return Amount(int(found[1]), found[2]) if found else Amount(0, limit)


def is_by_plan(limit: str) -> bool:
    """Whether a plan's own date comes before the table's."""
    return "plan <= " in limit


def half(limit: str) -> str:
    """Return half of a limit in its own unit, rounded down, at least one."""
    count, unit = amount_of(limit)
    return _SPAN.sub(f"{max(1, count // 2)}{unit}", limit) if count else limit


@cache
def _days_of(text: str) -> frozenset[int]:
    """Read `2026: 0101 1001-1007` as the numbers of those days."""
    days: set[int] = set()
    year = 0
    for piece in text.split():
        if piece.endswith(":"):
            year = int(piece[:-1])
        elif run := _RUN.fullmatch(piece):
            month, day, last_month, last = run.groups()
            begun = date(year, int(month), int(day)).toordinal()
            ended = date(year, int(last_month), int(last)).toordinal() if last else begun
            days.update(range(begun, ended + 1))
    return frozenset(days)


@cache
def _working(off: str, work: str) -> list[int]:
    """Number every working day from the first to the last that any test meets; 1 is a Monday."""
    shut, open_ = _days_of(off), _days_of(work)
    return [n for n in range(FIRST, LAST) if n in open_ or ((n - 1) % 7 < 5 and n not in shut)]


class WorkingDays:
    """工作日表: a calendar as a list to look things up in."""

    def __init__(self, calendar: dict[str, Any], day_ends: str = "17:30", notice: int = 5) -> None:
        self.days = _working(calendar.get("off", ""), calendar.get("work", ""))
        known_from, known_to = calendar["published"]
        self.known_from = date(known_from, 1, 1)
        until = calendar.get("until")
        self.known_to = date.fromisoformat(until) if until else date(known_to, 12, 31)
        self.day_ends, self.notice = time.fromisoformat(day_ends), notice

    def _known(self, first: date, last: date) -> bool:
        return self.known_from <= first and last <= self.known_to

    def _close(self, place: int) -> datetime:
        return datetime.combine(date.fromordinal(self.days[place]), self.day_ends, CHINA)

    def next_close(self, at: datetime) -> End:
        """Return the first close of a working day at or after an instant."""
        place = bisect_left(self.days, day_of(at).toordinal())
        closes = self._close(place) if self._close(place) >= at else self._close(place + 1)
        return End(closes, not self._known(day_of(closes), day_of(closes)))

    def on(self, amount: Amount, since: datetime, *, ended: bool = False) -> End:
        """Count an amount from an instant; from where another limit `ended`, 24:00 is still that day."""
        count, unit = amount
        today = last_day(since) if ended else day_of(since)
        match unit:
            case "s" | "h":
                seconds = count * (3600 if unit == "h" else 1)
                return End(since + timedelta(seconds=seconds), provisional=False)
            case "wd":
                closes = self._close(bisect_right(self.days, today.toordinal()) + count - 1)
                return End(closes, not self._known(today + timedelta(days=1), day_of(closes)))
            case "cd":
                counted = self.days[bisect_left(self.days, today.toordinal() + count)]
                last = date.fromordinal(counted)
                return End(midnight_after(last), not self._known(last, last))
            case "mo":
                return End(midnight_after(_months_on(today, count)), provisional=False)
            case "monthly":
                return self._batch(today)
            case "at_once":
                return End(since, provisional=False)
        named = datetime.combine(today, time.fromisoformat(unit.removeprefix("at ")), CHINA)
        return End(named if named > since else named + timedelta(days=1), provisional=False)

    def _batch(self, today: date) -> End:
        """The month's last working day, or the next month's if too few are left after today."""
        for months in (1, 2):
            following = _months_on(today.replace(day=1), months)
            place = bisect_left(self.days, following.toordinal()) - 1
            if months == 2 or place + 1 - bisect_right(self.days, today.toordinal()) >= self.notice:
                break
        closes = self._close(place)
        return End(closes, not self._known(day_of(closes), day_of(closes)))

    def by_table(self, limit: str, start: datetime, granted: Iterable[str] = ()) -> End:
        """Count a limit with what was granted: in its own unit from the start, in another from its end."""
        count, unit = amount_of(limit)
        amounts = [amount_of(each) for each in granted]
        end = self.on(Amount(count + sum(more for more, own in amounts if own == unit), unit), start)
        return self._further(end, [each for each in amounts if each.unit != unit])

    def by_date(self, day: date, granted: Iterable[str] = ()) -> End:
        """Count a plan's date with what was granted: days move the date itself, which no holiday moves."""
        amounts = [amount_of(each) for each in granted]
        day += timedelta(days=sum(count for count, unit in amounts if unit == "cd"))
        end = End(midnight_after(day), provisional=False)
        return self._further(end, [each for each in amounts if each.unit != "cd"])

    def _further(self, end: End, amounts: Iterable[Amount]) -> End:
        for each in amounts:
            on = self.on(each, end.at, ended=True)
            end = End(on.at, end.provisional or on.provisional)
        return end

    def after_rests(self, start: datetime, end: End, rests: Rests, *, rolls: bool) -> End:
        """Spend what a limit allowed, stretch by stretch: where it is used up, the limit ends.

        What is in working days ends at the next close; a rest that begins before then gives back what was
        run beyond, so that it rolls once and not with each rest.
        """
        rests = [(since, until) for since, until in sorted(rests) if until > since]
        edges = [start, *(edge for rest in rests for edge in rest), NEVER]
        left, due = end.at - start, end
        for place, (since, until) in enumerate(list(pairwise(edges))[::2]):
            used_up = since + left
            due = end if not place else End(used_up, end.provisional)
            if rolls and place:
                closes = self.next_close(used_up)
                due = End(closes.at, end.provisional or closes.provisional)
            if until >= due.at:
                break
            left -= until - since
        return due


def _months_on(day: date, months: int) -> date:
    """Return the same day some months on, or that month's last."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + month // 11, (month + 1) % 12 + 1, 1)
    return first + min(timedelta(days=day.day - 1), following - first - timedelta(days=1))
