"""界限: days, lengths and excerpts that could not be counted, or not read again, are refused as they come."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from domain.excerpt import Excerpt
from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.limits import Counting, Limit
from domain.terms import Severity, Stage
from tests.rules.given import Facts, an_issue, at, book, kinds, say, wait, walk, word


def rectifying(**more: Any) -> Issue:
    return walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


@pytest.mark.parametrize("day", [date(2999, 12, 31), date.max, date(1900, 1, 1)])
def test_no_day_is_named_after_which_nothing_can_be_counted(day: date) -> None:
    with pytest.raises(ValidationError):
        word(rectifying(), c.SetDate, set_on=day)
    with pytest.raises(ValidationError):
        word(walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING), c.SubmitPlan, done_on=day)


def test_the_latest_day_that_can_be_named_survives_a_year_of_suspension() -> None:
    issue, _ = hear(rectifying(), c.SetDate, "11-23 11:00", set_on=date(2500, 12, 31))
    issue, _ = hear(issue, c.SuspendClock, "11-23 12:00")

    _, facts = wait(issue, at("2027-12-31 00:00"))

    assert kinds(facts)[-1] == "ClockResumed"


@pytest.mark.parametrize(
    "text", ["8000000000s", "9000000cd", "9999mo", "0mo", "plan <= 9000000cd", "plan <= 12mo"]
)
def test_a_limit_has_a_length_that_can_be_counted_and_written(text: str) -> None:
    with pytest.raises(ValidationError):
        Limit.model_validate(text)


def test_what_cannot_be_read_again_is_no_excerpt() -> None:
    known = an_issue().rules.model_dump(mode="json")
    fair = known["fair"]
    for part in (
        {"fair": {**fair, "suspension": "at_once 12mo L | chosen"}},
        {"fair": {**fair, "hand_back": {"times": 1, "within": "at 09:00", "source": "chosen"}}},
        {"fair": {**fair, "extension": "1 0.5 30cd | chosen"}},
        {"look_backs": "soon"},
        {"day_ends": "17:30:59"},
        {"who": "x"},
        {"calendar": {**known["calendar"], "until": "9999-12-31"}},
        {"calendar": {**known["calendar"], "off": "0999: 0104"}},
    ):
        with pytest.raises(ValidationError):
            Excerpt.model_validate({**known, **part})

    assert Excerpt.model_validate(known) == an_issue().rules


def test_a_limit_that_its_writing_could_not_say_is_none() -> None:
    with pytest.raises(ValidationError):
        Limit.model_validate({"unit": "plan", "ceiling": "12mo"})


def test_a_part_of_a_calendar_does_not_know_what_lies_behind_it() -> None:
    known = book().calendar
    part = known.between(date(2025, 1, 1), date(2025, 6, 30))
    start = at("2025-06-27 09:00")

    ends = [
        Counting(calendar=calendar).ends(Limit.model_validate("5wd"), start) for calendar in (known, part)
    ]

    assert [end.provisional for end in ends] == [False, True]
    assert known.between(date(2026, 1, 1), date(2027, 3, 1)).until is None


def test_a_rest_of_no_length_moves_nothing_even_what_ends_at_no_close_of_business() -> None:
    counting, limit = Counting(calendar=book().calendar), Limit.model_validate("3wd")
    start, rest = at("11-23 09:00"), at("11-24 09:00")
    end = counting.ends(limit, start, None, (Limit.model_validate("12h"),))

    assert counting.rested(end, limit, [(rest, rest)]) == end
