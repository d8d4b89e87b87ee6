from datetime import date, timedelta

import pytest

from domain.issue import commands as c
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source, Stage
from tests.rules.given import (
    COUNTY_CHIEF,
    MONDAY,
    TOWNSHIP_CHIEF,
    an_issue,
    at,
    book,
    kinds,
    limit_of,
    opened,
    opening,
    refused,
    say,
    told,
    wait,
    walk,
    word,
)

HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("seen_before", "starts_before"),
    [
        (0 * HOURS, 0 * HOURS),
        (1 * HOURS, 1 * HOURS),
        (48 * HOURS, 48 * HOURS),
        (48 * HOURS + timedelta(seconds=1), 0 * HOURS),  # older: at registration
        (-1 * HOURS, 0 * HOURS),  # a wrong clock
    ],
)
def test_the_stop_clock_starts_when_the_thing_was_seen_at_most_two_days_before(
    seen_before: timedelta, starts_before: timedelta
) -> None:
    issue, (first, *_) = opened(opening(seen_at=MONDAY - seen_before))

    stop = issue.run(Clock.STOP)
    assert stop
    assert stop.started_at == MONDAY - starts_before
    assert stop.limit_at == stop.started_at + 24 * HOURS
    assert first.seen_at == MONDAY - seen_before  # its true date is kept


def test_what_lapsed_before_registration_lapses_at_its_true_moment() -> None:
    issue = an_issue(seen_at=MONDAY - 30 * HOURS)

    _, facts = wait(issue, MONDAY)

    assert told(facts) == ["11-22 22:12 EarlyReminded", "11-23 03:00 Lapsed", "11-23 07:00 Ordered"]
    assert {fact.at for fact in facts} == {MONDAY}


@pytest.mark.parametrize("category", [Category.FLOATING_DEBRIS, Category.BANK_DAMAGE])
def test_the_first_clock_of_what_cannot_be_stopped_starts_when_it_was_seen(category: Category) -> None:
    issue = an_issue(category, seen_at=MONDAY - 30 * HOURS)

    assert {run.clock: run.started_at for run in issue.clocks} == {Clock.ASSIGN: MONDAY - 30 * HOURS}


def test_the_first_clock_of_stock_starts_at_registration() -> None:
    stock = {"origin": Origin.STOCK, "plan_on": MONDAY.date()}

    issue = an_issue(seen_at=MONDAY - 30 * HOURS, **stock)

    assert {run.clock: run.started_at for run in issue.clocks} == {Clock.ASSIGN: MONDAY}


def test_the_reporters_clocks_start_at_registration() -> None:
    issue = an_issue(source=Source.HOTLINE, seen_at=MONDAY - 30 * HOURS)

    starts = {run.clock: run.started_at for run in issue.clocks}
    assert starts == {Clock.STOP: MONDAY - 30 * HOURS, Clock.REPLY: MONDAY, Clock.WHOLE: MONDAY}


@pytest.mark.parametrize("source", [source for source in Source if source not in ("PUBLIC", "HOTLINE")])
def test_only_a_complaint_has_the_reporters_clocks(source: Source) -> None:
    finder = "patroller:512022113000:R03-01"

    assert [run.clock for run in an_issue(source=source, finder=finder).clocks] == [Clock.STOP]


