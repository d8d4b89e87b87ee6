"""Rule books of a test: the real one, beside a calendar whose coming days are ASSUMED for the test alone."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import yaml

from domain.workdays import Calendar
from reading.rulebook import read_editions
from tests.rules.written import RULES, ZIYANG, a_later_edition

ASSUMED = "ASSUMED FOR A TEST: 测试用假定,不是放假通知"
_SATURDAY = 5


def known_until_last_year(today: date) -> Calendar:
    """Return the published calendar as it would be known if nothing of today's year were published.

    So that a limit of today is provisional on whichever day the test runs.
    """
    calendar = read_editions(RULES / "ziyang.yaml")[0].calendar
    first, last = calendar.published[0], today.year - 1
    return calendar.model_copy(
        update={
            "version": f"{last}-1",
            "published": (first, last),
            "off": frozenset(day for day in calendar.off if day.year <= last),
            "work": frozenset(day for day in calendar.work if day.year <= last),
        }
    )


def next_weekday(today: date) -> date:
    """Return the first weekday after a day; the assumed calendar has it off."""
    return next(day for n in range(1, 4) if (day := today + timedelta(days=n)).weekday() < _SATURDAY)


def rules_with_assumed_years(folder: Path, today: date) -> Path:
    """Write a rule file whose calendar assumes today's year and the next; return the file."""
    shutil.copytree(RULES, folder)
    path = folder / "calendar" / "cn-state-council.yaml"
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    years = {year: days for year, days in written["years"].items() if year < today.year}
    years |= {year: {"notice": ASSUMED, "off": [], "work": []} for year in (today.year, today.year + 1)}
    off = next_weekday(today)
    years[off.year]["off"] = [off]
    written |= {"version": f"{today.year + 1}-0", "published_through": today.year + 1, "years": years}
    path.write_text(f"# {ASSUMED}\n" + yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    return folder / "ziyang.yaml"


def rules_with_a_later_edition(folder: Path, today: date) -> Path:
    """Write a rule file with a second edition, in force from today, that gives longer to rectify."""
    shutil.copytree(RULES, folder)
    later = a_later_edition(ZIYANG).replace("2099-03-01", str(today))
    (folder / "ziyang.yaml").write_text(f"{ZIYANG}---\n{later}", encoding="utf-8")
    return folder / "ziyang.yaml"
