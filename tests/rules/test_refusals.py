from datetime import date, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import COMMANDS, Command
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, Refusal, TooLate
from domain.terms import Category, Circumstance, Origin, Severity, Source, Stage
from tests.rules.given import (
    CITY_OFFICE,
    COUNTY,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    FARMING,
    MONDAY,
    OTHER_COUNTY,
    OTHER_TOWNSHIP,
    PATROLLER,
    PROVINCE_OFFICE,
    REACH,
    TOWNSHIP_CHIEF,
    TOWNSHIP_OFFICE,
    WATER,
    an_issue,
    at,
    opened,
    opening,
    refusal_of,
    refused,
    say,
    walk,
    word,
)

STAGE_OF: dict[type[Command], Stage] = {
    c.Assign: Stage.STOPPED,
    c.SubmitPlan: Stage.PLANNING,
    c.AcceptPlan: Stage.PLANNING,
    c.Reassign: Stage.RECTIFYING,
    c.ReportRectified: Stage.RECTIFYING,
    c.AcceptRectification: Stage.VERIFYING,
    c.RejectRectification: Stage.VERIFYING,
    c.Close: Stage.ACCEPTED,
}


def ready_for(kind: type[Command]) -> Issue:
    """A serious complaint, answered where it is to be closed, at a stage where the word may be said."""
    source = Source.PUBLIC if kind is c.ReplyToReporter else Source.CAMERA
    vacant = (f"chief:512000000000:{REACH}",)
    issue = walk(
        an_issue(severity=Severity.SERIOUS, source=source, vacant=vacant),
        STAGE_OF.get(kind, Stage.DISCOVERED),
    )
    if kind is c.AcceptPlan:
        issue, _ = say(issue, word(issue, c.SubmitPlan))
    return issue


def elsewhere(post: str) -> str:
    """The same post of the county next door."""
    return post.replace(COUNTY, OTHER_COUNTY).replace("512000000000", "513400000000")


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_refuses_the_right_post_of_the_wrong_county(kind: type[Command]) -> None:
    issue = ready_for(kind)
    right = word(issue, kind)

    wrong = right.model_copy(update={"by": elsewhere(right.by)})

    assert say(issue, right)[1]
    assert isinstance(refusal_of(issue, wrong), NotYours)


def test_opening_refuses_the_right_post_of_the_wrong_county() -> None:
    refusal = refused(lambda: open_issue(opening(by=elsewhere(COUNTY_OFFICE)), MONDAY))

    assert isinstance(refusal, NotYours)


@pytest.mark.parametrize(
    "speak",
    [
        lambda issue: word(issue, c.Assign, unit=elsewhere(WATER)),
        lambda issue: word(issue, c.Assign, unit=f"unit:{OTHER_TOWNSHIP}:water"),
    ],
)
def test_a_unit_of_the_wrong_county_is_not_assigned(speak: Any) -> None:
    issue = ready_for(c.Assign)

    assert isinstance(refusal_of(issue, speak(issue)), NotYours)


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (c.Reassign, {"unit": elsewhere(FARMING)}),
        (c.SubmitPlan, {"responsible": elsewhere(WATER)}),
        (c.AnnounceVacancy, {"post": elsewhere(COUNTY_CHIEF)}),
        (c.AnnounceVacancy, {"post": f"chief:{COUNTY}:R03-02"}),
    ],
)
def test_a_post_of_the_wrong_place_is_refused_where_a_word_names_it(
    kind: type[Command], named: dict[str, str]
) -> None:
    issue = ready_for(kind)

    assert isinstance(refusal_of(issue, word(issue, kind, **named)), NotYours)


@pytest.mark.parametrize(
    "named", [{"finder": elsewhere(PATROLLER)}, {"finder": f"patroller:{COUNTY}:R03-02"}, {"vacant": (elsewhere(COUNTY_CHIEF),)}]
)
def test_an_opening_names_posts_of_its_own_place_only(named: dict[str, Any]) -> None:
    assert isinstance(refused(lambda: open_issue(opening(**named), MONDAY)), NotYours)


