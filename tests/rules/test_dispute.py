from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotYours, Refusal, TooLate
from domain.terms import Clock, Severity, Stage
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word

CITY_UNIT, TOWNSHIP_UNIT = f"unit:{given.CITY}:water", f"unit:{given.TOWNSHIP}:water"


def rectifying(unit: str = given.WATER, **more: Any) -> Issue:
    """Assigned on Monday at ten: three working days to rectify, five to hand it back."""
    issue = walk(an_issue(**more), Stage.STOPPED)
    return hear(issue, c.Assign, "11-23 10:00", unit=unit)[0]


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def disputed(first: str = given.WATER, second: str = given.FARMING, **more: Any) -> tuple[Issue, Facts]:
    """Handed back by one unit, given to another, handed back again on Tuesday at eleven."""
    issue, _ = hear(rectifying(first, **more), c.HandBack, "11-23 11:00")
    issue, _ = hear(issue, c.Reassign, "11-23 12:00", unit=second)
    return hear(issue, c.HandBack, "11-24 11:00")


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def test_the_first_return_is_counted_and_told_and_stops_nothing() -> None:
    issue, facts = hear(rectifying(), c.HandBack, "11-23 11:00")

    assert (kinds(facts), facts[0].count, issue.dispute) == (["HandedBack"], 1, None)
    effects = effects_of(issue, facts[0])
    assert [effect.addressee for effect in effects] == [given.TOWNSHIP_OFFICE, given.TOWNSHIP_CHIEF]
    assert "第 1 次退回,时限照常计算" in effects[0].text
    assert given.REASON not in effects[0].text
    _, facts = wait(issue, at("11-26 17:30"))
    assert told(facts, Clock.RECTIFY)[-1] == "11-26 17:30 Lapsed"


def test_a_return_waits_for_its_answer_has_a_reason_and_is_the_units_own() -> None:
    issue = rectifying()
    back, _ = hear(issue, c.HandBack, "11-23 11:00")

    no(word(back, c.HandBack), back, AlreadyDone, "已退回,待转办或裁定", "it was handed back")
    no(word(issue, c.HandBack, reason=" "), issue, Incomplete, "理由", "a reason")
    no(word(issue, c.HandBack, by=given.FARMING), issue, NotYours, "责任单位", "the responsible unit")


@pytest.mark.parametrize(
    ("first", "second", "ruler"),
    [
        (given.WATER, given.FARMING, given.COUNTY_CHIEF),
        (TOWNSHIP_UNIT, given.WATER, given.COUNTY_CHIEF),
        (given.WATER, TOWNSHIP_UNIT, given.COUNTY_CHIEF),
        (TOWNSHIP_UNIT, f"unit:{given.TOWNSHIP}:farming", given.TOWNSHIP_CHIEF),
        (given.WATER, CITY_UNIT, given.CITY_CHIEF),
        (CITY_UNIT, TOWNSHIP_UNIT, given.CITY_CHIEF),
    ],
)
def test_the_second_return_is_ruled_on_by_the_lowest_chief_above_all(
    first: str, second: str, ruler: str
) -> None:
    issue, facts = disputed(first, second)

    assert kinds(facts) == ["HandedBack", "DisputeOpened"]
    assert (facts[1].units, facts[1].ruler) == ((first, second), ruler)
    effects = effects_of(issue, facts[1])
    assert [effect.addressee for effect in effects] == [ruler, given.TOWNSHIP_OFFICE]
    assert f"{first}、{second} 对责任有争议,请裁定" in effects[0].text


def test_a_ruler_whose_post_nobody_holds_is_passed() -> None:
    assert disputed(vacant=(given.COUNTY_CHIEF,))[1][1].ruler == given.CITY_CHIEF


def test_a_major_issue_goes_to_the_ruling_at_once() -> None:
    _, facts = hear(rectifying(severity=Severity.MAJOR), c.HandBack, "11-23 11:00")

    assert kinds(facts) == ["HandedBack", "DisputeOpened"]
    assert (facts[1].ruler, facts[1].starts[0].limit_at) == (given.COUNTY_CHIEF, at("11-23 15:00"))


