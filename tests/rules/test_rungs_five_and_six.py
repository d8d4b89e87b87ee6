import re
from datetime import datetime
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.clock_events import Referred
from domain.issue.commands import Command
from domain.issue.effects import Kind, effects_of
from domain.issue.evolve import evolve
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.refusals import Incomplete, NotYours, Refusal
from domain.terms import Category, Clock, Rung, Severity, Source, Stage
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, refusal_of, say, told, wait, walk, word

VILLAGE_UNIT, TOWNSHIP_UNIT = f"unit:{given.VILLAGE}:committee", f"unit:{given.TOWNSHIP}:water"
CITY_UNIT = f"unit:{given.CITY}:water"
FIVE_AND_SIX = {"InterviewCalled", "Referred"}


def rectifying(unit: str = given.WATER, **more: Any) -> Issue:
    """Rectification began on Monday at ten: a general issue lapses on Thursday, 26 November, at 17:30."""
    issue = walk(an_issue(**more), Stage.STOPPED)
    return hear(issue, c.Assign, "11-23 10:00", unit=unit)[0]


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def above_bulletin(facts: Facts, clock: Clock = Clock.RECTIFY) -> list[Any]:
    """Return the interviews and referrals of one clock."""
    return [fact for fact in facts if type(fact).__name__ in FIVE_AND_SIX and fact.clock is clock]


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def texts(issue: Issue, facts: Facts, kind: str) -> list[Any]:
    """Return what the first fact of a kind causes."""
    for fact in facts:
        issue = evolve(issue, fact)
        if type(fact).__name__ == kind:
            return list(effects_of(issue, fact))
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("category", "severity", "interview", "until", "referral"),
    [
        # Lapsed on Thursday 26 November at 17:30; thirty days after 17 December is a Saturday.
        (Category.DUMPING, Severity.GENERAL, "12-17 17:30", "2027-01-19 00:00", "01-14 17:30"),
        # Lapsed on Tuesday 24 November at 17:30; thirty days after 4 December is a Sunday.
        (Category.ABNORMAL_WATER, Severity.SERIOUS, "12-04 17:30", "2027-01-05 00:00", "12-25 17:30"),
        # Lapsed on Monday 23 November at 14:00.
        (Category.ABNORMAL_WATER, Severity.MAJOR, "11-30 17:30", "2026-12-31 00:00", "12-14 17:30"),
    ],
)
def test_an_interview_is_called_and_then_it_is_referred(
    category: Category, severity: Severity, interview: str, until: str, referral: str
) -> None:
    issue, facts = wait(rectifying(category=category, severity=severity), at("2027-03-31 09:00"))

    called, referred = above_bulletin(facts)  # each comes once
    assert told([called, referred]) == [f"{interview} InterviewCalled", f"{referral} Referred"]
    assert called.objection_until == at(until)
    assert issue.run(Clock.RECTIFY).rung is Rung.REFERRAL


def test_thirty_days_to_object_stand_on_bulletin_interview_and_referral() -> None:
    issue, facts = wait(rectifying(), at("2027-01-31 09:00"))

    bulletin = next(fact for fact in facts if type(fact).__name__ == "BulletinDrafted")
    _, referred = above_bulletin(facts)

    # 10 December and thirty days is Saturday 9 January; 14 January and thirty days is Saturday 13 February.
    assert bulletin.objection_until == at("2027-01-12 00:00")
    assert referred.objection_until == at("2027-02-16 00:00")
    bulletins = texts(rectifying(), facts, "BulletinDrafted")
    assert bulletins[0].kind is Kind.BULLETIN
    assert "如有异议,可于 2027-01-11 24:00 前提出,其间不停止执行。" in bulletins[0].text
    assert issue.stage is Stage.RECTIFYING


