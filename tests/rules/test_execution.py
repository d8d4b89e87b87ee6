"""强制执行: force waits for a working day and its hours, unless it is urgent."""

from datetime import datetime

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.execution import lawful_from
from domain.workdays import CHINA, local_day
from tests.rules.given import at, book


@pytest.mark.parametrize(
    ("asked", "lawful"),
    [
        ("11-30 10:15", "11-30 10:15"),
        ("11-30 07:59", "11-30 08:00"),
        ("11-30 08:00", "11-30 08:00"),
        ("11-30 17:59", "11-30 17:59"),
        ("11-30 18:00", "12-01 08:00"),
        ("12-04 19:00", "12-07 08:00"),
        ("09-30 20:00", "10-08 08:00"),
        ("10-10 09:00", "10-10 09:00"),
    ],
    ids=["by day", "early", "first", "last", "night", "weekend", "National Day", "a Saturday that is worked"],
)
def test_force_waits_for_the_next_working_hour(asked: str, lawful: str) -> None:
    assert lawful_from(at(asked), book().execution, book().calendar) == at(lawful)


def test_what_is_urgent_waits_for_nothing() -> None:
    assert lawful_from(at("10-01 02:00"), book().execution, book().calendar, is_urgent=True) == at(
        "10-01 02:00"
    )


@drawn(
    st.datetimes(
        min_value=at("01-01 00:00").replace(tzinfo=None), max_value=at("12-30 00:00").replace(tzinfo=None)
    )
)
def test_force_is_never_used_at_night_or_on_a_day_off_and_never_earlier_than_asked(asked: datetime) -> None:
    moment = asked.replace(tzinfo=CHINA)

    lawful = lawful_from(moment, book().execution, book().calendar)

    assert lawful >= moment
    assert book().calendar.is_workday(local_day(lawful))
    assert book().execution.first <= lawful.astimezone(CHINA).time() < book().execution.last
