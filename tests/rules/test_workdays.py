"""Ends of limits in days, counted by hand from the State Council's notice of the year that each test names.

Days in comments are days in China; moments are written in local time, `2026-02-12 10:00`.
"""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from domain.limits import Limit
from tests.rules.counted import COUNTING, at, end

HOLIDAYS = Path(__file__).with_name("holidays_2018_2026.csv")
SATURDAY = 5


@pytest.mark.parametrize("year", range(2018, 2027))
def test_the_calendar_of_the_book_is_the_one_that_two_packages_agree_on(year: int) -> None:
    with HOLIDAYS.open(encoding="utf-8-sig", newline="") as file:
        told = {date.fromisoformat(row["date"]): row["is_workday"] == "1" for row in csv.DictReader(file)}
    days = [
        date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
    ]

    differing = [
        day for day in days if COUNTING.calendar.is_workday(day) != told.get(day, day.weekday() < SATURDAY)
    ]

    assert differing == []


def test_a_cut_calendar_keeps_its_first_and_its_last_day() -> None:
    # 2026: Thu 1 Oct off, Sat 10 Oct worked; 2026: Sun 20 Sep worked, Wed 7 Oct off
    from_holiday = COUNTING.calendar.between(date(2026, 10, 1), date(2026, 10, 10))
    from_make_up = COUNTING.calendar.between(date(2026, 9, 20), date(2026, 10, 7))

    assert (min(from_holiday.off), max(from_holiday.work)) == (date(2026, 10, 1), date(2026, 10, 10))
    assert (min(from_make_up.work), max(from_make_up.off)) == (date(2026, 9, 20), date(2026, 10, 7))


# ---------------------------------------------------------------- working days


def test_three_working_days_of_an_ordinary_week() -> None:
    # 2026: Mon 9 Nov begun; Tue 10, Wed 11, Thu 12
    assert at("3wd", "2026-11-09 10:00") == "2026-11-12 17:30"


def test_a_limit_across_spring_festival_waits_for_the_holiday_to_end() -> None:
    # 2026, 国办发明电〔2025〕7号: Thu 12 Feb begun; Fri 13, Sat 14 (worked); 15-23 off; Tue 24
    assert at("3wd", "2026-02-12 10:00") == "2026-02-24 17:30"


def test_a_limit_across_the_longer_spring_festival_of_2020() -> None:
    # 2020, 国办发明电〔2020〕1号: Thu 23 Jan begun; 24 Jan to 2 Feb off; Mon 3, Tue 4 Feb
    assert at("2wd", "2020-01-23 09:00") == "2020-02-04 17:30"


def test_a_make_up_saturday_is_a_working_day() -> None:
    # 2026: Fri 27 Feb begun; Sat 28 (worked)
    assert at("1wd", "2026-02-27 10:00") == "2026-02-28 17:30"


def test_a_make_up_sunday_is_a_working_day() -> None:
    # 2026: Fri 18 Sep begun; Sat 19 off; Sun 20 (worked), Mon 21
    assert at("2wd", "2026-09-18 10:00") == "2026-09-21 17:30"


def test_a_limit_across_national_day_counts_the_make_up_saturday() -> None:
    # 2026: Wed 30 Sep begun; 1-7 Oct off; Thu 8, Fri 9, Sat 10 (worked); Sun 11 off; Mon 12
    assert at("4wd", "2026-09-30 12:00") == "2026-10-12 17:30"


def test_a_limit_begun_at_the_close_of_business_does_not_count_that_day() -> None:
    # 2026: Mon 9 Nov 17:30 begun; Tue 10
    assert at("1wd", "2026-11-09 17:30") == "2026-11-10 17:30"


def test_one_second_before_midnight_is_still_that_day() -> None:
    # 2026: Mon 9 Nov 23:59:59 begun; Tue 10
    assert at("1wd", "2026-11-09 23:59:59") == "2026-11-10 17:30"


def test_one_second_after_midnight_is_the_next_day() -> None:
    # 2026: Tue 10 Nov 00:00:01 begun; Wed 11
    assert at("1wd", "2026-11-10 00:00:01") == "2026-11-11 17:30"


