"""What holds for every start and every length: counted again day by day, by somebody who trusts nothing."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.workdays import (
    CHINA,
    add_calendar_days,
    add_working_days,
    close_of_business,
    local_day,
    monthly_batch,
)
from reading.rulebook import rule_in_force

CALENDAR = rule_in_force(Path(__file__).parents[2] / "rules" / "ziyang.yaml", date(2026, 11, 2)).calendar
HALF_PAST_FIVE = time(17, 30)
DAY = timedelta(days=1)

starts = st.datetimes(datetime(2018, 1, 1), datetime(2027, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the strategy wants them naive
lengths = st.integers(1, 60)
often = settings(max_examples=600, deadline=None)


def worked(first: date, last: date) -> int:
    """Count the days worked from the first to the last, both included, one by one."""
    days = (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
    return sum(day in CALENDAR.work or (day.isoweekday() <= 5 and day not in CALENDAR.off) for day in days)


@often
@given(starts, lengths)
def test_between_start_and_end_lie_as_many_working_days_as_were_asked(start: datetime, count: int) -> None:
    ends = add_working_days(start, count, CALENDAR, HALF_PAST_FIVE).at.astimezone(CHINA)

    assert worked(local_day(start) + DAY, ends.date()) == count
    assert worked(ends.date(), ends.date()) == 1
    assert ends.time() == HALF_PAST_FIVE


@often
@given(starts, lengths)
def test_calendar_days_end_at_most_a_run_of_days_off_later(start: datetime, count: int) -> None:
    ends = add_calendar_days(start, count, CALENDAR).at.astimezone(CHINA)
    last = ends.date() - DAY
    asked = local_day(start) + count * DAY

    assert ends.time() == time()
    assert worked(last, last) == 1
    assert worked(asked, last) == 1


@often
@given(starts, starts, lengths)
def test_who_starts_later_never_ends_earlier(one: datetime, other: datetime, count: int) -> None:
    earlier, later = sorted((one, other))

    assert (
        add_working_days(earlier, count, CALENDAR, HALF_PAST_FIVE).at
        <= add_working_days(later, count, CALENDAR, HALF_PAST_FIVE).at
    )
    assert add_calendar_days(earlier, count, CALENDAR).at <= add_calendar_days(later, count, CALENDAR).at
    assert (
        monthly_batch(earlier, 5, CALENDAR, HALF_PAST_FIVE).at
        <= monthly_batch(later, 5, CALENDAR, HALF_PAST_FIVE).at
    )


@often
@given(starts, lengths)
def test_one_day_more_ends_later_in_working_days_and_not_earlier_in_calendar_days(
    start: datetime, count: int
) -> None:
    assert (
        add_working_days(start, count, CALENDAR, HALF_PAST_FIVE).at
        < add_working_days(start, count + 1, CALENDAR, HALF_PAST_FIVE).at
    )
    assert add_calendar_days(start, count, CALENDAR).at <= add_calendar_days(start, count + 1, CALENDAR).at


@often
@given(starts, lengths)
def test_a_limit_is_provisional_when_it_meets_a_year_without_a_notice(start: datetime, count: int) -> None:
    counted = add_working_days(start, count, CALENDAR, HALF_PAST_FIVE)

    assert counted.provisional is (counted.at.astimezone(CHINA).year > 2026)


@often
@given(starts)
def test_business_closes_at_the_first_close_of_a_day_worked(moment: datetime) -> None:
    closes = close_of_business(moment, CALENDAR, HALF_PAST_FIVE).at.astimezone(CHINA)
    day_before = closes.date() - DAY

    assert closes >= moment
    assert worked(closes.date(), closes.date()) == 1
    today = local_day(moment)
    missed = datetime.combine(today, HALF_PAST_FIVE, CHINA) < moment
    assert worked(today + DAY if missed else today, day_before) == 0


@often
@given(starts, st.integers(0, 10))
def test_a_batch_is_the_last_day_worked_of_its_month_and_near_enough(start: datetime, notice: int) -> None:
    day = local_day(start)
    batch = monthly_batch(start, notice, CALENDAR, HALF_PAST_FIVE).at.astimezone(CHINA).date()
    next_month = (batch.replace(day=1) + 32 * DAY).replace(day=1)
    months = (batch.year - day.year) * 12 + batch.month - day.month

    assert worked(batch, batch) == 1
    assert worked(batch + DAY, next_month - DAY) == 0
    assert (months, worked(day + DAY, batch) >= notice) in ((0, True), (1, True), (1, False))
    if months:
        own_month_ends = (day.replace(day=1) + 32 * DAY).replace(day=1) - DAY
        assert worked(day + DAY, own_month_ends) < max(notice, 1)


@often
@given(starts, lengths, st.integers(0, 7))
def test_a_calendar_cut_to_its_horizon_counts_the_same(start: datetime, count: int, before: int) -> None:
    whole = add_working_days(start, count, CALENDAR, HALF_PAST_FIVE)
    days = add_calendar_days(start, count, CALENDAR)
    horizon = max(local_day(whole.at), local_day(days.at))

    cut = CALENDAR.between(local_day(start) - before * DAY, horizon)

    assert add_working_days(start, count, cut, HALF_PAST_FIVE) == whole
    assert add_calendar_days(start, count, cut) == days
