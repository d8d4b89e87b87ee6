"""演练用日历: the rule book beside the calendar of this year, and beside one that only assumes the next."""

import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import yaml

from reading.calendar import CalendarYear, StateCouncilCalendar, read_calendar

ASSUMED = "演练用假定日历,不是放假通知 assumed for the demo, not a notice"
_SATURDAY = 5


def write_rules(rules: Path, folder: Path, today: date) -> Path:
    """Copy a rule file's folder twice: as it stands before the next notice, and with years assumed.

    The first knows no year after today's, whatever is published by then; so a limit that reaches into
    the next year is provisional on whichever day the story is told. Returns its copy of the file; the other
    is `assumed_beside` it.
    """
    for name in ("rules", "assumed"):
        shutil.copytree(rules.parent, folder / name)
        for path in (folder / name / "calendar").glob("*.yaml"):
            calendar = _until(read_calendar(path), today.year)
            if name == "assumed":
                calendar = _with_assumed_years(calendar, today.year + 2)
            _write(calendar, path)
    return folder / "rules" / rules.name


def assumed_beside(rules: Path) -> Path:
    """Return the copy of a rule file whose calendar is assumed."""
    return rules.parent.parent / "assumed" / rules.name


def _until(calendar: StateCouncilCalendar, last: int) -> StateCouncilCalendar:
    if calendar.published_through <= last:
        return calendar
    years = {year: kept for year, kept in calendar.years.items() if year <= last}
    return StateCouncilCalendar(
        calendar=calendar.calendar, version=f"{last}-1", published_through=last, years=years
    )


def _with_assumed_years(calendar: StateCouncilCalendar, last: int) -> StateCouncilCalendar:
    assumed = {year: _assumed(year) for year in range(calendar.published_through + 1, last + 1)}
    return StateCouncilCalendar(
        calendar=calendar.calendar,
        version=f"{last}-0",  # a notice's own version begins with 1
        published_through=last,
        years={**calendar.years, **assumed},
    )


def _assumed(year: int) -> CalendarYear:
    """Return New Year's Day and the first week of October, and no weekend at work."""
    week = [date(year, 10, 1) + timedelta(days=n) for n in range(7)]
    off = tuple(day for day in (date(year, 1, 1), *week) if day.weekday() < _SATURDAY)
    return CalendarYear(notice=ASSUMED, off=off, work=())


def _write(calendar: StateCouncilCalendar, path: Path) -> None:
    document = calendar.model_dump(exclude_none=True)
    years: Mapping[int, dict[str, object]] = document["years"]
    for year in years.values():
        year.update({name: list(days) for name, days in year.items() if isinstance(days, tuple)})
        year.setdefault("notice", None)
    head = f"# {ASSUMED}\n" if any(year["notice"] == ASSUMED for year in years.values()) else ""
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)
    path.write_text(head + body, encoding="utf-8")
