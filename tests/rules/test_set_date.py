from datetime import date
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, Refusal, TooLate
from domain.terms import Category, Circumstance, Clock, Severity, Stage
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word


def rectifying(*of: Any, **more: Any) -> Issue:
    """Three working days from Monday at ten, unless told otherwise: Thursday at half past five."""
    return walk(an_issue(*of, **more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def day(written: str) -> date:
    return date.fromisoformat(f"2026-{written}")


def set_to(issue: Issue, on: str, local: str = "11-24 10:00", **more: Any) -> Issue:
    return hear(issue, c.SetDate, local, set_on=day(on), **more)[0]


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def test_an_earlier_date_overrides_without_a_document() -> None:
    issue, facts = hear(rectifying(), c.SetDate, "11-24 10:00", set_on=day("11-25"), document=None)

    assert (kinds(facts), limit_of(issue, Clock.RECTIFY)) == (["DateSet"], at("11-26 00:00"))
    effects = effects_of(issue, facts[0])
    assert [effect.addressee for effect in effects] == [given.WATER, given.TOWNSHIP_CHIEF]
    assert "整改须于 2026-11-25 24时前办结,整改时限 2026-11-25 24:00" in effects[0].text
    assert given.REASON not in effects[0].text
    assert told(wait(issue, at("11-26 00:00"))[1])[-1] == "11-26 00:00 Lapsed"


def test_a_later_date_needs_the_superiors_document() -> None:
    issue = rectifying()

    bare = word(issue, c.SetDate, set_on=day("12-10"), document=None)
    no(bare, issue, Incomplete, "上级书面文件(放宽时限须有)", "the superior's document")
    assert limit_of(set_to(issue, "12-10"), Clock.RECTIFY) == at("12-11 00:00")


def test_a_day_gone_by_the_same_day_again_and_no_reason_are_refused() -> None:
    issue = rectifying()
    again = set_to(issue, "11-25")

    past = word(issue, c.SetDate, at("11-24 10:00"), set_on=day("11-23"))
    no(
        past,
        issue,
        TooLate,
        "所定日期 2026-11-23 早于下令之日 2026-11-24",
        "2026-11-23 was before 2026-11-24",
    )
    same = word(again, c.SetDate, set_on=day("11-25"))
    no(same, again, AlreadyDone, "时限已是 2026-11-25", "it ends on 2026-11-25")
    no(word(issue, c.SetDate, reason=" "), issue, Incomplete, "理由", "a reason")
    assert limit_of(set_to(issue, "11-24"), Clock.RECTIFY) == at("11-25 00:00")  # today is not gone by


@pytest.mark.parametrize(
    ("by", "may"),
    [
        (given.CITY_CHIEF, True),
        (given.CITY_OFFICE, True),
        (f"government:{given.CITY}", True),
        (given.GENERAL_CHIEF, True),
        (f"general:{given.COUNTY}", True),
        (given.PROVINCE_OFFICE, True),
        (given.COUNTY_OFFICE, False),
        (given.TOWNSHIP_CHIEF, False),
        (given.FARMING, False),
        (f"unit:{given.CITY}:water", False),
        (given.ROSTER, False),
    ],
)
def test_only_a_superior_of_the_unit_sets_a_date(by: str, *, may: bool) -> None:
    issue = rectifying()
    order = word(issue, c.SetDate, by=by)

    if may:
        assert kinds(say(issue, order)[1]) == ["DateSet"]
    else:
        no(order, issue, NotYours, "承办者的上级", "a superior of who must act")


def test_the_limit_of_hazardous_waste_is_set_in_the_order() -> None:
    issue = rectifying(severity=Severity.SERIOUS, circumstances=(Circumstance.HAZARDOUS,))
    assert (issue.run(Clock.RECTIFY).limit, issue.run(Clock.RECTIFY).set_on) == ("20wd", None)

    issue = set_to(issue, "11-27")

    assert limit_of(issue, Clock.RECTIFY) == at("11-28 00:00")


def test_who_has_a_superiors_date_asks_the_superior_and_not_for_an_extension() -> None:
    issue = set_to(rectifying(), "12-10")

    request = word(issue, c.RequestExtension)
    no(request, issue, Incomplete, "上级的书面同意", "the superior who set the date 2026-12-10")


def test_what_was_granted_before_gives_way_to_the_date() -> None:
    issue, _ = hear(rectifying(), c.RequestExtension, "11-24 09:00")
    pending = issue
    issue, _ = hear(issue, c.GrantExtension, "11-24 09:30")

    assert limit_of(set_to(issue, "12-10"), Clock.RECTIFY) == at("12-11 00:00")
    late = set_to(pending, "12-10")
    no(word(late, c.GrantExtension), late, Incomplete, "待批的延期申请", "a request for an extension")


def test_only_a_suspension_after_the_setting_moves_the_date() -> None:
    issue, _ = hear(rectifying(), c.SuspendClock, "11-23 12:00")
    issue, _ = hear(issue, c.ResumeClock, "11-24 09:00")
    issue = set_to(issue, "12-10")
    assert limit_of(issue, Clock.RECTIFY) == at("12-11 00:00")

    issue, _ = hear(issue, c.SuspendClock, "11-30 10:00")
    issue, _ = hear(issue, c.ResumeClock, "12-04 10:00")

    # Thursday 24:00 and four days are Monday 24:00: a date rolls to no close of business.
    assert limit_of(issue, Clock.RECTIFY) == at("12-15 00:00")


def test_of_a_suspension_in_which_the_date_is_set_only_the_rest_moves_it() -> None:
    issue, _ = hear(rectifying(Category.FLOATING_DEBRIS), c.SuspendClock, "11-23 12:00")
    issue = set_to(issue, "12-10", "11-26 10:00")

    issue, _ = hear(issue, c.ResumeClock, "11-28 10:00")

    assert limit_of(issue, Clock.RECTIFY) == at("12-13 00:00")


def test_a_date_set_stays_when_it_is_regraded() -> None:
    issue, facts = hear(set_to(rectifying(), "12-10"), c.Regrade, "11-25 09:00")

    assert limit_of(issue, Clock.RECTIFY) == at("12-11 00:00")
    assert {move.limit_at for move in facts[0].moves} <= {at("12-11 00:00")}


def test_a_date_said_in_time_and_heard_late_withdraws_the_lapse() -> None:
    order = word(rectifying(), c.SetDate, at("11-26 12:00"), set_on=day("12-10"))
    issue, _ = wait(rectifying(), at("12-04 09:00"))

    issue, facts = say(issue, order, at("12-04 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "DateSet"]
    assert (issue.chief, issue.is_overdue) == (given.TOWNSHIP_CHIEF, False)


def test_the_countermand_of_a_later_date_does_not_say_that_it_was_handled_in_time() -> None:
    order = word(rectifying(), c.SetDate, at("11-26 12:00"), set_on=day("12-10"))
    issue, _ = wait(rectifying(), at("11-27 09:00"))

    later, facts = say(issue, order, at("11-27 09:00"))

    assert "在时限内已办理" not in effects_of(later, facts[0])[0].text


def test_an_earlier_date_of_a_major_issue_brings_no_heap_of_daily_reminders() -> None:
    issue = set_to(rectifying(Category.DUMPING, Severity.MAJOR), "12-10", "12-07 09:00")

    _, facts = wait(issue, at("12-07 09:00"))

    assert kinds(facts).count("EarlyReminded") <= 1


@pytest.mark.parametrize("stage", [Stage.STOPPED, Stage.PLANNING, Stage.RECTIFYING])
def test_ninety_days_from_the_filing_take_the_place_of_the_stages_limit(stage: Stage) -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), stage, at("11-23 10:00"))

    filed = {"filed_at": at("11-23 11:00"), "unit": given.FARMING}
    issue, facts = hear(issue, c.TransferToEnforcement, "11-23 12:00", **filed)

    assert (issue.stage, issue.unit) == (Stage.TRANSFERRED, given.FARMING)
    assert [run.clock for run in issue.clocks] == [Clock.ENFORCEMENT]
    assert limit_of(issue, Clock.ENFORCEMENT) == at("2027-02-23 00:00")  # 21 February is a Sunday
    assert facts[-1].starts[0].source == "S06 art. 60"
    assert "由 unit:" in effects_of(issue, facts[-1])[0].text


def test_a_transfer_needs_its_filing_and_a_unit_and_comes_after_the_stop() -> None:
    issue, seen = rectifying(), an_issue()

    bare = word(issue, c.TransferToEnforcement, filing=None)
    no(bare, issue, Incomplete, "立案文书", "the filing")
    office = word(issue, c.TransferToEnforcement, unit=given.CITY_OFFICE)
    no(office, issue, Incomplete, "不是责任单位", "a responsible unit")
    for filed in ("11-23 08:59", "11-24 10:01"):
        word_at = word(issue, c.TransferToEnforcement, at("11-24 10:00"), filed_at=at(filed))
        no(word_at, issue, Incomplete, "立案时间", "a filing after the issue was opened and before now")
    unit = word(issue, c.TransferToEnforcement, by=given.WATER)
    no(unit, issue, NotYours, "有管辖权的河长办", "a chief office")
    no(word(seen, c.TransferToEnforcement), seen, NotAtThisStage, "发现", "discovered")


def test_a_rejected_enforcement_goes_back_with_what_was_left() -> None:
    issue, _ = hear(rectifying(), c.TransferToEnforcement, "11-24 10:00")
    assert limit_of(issue, Clock.ENFORCEMENT) == at("2027-02-23 00:00")

    issue, _ = hear(issue, c.ReportRectified, "12-01 10:00")
    assert (issue.stage, issue.run(Clock.ENFORCEMENT)) == (Stage.VERIFYING, None)
    issue, _ = hear(issue, c.RejectRectification, "12-04 12:00")

    assert issue.stage is Stage.TRANSFERRED
    assert limit_of(issue, Clock.ENFORCEMENT) == at("2027-02-26 02:00")  # three days and two hours


def test_a_transfer_waits_for_a_ruling_takes_an_office_above_and_ends_the_lapse() -> None:
    issue, _ = wait(rectifying(), at("11-27 09:00"))
    for kind, local in ((c.HandBack, "10:00"), (c.Reassign, "11:00"), (c.HandBack, "12:00")):
        issue, _ = hear(issue, kind, f"11-27 {local}")
    transfer = word(issue, c.TransferToEnforcement, at("11-27 13:00"))
    no(transfer, issue, AlreadyDone, "争议已提请裁定", "the dispute is with who rules on it")
    issue, _ = hear(issue, c.RuleOnDispute, "11-27 14:00")
    below = word(issue, c.TransferToEnforcement, at("11-27 15:00"), by=given.COUNTY_OFFICE)
    no(below, issue, NotYours, "的上一级河长办办理", "takes an office above")

    issue, _ = hear(issue, c.TransferToEnforcement, "11-27 15:00")

    assert (issue.is_overdue, issue.run(Clock.RULING)) == (False, None)
    assert isinstance(refusal_of(issue, word(issue, c.HandBack)), NotAtThisStage)
