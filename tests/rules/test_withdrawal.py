from datetime import datetime, timedelta

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.refusals import NotYours
from domain.terms import Clock, Rung, Severity, Source, Stage
from tests.rules.given import (
    CITY_CHIEF,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    FARMING,
    TOWNSHIP_CHIEF,
    TOWNSHIP_OFFICE,
    WATER,
    Facts,
    an_issue,
    at,
    kinds,
    refusal_of,
    say,
    wait,
    walk,
    word,
)

LIMIT = at("11-26 17:30")
SECOND = timedelta(seconds=1)


def rectifying(**more: object) -> Issue:
    """An issue whose rectification ends on Thursday at half past five."""
    return walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))


def hear_late(
    issue: Issue, kind: type[Command], said_at: datetime, heard_at: datetime, **changes: object
) -> tuple[Issue, Facts]:
    """Let time pass to a moment, then hear a word that was said before."""
    command = word(issue, kind, said_at, **changes)
    issue, _ = wait(issue, heard_at)
    return say(issue, command, heard_at)


def test_a_word_at_the_very_limit_is_in_time() -> None:
    issue, facts = say(rectifying(), word(rectifying(), c.ReportRectified, LIMIT))

    assert kinds(facts) == ["EarlyReminded", "RectificationReported"]
    assert not issue.is_overdue


def test_a_word_a_microsecond_after_the_limit_is_not() -> None:
    moment = LIMIT + timedelta(microseconds=1)

    _, facts = say(rectifying(), word(rectifying(), c.ReportRectified, moment))

    assert kinds(facts) == ["EarlyReminded", "Lapsed", "RectificationReported"]


def test_a_word_said_at_the_limit_and_heard_a_second_late_withdraws_the_lapse() -> None:
    issue, facts = hear_late(rectifying(), c.ReportRectified, LIMIT, LIMIT + SECOND)

    withdrawn, reported = facts
    assert kinds(facts) == ["LapseWithdrawn", "RectificationReported"]
    assert (withdrawn.clock, withdrawn.chief) == (Clock.RECTIFY, None)
    assert withdrawn.to == (WATER, TOWNSHIP_CHIEF, TOWNSHIP_OFFICE)
    assert issue.resting
    assert not issue.resting.is_overdue
    assert (withdrawn.said_at, reported.said_at) == (LIMIT, LIMIT)


def test_a_word_said_a_second_after_the_limit_withdraws_nothing() -> None:
    _, facts = hear_late(rectifying(), c.ReportRectified, LIMIT + SECOND, LIMIT + 2 * SECOND)

    assert kinds(facts) == ["RectificationReported"]


def test_a_fact_heard_late_keeps_its_moment_and_comes_after_the_last_fact() -> None:
    heard_at = at("12-03 18:00")

    _, facts = hear_late(rectifying(), c.ReportRectified, at("11-26 12:00"), heard_at)

    assert {fact.said_at for fact in facts} == {at("11-26 12:00")}
    assert {fact.at for fact in facts} == {at("12-03 17:30")}  # the escalation's place


def test_the_withdrawal_names_what_it_withdraws_and_who_was_told() -> None:
    issue, lapse = wait(rectifying(), at("12-03 18:00"))
    numbers = {kind: issue.number - len(lapse) + place for place, kind in enumerate(kinds(lapse), 1)}

    _, (withdrawn, _) = say(issue, word(issue, c.ReportRectified, LIMIT), at("12-03 18:00"))

    assert withdrawn.facts == (numbers["Lapsed"], numbers["Ordered"], numbers["Escalated"])
    assert withdrawn.to == (WATER, TOWNSHIP_CHIEF, TOWNSHIP_OFFICE, COUNTY_CHIEF)


def test_after_an_escalation_the_chief_is_again_who_it_was() -> None:
    issue, _ = hear_late(rectifying(), c.ReportRectified, LIMIT, at("12-18 09:00"))

    assert issue.chief == TOWNSHIP_CHIEF
    assert COUNTY_CHIEF in issue.former_chiefs


def test_a_word_said_between_two_escalations_withdraws_the_second_only() -> None:
    issue, _ = hear_late(rectifying(), c.ReportRectified, at("12-04 09:00"), at("12-18 09:00"))

    assert issue.chief == COUNTY_CHIEF
    assert issue.resting
    assert issue.resting.rung is Rung.ESCALATION


