from datetime import timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotYours, Refusal, TooLate
from domain.terms import Category, Clock, Severity, Source, Stage, SuspensionGround, en, zh
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word

TOWNSHIP_UNIT = f"unit:{given.TOWNSHIP}:water"


def rectifying(unit: str = given.WATER, **more: Any) -> Issue:
    """Three working days from Monday at ten, unless told otherwise: Thursday at half past five."""
    issue = walk(an_issue(**more), Stage.STOPPED)
    return hear(issue, c.Assign, "11-23 10:00", unit=unit)[0]


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def suspended(issue: Issue | None = None, local: str = "11-24 12:00") -> Issue:
    return hear(issue or rectifying(), c.SuspendClock, local)[0]


def resumed(issue: Issue, local: str) -> Issue:
    return hear(issue, c.ResumeClock, local)[0]


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


@pytest.mark.parametrize("ground", SuspensionGround)
def test_each_listed_ground_stops_the_clock_when_a_document_shows_it(ground: SuspensionGround) -> None:
    issue, facts = hear(rectifying(), c.SuspendClock, "11-24 12:00", ground=ground)

    assert (kinds(facts), facts[0].clocks) == (["ClockSuspended"], (Clock.RECTIFY,))
    assert f"因{zh(ground)}中止计时" in effects_of(issue, facts[0])[0].text
    bare = word(rectifying(), c.SuspendClock, ground=ground, document=None)
    no(bare, rectifying(), Incomplete, "证明事由的文书", "a document of the ground")


def test_a_ground_that_the_book_does_not_list_is_refused_with_those_that_it_lists() -> None:
    fair = an_issue().rules.fair
    only = fair.suspension.model_copy(update={"grounds": (SuspensionGround.COURT,)})
    issue = rectifying(rules={"fair": fair.model_copy(update={"suspension": only})})

    no(word(issue, c.SuspendClock), issue, Incomplete, zh(SuspensionGround.COURT), en(SuspensionGround.COURT))


def test_only_the_head_above_suspends_once_and_resumes_with_a_reason_what_is_suspended() -> None:
    issue, still = rectifying(), suspended()

    for kind, stands in ((c.SuspendClock, issue), (c.ResumeClock, still), (c.UpholdSuspension, still)):
        own = word(stands, kind, by=given.COUNTY_CHIEF)
        no(own, stands, NotYours, "承办者的上一级负责人", "the head one level above")
    no(word(still, c.SuspendClock), still, AlreadyDone, "计时已中止", "its clocks stand still")
    no(word(issue, c.ResumeClock), issue, Incomplete, "计时未中止", "no clock stands still")
    no(word(still, c.ResumeClock, reason=""), still, Incomplete, "理由", "a reason")
    bare = word(still, c.UpholdSuspension, document=None)
    no(bare, still, Incomplete, "复核记录", "a record of the review")


def test_the_stage_and_the_sixty_days_stand_still_and_the_answer_to_the_reporter_does_not() -> None:
    issue = suspended(rectifying(source=Source.PUBLIC))

    _, facts = wait(issue, at("12-24 12:00"))

    # Ten working days from Monday; the chief of an answer is not changed.
    assert told(facts) == ["12-04 20:36 EarlyReminded", "12-07 17:30 Lapsed", "12-09 17:30 Ordered"]
    assert {fact.clock for fact in facts} == {Clock.REPLY}
    issue = resumed(issue, "12-24 12:00")
    assert limit_of(issue, Clock.WHOLE) == at("2027-02-22 00:00")  # 22 January 24:00, and thirty days


def test_what_is_suspended_is_not_overdue_even_if_it_was() -> None:
    issue, _ = wait(rectifying(), at("11-27 10:00"))
    assert issue.is_overdue

    issue, facts = wait(suspended(issue, "11-27 10:00"), at("2027-02-01 09:00"))

    assert (issue.is_overdue, facts) == (False, [])


