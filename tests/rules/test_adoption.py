from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.state import Issue
from domain.issue.views import details
from domain.limits import SourcedLimit
from domain.refusals import AlreadyDone, Incomplete, NotYours, Refusal
from domain.roles import SPOKEN, Role
from domain.terms import Category, Clock, Severity, Source, Stage
from domain.workdays import Calendar
from tests.rules import given
from tests.rules.given import Facts, an_issue, at, kinds, limit_of, refusal_of, say, told, wait, walk, word

NEW = ("RequestExtension", "GrantExtension", "DenyExtension", "SuspendClock", "UpholdSuspension")
NEW += ("ResumeClock", "HandBack", "RuleOnDispute", "Regrade", "SetDate", "TransferToEnforcement")
NEW += ("RecordInterview", "AdoptEdition", "AdoptCalendar", "ReportUndeliverable")


def before_new_year(**more: Any) -> Issue:
    """Three working days from Wednesday: Thursday, Friday 1 January as far as is known, and Monday."""
    return walk(an_issue(said_at=at("12-30 08:00"), **more), Stage.RECTIFYING, at("12-30 09:00"))


def rectifying(**more: Any) -> Issue:
    """Three working days from Monday."""
    return walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))


def hear(issue: Issue, kind: type[Command], local: str, **more: Any) -> tuple[Issue, Facts]:
    return say(issue, word(issue, kind, at(local), **more))


def no(said: Command, issue: Issue, why: type[Refusal], zh: str, en: str) -> None:
    """Assert that a word is refused, in both languages."""
    refusal = refusal_of(issue, said)
    assert (type(refusal), zh in refusal.zh, en in str(refusal)) == (why, True, True), refusal.zh


def newer(issue: Issue, **limits: str) -> Any:
    """Return what a newer edition gives an issue, with some limits of its own."""
    own = {Clock[name]: SourcedLimit(limit=limit, source="chosen") for name, limit in limits.items()}
    named = {"edition": "ziyang-2027-1", "digest": "f" * 12}
    return issue.rules.model_copy(update={**named, "clocks": {**issue.rules.clocks, **own}})


def old() -> dict[str, Any]:
    """Return how an excerpt was, before these words were known."""
    who = an_issue().rules.who
    may = {role: tuple(name for name in SPOKEN if role in who[name] and name not in NEW) for role in Role}
    return {"fair": None, "who": {}, "may": {role: names for role, names in may.items() if names}}


def test_a_limit_into_a_year_without_a_notice_is_marked_provisional_wherever_it_is_read() -> None:
    issue = walk(an_issue(said_at=at("12-30 08:00")), Stage.STOPPED)

    issue, assigned = hear(issue, c.Assign, "12-30 09:00")
    _, facts = wait(issue, at("2027-01-04 17:30"))

    assert assigned[-1].starts[0].provisional
    assert limit_of(issue, Clock.RECTIFY) == at("2027-01-04 17:30")
    assert "2027-01-04 17:30(暂定)" in details(issue)
    assert (told(facts)[-1], facts[-1].provisional) == ("01-04 17:30 Lapsed", True)


def test_the_years_notice_makes_it_certain_and_moves_it() -> None:
    issue, facts = hear(before_new_year(), c.AdoptCalendar, "12-30 10:00")

    assert (facts[0].by, kinds(facts)) == (given.CITY_OFFICE, ["CalendarAdopted"])
    assert limit_of(issue, Clock.RECTIFY) == at("2027-01-05 17:30")  # New Year's Day is off
    assert "暂定" not in details(issue)
    effects = effects_of(issue, facts[0])
    assert [effect.addressee for effect in effects] == [given.WATER, given.TOWNSHIP_CHIEF]
    assert "【适用新日历】" in effects[0].text
    assert "整改时限 2027-01-05 17:30。" in effects[0].text


def test_a_lapse_of_a_provisional_limit_is_climbed_anew_when_it_lies_ahead_again() -> None:
    issue, _ = wait(before_new_year(), at("2027-01-05 09:00"))
    assert issue.is_overdue

    issue, _ = hear(issue, c.AdoptCalendar, "2027-01-05 10:00")

    assert not issue.is_overdue
    assert told(wait(issue, at("2027-01-05 17:30"))[1])[-1] == "01-05 17:30 Lapsed"