def test_the_texts_are_chinese_and_name_the_day_until_which_one_may_object() -> None:
    issue = rectifying(source=Source.PATROL, finder=given.PATROLLER)
    _, facts = wait(issue, at("2027-01-31 09:00"))
    called, referred = (texts(issue, facts, kind) for kind in ("InterviewCalled", "Referred"))

    assert [effect.addressee for effect in called] == [given.WATER, given.GENERAL_CHIEF, given.CITY_OFFICE]
    assert [effect.addressee for effect in referred] == [f"government:{given.COUNTY}", given.CITY_OFFICE]
    head = "512022-2026-000123 乱堆 · 蟠龙河·蟠龙镇段 · 一般"
    assert called[0].text == (
        f"【约谈】{head}:整改逾期仍未办结,由 {given.CITY_OFFICE} 组织约谈,形成记录和整改措施。"
        "如有异议,可于 2027-01-18 24:00 前提出,其间不停止执行。"
    )
    assert referred[0].text.startswith(f"【问责移送】{head}:")
    assert "2027-02-15 24:00 前提出" in referred[0].text
    for effect in (*called, *referred):
        assert not re.search(r"[a-z]{4,}", re.sub(r"\b(unit|office|general|government):\S+", "", effect.text))


def test_a_referral_without_an_interview_does_not_say_that_its_measures_were_not_carried_out() -> None:
    _, facts = wait(rectifying(), at("2027-01-31 09:00"))

    assert "约谈措施未按期落实" not in texts(rectifying(), facts, "Referred")[0].text


@pytest.mark.parametrize(
    ("unit", "authority"),
    [
        (VILLAGE_UNIT, f"government:{given.TOWNSHIP}"),  # by the agreement with the township
        (TOWNSHIP_UNIT, f"government:{given.TOWNSHIP}"),
        (given.WATER, f"government:{given.COUNTY}"),
        (CITY_UNIT, f"government:{given.CITY}"),
    ],
)
def test_a_referral_goes_to_who_has_authority_over_the_unit(unit: str, authority: str) -> None:
    issue = rectifying(unit, division=given.VILLAGE if unit == VILLAGE_UNIT else given.TOWNSHIP)

    _, facts = wait(issue, at("2027-01-31 09:00"))

    assert above_bulletin(facts)[1].to == (authority, given.CITY_OFFICE)


def test_nobody_in_the_deployment_has_authority_over_the_office_above_it() -> None:
    _, facts = wait(an_issue(), at("2027-01-31 09:00"))
    assert [fact.to for fact in facts if isinstance(fact, Referred)] == [(given.CITY_OFFICE,)]


def called() -> Issue:
    """An interview was called on 17 December."""
    return wait(rectifying(), at("12-18 09:00"))[0]


def referred_at(issue: Issue) -> list[str]:
    return told(above_bulletin(wait(issue, at("2027-03-31 09:00"))[1]))


def test_an_interview_that_was_held_gives_its_measures_their_time() -> None:
    issue, facts = hear(called(), c.RecordInterview, "12-21 10:00")

    assert facts[-1].record == given.PAPER
    assert referred_at(issue) == ["01-18 17:30 Referred"]  # twenty working days after Monday


def test_an_interview_that_was_never_held_does_not_put_the_referral_off() -> None:
    assert referred_at(called()) == ["01-14 17:30 Referred"]


def test_the_first_interview_counts_and_a_second_one_wins_no_time() -> None:
    issue, _ = hear(called(), c.RecordInterview, "12-21 10:00", by=given.CITY_OFFICE)
    issue, _ = hear(issue, c.RecordInterview, "12-28 10:00", by=given.CITY_OFFICE)

    assert referred_at(issue) == ["01-18 17:30 Referred"]


def test_an_interview_before_one_was_called_puts_nothing_off() -> None:
    issue, _ = hear(rectifying(), c.RecordInterview, "11-24 10:00")

    assert referred_at(issue) == ["12-17 17:30 InterviewCalled", "01-14 17:30 Referred"]


