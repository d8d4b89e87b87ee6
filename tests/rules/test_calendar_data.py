import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from reading.calendar import read_calendar, take_calendar, write_calendar

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "rules" / "calendar" / "cn-state-council.yaml"
CROSS_CHECKED = Path(__file__).parent / "holidays_2018_2026.csv"
SATURDAY = 5


@pytest.fixture(scope="module")
def exceptions() -> dict[date, bool]:
    with CROSS_CHECKED.open(encoding="utf-8-sig", newline="") as file:
        return {date.fromisoformat(row["date"]): row["is_workday"] == "1" for row in csv.DictReader(file)}


@pytest.mark.parametrize("year", range(2018, 2027))
def test_every_day_is_worked_or_off_as_two_packages_agree(year: int, exceptions: dict[date, bool]) -> None:
    arrangement = read_calendar(COMMITTED).years[year]
    days = [
        date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]

    differing = []
    for day in days:
        ordinary = day.weekday() < SATURDAY
        worked = day in arrangement.work or (ordinary and day not in arrangement.off)
        if worked != exceptions.get(day, ordinary):
            differing.append(day)

    assert differing == []


def test_the_committed_file_is_what_the_command_writes(tmp_path: Path) -> None:
    written = write_calendar(tmp_path)

    assert written.name == COMMITTED.name
    assert written.read_bytes() == COMMITTED.read_bytes()


def test_the_file_read_back_is_what_was_taken() -> None:
    assert read_calendar(COMMITTED) == take_calendar()


def test_only_differences_to_monday_to_friday_are_listed() -> None:
    for year, arrangement in read_calendar(COMMITTED).years.items():
        assert all(day.weekday() < SATURDAY and day.year == year for day in arrangement.off)
        assert all(day.weekday() >= SATURDAY and day.year == year for day in arrangement.work)


def test_every_published_year_names_its_notice() -> None:
    calendar = read_calendar(COMMITTED)

    assert max(calendar.years) == calendar.published_through == 2026
    assert all(year.notice or year.note for year in calendar.years.values())
    assert calendar.years[2018].notice == "国办发明电〔2017〕12号"
