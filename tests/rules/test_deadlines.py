"""The table of deadlines counted by hand, `deadlines.csv`, against the counting of the rules.

No end in the table comes from the code under test; its head says how it was made and how to check a row.
"""

import csv
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import chinese_calendar  # type: ignore[import-untyped]
import pytest

from domain.limits import Counting, Limit
from domain.workdays import CHINA
from tests.rules.counted import COUNTING

TABLE = Path(__file__).with_name("deadlines.csv")
YEARS = range(2018, 2027)
SATURDAY = 5


class Row(NamedTuple):
    """One limit, and the end that was found by hand."""

    start: str
    limit: str
    granted: str
    plan_on: str
    pauses: str
    published: str
    expected: str
    provisional: str
    why: str

    @property
    def given(self) -> tuple[str, ...]:
        """What the end is counted from."""
        return self[:6]

    @property
    def is_in_working_days(self) -> bool:
        return self.limit.endswith("wd")

    @property
    def name(self) -> str:
        pauses = self.pauses.split("; ")
        paused = f"paused {self.pauses}" if len(pauses) == 1 else f"paused {len(pauses)} times"
        parts = [f"{self.start} {self.limit}"]
        parts += [f"+ {self.granted}"] if self.granted else []
        parts += [f"planned for {self.plan_on}"] if self.plan_on else []
        parts += [paused] if self.pauses else []
        return " ".join([*parts, f"known to {self.published}"])


def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(line for line in file if not line.startswith("#"))]


ROWS = rows()


def moment(text: str) -> datetime:
    """Read a local moment; 24:00 is the end of its day."""
    day, clock = text.split(" ")
    if clock == "24:00":
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), CHINA)
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def counting_known_to(year: int) -> Counting:
    """Return the counting of the book when the notice of that year was the last one."""
    calendar = COUNTING.calendar
    cut = {
        "published": (calendar.published[0], year),
        "off": frozenset(day for day in calendar.off if day.year <= year),
        "work": frozenset(day for day in calendar.work if day.year <= year),
    }
    return COUNTING.model_copy(update={"calendar": calendar.model_copy(update=cut)})


KNOWN_TO = {year: counting_known_to(year) for year in YEARS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_limit_ends_when_the_table_says(row: Row) -> None:
    counting = KNOWN_TO[int(row.published)]
    limit = Limit.model_validate(row.limit)
    plan_on = date.fromisoformat(row.plan_on) if row.plan_on else None
    granted = tuple(Limit.model_validate(more) for more in row.granted.split("; ") if more)
    pauses = [tuple(moment(end) for end in pause.split("..")) for pause in row.pauses.split("; ") if pause]

    counted = counting.ends(limit, moment(row.start), plan_on, granted)
    counted = counting.rested(counted, limit, [(since, until) for since, until in pauses])

    told = (counted.at.astimezone(CHINA), counted.provisional)
    assert told == (moment(row.expected), row.provisional == "yes"), row.why


# ---------------------------------------------------------------- the table itself


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 200


def test_no_limit_stands_in_the_table_twice() -> None:
    times = Counter(row.given for row in ROWS)

    assert [given for given, found in times.items() if found > 1] == []


def test_every_year_with_a_notice_is_in_the_table() -> None:
    assert {moment(row.start).year for row in ROWS} == set(YEARS)


def test_there_are_enough_pauses_extensions_and_provisional_ends() -> None:
    assert sum(bool(row.pauses) for row in ROWS) >= 40
    assert sum(bool(row.pauses or row.granted) for row in ROWS) >= 60
    assert sum(row.provisional == "yes" for row in ROWS) >= 20


def test_every_row_can_be_read_and_says_why() -> None:
    assert {row.provisional for row in ROWS} == {"yes", "no"}
    assert [row.name for row in ROWS if not row.why or moment(row.expected) < moment(row.start)] == []


def test_no_pause_begins_before_its_limit_or_in_another_pause() -> None:
    for row in ROWS:
        ends = [moment(end) for pause in row.pauses.split("; ") if pause for end in pause.split("..")]

        assert [moment(row.start), *ends] == sorted([moment(row.start), *ends]), row.name


def test_a_limit_in_working_days_ends_on_a_day_on_which_people_work() -> None:
    """Told by another calendar than the book's; what no notice has told yet is Monday to Friday."""
    off = []
    for row in ROWS:
        day = moment(row.expected).date()
        known = day.year <= int(row.published)
        works = chinese_calendar.is_workday(day) if known else day.weekday() < SATURDAY
        if row.is_in_working_days and not works:
            off.append(row.name)

    assert off == []
