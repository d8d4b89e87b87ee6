"""聚合触发: what adds up over many issues calls for a measure once, and what was withdrawn never counts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.issue import commands as c
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.measures import (
    concerned,
    lapses_due,
    majors_due,
    observed_due,
    overdue_of,
    quarter_begins,
    raised_in,
    told,
)
from domain.terms import Severity, Stage, SuspensionGround
from domain.triggers import Due, Measure, Observation, Raised
from reading.errors import Unreadable
from reading.triggers import read_trigger_rules
from tests.rules.given import (
    CITY,
    COUNTY,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    GENERAL_CHIEF,
    PAPER,
    REACH,
    ROOT,
    TOWNSHIP,
    TOWNSHIP_CHIEF,
    WATER,
    an_issue,
    at,
    opening,
    say,
    wait,
    walk,
    word,
)

RULES = read_trigger_rules(ROOT / "rules" / "triggers.yaml")


def raised(issue: int, moment: datetime, number: int = 5, chief: str = TOWNSHIP_CHIEF) -> Raised:
    return Raised(
        issue_id=f"512022-2026-{issue:06}",
        number=number,
        owner=WATER,
        chief=chief,
        above=COUNTY_CHIEF,
        place=TOWNSHIP,
        reach=REACH,
        at=moment,
    )


def by_subject(due: Iterable[Due]) -> dict[str, Due]:
    return {one.subject: one for one in due}


def observed(kind: str, *periods: str, subject: str = f"government:{COUNTY}") -> list[Observation]:
    return [
        Observation.model_validate({"kind": kind, "subject": subject, "period": period, "source": "通报"})
        for period in periods
    ]


def test_three_raises_in_a_quarter_call_in_the_unit_and_the_chief() -> None:
    lapses = [raised(number, at("11-02 09:00") + timedelta(days=number)) for number in (1, 2, 3)]

    due = by_subject(lapses_due(lapses, RULES))

    assert set(due) == {WATER, TOWNSHIP_CHIEF}
    assert due[WATER].by == COUNTY_CHIEF == due[TOWNSHIP_CHIEF].by
    assert due[WATER].measures == (Measure.INTERVIEW,)
    assert due[WATER].because == tuple(f"512022-2026-{number:06}" for number in (1, 2, 3))
    assert due[WATER].period == "2026Q4"


@pytest.mark.parametrize(
    "moments",
    [
        ("11-02 09:00", "11-03 09:00"),
        ("09-30 23:59", "10-01 00:00", "11-03 09:00"),
    ],
    ids=["two", "over the end of a quarter"],
)
def test_fewer_in_one_quarter_call_nobody_in(moments: tuple[str, ...]) -> None:
    lapses = [raised(number, at(moment)) for number, moment in enumerate(moments, 1)]

    assert list(lapses_due(lapses, RULES)) == []


def test_one_issue_that_is_raised_again_and_again_counts_once() -> None:
    lapses = [raised(1, at("11-02 09:00") + timedelta(days=day), number=day) for day in range(1, 6)]

    assert list(lapses_due(lapses, RULES)) == []


@drawn(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 200)), max_size=25))
def test_more_that_is_known_never_takes_a_measure_back(told_of: list[tuple[int, int]]) -> None:
    lapses = [raised(issue, at("06-01 09:00") + timedelta(days=day), day + 2) for issue, day in told_of]

    keys = [{one.key for one in lapses_due(lapses[:some], RULES)} for some in range(len(lapses) + 1)]

    assert all(fewer <= more for fewer, more in pairwise(keys))


def a_life_that_is_raised() -> tuple[list[Event], Issue]:
    """Return the life of a general issue that nobody stopped, until after its first raise."""
    facts: list[Event] = open_issue(opening(), opening().said_at)
    issue = retell(facts)
    issue, told_of = wait(issue, at("11-25 12:00"))
    return [*facts, *told_of], issue


def test_a_raise_tells_whose_it_was_and_whose_it_is() -> None:
    facts, issue = a_life_that_is_raised()

    first = raised_in(facts)[0]

    assert (first.owner, first.chief, first.above) == (TOWNSHIP_CHIEF, TOWNSHIP_CHIEF, COUNTY_CHIEF)
    assert type(facts[first.number - 1]).__name__ == "Escalated"
    assert first.issue_id == issue.issue_id


def test_a_raise_whose_lapse_was_withdrawn_counts_for_nobody() -> None:
    facts, issue = a_life_that_is_raised()
    in_time = word(issue, c.RecordStop, at("11-24 08:00"), by=TOWNSHIP_CHIEF)

    _, heard = say(issue, in_time, issue.at)

    assert raised_in(facts) != []
    assert "LapseWithdrawn" in [type(event).__name__ for event in heard]
    assert raised_in([*facts, *heard]) == []


def test_a_major_issue_ten_working_days_over_is_listed_and_called_in_by_the_general_chief() -> None:
    issue, _ = wait(an_issue(severity=Severity.MAJOR), at("11-23 13:00"))
    overdue = overdue_of(issue, RULES)
    assert overdue is not None

    before = list(majors_due([overdue], RULES, overdue.too_long_at))
    (due,) = majors_due([overdue], RULES, overdue.too_long_at + timedelta(seconds=1))

    assert overdue.too_long_at == at("12-07 17:30")
    assert before == []
    assert due.measures == (Measure.INTERVIEW, Measure.LISTING)
    assert due.by == GENERAL_CHIEF
    assert due.because == (issue.issue_id,)


def test_what_is_not_major_or_stands_still_is_not_overdue_as_a_major() -> None:
    serious, _ = wait(an_issue(severity=Severity.SERIOUS), at("11-26 09:00"))
    major = walk(an_issue(severity=Severity.MAJOR), Stage.STOPPED)
    major, _ = wait(major, at("11-24 09:00"))
    ground = SuspensionGround.LITIGATION
    still, _ = say(major, word(major, c.SuspendClock, at("11-24 10:00"), ground=ground, document=PAPER))

    assert serious.is_overdue
    assert overdue_of(serious, RULES) is None
    assert overdue_of(major, RULES) is not None
    assert overdue_of(still, RULES) is None


def test_three_months_running_call_for_a_dispatch_and_three_more_for_another() -> None:
    months = [f"2026-{month:02}" for month in range(1, 8)]

    due = list(observed_due(observed("ranked_last", *months), RULES))

    assert [one.period for one in due] == ["2026-03", "2026-06"]
    assert due[0].measures == (Measure.DISPATCH,)
    assert due[0].by == f"general:{CITY}"
    assert due[0].because == ("2026-01", "2026-02", "2026-03")


def test_a_month_between_breaks_the_run_and_a_new_year_does_not() -> None:
    broken = observed("section_failed", "2026-01", "2026-02", "2026-04")
    over = observed("section_failed", "2026-11", "2026-12", "2027-01")

    assert list(observed_due(broken, RULES)) == []
    assert [one.period for one in observed_due(over, RULES)] == ["2027-01"]


def test_the_runs_of_two_places_are_two() -> None:
    mixed = observed("ranked_last", "2026-01", "2026-02") + observed(
        "ranked_last", "2026-03", subject=f"government:{TOWNSHIP}"
    )

    assert list(observed_due(mixed, RULES)) == []


def test_a_leak_is_referred_at_once_and_a_failed_assessment_called_in() -> None:
    leaked = observed("leaked", "2026-11", subject=WATER)
    unfit = observed("unfit", "2026", subject=COUNTY_CHIEF)

    referred, called_in = observed_due([*leaked, *unfit], RULES)

    assert (referred.measures, referred.subject) == ((Measure.REFERRAL,), WATER)
    assert (called_in.measures, called_in.subject) == ((Measure.INTERVIEW,), COUNTY_CHIEF)


def test_a_measure_says_in_chinese_what_of_whom_by_whom_and_why() -> None:
    lapses = [raised(number, at("11-02 09:00")) for number in (1, 2, 3)]
    due = by_subject(lapses_due(lapses, RULES))[WATER]

    text = told(due)

    assert text.startswith(f"【约谈】{WATER}:2026 年第 4 季度已有 3 件问题逾期提级")
    assert all(issue in text for issue in due.because)
    assert concerned(due) == (COUNTY_CHIEF, WATER, COUNTY_OFFICE)


def test_the_quarter_begins_at_midnight_in_china() -> None:
    assert quarter_begins(at("10-01 00:00")) == at("10-01 00:00")
    assert quarter_begins(at("09-30 23:59")) == at("07-01 00:00")


@pytest.mark.parametrize(
    ("cell", "wrong", "said_so"),
    [("issues: 3", "issues: 0", "lapses.issues"), ("source: S42", "source: hearsay", "source")],
)
def test_a_wrong_cell_is_named_with_its_line(tmp_path: Path, cell: str, wrong: str, said_so: str) -> None:
    file = tmp_path / "triggers.yaml"
    text = (ROOT / "rules" / "triggers.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace(cell, wrong, 1), encoding="utf-8")

    with pytest.raises(Unreadable, match=rf"triggers.yaml: line \d+, .*{said_so}"):
        read_trigger_rules(file)