@pytest.mark.parametrize(
    ("until", "limit"),
    [
        ("11-25 12:00", "11-27 17:30"),
        ("11-25 12:01", "11-30 17:30"),  # Friday 17:31
        ("11-26 12:00", "11-30 17:30"),  # Saturday 17:30
        ("11-30 12:00", "12-02 17:30"),
    ],
)
def test_what_was_left_runs_on_and_rolls_to_half_past_five_of_a_working_day(until: str, limit: str) -> None:
    assert limit_of(resumed(suspended(), until), Clock.RECTIFY) == at(limit)


def test_a_limit_in_hours_runs_on_to_the_instant() -> None:
    issue = suspended(rectifying(category=Category.FLOATING_DEBRIS), "11-23 20:00")

    assert limit_of(resumed(issue, "11-28 20:00"), Clock.RECTIFY) == at("11-29 10:00")


def test_what_had_lapsed_keeps_its_limit_and_its_ladder_goes_on_by_what_was_left() -> None:
    issue, _ = wait(rectifying(), at("11-27 10:00"))

    issue, facts = wait(resumed(suspended(issue, "11-27 10:00"), "12-07 10:00"), at("12-14 17:30"))

    assert (limit_of(issue, Clock.RECTIFY), issue.is_overdue) == (at("11-26 17:30"), True)
    # Monday 30 November and Thursday 3 December, each ten days later; 13 December is a Sunday.
    assert told(facts) == ["12-10 17:30 Ordered", "12-14 17:30 Escalated"]


def reviews(unit: str) -> list[tuple[str, str]]:
    """Return when whom is asked, if nobody answers."""
    _, facts = wait(suspended(rectifying(unit)), at("2027-08-24 00:00"))
    return list(zip(told(facts), (fact.to[0] for fact in facts), strict=True))


def test_every_ninety_days_the_head_above_is_asked_and_then_the_next_up_to_the_general_chief() -> None:
    city, general = given.CITY_CHIEF, given.GENERAL_CHIEF

    moments = [f"{day} 00:00 SuspensionReviewDue" for day in ("02-23", "05-25", "08-24")]
    assert reviews(TOWNSHIP_UNIT) == list(zip(moments, (given.COUNTY_CHIEF, city, general), strict=True))
    assert reviews(given.WATER) == list(zip(moments, (city, general, general), strict=True))


def test_a_suspension_upheld_is_reviewed_after_another_ninety_days_by_the_first_again() -> None:
    issue, _ = wait(suspended(), at("2027-02-23 09:00"))

    issue, facts = hear(issue, c.UpholdSuspension, "2027-03-01 10:00")
    _, later = wait(issue, at("2027-06-30 09:00"))

    assert kinds(facts) == ["SuspensionUpheld"]
    assert told(later) == ["06-01 00:00 SuspensionReviewDue"]  # 1 March, and ninety days: 30 May is a Sunday
    assert (later[0].to[0], later[0].count) == (given.CITY_CHIEF, 1)


@pytest.mark.parametrize("answer", [c.UpholdSuspension, c.ResumeClock])
def test_who_is_asked_for_a_review_can_answer_it(answer: type[Command]) -> None:
    issue, asked = wait(suspended(), at("2027-06-01 09:00"))
    assert asked[-1].to[0] == given.GENERAL_CHIEF

    issue, facts = hear(issue, answer, "2027-06-01 10:00", by=given.GENERAL_CHIEF)

    assert facts


def test_after_twelve_months_the_clocks_run_on_by_themselves_and_the_general_chief_is_told() -> None:
    issue, facts = wait(suspended(), at("2027-11-25 00:00"))

    ended = facts[-1]
    assert told([ended]) == ["11-25 00:00 ClockResumed"]
    assert (ended.why, ended.to[0], issue.is_suspended) == ("longest", given.GENERAL_CHIEF, False)
    assert given.GENERAL_CHIEF in {effect.addressee for effect in effects_of(issue, ended)}
    # 53.5 hours were left on 24 November 2026 at noon.
    assert limit_of(issue, Clock.RECTIFY) == at("2027-11-29 17:30")


def test_two_suspensions_together_last_twelve_months() -> None:
    issue = resumed(suspended(), "12-24 12:00")
    issue = suspended(issue, "12-25 12:00")

    end = issue.run(Clock.SUSPENSION)

    assert end
    assert end.limit_at == at("2027-11-26 00:00")  # 25 December 24:00 less thirty days


