from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue.effects import effects_of
from domain.refusals import AlreadyDone, Incomplete, NotYours
from domain.terms import Level, Severity, Source, Stage
from tests.rules.given import (
    CHAIN,
    CITY_CHIEF,
    COUNTY_CHIEF,
    COUNTY_OFFICE,
    GENERAL_CHIEF,
    MONDAY,
    PATROLLER,
    PROVINCE_OFFICE,
    TOWNSHIP_CHIEF,
    VILLAGE,
    VILLAGE_CHIEF,
    WATER,
    an_issue,
    at,
    kinds,
    opened,
    opening,
    refusal_of,
    say,
    wait,
    walk,
    word,
)


def found_in_a_village(**more: object) -> c.OpenIssue:
    finder = f"patroller:{VILLAGE}:R03-01"
    return opening(source=Source.PATROL, finder=finder, division=VILLAGE, **more)


@pytest.mark.parametrize("passed", range(1, 6))
def test_vacant_posts_are_passed_at_opening_each_as_a_fact(passed: int) -> None:
    issue, facts = opened(found_in_a_village(vacant=CHAIN[:passed]))

    assert kinds(facts) == ["Opened", *["PostPassed"] * passed]
    assert [fact.post for fact in facts[1:]] == list(CHAIN[:passed])
    assert {fact.at for fact in facts} == {MONDAY}
    assert issue.chief == facts[0].chief == CHAIN[passed]


def test_where_everybody_is_missing_the_office_above_is_asked() -> None:
    issue, _ = opened(found_in_a_village(vacant=CHAIN))

    assert issue.chief == PROVINCE_OFFICE


def test_the_first_chief_is_the_finders_the_countys_or_the_citys() -> None:
    assert opened(found_in_a_village())[0].chief == VILLAGE_CHIEF
    assert an_issue(source=Source.PATROL, finder=PATROLLER).chief == TOWNSHIP_CHIEF
    assert an_issue(severity=Severity.SERIOUS).chief == COUNTY_CHIEF
    assert an_issue(severity=Severity.MAJOR).chief == CITY_CHIEF


def test_a_chief_whose_post_falls_vacant_is_followed_at_once() -> None:
    issue = an_issue()
    moment = MONDAY + timedelta(hours=2)

    issue, facts = say(issue, word(issue, c.AnnounceVacancy, moment))

    assert kinds(facts) == ["VacancyAnnounced", "ChiefMoved"]
    assert {fact.at for fact in facts} == {moment}
    assert (issue.chief, issue.level) == (COUNTY_CHIEF, Level.COUNTY)


def test_several_vacant_levels_in_a_row_are_passed_at_one_instant() -> None:
    issue = an_issue(vacant=(COUNTY_CHIEF, CITY_CHIEF))

    issue, facts = say(issue, word(issue, c.AnnounceVacancy, MONDAY + timedelta(hours=2)))

    assert kinds(facts) == ["VacancyAnnounced", "PostPassed", "PostPassed", "ChiefMoved"]
    assert len({fact.at for fact in facts}) == 1
    assert issue.chief == GENERAL_CHIEF


def test_an_escalation_passes_vacant_levels_at_its_own_instant() -> None:
    issue = an_issue(vacant=(COUNTY_CHIEF,))

    issue, facts = wait(issue, at("11-24 21:00"))

    passed, escalated = facts[-2:]
    assert (passed.post, passed.reason, passed.at) == (COUNTY_CHIEF, "vacant", escalated.at)
    assert (escalated.at, issue.chief) == (at("11-24 21:00"), CITY_CHIEF)


def test_what_cannot_be_stopped_passes_vacant_levels_too() -> None:
    issue = an_issue(vacant=(COUNTY_CHIEF,))

    issue, facts = say(issue, word(issue, c.ReportCannotStop))

    assert kinds(facts) == ["StoppingFailed", "PostPassed", "ChiefMoved"]
    assert issue.chief == CITY_CHIEF


