from datetime import date, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.opening import open_issue
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, Refusal, TooLate
from domain.terms import Category, Circumstance, Origin, Severity, Stage
from tests.rules.given import (
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    MONDAY,
    REACH,
    WATER,
    an_issue,
    at,
    opened,
    opening,
    ready_for,
    refusal_of,
    refused,
    say,
    walk,
    word,
)


@pytest.mark.parametrize(
    ("kind", "lacking", "what"),
    [
        (c.RecordStop, {"photos": 0}, "现场照片至少 1 张"),
        (c.NothingToStop, {"reason": " "}, "理由"),
        (c.ReportCannotStop, {"reason": ""}, "理由"),
        (c.Assign, {"unit": COUNTY_OFFICE}, "不是责任单位"),
        (c.SubmitPlan, {"measures": 0}, "整改措施"),
        (c.SubmitPlan, {"responsible": None}, "责任岗位"),
        (c.SubmitPlan, {"done_on": None}, "完成日期"),
        (c.ReportRectified, {"before": 1}, "整改前照片至少 2 张(现有 1 张)"),
        (c.ReportRectified, {"after": 0}, "整改后照片至少 2 张(现有 0 张)"),
        (c.AcceptRectification, {"record": None}, "验收记录"),
        (c.RejectRectification, {"reason": "\n"}, "理由"),
        (c.Close, {"record": None}, "销号记录"),
        (c.Close, {"recheck": None}, "复核记录"),
        (c.Dismiss, {"reason": ""}, "理由"),
        (c.Dismiss, {"onsite": None}, "现场核实记录"),
        (c.MergeInto, {"into": "512022-2026-000123"}, "不能并入自身"),
        (c.MergeInto, {"into_reach": "R03-02"}, "同一河段"),
        (c.MergeInto, {"into_category": Category.SEWAGE}, "同一类别"),
        (c.MergeInto, {"into_stage": Stage.CLOSED}, "尚未办结"),
        (c.Reassign, {"reason": ""}, "理由"),
        (c.Reassign, {"unit": COUNTY_OFFICE}, "不是责任单位"),
        (c.ReplyToReporter, {"reply": None}, "答复内容"),
    ],
)
def test_a_word_without_what_it_needs_is_refused(
    kind: type[Command], lacking: dict[str, Any], what: str
) -> None:
    issue = ready_for(kind)

    refusal = refusal_of(issue, word(issue, kind, **lacking))

    assert isinstance(refusal, Incomplete)
    assert refusal.status == 422
    assert what in refusal.zh


def test_a_general_issue_closes_without_the_recheck() -> None:
    issue = walk(an_issue(), Stage.ACCEPTED)

    assert say(issue, word(issue, c.Close, recheck=None))[0].stage is Stage.CLOSED


def test_a_plan_must_be_there_to_be_accepted() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)

    assert isinstance(refusal_of(issue, word(issue, c.AcceptPlan)), Incomplete)


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        (c.Reassign, {"unit": WATER}),
        (c.AnnounceVacancy, {"post": f"chief:512000000000:{REACH}"}),
        (c.AnnounceHolder, {"post": COUNTY_CHIEF}),
    ],
)
def test_what_is_so_already_is_not_said_again(kind: type[Command], again: dict[str, str]) -> None:
    issue = ready_for(kind)

    assert isinstance(refusal_of(issue, word(issue, kind, **again)), AlreadyDone)


@pytest.mark.parametrize(
    ("category", "severity", "last_day"),
    [
        (Category.DUMPING, Severity.SERIOUS, date(2026, 12, 7)),  # ten working days from Monday
        (Category.BUILDING, Severity.SERIOUS, date(2027, 2, 22)),  # ninety days end on a Sunday
    ],
)
def test_a_plan_ends_at_the_latest_on_the_last_day_of_the_table(
    category: Category, severity: Severity, last_day: date
) -> None:
    issue = walk(an_issue(category, severity), Stage.PLANNING)
    just, _ = say(issue, word(issue, c.SubmitPlan, done_on=last_day))
    over, _ = say(issue, word(issue, c.SubmitPlan, done_on=last_day + timedelta(days=1)))

    refusal = refusal_of(over, word(over, c.AcceptPlan))

    assert isinstance(refusal, TooLate)
    assert say(just, word(just, c.AcceptPlan))[0].stage is Stage.RECTIFYING


def test_a_plan_cannot_be_done_before_it_is_submitted() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)

    assert isinstance(refusal_of(issue, word(issue, c.SubmitPlan, done_on=date(2026, 11, 22))), TooLate)


def test_a_plan_whose_date_has_passed_is_not_accepted() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)
    issue, _ = say(issue, word(issue, c.SubmitPlan, done_on=date(2026, 11, 24)))

    in_time, _ = say(issue, word(issue, c.AcceptPlan, at("11-24 23:59")))
    refusal = refusal_of(issue, word(issue, c.AcceptPlan, at("11-25 00:00")))

    assert in_time.stage is Stage.RECTIFYING
    assert isinstance(refusal, TooLate)


@pytest.mark.parametrize(
    ("more", "kind", "what"),
    [
        ({"origin": Origin.STOCK}, Incomplete, "plan_on"),
        ({"origin": Origin.STOCK, "plan_on": date(2026, 12, 8)}, TooLate, "2026-12-07"),
        ({"origin": Origin.STOCK, "plan_on": date(2026, 11, 22)}, TooLate, "修订"),
        ({"circumstances": (Circumstance.HAZARDOUS,)}, Incomplete, "较严重"),
    ],
)
def test_an_opening_without_what_it_needs_is_refused(
    more: dict[str, Any], kind: type[Refusal], what: str
) -> None:
    refusal = refused(lambda: open_issue(opening(Category.OCCUPATION, **more), MONDAY))

    assert isinstance(refusal, kind)
    assert what in refusal.zh


def test_a_stock_plan_may_end_on_the_last_day_of_a_ceiling_in_calendar_days() -> None:
    def with_plan(day: date) -> c.OpenIssue:
        return opening(Category.BUILDING, Severity.SERIOUS, origin=Origin.STOCK, plan_on=day)

    issue, _ = opened(with_plan(date(2027, 2, 22)))

    assert issue.plan_on == date(2027, 2, 22)
    assert isinstance(refused(lambda: open_issue(with_plan(date(2027, 2, 23)), MONDAY)), TooLate)


def test_an_opening_with_the_excerpt_of_another_kind_is_refused() -> None:
    other = opening(severity=Severity.SERIOUS).rules

    refusal = refused(lambda: open_issue(opening().model_copy(update={"rules": other}), MONDAY))

    assert isinstance(refusal, Incomplete)


def test_a_word_about_a_stage_that_began_after_it_was_said_is_refused() -> None:
    issue = walk(an_issue(), Stage.VERIFYING, MONDAY + timedelta(hours=3))

    early = word(issue, c.AcceptRectification, MONDAY + timedelta(hours=2))

    assert isinstance(refusal_of(issue, early, MONDAY + timedelta(hours=4)), NotAtThisStage)
