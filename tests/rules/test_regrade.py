from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.evolve import after
from domain.issue.state import Issue
from domain.refusals import AlreadyDone, Incomplete, NotYours, Refusal
from domain.terms import Category, Circumstance, Clock, Severity, Stage
from tests.rules import given
from tests.rules.given import (
    Facts,
    an_issue,
    at,
    kinds,
    limit_of,
    refusal_of,
    regraded,
    say,
    told,
    wait,
    walk,
    word,
)

GENERAL, SERIOUS, MAJOR = Severity


def rectifying(category: Category = Category.DUMPING, severity: Severity = GENERAL, **more: Any) -> Issue:
    """Rectification began on Monday at ten."""
    return walk(an_issue(category, severity, **more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def regrade(
    issue: Issue, local: str, severity: Severity | None = None, category: Category | None = None
) -> tuple[Issue, Facts]:
    return hear(issue, c.Regrade, local, rules=regraded(issue, category, severity))


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


@pytest.mark.parametrize(
    ("severity", "limit", "chief"),
    [(SERIOUS, "12-07 17:30", given.COUNTY_CHIEF), (MAJOR, "12-21 17:30", given.CITY_CHIEF)],
)
def test_a_higher_grade_counts_its_limit_from_the_same_start_and_has_its_own_chief(
    severity: Severity, limit: str, chief: str
) -> None:
    issue, facts = regrade(rectifying(), "11-25 09:00", severity)

    assert issue.ended == rectifying().ended
    assert (issue.severity, issue.stage, issue.chief) == (severity, Stage.RECTIFYING, chief)
    assert limit_of(issue, Clock.RECTIFY) == at(limit)  # ten, and twenty working days after Monday
    assert facts[1].reason == "regraded"
    text = effects_of(after(rectifying(), facts[:1]), facts[0])[0].text
    assert "时限自原起点重新计算:整改时限 2026-12-" in text
    assert given.REASON not in text


def test_only_the_chief_of_the_new_level_is_told_that_he_is_responsible_and_why() -> None:
    issue, facts = regrade(rectifying(), "11-25 09:00", MAJOR)

    (moved,) = facts[1:]
    assert moved.chief == given.CITY_CHIEF
    assert "制止无效" not in effects_of(issue, moved)[0].text  # nobody said that it could not be stopped


def test_a_vacant_level_is_passed_and_who_was_higher_already_stays() -> None:
    issue, facts = regrade(rectifying(vacant=(given.COUNTY_CHIEF,)), "11-25 09:00", SERIOUS)
    assert (kinds(facts)[1:], issue.chief) == (["PostPassed", "ChiefMoved"], given.CITY_CHIEF)

    climbed, _ = wait(rectifying(), at("12-11 09:00"))
    climbed, facts = regrade(climbed, "12-11 10:00", SERIOUS)
    assert (kinds(facts), climbed.chief) == (["Regraded"], given.CITY_CHIEF)


def test_a_book_that_passes_filled_levels_still_finds_the_chief_of_the_new_level() -> None:
    issue = rectifying(severity=SERIOUS)
    passing = regraded(issue, severity=MAJOR).model_copy(update={"pass_filled": True})

    issue, _ = hear(issue, c.Regrade, "11-25 09:00", rules=passing)

    assert issue.chief == given.CITY_CHIEF


def test_marks_that_are_now_in_the_past_act_at_the_moment_of_the_word() -> None:
    issue, _ = wait(rectifying(Category.ABNORMAL_WATER), at("11-25 09:00"))
    issue, facts = regrade(issue, "11-25 09:00", SERIOUS)

    assert facts[0].moves[0].limit_at == at("11-24 17:30")  # one working day
    _, facts = wait(issue, at("11-25 18:00"))
    assert told(facts) == ["11-25 09:00 Lapsed", "11-25 17:30 Ordered"]


def test_no_order_is_dated_before_the_word_that_brought_the_sooner_ladder() -> None:
    issue, _ = wait(rectifying(Category.ILLEGAL_FISHING), at("11-26 09:00"))  # lapsed on Tuesday at 17:30
    issue, _ = regrade(issue, "11-26 09:00", SERIOUS)  # one working day too, but an order a day after it

    _, facts = wait(issue, at("11-26 09:00"))

    assert told(facts) == ["11-26 09:00 Ordered"]


def test_a_limit_that_has_ended_already_is_not_announced_as_about_to_end() -> None:
    issue, _ = regrade(rectifying(Category.ABNORMAL_WATER), "11-24 18:00", SERIOUS)

    _, facts = wait(issue, at("11-24 18:00"))

    assert told(facts) == ["11-24 18:00 Lapsed"]


def test_daily_reminders_of_days_gone_by_do_not_come_all_at_once() -> None:
    issue, _ = wait(rectifying(severity=SERIOUS), at("12-17 10:00"))
    issue, _ = regrade(issue, "12-17 10:00", MAJOR)

    _, facts = wait(issue, at("12-17 10:00"))

    assert kinds(facts).count("EarlyReminded") <= 1


def test_bulletins_and_levels_of_weeks_gone_by_do_not_come_all_at_once() -> None:
    issue, _ = wait(rectifying(Category.BANK_DAMAGE), at("12-18 09:00"))
    issue, _ = regrade(issue, "12-18 09:00", MAJOR)  # a day from 23 November instead of twenty

    _, facts = wait(issue, at("12-18 09:00"))

    assert [kinds(facts).count(kind) for kind in ("Lapsed", "Escalated", "BulletinDrafted")] == [1, 1, 1]


def test_a_lapse_whose_limit_lies_ahead_again_is_climbed_anew_from_the_level_reached() -> None:
    issue, _ = wait(rectifying(), at("12-04 09:00"))
    issue, _ = regrade(issue, "12-04 10:00", SERIOUS)

    assert (issue.is_overdue, issue.chief) == (False, given.COUNTY_CHIEF)
    _, facts = wait(issue, at("12-10 17:30"))
    assert told(facts) == ["12-07 17:30 Lapsed", "12-08 17:30 Ordered", "12-10 17:30 Escalated"]


def test_there_and_back_is_the_same_limit() -> None:
    issue, _ = regrade(rectifying(), "11-24 10:00", SERIOUS)
    issue, facts = hear(issue, c.Regrade, "11-24 11:00", rules=regraded(issue, severity=GENERAL))

    assert (facts[0].by, kinds(facts)) == (given.CITY_OFFICE, ["Regraded"])
    assert (issue.severity, limit_of(issue, Clock.RECTIFY)) == (GENERAL, at("11-26 17:30"))
    assert issue.chief == given.COUNTY_CHIEF  # a level once reached is kept


def test_back_when_the_lower_limit_has_passed_lapses_at_that_moment() -> None:
    issue, _ = regrade(rectifying(), "11-24 10:00", SERIOUS)
    issue, _ = hear(issue, c.Regrade, "12-01 09:00", rules=regraded(issue, severity=GENERAL))

    _, facts = wait(issue, at("12-01 09:00"))

    assert told(facts, Clock.RECTIFY)[-2:] == ["12-01 09:00 Lapsed", "12-01 09:00 Ordered"]


def test_only_who_closes_it_may_grade_it_lower_and_an_office_above_higher() -> None:
    issue = rectifying(severity=SERIOUS)
    lower = regraded(issue, severity=GENERAL)

    for by in (given.TOWNSHIP_OFFICE, given.COUNTY_OFFICE):
        own = word(issue, c.Regrade, rules=lower, by=by)
        no(own, issue, NotYours, f"须由销号单位 {given.CITY_OFFICE} 办理", "may lower it")
    assert say(issue, word(issue, c.Regrade, rules=lower, by=given.CITY_OFFICE))[0].severity is GENERAL
    own = word(issue, c.Regrade, by=given.COUNTY_OFFICE)
    no(own, issue, NotYours, "的上一级河长办办理", "takes an office above")
    assert say(issue, word(issue, c.Regrade, by=given.CITY_OFFICE))[0].severity is MAJOR
    unit = word(issue, c.Regrade, by=given.WATER)
    no(unit, issue, NotYours, "有管辖权的河长办", "a chief office")


def test_another_name_that_wins_time_takes_an_office_above_who_must_act() -> None:
    issue = rectifying()
    longer = regraded(issue, Category.BUILDING)

    own = word(issue, c.Regrade, rules=longer, by=given.COUNTY_OFFICE)
    no(own, issue, NotYours, "的上一级河长办办理", "takes an office above")
    issue, _ = hear(issue, c.Regrade, "11-25 09:00", rules=longer, by=given.CITY_OFFICE)
    assert limit_of(issue, Clock.RECTIFY) == at("12-21 17:30")
    shorter = word(issue, c.Regrade, rules=regraded(issue, Category.SEWAGE), by=given.TOWNSHIP_OFFICE)
    assert limit_of(say(issue, shorter)[0], Clock.RECTIFY) == at("11-30 17:30")


def test_an_excerpt_that_lacks_a_limit_is_refused() -> None:
    issue = rectifying()
    clocks = {clock: limit for clock, limit in regraded(issue).clocks.items() if clock is not Clock.VERIFY}
    torn = regraded(issue).model_copy(update={"clocks": clocks})

    no(
        word(issue, c.Regrade, rules=torn),
        issue,
        Incomplete,
        "完整的规则摘录",
        "a whole excerpt (it lacks VERIFY)",
    )


def test_the_same_kind_another_edition_and_no_reason_are_refused() -> None:
    issue = rectifying()
    other = regraded(issue).model_copy(update={"edition": "ziyang-2027-1"})

    same = word(issue, c.Regrade, rules=issue.rules)
    no(same, issue, AlreadyDone, "类别等级未变", "it has this category and severity")
    edition = word(issue, c.Regrade, rules=other)
    no(edition, issue, Incomplete, "同一版规则 ziyang-2026", "an excerpt of ziyang-2026")
    no(word(issue, c.Regrade, reason=" "), issue, Incomplete, "理由", "a reason")


def test_hazardous_waste_is_never_general() -> None:
    issue = an_issue(severity=SERIOUS, circumstances=(Circumstance.HAZARDOUS,))
    lower = regraded(issue, severity=MAJOR).model_copy(update={"severity": GENERAL})

    no(word(issue, c.Regrade, rules=lower), issue, Incomplete, "危险废物至少定为较严重", "serious at least")
    assert regrade(issue, "11-23 10:00", MAJOR)[0].severity is MAJOR


def test_what_is_verified_is_regraded_too_and_a_rejection_gives_back_the_new_time() -> None:
    issue, _ = hear(rectifying(), c.ReportRectified, "11-25 12:00")
    issue, facts = regrade(issue, "11-25 15:00", SERIOUS)

    assert [(move.clock, move.limit) for move in facts[0].moves] == [(Clock.RECTIFY, "10wd")]
    issue, _ = hear(issue, c.RejectRectification, "11-27 12:00")
    assert limit_of(issue, Clock.RECTIFY) == at("12-09 17:30")  # 7 December, and the two days of the rest


def test_a_category_without_a_stop_limit_leaves_the_one_that_runs() -> None:
    issue, facts = regrade(an_issue(), "11-23 10:00", category=Category.FLOATING_DEBRIS)

    assert (facts[0].moves, limit_of(issue, Clock.STOP)) == ((), at("11-24 09:00"))
    issue = walk(issue, Stage.RECTIFYING, at("11-23 12:00"))
    assert limit_of(issue, Clock.RECTIFY) == at("11-24 12:00")


def test_a_regrade_said_in_time_and_heard_late_withdraws_the_lapse() -> None:
    issue = rectifying()
    said = word(issue, c.Regrade, at("11-26 12:00"), rules=regraded(issue, severity=SERIOUS))
    issue, _ = wait(issue, at("12-01 09:00"))

    issue, facts = say(issue, said, at("12-01 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "Regraded", "ChiefMoved"]
    assert (issue.is_overdue, limit_of(issue, Clock.RECTIFY)) == (False, at("12-07 17:30"))
