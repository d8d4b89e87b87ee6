"""弯不了的时限: ways in which somebody once won time or undid a ruling; none of them works."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.explain import explain
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotYours, Refusal, TooLate
from domain.terms import Category, Clock, Origin, Severity, Source, Stage
from domain.workdays import Calendar, local_day
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, wait, walk, word

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rectifying(**more: Any) -> Issue:
    return walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def disputed(issue: Issue) -> Issue:
    for kind in (c.HandBack, c.Reassign, c.HandBack):
        issue, _ = say(issue, word(issue, kind))
    return issue


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    refusal = refusal_of(issue, said, max(said.said_at, issue.at))
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def test_whoever_gives_more_time_by_a_grade_stands_above_who_must_act() -> None:
    issue, _ = wait(rectifying(), at("2027-01-04 09:00"))
    building = given.regraded(issue, Category.BUILDING, Severity.SERIOUS)

    own = word(issue, c.Regrade, rules=building, by=given.TOWNSHIP_OFFICE)

    no(own, issue, NotYours, f"承办者 {given.WATER} 的上一级河长办", "an office above")


@pytest.mark.parametrize("part", ["who", "top", "flood_season", "verify", "close"])
def test_an_excerpt_of_another_kind_changes_only_what_the_kind_changes(part: str) -> None:
    issue = rectifying()
    other = given.regraded(issue, Category.FLOATING_DEBRIS)
    changes: dict[str, Any] = {
        "who": {**other.who, "Close": ()},
        "top": 5,
        "flood_season": ("01-01", "12-31"),
        "verify": 2,
        "close": 2,
    }

    bent = word(issue, c.Regrade, rules=other.model_copy(update={part: changes[part]}))

    no(bent, issue, Incomplete, f"本问题自身的规则摘录({part} 不同)", "an excerpt taken for this issue")


def test_a_corrected_calendar_takes_a_version_of_its_own() -> None:
    issue = rectifying()
    known = issue.rules.calendar
    corrected: Calendar = known.model_copy(update={"off": known.off | {date(2026, 12, 1)}})

    no(
        word(issue, c.AdoptCalendar, calendar=corrected),
        issue,
        Incomplete,
        "新的版本号",
        "a version of its own",
    )
    whole = word(issue, c.AdoptCalendar, calendar=given.book().calendar)
    assert kinds(say(issue, whole)[1]) == ["CalendarAdopted"]  # the same days, shown further


def test_whoever_reported_it_rectified_has_taken_it_on() -> None:
    issue = disputed(rectifying())
    for kind in (c.ReportRectified, c.RejectRectification):
        issue, _ = say(issue, word(issue, kind))

    no(word(issue, c.HandBack), issue, AlreadyDone, "已报告整改,不再退回", "not handed back any more")


def test_a_ruling_moved_by_a_regrade_is_his_until_its_new_end() -> None:
    issue, _ = say(rectifying(severity=Severity.MAJOR), word(rectifying(severity=Severity.MAJOR), c.HandBack))
    general = given.regraded(issue, severity=Severity.GENERAL)
    issue, _ = say(issue, word(issue, c.Regrade, rules=general))

    issue, facts = say(issue, word(issue, c.RuleOnDispute, issue.at + 20 * HOUR))

    assert kinds(facts)[-1] == "DisputeRuled"


def test_a_roster_that_announces_vacancies_rules_on_nothing() -> None:
    issue = disputed(rectifying())
    for post in (given.COUNTY_CHIEF, given.CITY_CHIEF, given.GENERAL_CHIEF):
        issue, facts = say(issue, word(issue, c.AnnounceVacancy, post=post))

    ruled = next(fact for fact in facts if type(fact).__name__ == "DisputeRuled")
    assert (ruled.by, issue.ruled_by) == (None, given.GENERAL_CHIEF)
    no(word(issue, c.HandBack), issue, AlreadyDone, "逐级未裁定", "nobody ruled")


def test_a_vacancy_learnt_late_takes_no_time_from_who_rules_next() -> None:
    issue = rectifying()
    for kind, local in (
        (c.HandBack, "11-23 11:00"),
        (c.Reassign, "11-23 12:00"),
        (c.HandBack, "11-25 11:00"),
    ):
        issue, _ = hear(issue, kind, local)

    issue, facts = say(
        issue, word(issue, c.AnnounceVacancy, at("11-23 10:30"), post=given.COUNTY_CHIEF), at("11-25 12:00")
    )

    raised = next(fact for fact in facts if type(fact).__name__ == "RulingRaised")
    assert (raised.said_at, limit_of(issue, Clock.RULING)) == (at("11-25 11:00"), at("11-27 17:30"))


def test_a_withdrawn_lapse_leaves_the_chief_that_the_grade_asks_for() -> None:
    issue = rectifying()
    reported = issue.at + HOUR
    issue, _ = wait(issue, issue.at + 14 * DAY)
    water = given.regraded(issue, Category.ABNORMAL_WATER, Severity.MAJOR)
    issue, _ = say(issue, word(issue, c.Regrade, rules=water))
    assert issue.chief == given.CITY_CHIEF

    issue, facts = say(issue, word(issue, c.ReportRectified, reported), issue.at + HOUR)

    assert "LapseWithdrawn" in kinds(facts)
    assert issue.chief == given.CITY_CHIEF


def test_a_clock_is_not_suspended_before_it_began() -> None:
    issue = an_issue()
    issue, _ = say(issue, word(issue, c.ReportCannotStop, issue.at + 20 * HOUR))

    no(
        word(issue, c.SuspendClock, given.MONDAY + HOUR),
        issue,
        TooLate,
        "上次恢复之后",
        "after it last resumed",
    )
    assert all(
        each.length >= timedelta() for clock in explain(issue, issue.at).clocks for each in clock.stretches
    )


def test_a_review_is_upheld_in_its_own_time() -> None:
    issue, _ = hear(rectifying(), c.SuspendClock, "11-24 09:00")
    issue, _ = wait(issue, at("2027-03-01 09:00"))

    early = word(issue, c.UpholdSuspension, at("11-30 09:00"))

    no(early, issue, Incomplete, "本次复核期内的复核", "within the time of this one")


def test_nobody_interviews_himself() -> None:
    issue, _ = wait(walk(rectifying(), Stage.VERIFYING), at("2027-01-12 09:00"))

    own = word(issue, c.RecordInterview, by=given.COUNTY_OFFICE)

    no(own, issue, NotYours, "被约谈者不得自行组织约谈", "nobody interviews himself")


def test_a_lower_superior_gives_no_more_time_than_a_higher_one_did() -> None:
    issue, _ = say(rectifying(), word(rectifying(), c.Reassign, unit=f"unit:{given.TOWNSHIP}:water"))
    issue, _ = hear(issue, c.SetDate, "11-23 12:00", set_on=date(2026, 11, 24))

    more = word(issue, c.SetDate, at("11-23 13:00"), by=given.COUNTY_OFFICE)

    no(more, issue, NotYours, f"原期限由 {given.PROVINCE_OFFICE} 所定", "set the date")


def test_the_law_s_own_ninety_days_are_not_made_longer() -> None:
    issue, _ = hear(rectifying(), c.TransferToEnforcement, "11-23 11:00")

    more = word(issue, c.SetDate, set_on=local_day(issue.at) + 200 * DAY)

    no(more, issue, Incomplete, "法定期限不得放宽", "the law has not set itself")


def test_a_request_that_a_word_has_made_void_waits_for_nobody() -> None:
    asked, _ = hear(rectifying(), c.RequestExtension, "11-23 11:00")
    plan = given.regraded(asked, Category.BUILDING, Severity.SERIOUS)

    dated, _ = hear(asked, c.SetDate, "11-23 12:00")
    regraded, _ = hear(asked, c.Regrade, "11-23 12:00", rules=plan)

    assert (asked.asked != (), dated.asked, regraded.asked) == (True, (), ())


def test_the_very_top_decides_nothing_for_itself() -> None:
    issue = an_issue()
    while issue.chief != given.PROVINCE_OFFICE:
        issue, _ = say(issue, word(issue, c.ReportCannotStop))

    no(word(issue, c.SuspendClock), issue, NotYours, "上一级负责人", "the head one level above")


def test_a_plan_s_day_that_was_over_before_the_assignment_demands_nothing_before_it() -> None:
    stock = an_issue(origin=Origin.STOCK, plan_on=date(2026, 11, 24), source=Source.TRANSFER)

    issue, _ = say(stock, word(stock, c.Assign, at("12-21 09:00")))
    _, facts = wait(issue, at("12-21 10:00"))

    assert {fact.said_at for fact in facts} == {at("12-21 09:00")}


def test_an_office_that_was_not_reached_is_not_told_so_itself() -> None:
    issue = rectifying()

    issue, (fact, *_) = say(issue, word(issue, c.ReportUndeliverable, addressee=given.TOWNSHIP_OFFICE))

    assert [effect.addressee for effect in effects_of(issue, fact)] == [given.COUNTY_OFFICE]


def test_a_unit_is_asked_for_nothing_before_it_was_given_the_filed_case() -> None:
    issue = rectifying()
    transfer = word(issue, c.TransferToEnforcement, issue.at + 200 * DAY, filed_at=issue.opened_at)

    issue, _ = say(issue, transfer)
    _, facts = wait(issue, issue.at + HOUR)

    assert facts
    assert min(fact.said_at for fact in facts) == transfer.said_at


def test_a_detour_by_a_kind_without_a_plan_wins_no_time_for_the_plan() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING, at("11-23 10:00"))
    ends = [limit_of(issue, Clock.PLAN)]
    for severity in (Severity.GENERAL, Severity.MAJOR, Severity.GENERAL):
        issue, _ = say(issue, word(issue, c.Regrade, rules=given.regraded(issue, severity=severity)))
        ends.append(limit_of(issue, Clock.PLAN))

    assert ends == [at("11-30 17:30"), at("11-30 17:30"), at("12-07 17:30"), at("11-30 17:30")]