@pytest.mark.parametrize(
    ("severity", "last", "after", "window"),
    [
        (Severity.GENERAL, "11-30 17:30", "11-30 17:30:01", "5wd"),
        (Severity.SERIOUS, "11-25 17:30", "11-25 17:30:01", "2wd"),
        (Severity.MAJOR, "11-23 14:00", "11-23 14:00:01", "4h"),
    ],
)
def test_a_unit_may_hand_back_for_some_time_after_it_was_assigned(
    severity: Severity, last: str, after: str, window: str
) -> None:
    issue = rectifying(severity=severity)

    late = word(issue, c.HandBack, at(after))
    no(late, issue, TooLate, "退回须在交办后", f"within {window} of the assignment")
    assert "HandedBack" in kinds(hear(issue, c.HandBack, last)[1])


def test_another_unit_has_its_own_time_to_hand_back() -> None:
    issue, _ = hear(rectifying(), c.Reassign, "11-30 09:00")

    assert kinds(hear(issue, c.HandBack, "12-07 17:30")[1])[-1] == "HandedBack"


def test_a_ruling_binds_and_tells_all_units() -> None:
    issue, facts = hear(disputed()[0], c.RuleOnDispute, "11-26 17:30", unit=given.WATER)

    assert kinds(facts)[-1] == "DisputeRuled"  # at the very limit of two working days
    assert (issue.unit, issue.dispute, issue.run(Clock.RULING)) == (given.WATER, None, None)
    effects = effects_of(issue, facts[-1])
    addressees = [effect.addressee for effect in effects]
    assert addressees == [given.WATER, given.FARMING, given.TOWNSHIP_OFFICE]
    assert "经裁定,由 unit:" in effects[0].text


def test_a_ruling_has_a_reason_names_a_unit_and_is_the_rulers() -> None:
    issue, _ = disputed()

    no(word(issue, c.RuleOnDispute, reason=""), issue, Incomplete, "理由", "a reason")
    office = word(issue, c.RuleOnDispute, unit=given.COUNTY_OFFICE)
    no(office, issue, Incomplete, "不是责任单位", "a responsible unit")
    city = word(issue, c.RuleOnDispute, by=given.CITY_CHIEF)
    no(city, issue, NotYours, "争议裁定者", "the chief who rules on the dispute")


def test_no_ruling_in_time_goes_up_level_by_level_and_at_last_the_unit_keeps_it() -> None:
    issue, facts = wait(disputed()[0], at("12-02 17:30"))

    raised = [fact for fact in facts if type(fact).__name__ in {"RulingRaised", "DisputeRuled"}]
    # Two working days each, from Tuesday.
    assert told(raised) == [
        "11-26 17:30 RulingRaised",
        "11-30 17:30 RulingRaised",
        "12-02 17:30 DisputeRuled",
    ]
    assert [fact.ruler for fact in raised[:2]] == [given.CITY_CHIEF, given.GENERAL_CHIEF]
    assert (raised[2].by, issue.unit, issue.dispute) == (None, given.FARMING, None)
    assert "逐级未裁定,不再移转" in effects_of(issue, raised[2])[0].text
    no(word(issue, c.HandBack), issue, AlreadyDone, "裁定", "ruled")


def test_a_serious_dispute_is_ruled_in_one_working_day() -> None:
    _, facts = wait(disputed(severity=Severity.SERIOUS)[0], at("11-25 17:30"))

    assert told(facts) == ["11-25 17:30 RulingRaised"]


def test_the_word_of_a_former_ruler_counts_if_it_was_said_in_his_time() -> None:
    issue, _ = disputed()
    in_time = word(issue, c.RuleOnDispute, at("11-26 17:30"))
    late = word(issue, c.RuleOnDispute, at("11-26 17:31"))
    issue, _ = wait(issue, at("11-27 09:00"))

    no(late, issue, TooLate, f"已上提由 {given.CITY_CHIEF} 裁定", "it was raised to")
    assert say(issue, in_time, at("11-27 09:00"))[0].ruled_by == given.COUNTY_CHIEF