@pytest.mark.parametrize("by", [PROVINCE_OFFICE, COUNTY_CHIEF, WATER])
def test_only_an_office_of_the_deployment_opens(by: str) -> None:
    refusal = refused(lambda: open_issue(opening(by=by), MONDAY))

    assert isinstance(refusal, NotYours)
    assert "河长办" in refusal.zh


@pytest.mark.parametrize(
    ("kind", "by"),
    [
        (c.RecordStop, COUNTY_OFFICE),
        (c.NothingToStop, WATER),
        (c.ReportCannotStop, PATROLLER),  # a patroller who did not find it
        (c.Assign, COUNTY_CHIEF),
        (c.SubmitPlan, FARMING),
        (c.AcceptPlan, COUNTY_OFFICE),
        (c.AcceptPlan, TOWNSHIP_CHIEF),
        (c.ReportRectified, FARMING),
        (c.AcceptRectification, TOWNSHIP_OFFICE),
        (c.AcceptRectification, CITY_OFFICE),
        (c.AcceptRectification, WATER),
        (c.RejectRectification, CITY_OFFICE),
        (c.Close, COUNTY_OFFICE),
        (c.Dismiss, PROVINCE_OFFICE),
        (c.MergeInto, WATER),
        (c.AttachReport, COUNTY_CHIEF),
        (c.Reassign, WATER),
        (c.ReplyToReporter, COUNTY_CHIEF),
        (c.AnnounceVacancy, COUNTY_OFFICE),
        (c.AnnounceHolder, COUNTY_CHIEF),
    ],
)
def test_a_word_by_the_wrong_post_is_refused(kind: type[Command], by: str) -> None:
    issue = ready_for(kind)

    refusal = refusal_of(issue, word(issue, kind, by=by))

    assert isinstance(refusal, NotYours)
    assert refusal.status == 403
    assert "须由" in refusal.zh


def test_the_finder_may_say_that_it_stopped() -> None:
    issue = an_issue(source=Source.PATROL, finder=PATROLLER)

    issue, _ = say(issue, word(issue, c.RecordStop, by=PATROLLER))

    assert issue.stage is Stage.STOPPED


def test_a_former_chief_may_still_report_and_decides_no_more() -> None:
    issue = an_issue(severity=Severity.SERIOUS)
    issue, _ = say(issue, word(issue, c.ReportCannotStop))
    issue, _ = say(issue, word(issue, c.RecordStop, by=COUNTY_CHIEF))
    issue = walk(issue, Stage.PLANNING)
    issue, _ = say(issue, word(issue, c.SubmitPlan))

    assert isinstance(refusal_of(issue, word(issue, c.AcceptPlan, by=COUNTY_CHIEF)), NotYours)


@pytest.mark.parametrize("level", [COUNTY, "512000000000"])
def test_whoever_rectifies_never_verifies(level: str) -> None:
    office_itself = f"unit:{level}:chief_office"
    above = "510000000000" if level == "512000000000" else "512000000000"
    issue = walk(an_issue(), Stage.STOPPED)
    issue, _ = say(issue, word(issue, c.Assign, unit=office_itself))
    issue = walk(issue, Stage.VERIFYING)

    refusal = refusal_of(issue, word(issue, c.AcceptRectification, by=COUNTY_OFFICE))
    issue, _ = say(issue, word(issue, c.AcceptRectification, by=f"office:{above}"))

    assert isinstance(refusal, NotYours)
    assert issue.stage is Stage.ACCEPTED


@pytest.mark.parametrize("office_rectified", [True, False])
def test_a_reassignment_does_not_make_a_verifier_of_who_rectified(office_rectified: bool) -> None:  # noqa: FBT001
    units = (f"unit:{COUNTY}:chief_office", WATER)
    first, second = units if office_rectified else units[::-1]
    issue = walk(an_issue(), Stage.STOPPED)
    issue, _ = say(issue, word(issue, c.Assign, unit=first))
    issue = walk(issue, Stage.VERIFYING)

    issue, _ = say(issue, word(issue, c.Reassign, unit=second))

    assert isinstance(refusal_of(issue, word(issue, c.RejectRectification, by=COUNTY_OFFICE)), NotYours)
    assert say(issue, word(issue, c.RejectRectification, by=CITY_OFFICE))[0].stage is Stage.RECTIFYING


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