def test_a_vacancy_at_the_very_top_moves_nobody() -> None:
    issue = an_issue(severity=Severity.MAJOR, vacant=(GENERAL_CHIEF,))
    issue, _ = say(issue, word(issue, c.AnnounceVacancy))
    assert issue.chief == PROVINCE_OFFICE

    issue, facts = say(issue, word(issue, c.AnnounceVacancy))

    assert kinds(facts) == ["VacancyAnnounced"]
    assert issue.chief == PROVINCE_OFFICE


@pytest.mark.parametrize("post", [COUNTY_CHIEF, WATER])
def test_a_vacancy_elsewhere_moves_nobody_yet(post: str) -> None:
    issue = an_issue()

    issue, facts = say(issue, word(issue, c.AnnounceVacancy, post=post))

    assert kinds(facts) == ["VacancyAnnounced"]
    assert (issue.chief, issue.vacant) == (TOWNSHIP_CHIEF, (post,))


def test_a_holder_who_is_back_is_reached_again_and_gets_nothing_back() -> None:
    issue = an_issue(vacant=(TOWNSHIP_CHIEF, COUNTY_CHIEF))
    assert issue.chief == CITY_CHIEF

    issue, facts = say(issue, word(issue, c.AnnounceHolder, post=TOWNSHIP_CHIEF))

    assert kinds(facts) == ["HolderAnnounced"]
    assert (issue.chief, issue.vacant) == (CITY_CHIEF, (COUNTY_CHIEF,))


def test_a_post_that_is_held_again_is_not_passed() -> None:
    issue = an_issue(vacant=(COUNTY_CHIEF,))
    issue, _ = say(issue, word(issue, c.AnnounceHolder, post=COUNTY_CHIEF))

    issue, _ = wait(issue, at("11-24 21:00"))

    assert issue.chief == COUNTY_CHIEF


def test_a_post_is_vacant_once() -> None:
    issue = an_issue()
    issue, _ = say(issue, word(issue, c.AnnounceVacancy, post=COUNTY_CHIEF))

    assert isinstance(refusal_of(issue, word(issue, c.AnnounceVacancy, post=COUNTY_CHIEF)), AlreadyDone)


def test_no_time_is_lost_on_a_vacancy() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING)

    later, _ = say(issue, word(issue, c.AnnounceVacancy))

    assert later.clocks == issue.clocks


def test_a_chief_whose_notice_reached_nobody_is_followed_at_once() -> None:
    issue = an_issue()

    nobody, facts = say(issue, word(issue, c.ReportUndeliverable, why="nobody"))
    no_channel, _ = say(issue, word(issue, c.ReportUndeliverable, why="no_channel"))

    assert kinds(facts) == ["DeliveryFailed", "ChiefMoved"]
    assert (nobody.chief, nobody.vacant) == (COUNTY_CHIEF, (TOWNSHIP_CHIEF,))
    assert (no_channel.chief, no_channel.vacant) == (TOWNSHIP_CHIEF, ())
    assert nobody.undelivered == no_channel.undelivered == (TOWNSHIP_CHIEF,)


def test_a_repair_is_on_record_and_changes_nothing_under_any_edition() -> None:
    older = an_issue().rules.model_copy(update={"who": {}, "may": {}})
    issue = an_issue().model_copy(update={"rules": older})

    later, (repaired,) = say(issue, word(issue, c.RecordRepair, about=("fact 3",)))

    assert (repaired.kind, repaired.rule, repaired.about) == ("Repaired", "R-REPAIR", ("fact 3",))
    assert effects_of(later, repaired) == ()
    recorded = {"number", "at", "heard", "recent", "tail"}
    assert later.model_dump(exclude=recorded) == issue.model_dump(exclude=recorded)


def test_a_repair_is_recorded_by_the_roster_only_and_with_a_reason() -> None:
    issue = an_issue()

    by_an_office = refusal_of(issue, word(issue, c.RecordRepair, by=COUNTY_OFFICE))
    without = refusal_of(issue, word(issue, c.RecordRepair, reason=" "))

    assert (type(by_an_office), type(without)) == (NotYours, Incomplete)