def test_the_word_of_the_last_ruler_counts_if_it_was_said_in_his_time() -> None:
    issue, _ = wait(disputed()[0], at("12-02 17:00"))
    in_time = word(issue, c.RuleOnDispute, at("12-02 17:00"), unit=given.WATER)
    issue, _ = wait(issue, at("12-02 18:00"))

    issue, _ = say(issue, in_time, at("12-02 18:00"))

    assert (in_time.by, issue.unit) == (given.GENERAL_CHIEF, given.WATER)


def test_a_ruler_whose_post_falls_vacant_is_followed_at_once_and_his_time_is_over() -> None:
    issue, facts = hear(disputed()[0], c.AnnounceVacancy, "11-24 15:00", post=given.COUNTY_CHIEF)

    assert (facts[-1].why, facts[-1].ruler) == ("vacant", given.CITY_CHIEF)
    assert limit_of(issue, Clock.RULING) == at("11-26 17:30")
    late = word(issue, c.RuleOnDispute, at("11-25 10:00"), by=given.COUNTY_CHIEF)
    no(late, issue, TooLate, "已上提由", "it was raised to")


def test_who_follows_a_vacant_ruler_is_not_told_that_he_failed_to_rule() -> None:
    issue, facts = hear(disputed()[0], c.AnnounceVacancy, "11-24 15:00", post=given.COUNTY_CHIEF)

    assert "下一级未裁定" not in effects_of(issue, facts[-1])[0].text  # nobody holds the post


def test_a_ruler_whose_limit_was_shortened_had_only_that_time() -> None:
    issue, _ = hear(disputed()[0], c.Regrade, "11-25 18:00")  # one working day from Tuesday: it has ended
    issue, facts = wait(issue, at("11-25 18:00"))
    assert told(facts, None)[-1] == "11-25 18:00 RulingRaised"

    late = word(issue, c.RuleOnDispute, at("11-26 10:00"), by=given.COUNTY_CHIEF)
    no(late, issue, TooLate, "已上提由", "it was raised to")


def test_nobody_reassigns_while_a_dispute_is_open() -> None:
    issue, _ = disputed()

    for by in (given.COUNTY_OFFICE, given.CITY_OFFICE):
        reassign = word(issue, c.Reassign, by=by)
        no(reassign, issue, AlreadyDone, "争议已提请裁定", "the dispute is with who rules on it")


@pytest.mark.parametrize(
    ("second", "below", "level"),
    [
        (given.FARMING, given.TOWNSHIP_OFFICE, given.COUNTY_OFFICE),
        (CITY_UNIT, given.COUNTY_OFFICE, given.CITY_OFFICE),
    ],
)
def test_after_a_ruling_nobody_hands_back_and_no_lower_office_reassigns(
    second: str, below: str, level: str
) -> None:
    issue, _ = hear(disputed(second=second)[0], c.RuleOnDispute, "11-24 12:00")

    no(word(issue, c.HandBack), issue, AlreadyDone, "裁定", "ruled")
    no(word(issue, c.Reassign, by=below), issue, NotYours, "裁定", "has ruled on it")
    assert hear(issue, c.Reassign, "11-24 13:00", by=level, unit=given.FARMING)[0].unit == given.FARMING


def test_a_report_that_it_is_rectified_ends_the_dispute() -> None:
    issue, _ = hear(disputed()[0], c.ReportRectified, "11-25 09:00")

    assert (issue.stage, issue.dispute, issue.run(Clock.RULING)) == (Stage.VERIFYING, None, None)
    assert "RulingRaised" not in kinds(wait(issue, at("12-31 09:00"))[1])


def test_the_clock_of_the_stage_is_the_same_as_without_a_dispute() -> None:
    issue, _ = hear(disputed()[0], c.RuleOnDispute, "11-26 12:00")

    _, facts = wait(issue, at("12-18 09:00"))
    _, undisputed = wait(rectifying(), at("12-18 09:00"))

    assert told(facts, Clock.RECTIFY) == told(undisputed, Clock.RECTIFY)[1:]  # the early reminder came before
    assert "11-26 17:30 Lapsed" in told(facts)