def test_a_stock_issue_has_the_date_of_its_own_plan() -> None:
    issue = an_issue(Category.OCCUPATION, origin=Origin.STOCK, plan_on=date(2026, 11, 27))

    issue = walk(issue, Stage.RECTIFYING, at("11-24 10:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("11-28 00:00")


def test_the_table_bounds_the_plan_of_a_stock_issue() -> None:
    issue = an_issue(Category.OCCUPATION, origin=Origin.STOCK, plan_on=date(2026, 12, 7))

    issue = walk(issue, Stage.RECTIFYING, MONDAY + HOURS)

    assert limit_of(issue, Clock.RECTIFY) == at("12-07 17:30")


def test_a_stock_issue_whose_plan_ends_this_year_is_not_provisional() -> None:
    issue = an_issue(Category.OCCUPATION, Severity.SERIOUS, origin=Origin.STOCK, plan_on=date(2026, 12, 18))

    issue = walk(issue, Stage.RECTIFYING, at("12-10 10:00"))  # the table would reach into January

    run = issue.run(Clock.RECTIFY)
    assert run
    assert (run.limit_at, run.provisional) == (at("12-19 00:00"), False)


def test_a_limit_that_reaches_into_an_unpublished_year_is_provisional() -> None:
    issue = walk(an_issue(Category.OCCUPATION, said_at=at("12-21 09:00")), Stage.STOPPED)

    issue, (assigned,) = say(issue, word(issue, c.Assign, at("12-21 10:00")))
    _, facts = wait(issue, at("2027-01-05 09:00"))

    assert limit_of(issue, Clock.RECTIFY) == at("2027-01-04 17:30")  # 1 January counted as a working day
    assert assigned.starts[0].provisional
    assert [fact.provisional for fact in facts if type(fact).__name__ == "Lapsed"] == [True]


def test_a_flood_blocking_issue_has_half_the_time_in_the_season() -> None:
    def limit(opened_at: str) -> timedelta:
        moment = at(opened_at)
        issue = an_issue(
            Category.FLOATING_DEBRIS, circumstances=(Circumstance.FLOOD_BLOCKING,), said_at=moment
        )
        issue = walk(issue, Stage.RECTIFYING)
        return limit_of(issue, Clock.RECTIFY) - issue.stage_since

    assert limit("07-06 09:00") == 12 * HOURS
    assert limit("09-30 09:00") == 12 * HOURS
    assert limit("10-08 09:00") == 24 * HOURS


def test_hazardous_waste_finds_its_unit_in_two_hours() -> None:
    issue = an_issue(severity=Severity.SERIOUS, circumstances=(Circumstance.HAZARDOUS,))

    issue = walk(issue, Stage.STOPPED, at("11-23 10:00"))

    assert limit_of(issue, Clock.ASSIGN) == at("11-23 12:00")


def test_what_recurs_is_one_grade_higher_and_its_chief_one_level() -> None:
    assert book().severity_of(Severity.GENERAL, Severity.GENERAL) is Severity.SERIOUS
    assert book().severity_of(Severity.GENERAL, Severity.MAJOR) is Severity.MAJOR
    assert book().severity_of(Severity.MAJOR, Severity.GENERAL) is Severity.MAJOR
    assert book().severity_of(Severity.GENERAL, None) is Severity.GENERAL

    again = an_issue(recurrence_of="512022-2026-000001")
    assert (again.chief, again.level) == (COUNTY_CHIEF, Level.COUNTY)
    assert an_issue().chief == TOWNSHIP_CHIEF


def test_a_major_recurrence_stays_with_the_city() -> None:
    issue = an_issue(severity=Severity.MAJOR, recurrence_of="512022-2026-000001")

    assert issue.level is Level.CITY


def test_a_division_has_no_chief_below_itself() -> None:
    issue = an_issue(division="512022000000")

    assert issue.chief == COUNTY_CHIEF


def test_an_opening_five_seconds_ahead_is_heard_and_more_is_not() -> None:
    ahead = opening(said_at=MONDAY + timedelta(seconds=5))

    assert kinds(opened(ahead, MONDAY)[1]) == ["Opened"]
    refusal = refused(lambda: opened(ahead, MONDAY - timedelta(milliseconds=1)))
    assert type(refusal).__name__ == "TooEarly"


def test_the_monthly_batch_closes_serious_issues() -> None:
    def closing(accepted_at: str) -> object:
        issue = walk(
            an_issue(severity=Severity.SERIOUS, said_at=at("12-01 09:00")), Stage.ACCEPTED, at(accepted_at)
        )
        return limit_of(issue, Clock.CLOSE)

    assert closing("12-02 09:00") == at("12-31 17:30")
    assert closing("12-24 09:00") == at("12-31 17:30")  # five working days before it
    assert closing("12-25 09:00") == at("2027-01-29 17:30")  # fewer: of the next month