def test_when_twelve_months_are_used_up_nothing_is_left() -> None:
    issue, _ = wait(suspended(), at("2027-11-25 00:00"))

    again = word(issue, c.SuspendClock, at("2027-11-25 10:00"))

    no(again, issue, TooLate, "中止累计不得超过", "in all")


@pytest.mark.parametrize("onward", [c.ReportRectified, c.TransferToEnforcement, c.Dismiss])
def test_a_word_that_moves_on_ends_the_suspension(onward: type[Command]) -> None:
    issue, facts = hear(suspended(), onward, "12-10 09:00")

    assert (facts[0].why, facts[0].by, issue.is_suspended) == ("went_on", facts[1].by, False)
    assert not {Clock.REVIEW, Clock.SUSPENSION} & {run.clock for run in issue.clocks}


def test_a_stage_that_is_verified_is_suspended_and_the_rest_of_the_rectification_is_kept() -> None:
    issue, _ = hear(rectifying(), c.ReportRectified, "11-24 12:00")
    issue = suspended(issue, "11-24 13:00")
    assert issue.suspended
    assert [run.clock for run in issue.suspended.clocks] == [Clock.VERIFY]

    issue, facts = hear(issue, c.RejectRectification, "12-04 12:00")

    assert kinds(facts) == ["ClockResumed", "RectificationRejected"]
    # Thursday 17:30, and the ten days since it was reported: Sunday 6 December.
    assert limit_of(issue, Clock.RECTIFY) == at("12-07 17:30")


def test_an_extension_granted_during_a_suspension_is_counted_with_what_was_left() -> None:
    issue, _ = hear(suspended(), c.RequestExtension, "11-27 09:00")
    issue, _ = hear(issue, c.GrantExtension, "11-27 10:00")

    assert limit_of(resumed(issue, "11-30 12:00"), Clock.RECTIFY) == at("12-03 17:30")  # Friday, and six days


def test_asking_while_the_clock_stands_still_with_most_of_it_left_is_not_the_last_minute() -> None:
    _, facts = hear(suspended(), c.RequestExtension, "12-10 10:00")

    assert not facts[-1].last_minute


def test_a_suspension_said_in_time_and_heard_late_withdraws_what_climbed_meanwhile() -> None:
    stop = word(rectifying(), c.SuspendClock, at("11-26 17:30"))
    late = word(rectifying(), c.SuspendClock, at("11-26 17:30") + timedelta(seconds=1))
    issue, _ = wait(rectifying(), at("12-04 09:00"))

    in_time, facts = say(issue, stop, at("12-04 09:00"))
    too_late, _ = say(issue, late, at("12-04 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "ClockSuspended"]
    assert (in_time.chief, too_late.chief) == (given.TOWNSHIP_CHIEF, given.TOWNSHIP_CHIEF)
    assert (in_time.suspended.clocks[0].is_overdue, too_late.suspended.clocks[0].is_overdue) == (False, True)


def test_a_resumption_said_earlier_than_it_is_heard_counts_from_when_it_was_said() -> None:
    issue, _ = hear(suspended(rectifying(source=Source.PUBLIC)), c.ReplyToReporter, "12-04 09:00")

    issue, _ = say(issue, word(issue, c.ResumeClock, at("11-30 12:00")), at("12-05 09:00"))
    _, facts = wait(issue, at("12-05 09:00"))

    assert told(facts)[-2:] == ["12-02 17:30 Lapsed", "12-04 17:30 Ordered"]
    before = word(suspended(), c.ResumeClock, at("11-24 11:00"))
    no(before, suspended(), Incomplete, "计时未中止", "no clock stands still")


def test_a_suspended_month_ends_no_batch_and_is_said_on_the_ledger() -> None:
    issue = suspended(walk(an_issue(severity=Severity.SERIOUS), Stage.ACCEPTED, at("11-23 12:00")))

    issue, facts = wait(issue, at("12-31 18:00"))

    assert (facts, issue.is_suspended, issue.is_overdue) == ([], True, False)
