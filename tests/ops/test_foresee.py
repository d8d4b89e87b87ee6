"""Foreseeing an adoption: what moves, what follows at once, and which issues need not be spoken to."""

from datetime import date, datetime, timedelta
from typing import Any

from domain.issue import commands as say
from domain.issue.state import Issue
from domain.rulebook import HORIZON, RuleBook
from domain.terms import Clock, Source
from domain.workdays import CHINA
from ops.foresee import calendar_for, calendar_word, edition_word, foresee, is_current
from tests.ops.lives import NEW_YEARS_EVE, Life, rectifying
from tests.workflows.words import UNIT, book

NEW_YEAR = date(2027, 1, 1)
WEEKEND = frozenset({date(2027, 1, 2), date(2027, 1, 3)})


def book_of_next_year(**days: Any) -> RuleBook:
    """Return the rule book with a calendar that assumes 2027 for the test."""
    known = book().calendar
    changed = {name: getattr(known, name) | more for name, more in days.items()}
    later = {"version": "2027-0", "published": (known.published[0], 2027), **changed}
    return book().model_copy(update={"calendar": known.model_copy(update=later)})


def adopted(life: Life, rules: RuleBook) -> Issue:
    """Return the issue once it counts by the calendar of a book."""
    return life.say(say.AdoptCalendar, calendar=calendar_for(life.issue, rules, life.at)).issue


def test_a_limit_that_is_thereby_past_lapses_at_once() -> None:
    issue, now = rectifying().issue, datetime(2027, 1, 3, 9, tzinfo=CHINA)
    rules = book_of_next_year(work=WEEKEND)

    foreseen = foresee(issue, calendar_word(issue, rules, now, None), now)

    (change,) = foreseen.changes
    assert (foreseen.standing, change.clock) == ("moves", Clock.RECTIFY)
    assert change.ends_after == datetime(2027, 1, 2, 17, 30, tzinfo=CHINA)
    assert foreseen.at_once[-1].kind == "Lapsed"
    assert UNIT in foreseen.at_once[-1].to
    assert foreseen.notices >= 2


def test_what_time_had_demanded_anyway_does_not_follow_from_the_adoption() -> None:
    issue, now = rectifying().issue, datetime(2027, 1, 6, 9, tzinfo=CHINA)
    assert issue.run(Clock.RECTIFY).limit_at < now

    foreseen = foresee(issue, calendar_word(issue, book_of_next_year(), now, None), now)

    assert [mark.kind for mark in foreseen.at_once] == []


def test_an_issue_that_counts_by_the_calendar_is_not_spoken_to_again() -> None:
    rules = book_of_next_year(off={NEW_YEAR})
    life = rectifying()
    issue = adopted(life, rules)

    for days in (0, 30):
        now = life.at + timedelta(days=days)
        assert foresee(issue, calendar_word(issue, rules, now, None), now).standing == "current"


def test_a_notice_that_was_corrected_reaches_whom_it_concerns() -> None:
    life = rectifying()
    issue = adopted(life, book_of_next_year(off={NEW_YEAR}))
    corrected = book_of_next_year(off={NEW_YEAR, date(2027, 1, 4)})
    renamed = corrected.calendar.model_copy(update={"version": "2027-1"})
    now = life.at + timedelta(hours=1)

    under_the_old_name = calendar_word(issue, corrected, life.at, None)
    under_its_own = calendar_word(issue, corrected.model_copy(update={"calendar": renamed}), life.at, None)

    assert not is_current(issue, under_the_old_name)
    assert foresee(issue, under_the_old_name, now).standing == "refused"
    assert foresee(issue, under_its_own, now).standing == "moves"


def test_a_calendar_that_was_cut_too_short_is_taken_anew() -> None:
    rules = book_of_next_year()
    known = rules.calendar.between(NEW_YEARS_EVE.date(), date(2027, 1, 31))
    issue = rectifying(source=Source.PUBLIC, rules={"calendar": known}).issue

    assert issue.run(Clock.WHOLE).provisional
    assert not is_current(issue, calendar_word(issue, rules, NEW_YEARS_EVE, None))


def test_a_long_life_loses_no_day_of_its_calendar() -> None:
    issue = rectifying().issue
    much_later = NEW_YEARS_EVE + timedelta(days=300)

    calendar = calendar_for(issue, book_of_next_year(off={NEW_YEAR, date(2027, 10, 4)}), much_later)

    assert {NEW_YEAR, date(2027, 10, 4)} <= calendar.off
    assert calendar.reaches >= min(date(2027, 12, 31), (much_later + HORIZON).date())


def test_the_same_change_has_the_same_id_and_another_has_another() -> None:
    issue, later = rectifying().issue, NEW_YEARS_EVE + timedelta(days=3)
    one, other = book_of_next_year(), book_of_next_year(off={NEW_YEAR})

    ids = [
        calendar_word(issue, rules, at, None).id for rules in (one, other) for at in (NEW_YEARS_EVE, later)
    ]

    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert edition_word(issue, one, NEW_YEARS_EVE, None).id == edition_word(issue, one, later, None).id


def test_an_older_calendar_is_refused_with_its_reason() -> None:
    life = rectifying()
    issue = adopted(life, book_of_next_year())

    foreseen = foresee(issue, calendar_word(issue, book(), life.at, None), life.at)

    assert foreseen.standing == "refused"
    assert foreseen.reason is not None
    assert "2027-12-31" in foreseen.reason.zh
