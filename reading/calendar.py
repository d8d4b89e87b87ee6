"""国务院放假安排: `python -m reading.calendar FOLDER` writes the published calendar as a data file.

The file holds only what differs from Monday to Friday: weekdays that are off, weekend days that are worked.
"""

import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import yaml
from pydantic import Field

from domain.model import Frozen

NAME = "cn-state-council"
FIRST_YEAR = 2018
_SATURDAY = 5
_HEAD = """\
# 国务院办公厅放假安排,只记与"周一至周五上班"不同的日子:off 放假的工作日,work 上班的周末(调休)。
# Differences to Monday-Friday only. Written by: python -m reading.calendar rules/calendar/
# The key 'off' keeps its quotes: YAML 1.1 reads a bare off as false.
# Dates from the package chinesecalendar (MIT); notice numbers checked 2026-11-23 against published copies.
"""


class Notice(Frozen):
    """发文字号: the State Council's notice of a year; None while nobody has entered it."""

    number: str | None
    note: str | None = None


NOTICES = {
    2018: Notice(
        number="国办发明电〔2017〕12号",
        note="12月29日上班、12月31日放假出自国办发明电〔2018〕15号",
    ),
    2019: Notice(number="国办发明电〔2018〕15号", note="劳动节由国办发明电〔2019〕3号调整"),
    2020: Notice(number="国办发明电〔2019〕16号", note="春节由国办发明电〔2020〕1号延长至2月2日"),
    2021: Notice(number="国办发明电〔2020〕27号"),
    2022: Notice(number="国办发明电〔2021〕11号"),
    2023: Notice(number="国办发明电〔2022〕16号"),
    2024: Notice(number="国办发明电〔2023〕7号"),
    2025: Notice(number="国办发明电〔2024〕12号"),
    2026: Notice(number="国办发明电〔2025〕7号"),
}


class CalendarYear(Frozen):
    """一年的安排: weekdays that are off and weekend days that are worked."""

    notice: str | None
    note: str | None = None
    off: tuple[date, ...]
    work: tuple[date, ...]


class StateCouncilCalendar(Frozen):
    """放假安排数据文件: `published_through` is the last year whose notice is out."""

    calendar: str
    version: str = Field(pattern=r"^\d{4}-\d+$")
    published_through: int
    years: Mapping[int, CalendarYear]


def take_calendar() -> StateCouncilCalendar:
    """Return every published year since 2018 as the installed package `chinesecalendar` has it."""
    # Only this command needs the package; a running service reads the file.
    from chinese_calendar import holidays, is_workday  # type: ignore[import-untyped]  # noqa: PLC0415

    published_through = max(holidays).year
    years = {}
    for year in range(FIRST_YEAR, published_through + 1):
        notice = NOTICES.get(year, Notice(number=None, note="发文字号待补 (notice number not entered)"))
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
        days = [day for day in days if day.year == year]
        years[year] = CalendarYear(
            notice=notice.number,
            note=notice.note,
            off=tuple(day for day in days if day.weekday() < _SATURDAY and not is_workday(day)),
            work=tuple(day for day in days if day.weekday() >= _SATURDAY and is_workday(day)),
        )
    return StateCouncilCalendar(
        calendar=NAME, version=f"{published_through}-1", published_through=published_through, years=years
    )


def write_calendar(folder: Path) -> Path:
    """Write `cn-state-council.yaml` into the folder and return its path."""
    document = take_calendar().model_dump(exclude_none=True)
    for year in document["years"].values():
        year.setdefault("notice", None)
        year.update(off=list(year["off"]), work=list(year["work"]))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{NAME}.yaml"
    body = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100)
    path.write_text(_HEAD + body, encoding="utf-8")
    return path


def read_calendar(path: Path) -> StateCouncilCalendar:
    """Return the calendar that a data file holds."""
    return StateCouncilCalendar.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    write_calendar(Path(sys.argv[1]))
