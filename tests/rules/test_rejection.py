from datetime import datetime

import pytest

from domain.issue import commands as c
from domain.issue.state import Issue
from domain.limits import SourcedLimit
from domain.terms import Category, Clock, Rung, Severity, Stage
from tests.rules.given import (
    CITY_CHIEF,
    COUNTY_CHIEF,
    TOWNSHIP_CHIEF,
    an_issue,
    at,
    kinds,
    limit_of,
    say,
    told,
    wait,
    walk,
    word,
)


def rejected(issue: Issue, reported_at: datetime, rejected_at: datetime) -> Issue:
    """Report an issue rectified and reject it."""
    issue, _ = say(issue, word(issue, c.ReportRectified, reported_at))
    return say(issue, word(issue, c.RejectRectification, rejected_at))[0]


def rectifying(category: Category = Category.DUMPING, severity: Severity = Severity.GENERAL) -> Issue:
    return walk(an_issue(category, severity), Stage.RECTIFYING, at("11-23 10:00"))


def test_a_rejection_leaves_the_time_that_was_left_and_rolls_it_to_half_past_five() -> None:
    issue = rejected(rectifying(), at("11-25 12:00"), at("11-26 10:00"))

    # 29.5 hours were left of the limit of Thursday 17:30: Friday 15:30, rolled to 17:30.
    assert issue.stage is Stage.RECTIFYING
    assert limit_of(issue, Clock.RECTIFY) == at("11-27 17:30")


def test_the_time_left_rolls_over_a_weekend_to_a_working_day() -> None:
    issue = rejected(rectifying(), at("11-25 12:00"), at("11-27 17:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("11-30 17:30")  # Saturday 22:30 is no working day


def test_a_limit_in_hours_resumes_to_the_instant() -> None:
    issue = rejected(rectifying(Category.FLOATING_DEBRIS), at("11-23 16:00"), at("11-24 08:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("11-25 02:00")  # eighteen hours were left


def test_what_rests_reaches_no_mark() -> None:
    issue, _ = say(rectifying(), word(rectifying(), c.ReportRectified, at("11-25 12:00")))

    _, facts = wait(issue, at("11-27 09:00"))

    assert told(facts, Clock.RECTIFY) == []
    assert issue.clocks[0].clock is Clock.VERIFY


def test_what_had_lapsed_stays_lapsed_at_the_rung_reached() -> None:
    issue, _ = wait(rectifying(), at("11-30 18:00"))

    issue = rejected(issue, at("11-30 18:00"), at("12-02 18:00"))

    run = issue.run(Clock.RECTIFY)
    assert run
    assert (run.rung, run.is_overdue) == (Rung.ORDER, True)
    assert run.limit_at == at("11-26 17:30")  # a rest after the lapse moves no limit
    _, facts = wait(issue, at("12-14 09:00"))
    # Neither reminded nor ordered again; 3 December and the two days of rest, rolled over the weekend.
    assert told(facts, Clock.RECTIFY) == ["12-07 17:30 Escalated"]


def test_the_early_reminder_comes_once() -> None:
    issue, _ = wait(rectifying(), at("11-26 09:00"))

    issue = rejected(issue, at("11-26 10:00"), at("11-26 11:00"))

    _, facts = wait(issue, at("11-27 18:00"))
    assert told(facts, Clock.RECTIFY) == ["11-27 17:30 Lapsed"]


def test_a_report_at_the_very_limit_leaves_no_time() -> None:
    issue = rejected(rectifying(), at("11-26 17:30"), at("11-27 10:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("11-26 17:30")
    _, facts = wait(issue, at("12-01 18:00"))
    # It lapses when it is rejected; the order waits as long as the clock stood still, rolled to 17:30.
    assert told(facts, Clock.RECTIFY) == ["11-27 10:00 Lapsed", "12-01 17:30 Ordered"]


@pytest.mark.parametrize(
    ("severity", "allowed", "chief"),
    [(Severity.GENERAL, 2, COUNTY_CHIEF), (Severity.SERIOUS, 1, CITY_CHIEF)],
)
def test_one_rejection_too_many_brings_the_next_level_at_once(
    severity: Severity, allowed: int, chief: str
) -> None:
    issue = rectifying(severity=severity)
    for _ in range(allowed):
        first_chief = issue.chief
        issue = walk(issue, Stage.VERIFYING)
        issue, facts = say(issue, word(issue, c.RejectRectification))
        assert (kinds(facts), issue.chief) == (["RectificationRejected"], first_chief)
    issue = walk(issue, Stage.VERIFYING)

    issue, facts = say(issue, word(issue, c.RejectRectification))

    rejection, escalated = facts
    assert rejection.count == issue.rejections == allowed + 1
    assert (escalated.reason, escalated.clock, escalated.at) == ("rejected", None, rejection.at)
    assert escalated.command == rejection.command
    assert issue.chief == chief


def test_rejections_escalate_past_vacant_levels_and_stop_at_the_top() -> None:
    issue = rectifying(severity=Severity.MAJOR)
    issue, _ = say(issue, word(issue, c.AnnounceVacancy, post="general:512000000000"))
    passed = []
    for _ in range(3):
        issue = walk(issue, Stage.VERIFYING)
        issue, facts = say(issue, word(issue, c.RejectRectification))
        passed.append(kinds(facts)[1:])

    assert passed == [[], ["PostPassed", "Escalated"], []]


def test_a_rejection_of_an_escalated_issue_leaves_the_chief() -> None:
    issue, _ = wait(rectifying(), at("12-04 09:00"))
    assert issue.chief == COUNTY_CHIEF != TOWNSHIP_CHIEF

    issue = rejected(issue, at("12-04 10:00"), at("12-04 11:00"))

    assert issue.chief == COUNTY_CHIEF


def test_a_verification_that_ended_is_not_counted_again_with_the_one_that_runs() -> None:
    issue = walk(an_issue(), Stage.VERIFYING)
    for kind in (c.RejectRectification, c.ReportRectified):
        issue, _ = say(issue, word(issue, kind))
    nine_days = SourcedLimit(limit="9wd", source="chosen")
    named = {"edition": "ziyang-2027-1", "clocks": {**issue.rules.clocks, Clock.VERIFY: nine_days}}

    adopted, (fact,) = say(issue, word(issue, c.AdoptEdition, rules=issue.rules.model_copy(update=named)))

    assert [move.clock for move in fact.moves] == [Clock.VERIFY]
    assert adopted.ended == issue.ended
    assert Clock.VERIFY in {run.clock for run in adopted.ended}


@pytest.mark.parametrize(("is_fair", "limit"), [(True, "11-27 17:30"), (False, "11-30 17:30")])
def test_two_rejections_roll_once_and_twice_only_under_an_excerpt_of_before(
    limit: str, *, is_fair: bool
) -> None:
    issue = walk(an_issue(rules={} if is_fair else {"fair": None}), Stage.RECTIFYING, at("11-23 10:00"))
    for hour in (10, 12):
        issue, _ = say(issue, word(issue, c.ReportRectified, at(f"11-24 {hour}:00")))
        issue, _ = say(issue, word(issue, c.RejectRectification, at(f"11-24 {hour + 1}:00")))

    assert limit_of(issue, Clock.RECTIFY) == at(limit)
