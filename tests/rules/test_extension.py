from datetime import date, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.message import Kind
from domain.issue.state import Issue
from domain.limits import SourcedLimit
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, Refusal, TooLate
from domain.terms import Category, Circumstance, Clock, Origin, Severity, Source, Stage
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word

LIMIT = at("11-26 17:30")
STORM = {"category": Category.FLOATING_DEBRIS, "circumstances": (Circumstance.AFTER_STORM,)}
STOCK = {"category": Category.OCCUPATION, "origin": Origin.STOCK, "plan_on": date(2026, 12, 3)}
RECTIFY = SourcedLimit(limit="60wd", source="chosen")
SIXTY = {"clocks": {**an_issue().rules.clocks, Clock.RECTIFY: RECTIFY}}


def rectifying(**more: Any) -> Issue:
    """Three working days from Monday at ten, unless told otherwise: Thursday at half past five."""
    return walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def asked(issue: Issue, local: str = "11-24 09:00", **more: Any) -> Issue:
    return hear(issue, c.RequestExtension, local, **more)[0]


def granted(issue: Issue, local: str = "11-24 10:00", **more: Any) -> Issue:
    return hear(issue, c.GrantExtension, local, **more)[0]


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def planned(days: int) -> Issue:
    """A serious building without permission whose plan, accepted on Tuesday at noon, takes some days."""
    issue = walk(an_issue(Category.BUILDING, Severity.SERIOUS), Stage.PLANNING, at("11-24 10:00"))
    issue, _ = hear(issue, c.SubmitPlan, "11-24 11:00", done_on=date(2026, 11, 24) + timedelta(days))
    return hear(issue, c.AcceptPlan, "11-24 12:00")[0]


def test_what_is_granted_is_counted_from_the_same_start() -> None:
    issue, facts = hear(asked(rectifying()), c.GrantExtension, "11-25 16:00")

    assert kinds(facts) == ["ExtensionGranted"]
    assert limit_of(issue, Clock.RECTIFY) == at("11-27 17:30")  # the fourth working day after Monday
    _, facts = wait(issue, at("11-27 17:30"))
    # A fifth of the 103.5 hours before the new limit.
    assert told(facts) == ["11-26 20:48 EarlyReminded", "11-27 17:30 Lapsed"]


@pytest.mark.parametrize(
    ("issue", "clock", "amount", "limit"),
    [
        (an_issue(said_at=at("11-24 09:00")), Clock.STOP, "12h", "11-25 21:00"),
        (rectifying(**STORM), Clock.RECTIFY, "1cd", "11-28 00:00"),
        (planned(30), Clock.RECTIFY, "15cd", "2027-01-09 00:00"),  # 24 December, and fifteen days
        (planned(90), Clock.RECTIFY, "30cd", "2027-03-25 00:00"),  # beyond the ninety of the table
        (walk(an_issue(), Stage.VERIFYING, at("11-23 12:00")), Clock.VERIFY, "2wd", "12-02 17:30"),
        (rectifying(**STOCK), Clock.RECTIFY, "1wd", "12-04 17:30"),  # Friday follows the plan's Thursday
    ],
)
def test_a_limit_is_extended_in_its_own_unit(issue: Issue, clock: Clock, amount: str, limit: str) -> None:
    issue = granted(asked(issue, "11-24 12:30", amount=amount), "11-24 13:00")

    assert limit_of(issue, clock) == at(limit)


@pytest.mark.parametrize(
    ("issue", "asked_for", "cap"),
    [
        (rectifying(), "2wd", "1wd"),  # half of three, rounded down
        (rectifying(category=Category.ILLEGAL_FISHING), "2wd", "1wd"),  # half of one, but one at least
        (rectifying(category=Category.OCCUPATION), "6wd", "5wd"),
        (rectifying(category=Category.FLOATING_DEBRIS), "13h", "12h"),
        (rectifying(**STORM), "2cd", "1cd"),
        (planned(30), "16cd", "15cd"),  # half of the plan's own days, not of the ninety
        (planned(90), "31cd", "30cd"),
        (rectifying(rules=SIXTY), "23wd", "22wd"),  # from 15 February, Monday, to 17 March
        (rectifying(), "1cd", "1wd"),
        (rectifying(), "24h", "1wd"),
    ],
)
def test_more_than_the_cap_is_refused_with_the_cap(issue: Issue, asked_for: str, cap: str) -> None:
    more = word(issue, c.RequestExtension, amount=asked_for)

    no(more, issue, Incomplete, "的延期(单位同原时限)", f"an extension of at most {cap}")
    assert say(issue, word(issue, c.RequestExtension, amount=cap))