def test_a_calendar_heard_late_withdraws_what_came_by_the_provisional_limit() -> None:
    issue = before_new_year()
    said = word(issue, c.AdoptCalendar, at("12-31 09:00"))
    issue, _ = wait(issue, at("2027-01-05 09:00"))

    issue, facts = say(issue, said, at("2027-01-05 09:00"))

    assert kinds(facts) == ["LapseWithdrawn", "CalendarAdopted"]
    assert not issue.is_overdue


def test_a_calendar_heard_late_withdraws_nothing_of_a_limit_that_it_does_not_move() -> None:
    issue = rectifying()
    said = word(issue, c.AdoptCalendar, at("11-27 09:00"))
    issue, _ = wait(issue, at("12-04 09:00"))

    issue, facts = say(issue, said, at("12-04 09:00"))

    assert (kinds(facts), issue.chief) == (["CalendarAdopted"], given.COUNTY_CHIEF)


def test_a_limit_within_the_known_years_has_no_move_and_tells_nobody() -> None:
    issue, facts = hear(rectifying(), c.AdoptCalendar, "11-23 10:00")

    assert facts[0].moves == ()
    assert effects_of(issue, facts[0]) == ()


def test_clocks_that_ended_are_not_counted_again() -> None:
    issue = walk(before_new_year(), Stage.VERIFYING, at("2027-01-04 09:00"))
    issue, _ = hear(issue, c.AcceptRectification, "2027-01-04 10:00")
    ended = issue.ended

    issue, facts = hear(issue, c.AdoptCalendar, "2027-01-04 11:00")

    assert {move.clock for move in facts[0].moves} == {Clock.CLOSE}
    assert issue.ended == ended
    assert Clock.RECTIFY in {run.clock for run in ended}


def test_what_stands_still_is_counted_again_and_runs_on_by_the_new_calendar() -> None:
    issue, _ = hear(before_new_year(), c.SuspendClock, "12-31 12:00")
    issue, _ = hear(issue, c.AdoptCalendar, "2027-01-04 09:00")

    issue, _ = hear(issue, c.ResumeClock, "2027-01-04 12:00")

    # Tuesday 5 January and four days are Saturday 9 January, which 2027 does not work.
    assert limit_of(issue, Clock.RECTIFY) == at("2027-01-11 17:30")


def changed(**changes: Any) -> Calendar:
    return given.calendar_with_2027().model_copy(update=changes)


def test_the_same_calendar_one_of_fewer_years_and_one_of_another_name_are_refused() -> None:
    issue, _ = hear(before_new_year(), c.AdoptCalendar, "12-30 10:00")

    no(word(issue, c.AdoptCalendar), issue, AlreadyDone, "已适用日历 2027-test", "it counts by 2027-test")
    for calendar in (changed(published=(2018, 2026)), changed(name="other", version="2028")):
        other = word(issue, c.AdoptCalendar, calendar=calendar)
        no(other, issue, Incomplete, "同名且不少于 2027-12-31 的日历", "up to 2027-12-31")


def test_a_newer_edition_counts_each_limit_from_its_own_start() -> None:
    issue = rectifying(source=Source.PUBLIC)
    before, ended = (limit_of(issue, Clock.REPLY), limit_of(issue, Clock.WHOLE)), issue.ended

    issue, facts = hear(issue, c.AdoptEdition, "11-25 09:00", rules=newer(issue, RECTIFY="5wd", STOP="1h"))

    assert [(move.clock, move.limit) for move in facts[0].moves] == [(Clock.RECTIFY, "5wd")]
    assert limit_of(issue, Clock.RECTIFY) == at("11-30 17:30")
    assert (limit_of(issue, Clock.REPLY), limit_of(issue, Clock.WHOLE), issue.ended) == (*before, ended)
    assert (issue.rules.edition, issue.run(Clock.RECTIFY).edition) == ("ziyang-2027-1", "ziyang-2027-1")
    assert "【适用新版规则】" in effects_of(issue, facts[0])[0].text


def test_marks_that_a_shorter_limit_leaves_behind_act_at_the_moment_of_the_word() -> None:
    issue, _ = wait(rectifying(), at("11-26 09:00"))
    issue, _ = hear(issue, c.AdoptEdition, "11-26 09:00", rules=newer(issue, RECTIFY="1wd"))

    _, facts = wait(issue, at("11-26 18:00"))

    assert told(facts) == ["11-26 09:00 Lapsed", "11-26 17:30 Ordered"]


