from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import COMMANDS, Command
from domain.issue.opening import open_issue
from domain.refusals import NotYours
from domain.terms import Severity, Source, Stage
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
    TOWNSHIP_CHIEF,
    TOWNSHIP_OFFICE,
    WATER,
    an_issue,
    opening,
    ready_for,
    refusal_of,
    refused,
    say,
    walk,
    word,
)


def elsewhere(post: str) -> str:
    """The same post of the county, city or province next door."""
    next_door = {COUNTY[:6]: OTHER_COUNTY[:6], "512000000000": "513400000000", "510000000000": "530000000000"}
    for here, there in next_door.items():
        post = post.replace(here, there)
    return post


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
    "named",
    [
        {"finder": elsewhere(PATROLLER)},
        {"finder": f"patroller:{COUNTY}:R03-02"},
        {"vacant": (elsewhere(COUNTY_CHIEF),)},
    ],
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