def test_a_refusal_in_chinese_names_limits_as_officials_write_them() -> None:
    batch = walk(an_issue(severity=Severity.SERIOUS), Stage.ACCEPTED)

    too_much = refusal_of(rectifying(), word(rectifying(), c.RequestExtension, amount="2wd"))
    monthly = refusal_of(batch, word(batch, c.RequestExtension, amount="1wd"))

    assert ("1个工作日" in too_much.zh, "月度批次" in monthly.zh) == (True, True)


def test_less_than_was_asked_for_may_be_granted_and_no_more() -> None:
    issue = asked(rectifying(category=Category.OCCUPATION), amount="4wd")

    more = word(issue, c.GrantExtension, amount="5wd")
    no(more, issue, Incomplete, "不超过所申请的", "at most the 4wd asked for")
    assert limit_of(granted(issue, amount="2wd"), Clock.RECTIFY) == at("12-09 17:30")  # the twelfth day


def test_a_grant_at_the_very_limit_is_in_time_and_after_it_silence_is_a_no() -> None:
    issue = asked(rectifying())

    in_time = granted(issue, "11-26 17:30")
    _, facts = wait(issue, at("11-30 17:30"))

    assert limit_of(in_time, Clock.RECTIFY) == at("11-27 17:30")
    assert told(facts)[1:] == ["11-26 17:30 Lapsed", "11-30 17:30 Ordered"]
    late = word(issue, c.GrantExtension, LIMIT + timedelta(seconds=1))
    no(late, issue, TooLate, "时限已届满,未批即为不准", "the limit has ended, and silence was a no")