def test_an_edition_of_another_kind_or_the_same_is_refused() -> None:
    issue = before_new_year()
    serious = given.regraded(issue).model_copy(update={"edition": "ziyang-2027-1"})

    same = word(issue, c.AdoptEdition, rules=issue.rules)
    no(same, issue, AlreadyDone, f"已适用 {issue.rules.edition}", "it lives under")
    kind = word(issue, c.AdoptEdition, rules=serious)
    no(kind, issue, Incomplete, "与问题相符的规则摘录", "an excerpt of its own kind")
    unfair = word(issue, c.AdoptEdition, rules=newer(issue).model_copy(update={"fair": None}))
    no(unfair, issue, Incomplete, "计时规则", "the fair clocks")
    torn = newer(issue).model_copy(update={"calendar": changed(published=(2018, 2025))})
    fewer = word(issue, c.AdoptEdition, rules=torn)
    no(fewer, issue, Incomplete, "同名且不少于", "a calendar of cn-state-council up to")


@pytest.mark.parametrize("kind", [c.AdoptEdition, c.AdoptCalendar])
def test_only_the_citys_office_adopts(kind: type[Command]) -> None:
    for rules in ({}, old()):
        issue = before_new_year(rules=rules)
        for by in (given.COUNTY_OFFICE, given.CITY_CHIEF, given.PROVINCE_OFFICE):
            no(
                word(issue, kind, by=by),
                issue,
                NotYours,
                "本部署最高一级河长办",
                "the highest chief office of the deployment",
            )


@pytest.mark.parametrize(
    "kind",
    [c.RequestExtension, c.SuspendClock, c.HandBack, c.SetDate, c.TransferToEnforcement, c.RecordInterview],
)
def test_an_old_excerpt_knows_the_new_words_after_a_newer_edition_is_adopted(kind: type[Command]) -> None:
    known = an_issue().rules
    issue = rectifying(rules=old())

    zh = f"所依规则 {known.edition} 未载此项,须先适用新版规则"
    no(word(issue, kind), issue, NotYours, zh, f"its edition {known.edition} does not know it: adopt a newer")
    rules = known.model_copy(update={"edition": "ziyang-2027-1"})
    issue, facts = hear(issue, c.AdoptEdition, "11-23 11:00", rules=rules)

    assert facts[0].moves == ()
    assert say(issue, word(issue, kind))[1]


def test_an_old_excerpt_regraded_says_so_too_and_takes_a_calendar() -> None:
    issue = before_new_year(rules=old())

    no(word(issue, c.Regrade), issue, NotYours, "须先适用新版规则", "adopt a newer one first")
    issue, _ = hear(issue, c.AdoptCalendar, "12-30 10:00")
    assert limit_of(issue, Clock.RECTIFY) == at("2027-01-05 17:30")


def test_adopting_the_same_limits_moves_nothing_that_an_old_rejection_had_resumed() -> None:
    issue = rectifying(rules=old())
    issue, _ = hear(issue, c.ReportRectified, "11-26 10:00")
    issue, _ = hear(issue, c.RejectRectification, "11-30 10:00")
    assert limit_of(issue, Clock.RECTIFY) == at("11-30 17:30")  # four days after Thursday

    rules = an_issue().rules.model_copy(update={"edition": "ziyang-2027-1"})
    issue, _ = hear(issue, c.AdoptEdition, "11-30 11:00", rules=rules)

    assert limit_of(issue, Clock.RECTIFY) == at("11-30 17:30")


def test_a_plan_that_no_edition_asks_for_any_more_keeps_its_own_limit() -> None:
    issue = walk(an_issue(Category.DUMPING, Severity.SERIOUS), Stage.PLANNING, at("11-23 10:00"))
    clocks = {clock: limit for clock, limit in issue.rules.clocks.items() if clock is not Clock.PLAN}

    rules = newer(issue).model_copy(update={"clocks": clocks})
    issue, facts = hear(issue, c.AdoptEdition, "11-24 09:00", rules=rules)

    assert (facts[0].moves, limit_of(issue, Clock.PLAN)) == ((), at("11-30 17:30"))
    assert walk(issue, Stage.RECTIFYING).run(Clock.RECTIFY)
