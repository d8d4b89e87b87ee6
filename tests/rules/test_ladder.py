from datetime import timedelta

import pytest

from domain.excerpt import Step
from domain.issue.state import Issue
from domain.terms import Category, Clock, Level, Rung, Severity, Source, Stage
from tests.rules.given import (
    CITY_CHIEF,
    COUNTY_CHIEF,
    GENERAL_CHIEF,
    MONDAY,
    PROVINCE_OFFICE,
    an_issue,
    at,
    book,
    kinds,
    limit_of,
    told,
    wait,
    walk,
)


def rectifying(severity: Severity = Severity.GENERAL, **more: object) -> Issue:
    """An issue whose rectification began on Monday at ten."""
    return walk(an_issue(severity=severity, **more), Stage.RECTIFYING, at("11-23 10:00"))


def test_a_general_rectification_climbs_every_rung_at_its_true_moment() -> None:
    issue, facts = wait(rectifying(), at("2027-01-14 17:30"))

    assert told(facts) == [
        "11-26 01:36 EarlyReminded",  # a fifth of the wall time before the limit
        "11-26 17:30 Lapsed",  # three working days
        "11-30 17:30 Ordered",
        "12-03 17:30 Escalated",  # township to county
        "12-10 17:30 Escalated",  # city; the same instant: the lower rung first
        "12-10 17:30 BulletinDrafted",
        "12-17 17:30 Escalated",  # the city's general chief
        "12-17 17:30 InterviewCalled",  # once
        "12-24 17:30 Escalated",  # the office above
        "12-24 17:30 BulletinDrafted",
        "01-07 17:30 BulletinDrafted",
        "01-14 17:30 Referred",  # twenty working days after the interview, which nobody recorded
    ]
    assert issue.rung is Rung.REFERRAL
    assert issue.chief == PROVINCE_OFFICE


def test_a_serious_rectification_climbs_faster() -> None:
    _, facts = wait(rectifying(Severity.SERIOUS), at("12-28 17:30"))

    assert told(facts) == [
        "12-03 10:27 EarlyReminded",  # three tenths of the wall time before the limit
        "12-07 17:30 Lapsed",  # ten working days
        "12-08 17:30 Ordered",
        "12-10 17:30 Escalated",
        "12-14 17:30 BulletinDrafted",
        "12-15 17:30 Escalated",
        "12-17 17:30 InterviewCalled",
        "12-18 17:30 Escalated",
        "12-21 17:30 BulletinDrafted",
        "12-28 17:30 BulletinDrafted",
    ]


def test_a_major_rectification_is_reminded_each_day_and_climbs_in_days() -> None:
    issue = rectifying(Severity.MAJOR, category=Category.ABNORMAL_WATER)
    assert limit_of(issue, Clock.RECTIFY) == at("11-23 14:00")

    _, facts = wait(issue, at("11-30 09:00"))

    assert told(facts) == [
        "11-23 12:00 EarlyReminded",
        "11-23 14:00 Lapsed",
        "11-23 18:00 Ordered",
        "11-24 17:30 Escalated",  # the general chief
        "11-25 17:30 Escalated",  # the office above
        "11-26 17:30 BulletinDrafted",
    ]


def test_a_long_major_limit_is_reminded_each_day_until_it_ends() -> None:
    issue = rectifying(Severity.MAJOR, category=Category.FLOATING_DEBRIS)

    _, facts = wait(issue, at("11-26 12:00"))

    assert told(facts) == [
        "11-24 22:00 EarlyReminded",
        "11-25 22:00 EarlyReminded",
        "11-26 10:00 Lapsed",
    ]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        (
            Severity.GENERAL,
            [
                "11-24 04:12 EarlyReminded",
                "11-24 09:00 Lapsed",
                "11-24 13:00 Ordered",
                "11-24 21:00 Escalated",
                "11-25 09:00 Escalated",
                "11-25 21:00 Escalated",
                "11-26 09:00 Escalated",
                "12-08 17:30 BulletinDrafted",
            ],
        ),
        (
            Severity.SERIOUS,
            [
                "11-23 17:24 EarlyReminded",
                "11-23 21:00 Lapsed",
                "11-24 01:00 Ordered",
                "11-24 09:00 Escalated",
                "11-24 21:00 Escalated",
                "11-25 09:00 Escalated",
                "11-30 17:30 BulletinDrafted",
                "12-03 17:30 InterviewCalled",
                "12-07 17:30 BulletinDrafted",
            ],
        ),
        (
            Severity.MAJOR,
            [
                "11-23 11:00 EarlyReminded",
                "11-23 13:00 Lapsed",
                "11-23 17:00 Ordered",
                "11-24 01:00 Escalated",
                "11-24 13:00 Escalated",
                "11-26 17:30 BulletinDrafted",
                "11-30 17:30 InterviewCalled",
                "12-01 17:30 BulletinDrafted",
                "12-04 17:30 BulletinDrafted",
                "12-09 17:30 BulletinDrafted",
            ],
        ),
    ],
)
def test_the_stop_clock_climbs_in_hours(severity: Severity, expected: list[str]) -> None:
    _, facts = wait(an_issue(severity=severity), at("12-09 18:00"))

    assert told(facts) == expected