def test_an_interview_held_in_time_and_heard_late_withdraws_the_referral_and_nothing_below() -> None:
    held = word(called(), c.RecordInterview, at("12-21 10:00"), by=given.CITY_OFFICE)
    issue, _ = wait(called(), at("2027-01-15 09:00"))
    assert issue.run(Clock.RECTIFY).rung is Rung.REFERRAL

    issue, facts = say(issue, held, at("2027-01-15 09:00"))

    withdrawn, interview = facts
    assert (type(withdrawn).__name__, len(withdrawn.facts)) == ("LapseWithdrawn", 1)
    assert type(interview).__name__ == "InterviewHeld"
    assert issue.run(Clock.RECTIFY).rung is Rung.INTERVIEW
    assert referred_at(issue) == ["01-18 17:30 Referred"]


def test_the_countermand_of_a_referral_says_that_the_referral_is_withdrawn() -> None:
    held = word(called(), c.RecordInterview, at("12-21 10:00"), by=given.CITY_OFFICE)
    issue, _ = wait(called(), at("2027-01-15 09:00"))

    text = texts(issue, say(issue, held, at("2027-01-15 09:00"))[1], "LapseWithdrawn")[0].text

    assert ("移送" in text, "在时限内已办理" in text) == (True, False)


def test_an_interview_has_a_record_and_is_held_by_the_chief_or_an_office() -> None:
    issue = called()

    bare = word(issue, c.RecordInterview, record=None)
    no(bare, issue, Incomplete, "约谈记录", "a record of the interview")
    unit = word(issue, c.RecordInterview, by=given.WATER)
    no(unit, issue, NotYours, "现责任河长", "the responsible chief")


def test_a_rest_after_the_lapse_puts_interview_and_referral_off() -> None:
    issue, _ = hear(wait(rectifying(), at("11-30 09:00"))[0], c.SuspendClock, "11-30 10:00")
    issue, _ = hear(issue, c.ResumeClock, "12-04 10:00")

    # 17 December and four days; then 20 working days after that.
    assert referred_at(issue) == ["12-21 17:30 InterviewCalled", "01-18 17:30 Referred"]


def first_moments(facts: list[Event], *names: str) -> dict[str, datetime]:
    return {name: next(fact.said_at for fact in facts if type(fact).__name__ == name) for name in names}


def test_a_book_may_have_the_interview_before_the_bulletin() -> None:
    ladder = an_issue().rules.ladder
    swapped = {"interview": ladder.bulletin.model_copy(update={"each": None}), "bulletin": ladder.interview}
    issue = rectifying(rules={"ladder": ladder.model_copy(update=swapped)})

    _, facts = wait(issue, at("2027-01-31 09:00"))

    moments = first_moments(facts, "InterviewCalled", "BulletinDrafted", "Referred")
    assert moments["InterviewCalled"] == at("12-10 17:30")
    assert moments["BulletinDrafted"] == at("12-17 17:30")
    assert moments["Referred"] == at("2027-01-07 17:30")  # twenty working days after 10 December


def test_at_one_moment_the_lower_rung_comes_first() -> None:
    ladder = an_issue().rules.ladder
    same = ladder.interview.model_copy(update={"after": ladder.bulletin.after})
    issue = rectifying(rules={"ladder": ladder.model_copy(update={"interview": same})})

    _, facts = wait(issue, at("12-10 17:30"))

    assert told(facts)[-2:] == ["12-10 17:30 BulletinDrafted", "12-10 17:30 InterviewCalled"]


def test_an_answer_to_a_reporter_and_the_sixty_days_call_nobody_and_refer_nobody() -> None:
    issue = rectifying(source=Source.PUBLIC)

    _, facts = wait(issue, at("2027-06-30 09:00"))

    for clock in (Clock.REPLY, Clock.WHOLE):
        assert above_bulletin(facts, clock) == []
    assert len(above_bulletin(facts)) == 2


def test_a_word_that_ends_the_lapse_ends_its_interview_and_its_referral() -> None:
    issue, _ = hear(called(), c.ReportRectified, "12-18 10:00")

    assert above_bulletin(wait(issue, at("2027-01-31 09:00"))[1]) == []