def test_a_chief_who_fell_vacant_meanwhile_is_not_restored() -> None:
    issue = rectifying()
    command = word(issue, c.ReportRectified, LIMIT)
    issue, _ = wait(issue, at("12-11 09:00"))
    assert issue.chief == CITY_CHIEF
    issue, _ = say(issue, word(issue, c.AnnounceVacancy, post=TOWNSHIP_CHIEF))

    issue, facts = say(issue, command, at("12-11 10:00"))

    assert facts[0].chief == issue.chief == COUNTY_CHIEF  # who would have followed at once


def test_only_the_clock_that_the_word_ends_is_withdrawn() -> None:
    issue = rectifying(source=Source.PUBLIC)

    issue, facts = hear_late(issue, c.ReportRectified, LIMIT, at("12-07 18:00"))

    assert [fact.clock for fact in facts if hasattr(fact, "clock")] == [Clock.RECTIFY]
    reply = issue.run(Clock.REPLY)
    assert reply
    assert reply.is_overdue


def test_an_answer_in_time_withdraws_the_lapse_of_the_reply() -> None:
    issue = rectifying(source=Source.PUBLIC)

    issue, facts = hear_late(issue, c.ReplyToReporter, at("12-07 17:30"), at("12-10 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "ReporterAnswered"]
    assert facts[0].clock is Clock.REPLY
    assert issue.run(Clock.RECTIFY)
    assert issue.is_overdue  # the rectification's lapse stands


def test_a_dismissal_said_in_time_withdraws_every_lapse() -> None:
    issue = an_issue(source=Source.PUBLIC)
    issue, _ = say(issue, word(issue, c.ReplyToReporter, at("11-23 09:30")))

    _, facts = hear_late(issue, c.Dismiss, at("11-23 10:00"), at("2027-02-10 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "LapseWithdrawn", "Dismissed"]
    assert {fact.clock for fact in facts[:2]} == {Clock.STOP, Clock.WHOLE}


@pytest.mark.parametrize("kind", [c.Reassign, c.AttachReport, c.AnnounceVacancy])
def test_a_word_that_ends_no_clock_withdraws_nothing(kind: type[Command]) -> None:
    post = {"post": FARMING} if kind is c.AnnounceVacancy else {}

    _, facts = hear_late(rectifying(), kind, at("11-26 12:00"), at("12-04 09:00"), **post)

    assert "LapseWithdrawn" not in kinds(facts)


def test_a_plan_submitted_does_not_end_the_clock_of_the_plan() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)

    _, facts = hear_late(issue, c.SubmitPlan, at("11-24 09:00"), at("12-03 09:00"))

    assert kinds(facts) == ["PlanSubmitted"]


def test_early_reminders_are_not_withdrawn() -> None:
    issue, _ = hear_late(rectifying(), c.ReportRectified, at("11-25 12:00"), at("12-04 09:00"))

    assert issue.resting
    assert [mark.rung for mark in issue.resting.passed] == [Rung.EARLY]


def test_a_stop_that_failed_in_time_raises_one_level_from_the_chief_of_then() -> None:
    issue, facts = hear_late(an_issue(), c.ReportCannotStop, at("11-23 12:00"), at("11-25 10:00"))

    assert kinds(facts) == ["LapseWithdrawn", "StoppingFailed", "ChiefMoved"]
    assert issue.chief == COUNTY_CHIEF
    assert issue.clocks[0].limit_at == at("11-24 12:00")


def test_the_chief_of_then_may_decide_what_he_decided_in_time() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)
    issue, _ = say(issue, word(issue, c.SubmitPlan))
    by_county = word(issue, c.AcceptPlan, at("11-24 09:00"))
    issue, _ = wait(issue, at("12-05 09:00"))
    by_city = word(issue, c.AcceptPlan, at("11-24 09:00"))
    assert (by_county.by, by_city.by) == (COUNTY_CHIEF, CITY_CHIEF)

    assert isinstance(refusal_of(issue, by_city, at("12-05 09:00")), NotYours)
    assert say(issue, by_county, at("12-05 09:00"))[0].chief == COUNTY_CHIEF


def test_a_refused_word_withdraws_nothing() -> None:
    issue, _ = wait(rectifying(), at("12-04 09:00"))

    refusal_of(issue, word(issue, c.ReportRectified, LIMIT, by=COUNTY_OFFICE), at("12-04 09:00"))

    assert issue.is_overdue
