"""工作日: working-day arithmetic over a calendar that is handed in; every day is a day in China."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from domain.model import FIRST_YEAR, LAST_YEAR, Frozen

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One offset since 1991: no zone file is needed to recompute a limit years later."""

_SATURDAY = 5
_DAY = timedelta(days=1)
_YEAR = re.compile(r"^(\d{4}):$")
_RUN = re.compile(r"^(\d{2})(\d{2})(?:-(\d{2})(\d{2}))?$")


def _days_from_runs(value: object) -> object:
    """Read `2026: 0101 1001-1007` as the days of those runs."""
    if not isinstance(value, str):
        return value
    days: set[date] = set()
    year = 0
    for word in value.split():
        if named := _YEAR.match(word):
            year = int(named[1])
            continue
        run = _RUN.match(word)
        if not run or not year:
            raise ValueError(f"{word!r} is not a day or a run of days, as in `2026: 0101 1001-1007`")
        first = date(year, int(run[1]), int(run[2]))
        last = date(year, int(run[3]), int(run[4])) if run[3] else first
        days.update(first + n * _DAY for n in range((last - first).days + 1))
    return frozenset(days)


def _days_as_runs(days: frozenset[date]) -> str:
    words: list[str] = []
    ordered = sorted(days)
    for year in sorted({day.year for day in ordered}):
        words.append(f"{year}:")
        first = last = None
        for day in (*(day for day in ordered if day.year == year), None):
            if last and day != last + _DAY:
                words.append(f"{first:%m%d}" if first == last else f"{first:%m%d}-{last:%m%d}")
                first = None
            first, last = first or day, day
    return " ".join(words)


def _weekdays(days: frozenset[date]) -> frozenset[date]:
    return frozenset(day for day in days if day.weekday() < _SATURDAY)


def _off_as_runs(days: frozenset[date]) -> str:
    """A weekend between two days off is written as part of their run; reading leaves it out again."""
    weekends = (day + n * _DAY for day in days if day.weekday() == _SATURDAY - 1 for n in (1, 2))
    between = {day for day in weekends if day + (7 - day.weekday()) * _DAY in days}
    return _days_as_runs(days | between)


Days = Annotated[frozenset[date], BeforeValidator(_days_from_runs), PlainSerializer(_days_as_runs)]
"""A set of days, written as runs so that a year of holidays takes a hundred bytes."""

Weekdays = Annotated[
    frozenset[date],
    BeforeValidator(_days_from_runs),
    AfterValidator(_weekdays),
    PlainSerializer(_off_as_runs),
]
"""The same of weekdays alone: a weekend is off without being told."""


Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class Calendar(Frozen):
    """放假与调休: the weekdays that are off and the weekend days that are worked, by published notice."""

    name: str
    version: str
    published: tuple[Year, Year] = Field(description="first and last year whose notice is known")
    off: Weekdays = frozenset()
    work: Days = frozenset()
    until: date | None = Field(default=None, description="last day that a part shows; then it knows no more")

    @model_validator(mode="after")
    def _knows_what_it_shows(self) -> Self:
        if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in self.off | self.work):
            raise ValueError(f"a day beyond {FIRST_YEAR} to {LAST_YEAR}")
        if self.until and self.until > date(self.published[1], 12, 31):
            raise ValueError(f"it cannot show {self.until}: {self.published[1]} is the last year it knows")
        return self

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}

    def is_workday(self, day: date) -> bool:
        """Tell whether people are at work; a year without a notice counts Monday to Friday."""
        if day in self.work:
            return True
        return day.weekday() < _SATURDAY and day not in self.off

    def is_published(self, day: date) -> bool:
        """Tell whether the State Council's notice for the year of this day is known."""
        return self.published[0] <= day.year and day <= self.reaches

    @property
    def reaches(self) -> date:
        """The last day that is known to it."""
        return self.until or date(self.published[1], 12, 31)

    def days(self, first: date, last: date) -> tuple[frozenset[date], frozenset[date]]:
        """Return the days off and the days worked from one day to another."""
        return (
            frozenset(day for day in self.off if first <= day <= last),
            frozenset(day for day in self.work if first <= day <= last),
        )

    def between(self, first: date, last: date) -> "Calendar":
        """Return the part of the calendar that a limit between two days can meet.

        What lies behind the last day is not known to the part: a limit that reaches there is provisional,
        until a longer part is adopted.
        """
        return self.model_copy(
            update={
                "until": last if last < date(self.published[1], 12, 31) else None,
                "off": frozenset(day for day in self.off if first <= day <= last),
                "work": frozenset(day for day in self.work if first <= day <= last),
            }
        )


class Counted(NamedTuple):
    """The end of a limit, and whether a year without a published notice was counted on the way."""

    at: datetime
    provisional: bool


def local_day(moment: datetime) -> date:
    """Return the day in China on which a moment falls."""
    return moment.astimezone(CHINA).date()


def at_local(day: date, clock: time) -> datetime:
    """Return the UTC moment of a local time on a local day."""
    return datetime.combine(day, clock, CHINA).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return 24:00 of a local day, in UTC."""
    return at_local(day + timedelta(days=1), time())


def add_working_days(start: datetime, count: int, calendar: Calendar, day_ends: time) -> Counted:
    """工作日: the day of the start does not count; the limit ends at the close of the last day.

    Rule: R-CLOCK-WD
    """
    first = day = local_day(start)
    remaining = count
    while remaining:
        day += _DAY
        remaining -= calendar.is_workday(day)
    known = calendar.is_published(day) and calendar.is_published(first + _DAY)
    return Counted(at_local(day, day_ends), provisional=day > first and not known)


def add_calendar_days(start: datetime, count: int, calendar: Calendar) -> Counted:
    """自然日: the limit ends at 24:00; a last day that is off moves to the next working day.

    Rule: R-CLOCK-CD
    """
    day = local_day(start) + timedelta(days=count)
    while not calendar.is_workday(day):
        day += timedelta(days=1)
    return Counted(end_of_day(day), not calendar.is_published(day))


def close_of_business(moment: datetime, calendar: Calendar, day_ends: time) -> Counted:
    """顺延: the first close of a working day at or after a moment.

    Rule: R-CLOCK-RESUME
    """
    day = local_day(moment)
    while not calendar.is_workday(day) or at_local(day, day_ends) < moment:
        day += timedelta(days=1)
    return Counted(at_local(day, day_ends), not calendar.is_published(day))


def monthly_batch(start: datetime, notice: int, calendar: Calendar, day_ends: time) -> Counted:
    """月度批次: the month's last working day; the next month's if fewer than `notice` are left.

    Rule: R-CLOCK-MONTHLY
    """
    day = local_day(start)
    last = _last_workday_of_month(day, calendar)
    left = sum(calendar.is_workday(day + timedelta(days=n)) for n in range(1, (last - day).days + 1))
    if left < notice:
        last = _last_workday_of_month(_first_of_next_month(day), calendar)
    return Counted(at_local(last, day_ends), not calendar.is_published(last))


def months_later(day: date, months: int) -> date:
    """按月: the corresponding day some months later; where there is none, the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _last_workday_of_month(day: date, calendar: Calendar) -> date:
    last = _first_of_next_month(day) - timedelta(days=1)
    while not calendar.is_workday(last):
        last -= timedelta(days=1)
    return last
