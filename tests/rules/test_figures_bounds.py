"""统计口径: each bound of a figure by the issue that only it tells apart."""

from datetime import date, timedelta

from hypothesis import assume, event
from hypothesis import given as drawn

from domain.figures import ENDING, figures, tell
from domain.indicators import Indicator, Period
from domain.issue import commands as c
from domain.issue.events import LapseWithdrawn
from domain.terms import Category, Severity
from tests.rules.bulletins import HOUR, NOVEMBER, Told
from tests.rules.given import COUNTY, MONDAY, at, regraded
from tests.rules.strategies import Lived, lives
from tests.rules.test_figures import by_key, count

OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))
OPEN, ON_TIME = Indicator.OPEN, Indicator.ON_TIME


def rectifying(**opens: object) -> Told:
    return Told(**opens).walk(c.RecordStop, c.Assign)


def happened(told: Told) -> list[str]:
    return [type(event).__name__ for event in told.facts]


def test_a_period_begins_with_its_first_moment_and_is_over_with_its_last() -> None:
    assert NOVEMBER.holds(NOVEMBER.begins_at)
    assert not NOVEMBER.holds(NOVEMBER.ends_at)


def test_who_was_only_reminded_early_is_on_time() -> None:
    told = rectifying().wait(at("11-26 12:00")).walk(c.ReportRectified, c.AcceptRectification, c.Close)

    assert "EarlyReminded" in happened(told)
    assert "Lapsed" not in happened(told)
    assert (count(Indicator.CLOSED, told), count(ON_TIME, told)) == (1, 1)


def test_a_lapse_of_a_clock_that_ended_long_ago_is_no_closing_on_time() -> None:
    told = Told().wait(at("11-25 09:00")).closed()

    assert (count(Indicator.CLOSED, told), count(ON_TIME, told)) == (1, 0)
    assert count(Indicator.REMINDED, told) == 1


def test_a_lapse_before_the_clock_stood_still_counts() -> None:
    told = rectifying().wait(at("11-27 09:00")).say(c.SuspendClock, at("11-27 10:00"))

    assert [count(one, told) for one in (Indicator.REMINDED, Indicator.SUSPENDED, Indicator.OVERDUE)] == [
        1,
        1,
        0,
    ]


def test_what_happens_after_the_period_changes_nothing_of_its_end() -> None:
    later = at("12-02 09:00")
    suspended = rectifying()
    suspended.say(c.SuspendClock, later)
    dismissed = Told().say(c.Dismiss, later)
    other = rectifying()
    other.say(c.Regrade, later, rules=regraded(other.issue, Category.OTHER, Severity.GENERAL))

    assert (count(Indicator.SUSPENDED, suspended), count(OPEN, suspended)) == (0, 1)
    assert (count(OPEN, dismissed), "Dismissed" in happened(dismissed)) == (1, True)
    assert f"open.{Category.DUMPING}" in by_key(other)
    assert other.issue.category is Category.OTHER
    assert count(OPEN, rectifying(), period=OCTOBER) == 0


def test_whatever_ends_an_issue_ends_its_being_open() -> None:
    dismissed = Told().say(c.Dismiss, MONDAY + HOUR)
    merged = Told().say(c.MergeInto, MONDAY + HOUR)

    assert {"Closed", "Dismissed", "Merged"} == {kind.__name__ for kind in ENDING}
    assert [happened(told)[-1] for told in (dismissed, merged)] == ["Dismissed", "Merged"]
    assert [count(OPEN, told) for told in (dismissed, merged)] == [0, 0]


def test_a_dispute_and_what_was_handed_back_are_counted() -> None:
    told = rectifying(severity=Severity.MAJOR).say(c.HandBack, at("11-23 14:00"))

    made = by_key(told)

    assert happened(told)[-2:] == ["HandedBack", "DisputeOpened"]
    assert (made["disputed"].count, made["handed_back"].count, made["returned"].count) == (1, 1, 0)


@drawn(lives(longest=6))
def test_what_is_said_after_a_period_changes_none_of_its_figures(lived: Lived) -> None:
    period = Period(first=date(2026, 6, 1), last=date(2026, 12, 31))
    facts = lived.journal(timedelta(days=400))
    known = [each for each in facts if each.said_at < period.ends_at]
    # What was said in time counts however late it is heard; what is taken back, or undone, nowhere.
    assume(known and known == list(facts[: len(known)]))
    assume(not any(isinstance(each, LapseWithdrawn) for each in facts[len(known) :]))
    assume(not any(run.undone for run in tell(facts, period.ends_at).runs))
    event("something happened later" if len(known) < len(facts) else "nothing did")

    assert figures([tell(facts, period.ends_at)], period, COUNTY) == figures(
        [tell(known, period.ends_at)], period, COUNTY
    )
