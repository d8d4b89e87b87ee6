"""工作日: working-day arithmetic over a calendar that is handed in; every day is a day in China."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer

from domain.model import Frozen

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One offset since 1991: no zone file is needed to recompute a limit years later."""

_SATURDAY = 5
_RUN = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:-(\d{2})(\d{2}))?$")


def _days_from_runs(value: object) -> object:
    """Read `20261001-1007 20260101` as the days of those runs."""
    if not isinstance(value, str):
        return value
    days: set[date] = set()
    for run in value.split():
        match = _RUN.match(run)
        if not match:
            raise ValueError(f"{run!r} is not a day or a run of days like 20261001-1007")
        year, month, day, last_month, last_day = (int(part) if part else 0 for part in match.groups())
        first = date(year, month, day)
        last = date(year, last_month, last_day) if last_month else first
        days.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return frozenset(days)


def _days_as_runs(days: Iterable[date]) -> str:
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == timedelta(days=1) and day.year == runs[-1][-1].year:
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(f"{run[0]:%Y%m%d}" + (f"-{run[-1]:%m%d}" if len(run) > 1 else "") for run in runs)


Days = Annotated[frozenset[date], BeforeValidator(_days_from_runs), PlainSerializer(_days_as_runs)]
"""A set of days, written as runs so that a year of holidays takes a hundred bytes."""


class Calendar(Frozen):
    """放假与调休: the weekdays that are off and the weekend days that are worked, by published notice."""

    name: str
    version: str
    published: tuple[int, int] = Field(description="first and last year whose notice is known")
    off: Days = frozenset()
    work: Days = frozenset()

    def is_workday(self, day: date) -> bool:
        """Tell whether people are at work; a year without a notice counts Monday to Friday."""
        if day in self.work:
            return True
        return day.weekday() < _SATURDAY and day not in self.off

    def is_published(self, day: date) -> bool:
        """Tell whether the State Council's notice for the year of this day is known."""
        return self.published[0] <= day.year <= self.published[1]

    def between(self, first: date, last: date) -> "Calendar":
        """Return the part of the calendar that a limit between two days can meet."""
        return self.model_copy(
            update={
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
    day = local_day(start)
    provisional = False
    remaining = count
    while remaining:
        day += timedelta(days=1)
        provisional = provisional or not calendar.is_published(day)
        remaining -= calendar.is_workday(day)
    return Counted(at_local(day, day_ends), provisional)


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


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _last_workday_of_month(day: date, calendar: Calendar) -> date:
    last = _first_of_next_month(day) - timedelta(days=1)
    while not calendar.is_workday(last):
        last -= timedelta(days=1)
    return last
