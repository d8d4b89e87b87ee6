from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue.clocks import next_mark, wake_at
from domain.issue.state import Issue
from domain.terms import Category, Clock, Level, Origin, Rung, Severity, Stage
from tests.rules.given import (
    CITY,
    CITY_CHIEF,
    COUNTY,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    GENERAL_CHIEF,
    MONDAY,
    TOWNSHIP_CHIEF,
    TOWNSHIP_OFFICE,
    WATER,
    an_issue,
    at,
    say,
    wait,
    walk,
    word,
)


def rectifying(severity: Severity = Severity.GENERAL, **more: object) -> Issue:
    """An issue whose rectification began on Monday at ten."""
    return walk(an_issue(severity=severity, **more), Stage.RECTIFYING, at("11-23 10:00"))


def test_each_rung_tells_those_who_must_act() -> None:
    _, facts = wait(rectifying(), at("12-10 17:30"))
    early, lapsed, ordered, escalated, _, bulletin = facts

    assert early.to == (WATER, TOWNSHIP_CHIEF)
    assert lapsed.to == (WATER, TOWNSHIP_CHIEF, TOWNSHIP_OFFICE)
    assert (ordered.issuer, ordered.to) == (TOWNSHIP_OFFICE, (WATER, TOWNSHIP_CHIEF))
    assert escalated.to == (COUNTY_CHIEF, TOWNSHIP_CHIEF, WATER)
    assert bulletin.issuer == f"office:{CITY}"
    assert bulletin.to == (WATER, f"government:{COUNTY}", GENERAL_CHIEF)


@pytest.mark.parametrize(
    ("stage", "in_charge"),
    [
        (Stage.DISCOVERED, TOWNSHIP_CHIEF),
        (Stage.STOPPED, TOWNSHIP_OFFICE),
        (Stage.RECTIFYING, WATER),
        (Stage.VERIFYING, COUNTY_OFFICE),
        (Stage.ACCEPTED, COUNTY_OFFICE),
    ],
)
def test_who_must_act_is_told_first(stage: Stage, in_charge: str) -> None:
    issue = walk(an_issue(), stage)
    mark = next_mark(issue)
    assert mark

    _, (early, *_) = wait(issue, mark.at)

    assert early.to[0] == in_charge


def test_the_end_of_a_stage_drops_its_marks_and_keeps_the_level_reached() -> None:
    issue, _ = wait(rectifying(), at("12-04 09:00"))
    assert issue.chief == COUNTY_CHIEF

    issue, _ = say(issue, word(issue, c.ReportRectified, at("12-04 10:00")))

    assert [run.clock for run in issue.clocks] == [Clock.VERIFY]
    assert (issue.rung, issue.is_overdue) == (Rung.EARLY, False)
    assert issue.chief == COUNTY_CHIEF


def test_a_filled_level_is_passed_only_where_the_book_says_so() -> None:
    rules = {"pass_filled": True, "chief": Level.TOWNSHIP}
    issue = an_issue(severity=Severity.SERIOUS, rules=rules)

    _, facts = wait(issue, at("11-24 09:00"))

    passed, escalated = facts[-2:]
    assert (passed.post, passed.reason) == (COUNTY_CHIEF, "major")
    assert escalated.chief == CITY_CHIEF


def test_the_wake_up_of_what_is_not_urgent_is_spread_and_the_fact_is_not() -> None:
    issue = rectifying()
    mark = next_mark(issue)
    assert mark

    assert wake_at(issue, mark) - mark.at == timedelta(milliseconds=123 * 7919 % 60_000)
    assert wait(issue, mark.at)[1][0].said_at == mark.at


@pytest.mark.parametrize(
    "issue",
    [
        an_issue(),  # the stop clock is counted in hours
        rectifying(category=Category.FLOATING_DEBRIS),
        rectifying(Severity.MAJOR, category=Category.FLOATING_DEBRIS),
        an_issue(severity=Severity.MAJOR, origin=Origin.STOCK, plan_on=MONDAY.date() + timedelta(days=9)),
    ],
    ids=["stop", "hours", "major", "stock"],
)
def test_what_is_urgent_wakes_at_its_moment(issue: Issue) -> None:
    mark = next_mark(issue)
    assert mark

    assert wake_at(issue, mark) == mark.at


def test_nothing_is_spread_where_the_book_has_no_jitter() -> None:
    issue = rectifying(rules={"jitter": 0})
    mark = next_mark(issue)
    assert mark

    assert wake_at(issue, mark) == mark.at