def test_one_level_at_a_time_up_to_the_general_chief_and_the_office_above() -> None:
    _, facts = wait(an_issue(), MONDAY + timedelta(days=60))

    escalated = [fact for fact in facts if type(fact).__name__ == "Escalated"]
    assert [fact.chief for fact in escalated] == [COUNTY_CHIEF, CITY_CHIEF, GENERAL_CHIEF, PROVINCE_OFFICE]
    assert [fact.level for fact in escalated] == [Level.COUNTY, Level.CITY, Level.CITY, Level.PROVINCE]


def test_at_the_top_only_the_bulletins_go_on() -> None:
    issue, _ = wait(an_issue(), MONDAY + timedelta(days=60))

    _, facts = wait(issue, MONDAY + timedelta(days=150))

    assert set(kinds(facts)) == {"BulletinDrafted"}
    assert len(facts) >= 4


def test_where_the_deployment_ends_with_the_province_nobody_is_above_its_general_chief() -> None:
    issue = an_issue(rules={"top": Level.PROVINCE})

    issue, facts = wait(issue, MONDAY + timedelta(days=60))

    assert kinds(facts).count("Escalated") == 4  # county, city, province, its general chief
    assert issue.chief == "general:510000000000"


def test_a_bulletin_counts_itself() -> None:
    _, facts = wait(rectifying(Severity.SERIOUS), at("12-28 17:30"))

    assert [fact.count for fact in facts if type(fact).__name__ == "BulletinDrafted"] == [1, 2, 3]


def test_the_clocks_of_a_complaint_climb_no_further_than_the_order() -> None:
    issue, facts = wait(an_issue(source=Source.PUBLIC), MONDAY + timedelta(days=120))

    assert told(facts, Clock.REPLY) == [
        "12-04 20:36 EarlyReminded",
        "12-07 17:30 Lapsed",
        "12-09 17:30 Ordered",
    ]
    assert told(facts, Clock.WHOLE) == [
        "01-10 21:00 EarlyReminded",
        "01-23 00:00 Lapsed",  # sixty calendar days end at 24:00 of 22 January
        "01-26 17:30 Ordered",
    ]
    assert issue.rung is Rung.REFERRAL  # the stop clock's


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("stage", [Stage.STOPPED, Stage.PLANNING, Stage.VERIFYING, Stage.ACCEPTED])
def test_every_stage_clock_climbs_all_rungs(stage: Stage, severity: Severity) -> None:
    if (stage, severity) == (Stage.PLANNING, Severity.GENERAL):
        stage = Stage.RECTIFYING  # a general issue has no plan
    issue = walk(an_issue(Category.OCCUPATION, severity), stage)

    _, facts = wait(issue, MONDAY + timedelta(days=90))

    assert list(dict.fromkeys(kinds(facts))) == [
        "EarlyReminded",
        "Lapsed",
        "Ordered",
        "Escalated",
        "BulletinDrafted",
        "InterviewCalled",
        "Referred",
    ]


def test_a_step_without_an_interval_comes_once() -> None:
    ladder = book().ladder.of(Severity.GENERAL).travelling(book().stop_ladder)
    once = ladder.model_copy(update={"stop_escalation": Step(after="12h", source="chosen")})

    _, facts = wait(an_issue(rules={"ladder": once}), MONDAY + timedelta(days=60))

    assert kinds(facts).count("Escalated") == 1
