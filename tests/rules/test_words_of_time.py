from datetime import timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.adopting import moved_by
from domain.issue.clocks import next_mark
from domain.issue.commands import Command
from domain.issue.effects import Effect, effects_of
from domain.issue.state import Issue
from domain.issue.views import timer_line
from domain.refusals import Incomplete, NotYours, Refusal, TooLate
from domain.terms import Category, Clock, Level, Rung, Severity, Stage
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word


def rectifying(*of: Any, **more: Any) -> Issue:
    """Three working days from Monday at ten, unless told otherwise: Thursday at half past five."""
    return walk(an_issue(*of, **more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def suspended(**more: Any) -> Issue:
    return hear(rectifying(**more), c.SuspendClock, "11-24 12:00")[0]


def enforced() -> Issue:
    """Filed on Monday at ten: ninety days are Sunday 21 February, and end on Monday."""
    return hear(rectifying(), c.TransferToEnforcement, "11-23 10:00", by=given.CITY_OFFICE)[0]


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str, local: str | None = None) -> None:
    """Assert that a word is refused, in both languages; heard at once unless told otherwise."""
    refusal = refusal_of(issue, said, at(local) if local else None)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def notices(issue: Issue, facts: Facts) -> list[tuple[str, str]]:
    """Return whom the last fact tells what."""
    effects: tuple[Effect, ...] = effects_of(issue, facts[-1])
    return [(effect.addressee, effect.text.rpartition("一般:")[2]) for effect in effects]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("answer", [c.GrantExtension, c.DenyExtension])
def test_who_decides_on_an_extension_is_asked_first_and_says_why(answer: type[Command]) -> None:
    issue, asked = rectifying(), hear(rectifying(), c.RequestExtension, "11-24 09:00")[0]

    no(word(issue, answer), issue, Incomplete, "待批的延期申请", "a request for an extension")
    no(word(asked, answer, reason=" "), asked, Incomplete, "理由", "a reason")


def test_an_extension_asked_for_after_the_limit_is_refused() -> None:
    late = word(rectifying(), c.RequestExtension, at("11-26 17:30") + timedelta(seconds=1))

    no(late, rectifying(), TooLate, "时限已届满,未批即为不准", "the limit has ended")


def test_what_was_asked_for_under_a_longer_limit_is_not_granted_under_a_shorter_one() -> None:
    issue = rectifying(Category.BUILDING)  # twenty working days, of which ten are the most
    issue, _ = hear(issue, c.RequestExtension, "11-24 09:00", amount="5wd")
    dumping = given.regraded(issue, Category.DUMPING, Severity.GENERAL)
    issue, _ = hear(issue, c.Regrade, "11-24 10:00", rules=dumping)

    as_asked = word(issue, c.GrantExtension, at("11-24 11:00"))

    no(as_asked, issue, Incomplete, "不超过1个工作日的延期", "an extension of at most 1wd")
    assert hear(issue, c.GrantExtension, "11-24 11:00", amount="1wd")[1]


def test_no_superior_gives_more_than_the_ninety_days_of_an_enforcement_but_less() -> None:
    issue = enforced()
    longer, shorter = (limit_of(issue, Clock.ENFORCEMENT) + timedelta(days=days) for days in (9, -9))

    more = word(issue, c.SetDate, set_on=longer.date())

    no(more, issue, Incomplete, "法定期限不得放宽", "a limit that the law has not set itself")
    assert say(issue, word(issue, c.SetDate, set_on=shorter.date()))[1]


def test_what_is_not_suspended_is_not_upheld() -> None:
    no(
        word(rectifying(), c.UpholdSuspension),
        rectifying(),
        Incomplete,
        "计时未中止",
        "no clock stands still",
    )


def test_a_return_said_before_the_unit_had_the_issue_is_about_another_assignment() -> None:
    issue, _ = hear(rectifying(), c.HandBack, "11-23 11:00")
    issue, _ = hear(issue, c.Reassign, "11-23 12:00")

    before = word(issue, c.HandBack, at("11-23 11:59"))

    no(before, issue, Incomplete, "交办之后提出的退回", "after the unit was assigned", "11-23 13:00")
    assert hear(issue, c.HandBack, "11-23 12:00")[1]


def test_a_notice_that_did_not_arrive_is_one_of_this_issue_to_a_post_of_its_place() -> None:
    issue = an_issue()

    elsewhere = word(issue, c.ReportUndeliverable, addressee=f"office:{given.OTHER_COUNTY}")
    no(elsewhere, issue, NotYours, "不在其辖区", "outside its jurisdiction")
    unheard = word(issue, c.ReportUndeliverable, fact=2)
    no(unheard, issue, Incomplete, "已有的事实(现有 1 条)", "a fact: there are 1")


def test_an_edition_of_another_deployment_is_refused() -> None:
    issue = rectifying()
    named = {"edition": "yanjiang-2027-1", "digest": "f" * 12, "top": Level.COUNTY}

    countys = word(issue, c.AdoptEdition, rules=issue.rules.model_copy(update=named))

    no(countys, issue, Incomplete, "同一部署的摘录", "an excerpt of this deployment")


def test_a_calendar_whose_days_were_changed_has_a_version_of_its_own() -> None:
    issue = rectifying()
    known = issue.rules.calendar
    day = at("11-24 09:00").date()

    changed = known.model_copy(update={"off": known.off | {day}})

    no(
        word(issue, c.AdoptCalendar, calendar=changed),
        issue,
        Incomplete,
        "新的版本号",
        "a version of its own",
    )
    renamed = changed.model_copy(update={"version": "2026-2"})
    issue, _ = hear(issue, c.AdoptCalendar, "11-23 11:00", calendar=renamed)
    assert limit_of(issue, Clock.RECTIFY) == at("11-27 17:30")


def test_only_other_rules_move_clocks_by_themselves() -> None:
    issue = rectifying()

    assert moved_by(issue, word(issue, c.Regrade)) == {Clock.RECTIFY}


# ---------------------------------------------------------------- what a kind without a stop keeps


def test_a_stop_clock_begins_anew_with_its_own_limit_where_the_new_kind_has_none() -> None:
    debris = given.regraded(an_issue(), Category.FLOATING_DEBRIS, Severity.GENERAL)
    issue, _ = hear(an_issue(), c.Regrade, "11-23 10:00", rules=debris)
    assert Clock.STOP not in issue.rules.clocks

    issue, facts = hear(issue, c.ReportCannotStop, "11-23 11:00")

    begun = facts[0].starts[0]
    assert (begun.clock, begun.limit, limit_of(issue, Clock.STOP)) == (Clock.STOP, "24h", at("11-24 11:00"))


# ---------------------------------------------------------------- an excerpt from before the fair clocks


def test_under_an_old_excerpt_escalations_and_bulletins_repeat_by_the_chain_of_their_intervals() -> None:
    _, facts = wait(rectifying(rules={"fair": None}), at("12-25 09:00"))

    climbed = told(fact for fact in facts if type(fact).__name__ in ("Escalated", "BulletinDrafted"))
    assert climbed == [
        "12-03 17:30 Escalated",
        "12-10 17:30 Escalated",
        "12-10 17:30 BulletinDrafted",
        "12-17 17:30 Escalated",
        "12-24 17:30 Escalated",
        "12-24 17:30 BulletinDrafted",
    ]


def test_under_an_old_excerpt_a_withdrawal_names_no_rungs_and_is_told_as_it_was() -> None:
    issue = rectifying(rules={"fair": None})
    in_time = word(issue, c.ReportRectified, at("11-26 12:00"))
    issue, _ = wait(issue, at("12-03 18:00"))

    issue, facts = say(issue, in_time, at("12-03 18:00"))

    assert (kinds(facts)[0], facts[0].rungs, issue.chief) == ("LapseWithdrawn", (), given.TOWNSHIP_CHIEF)
    assert "第 5、6、7 号事实所作催办、督办、提级、通报一并撤回" in notices(issue, facts[:1])[0][1]


# ---------------------------------------------------------------- what is told and shown


def test_a_review_that_is_due_is_told_to_who_must_look_again_and_upheld_to_whom_it_binds() -> None:
    issue, facts = wait(suspended(), at("2027-02-23 09:00"))

    told = notices(issue, facts)
    assert [post for post, _ in told] == [given.CITY_CHIEF, given.TOWNSHIP_OFFICE]
    assert all("事由是否仍然存在,请复核" in text and "(第 1 次)" in text for _, text in told)
    issue, facts = hear(issue, c.UpholdSuspension, "2027-02-23 10:00")
    told = notices(issue, facts)
    assert [post for post, _ in told] == [given.WATER, given.TOWNSHIP_CHIEF, given.TOWNSHIP_OFFICE]
    assert all("经复核,中止事由仍然存在" in text for _, text in told)


def test_a_notice_that_did_not_arrive_is_told_to_the_office_beside_the_chief() -> None:
    told = notices(*hear(rectifying(), c.ReportUndeliverable, "11-23 14:00", why="no_channel"))

    said = f"第 1 号事实的告知未能送达 {given.TOWNSHIP_CHIEF},请核实。"
    assert told == [(given.TOWNSHIP_OFFICE, said)]


def test_the_timer_names_who_must_review_and_who_is_told_at_the_very_end() -> None:
    lines = []
    for until in ("2027-02-22 09:00", "2027-02-23 09:00", "2027-11-23 09:00"):
        issue, _ = wait(suspended(), at(until))
        mark = next_mark(issue)
        assert mark
        assert mark.rung is Rung.REMINDER
        lines.append(timer_line(issue, mark))

    assert lines == [
        f"中止复核时限 · 催办 → {given.CITY_CHIEF}",
        f"中止复核时限 · 催办 → {given.GENERAL_CHIEF}",
        f"最长中止时限 · 催办 → {given.GENERAL_CHIEF}",
    ]