def test_a_grant_said_in_time_and_heard_late_withdraws_the_lapse_and_countermands_it() -> None:
    issue = asked(rectifying())
    grant = word(issue, c.GrantExtension, LIMIT)
    issue, _ = wait(issue, at("12-04 09:00"))  # the county's chief has it

    issue, facts = say(issue, grant, at("12-04 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "ExtensionGranted"]
    assert (issue.chief, issue.is_overdue) == (given.TOWNSHIP_CHIEF, False)
    assert {effect.kind for effect in effects_of(issue, facts[0])} == {Kind.COUNTERMAND}
    _, facts = wait(issue, at("12-04 09:00"))
    assert told(facts) == ["11-27 17:30 Lapsed", "12-01 17:30 Ordered"]


def test_a_request_and_its_grant_said_in_time_count_though_both_were_heard_late() -> None:
    request = word(rectifying(), c.RequestExtension, at("11-26 12:00"))
    grant = word(asked(rectifying(), "11-26 12:00"), c.GrantExtension, at("11-26 16:00"))

    issue, _ = say(wait(rectifying(), at("11-26 18:00"))[0], request, at("11-26 18:00"))
    issue, _ = say(issue, grant, at("11-26 18:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("11-27 17:30")


@pytest.mark.parametrize("decision", [c.GrantExtension, c.DenyExtension])
def test_a_limit_is_decided_on_once_in_its_stage(decision: type[Command]) -> None:
    issue, _ = hear(asked(rectifying()), decision, "11-24 10:00")
    assert limit_of(issue, Clock.RECTIFY) == (LIMIT if decision is c.DenyExtension else at("11-27 17:30"))
    again, _ = hear(issue, c.ReportRectified, "11-24 11:00")
    again, _ = hear(again, c.RejectRectification, "11-24 12:00")

    for stands in (issue, again):
        no(word(stands, c.RequestExtension), stands, AlreadyDone, "已审批延期 1 次", "decided 1 time")
    assert asked(walk(again, Stage.VERIFYING), "11-25 09:00").asked  # of another stage's limit


def test_a_request_is_pending_once_has_a_reason_and_comes_before_its_grant() -> None:
    issue, bare = rectifying(), word(rectifying(), c.RequestExtension, reason=" ")
    pending = asked(issue)

    no(word(pending, c.RequestExtension), pending, AlreadyDone, "已申请,待审批", "asked for already")
    no(bare, issue, Incomplete, "理由", "a reason")
    no(word(issue, c.GrantExtension), issue, Incomplete, "待批的延期申请", "a request for an extension")


# A tenth of the twenty-four hours before nine o'clock is 06:36.
@pytest.mark.parametrize(("moment", "is_late"), [("11-24 06:36:00", False), ("11-24 06:36:01", True)])
def test_asking_in_the_last_tenth_of_a_limit_is_marked(moment: str, *, is_late: bool) -> None:
    issue, facts = hear(an_issue(), c.RequestExtension, moment, amount="1h")

    assert facts[-1].last_minute is is_late
    assert ("系时限将尽时才提出" in effects_of(issue, facts[-1])[0].text) is is_late


@pytest.mark.parametrize(
    ("unit", "vacant", "decides"),
    [
        (f"unit:{given.TOWNSHIP}:water", (), given.COUNTY_CHIEF),
        (f"unit:{given.TOWNSHIP}:water", (given.COUNTY_CHIEF,), given.CITY_CHIEF),
        (given.WATER, (), given.CITY_CHIEF),
        (given.WATER, (given.CITY_CHIEF,), given.GENERAL_CHIEF),
        (f"unit:{given.CITY}:water", (), given.GENERAL_CHIEF),
    ],
)
def test_the_unit_asks_and_the_head_one_level_above_decides(
    unit: str, vacant: tuple[str, ...], decides: str
) -> None:
    issue = walk(an_issue(vacant=vacant), Stage.STOPPED)
    issue, _ = hear(issue, c.Assign, "11-23 10:00", unit=unit)
    for by in (given.FARMING, given.TOWNSHIP_CHIEF, given.TOWNSHIP_OFFICE, decides):
        no(word(issue, c.RequestExtension, by=by), issue, NotYours, "该时限的承办者", "who must act before")
    issue = asked(issue)

    for by in {given.TOWNSHIP_CHIEF, given.COUNTY_CHIEF, given.CITY_CHIEF, given.GENERAL_CHIEF, unit} - {
        decides
    }:
        other = word(issue, c.GrantExtension, by=by)
        no(other, issue, NotYours, "承办者的上一级负责人", "the head one level above who must act")
    assert granted(issue, by=decides).asked == ()


def test_a_monthly_batch_an_enforcement_and_an_answer_are_not_extended() -> None:
    batch = walk(an_issue(severity=Severity.SERIOUS), Stage.ACCEPTED)
    enforced, _ = hear(rectifying(), c.TransferToEnforcement, "11-24 09:00")
    complaint = rectifying(source=Source.PUBLIC)

    no(word(batch, c.RequestExtension, amount="1wd"), batch, Incomplete, "销号", "monthly cannot")
    no(word(enforced, c.RequestExtension), enforced, Incomplete, "执法时限(90日)", "90cd cannot")
    answer = word(complaint, c.RequestExtension, clock=Clock.REPLY, by=given.TOWNSHIP_OFFICE)
    no(answer, complaint, NotAtThisStage, "处理整改", "request an extension")


def test_the_sixty_days_of_a_complaint_are_extended_by_thirty_and_nothing_else_moves() -> None:
    issue = rectifying(source=Source.PUBLIC)

    request = asked(issue, clock=Clock.WHOLE, amount="30cd", by=given.TOWNSHIP_OFFICE)
    (move,) = hear(request, c.GrantExtension, "11-24 10:00", by=given.COUNTY_CHIEF)[1][0].moves

    # From Friday 22 January to 21 February, which is a Sunday: Monday at midnight.
    assert (limit_of(issue, Clock.WHOLE), move.limit_at) == (at("2027-01-23 00:00"), at("2027-02-23 00:00"))


@pytest.mark.parametrize("decision", [c.GrantExtension, c.DenyExtension])
def test_the_office_is_told_to_tell_the_reporter_and_no_text_has_a_reason(decision: type[Command]) -> None:
    issue, request = hear(rectifying(source=Source.PUBLIC), c.RequestExtension, "11-24 09:00")
    effects = [*effects_of(issue, request[-1])]

    issue, facts = hear(issue, decision, "11-24 10:00")

    effects += effects_of(issue, facts[-1])
    assert [effect.addressee for effect in effects] == [
        given.CITY_CHIEF,
        given.TOWNSHIP_OFFICE,
        given.WATER,
        given.TOWNSHIP_CHIEF,
        given.TOWNSHIP_OFFICE,
    ]
    assert "【延期告知】" in effects[-1].text
    assert not any(given.REASON in effect.text for effect in effects)