def test_the_day_of_the_start_is_the_day_in_china_and_not_in_greenwich() -> None:
    # Tue 10 Nov 2026 00:30 in China is Mon 9 Nov 16:30 UTC; Wed 11 is the first working day after
    begun = datetime.fromisoformat("2026-11-09T16:30:00+00:00")

    counted = COUNTING.ends(Limit.model_validate("1wd"), begun)

    assert counted.at == datetime.fromisoformat("2026-11-11T09:30:00+00:00")


def test_a_limit_begun_on_a_holiday_starts_with_the_first_working_day() -> None:
    # 2026: Sat 3 Oct begun; 4-7 off; Thu 8, Fri 9
    assert at("2wd", "2026-10-03 15:00") == "2026-10-09 17:30"


def test_a_limit_across_new_year_into_a_published_year() -> None:
    # 2025 into 2026: Tue 30 Dec begun; Wed 31; 1-3 Jan off; Sun 4 Jan (worked), Mon 5
    assert end("3wd", "2025-12-30 10:00") == ("2026-01-05 17:30", False)


def test_a_make_up_saturday_of_the_year_before_belongs_to_the_count() -> None:
    # 2019, 国办发明电〔2018〕15号: Fri 28 Dec 2018 begun; Sat 29 (worked); 30 Dec to 1 Jan off; Wed 2 Jan
    assert at("2wd", "2018-12-28 10:00") == "2019-01-02 17:30"


def test_a_limit_into_a_year_without_a_notice_counts_monday_to_friday_and_is_provisional() -> None:
    # 2026 into 2027, no notice: Wed 30 Dec begun; Thu 31; Fri 1 Jan counts as yet; Mon 4
    assert end("3wd", "2026-12-30 10:00") == ("2027-01-04 17:30", True)


def test_a_limit_that_ends_on_the_last_published_day_is_not_provisional() -> None:
    # 2026: Wed 30 Dec begun; Thu 31
    assert end("1wd", "2026-12-30 10:00") == ("2026-12-31 17:30", False)


def test_twenty_working_days_across_spring_festival() -> None:
    # 2026: Tue 10 Feb begun; 11, 12, 13, 14 (worked) = 4; 24-27 = 8; 28 (worked) = 9; 2-6 Mar = 14;
    # 9-13 Mar = 19; Mon 16 Mar = 20
    assert at("20wd", "2026-02-10 08:30") == "2026-03-16 17:30"


# ---------------------------------------------------------------- calendar days


def test_calendar_days_end_at_midnight() -> None:
    # 2026: Mon 9 Nov begun; 10, 11, Thu 12, whose 24:00 is the 13th's 00:00
    assert at("3cd", "2026-11-09 10:00") == "2026-11-13 00:00"


def test_a_last_day_on_a_weekend_moves_to_monday() -> None:
    # 2026: Wed 11 Nov begun; 12, 13, Sat 14 off; Sun 15 off; Mon 16
    assert at("3cd", "2026-11-11 10:00") == "2026-11-17 00:00"


def test_a_last_day_in_a_holiday_moves_behind_it() -> None:
    # 2026: Mon 28 Sep begun; 29, 30, Thu 1 Oct off; 1-7 off; Thu 8
    assert at("3cd", "2026-09-28 10:00") == "2026-10-09 00:00"


def test_a_last_day_on_a_make_up_saturday_stays() -> None:
    # 2026: Wed 7 Oct begun; 8, 9, Sat 10 (worked)
    assert at("3cd", "2026-10-07 10:00") == "2026-10-11 00:00"


def test_holidays_on_the_way_do_not_stretch_calendar_days() -> None:
    # 2026: Wed 30 Sep begun; ten days on is Sat 10 Oct (worked)
    assert at("10cd", "2026-09-30 10:00") == "2026-10-11 00:00"


def test_ninety_calendar_days_into_a_year_without_a_notice_are_provisional() -> None:
    # 2026 into 2027: Mon 2 Nov begun; Nov leaves 28, Dec 31 = 59; 31 Jan = 90 is a Sunday; Mon 1 Feb
    assert end("90cd", "2026-11-02 10:00") == ("2027-02-02 00:00", True)
