"""Ends of the other limits, counted by hand: hours, nine o'clock, the monthly batch, a plan, a rest."""

from datetime import date, timedelta

import pytest

from domain.limits import Limit
from tests.rules.counted import COUNTING, at, end, local, resumed

# ---------------------------------------------------------------- how a limit is written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("30s", "30s"),
        ("24 h", "24h"),
        (" 3wd ", "3wd"),
        ("plan ≤ 90cd", "plan <= 90cd"),
        ("24h interim + plan <= 90cd", "24h interim + plan <= 90cd"),
        ("at 09:00", "at 09:00"),
        ("at_once", "at_once"),
        ("monthly", "monthly"),
    ],
)
def test_a_limit_is_said_as_it_was_written(written: str, said: str) -> None:
    assert str(Limit.model_validate(written)) == said


@pytest.mark.parametrize(
    "written", ["", "3", "3days", "wd", "at 9:00", "at 24:00", "plan", "plan <= x", "1.5h"]
)
def test_what_is_no_limit_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="不是时限"):
        Limit.model_validate(written)


# ---------------------------------------------------------------- hours, seconds, at once, at nine


def test_hours_run_through_a_holiday() -> None:
    # 2026: Wed 30 Sep 20:15 begun; Thu 1 Oct 20:15, a holiday
    assert at("24h", "2026-09-30 20:15") == "2026-10-01 20:15"


def test_hours_into_a_year_without_a_notice_are_certain() -> None:
    assert end("24h", "2026-12-31 20:15") == ("2027-01-01 20:15", False)


def test_seconds_are_counted_as_they_are() -> None:
    assert COUNTING.ends(Limit.model_validate("8s"), local("2026-11-09 10:00:00")).at == local(
        "2026-11-09 10:00:08"
    )


def test_at_once_ends_when_it_begins() -> None:
    assert at("at_once", "2026-11-09 10:00") == "2026-11-09 10:00"


@pytest.mark.parametrize(
    ("called", "registered"),
    [
        ("2026-11-09 18:00", "2026-11-10 09:00"),
        ("2026-11-09 23:59:59", "2026-11-10 09:00"),
        ("2026-11-10 02:00", "2026-11-10 09:00"),  # the same night: its next day is the tenth
        ("2026-11-10 07:59:59", "2026-11-10 09:00"),
        ("2026-10-02 20:00", "2026-10-03 09:00"),  # the hot-line keeps no holiday
    ],
)
def test_a_call_by_night_waits_for_nine_in_the_morning(called: str, registered: str) -> None:
    assert at("at 09:00", called) == registered


# ---------------------------------------------------------------- the monthly batch


def test_the_monthly_batch_is_on_the_last_working_day() -> None:
    # 2026: Mon 9 Nov; the last working day of November is Mon 30
    assert at("monthly", "2026-11-09 10:00") == "2026-11-30 17:30"


def test_five_working_days_before_the_batch_are_enough() -> None:
    # 2026: Mon 23 Nov; 24, 25, 26, 27, 30 = 5 to go
    assert at("monthly", "2026-11-23 10:00") == "2026-11-30 17:30"


def test_four_working_days_before_the_batch_are_too_few() -> None:
    # 2026: Tue 24 Nov; 25, 26, 27, 30 = 4 to go; the last working day of December is Thu 31
    assert at("monthly", "2026-11-24 10:00") == "2026-12-31 17:30"


def test_a_batch_before_a_holiday_is_on_the_last_day_worked() -> None:
    # 2026: Wed 4 Feb; 28 Feb is a Saturday and worked
    assert at("monthly", "2026-02-04 10:00") == "2026-02-28 17:30"


def test_after_the_last_working_day_comes_the_next_months_batch() -> None:
    # 2026: Sat 31 Oct, the last working day was Fri 30; November's is Mon 30
    assert at("monthly", "2026-10-31 10:00") == "2026-11-30 17:30"


def test_late_december_waits_for_a_batch_that_is_provisional() -> None:
    # 2026 into 2027: Mon 28 Dec; 29, 30, 31 = 3 to go; January's last Monday-to-Friday day is Fri 29
    assert end("monthly", "2026-12-28 10:00") == ("2027-01-29 17:30", True)


# ---------------------------------------------------------------- by plan


def test_a_plan_below_the_ceiling_ends_on_its_own_day() -> None:
    assert at("plan <= 90cd", "2026-03-02 10:00", date(2026, 4, 10)) == "2026-04-11 00:00"


def test_a_plan_above_the_ceiling_ends_with_the_ceiling() -> None:
    # 2026: Mon 2 Mar begun; Mar leaves 29, Apr 30 = 59, 31 May = 90 is a Sunday; Mon 1 Jun
    assert at("plan <= 90cd", "2026-03-02 10:00", date(2026, 8, 1)) == "2026-06-02 00:00"


def test_a_plan_on_the_day_of_the_ceiling_ends_with_it() -> None:
    assert at("plan <= 90cd", "2026-03-02 10:00", date(2026, 6, 1)) == "2026-06-02 00:00"


def test_without_a_plan_the_ceiling_holds() -> None:
    assert at("24h interim + plan <= 90cd", "2026-03-02 10:00") == "2026-06-02 00:00"


# ---------------------------------------------------------------- after a rest


def test_working_days_resumed_roll_to_the_next_close_of_business() -> None:
    # 2026: limit Thu 12 Nov 17:30, rested 40 h; Sat 14 Nov 09:30 is off; Mon 16
    assert resumed("3wd", "2026-11-12 17:30", timedelta(hours=40), "2026-11-13 10:00") == ("2026-11-16 17:30")


def test_working_days_resumed_before_the_close_roll_to_that_days_close() -> None:
    # 2026: limit Mon 9 Nov 17:30, rested 20 h; Tue 10 Nov 13:30; its close
    assert resumed("3wd", "2026-11-09 17:30", timedelta(hours=20), "2026-11-10 08:00") == ("2026-11-10 17:30")


def test_working_days_resumed_at_a_close_end_with_it() -> None:
    # 2026: limit Mon 9 Nov 17:30, rested a day; Tue 10 Nov 17:30 is itself a close
    assert resumed("3wd", "2026-11-09 17:30", timedelta(days=1), "2026-11-10 08:00") == "2026-11-10 17:30"


def test_working_days_resumed_into_a_holiday_roll_behind_it() -> None:
    # 2026: limit Wed 30 Sep 17:30, rested a day; Thu 1 Oct 17:30 is off; Thu 8
    assert resumed("3wd", "2026-09-30 17:30", timedelta(days=1), "2026-09-30 12:00") == ("2026-10-08 17:30")


def test_hours_resumed_do_not_roll() -> None:
    assert resumed("24h", "2026-09-30 20:15", timedelta(hours=5), "2026-09-30 22:00") == ("2026-10-01 01:15")


def test_what_had_lapsed_before_its_rest_stays_lapsed() -> None:
    # 2026: lapsed Mon 9 Nov 17:30; sent to be verified Tue 10:00, sent back an hour later
    assert resumed("3wd", "2026-11-09 17:30", timedelta(hours=1), "2026-11-10 11:00") == ("2026-11-09 18:30")
