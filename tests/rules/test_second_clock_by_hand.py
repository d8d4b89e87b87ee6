"""The second clock itself, pinned to instants that were counted by hand; and where the first one differs."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from domain.issue import commands as c
from domain.terms import Category, Origin, Severity
from domain.workdays import CHINA
from tests.rules.given import CITY_OFFICE, book, regraded
from tests.rules.second_calendar import WorkingDays, midnight_after
from tests.rules.second_clock import Audit, ClockTold, audit
from tests.rules.second_lives import Said, bodies_of, rectifying

HERE = Path(__file__).parent


def local(instant: datetime) -> str:
    return f"{instant.astimezone(CHINA):%m-%d %H:%M}"


def clock(counted: Audit, name: str) -> ClockTold:
    return next(each for each in counted.clocks if each.name == name)


def test_a_limit_that_nobody_meets_climbs_at_these_instants() -> None:
    counted = rectifying().audited("12-18 09:00")

    assert counted.differences == []
    rungs = [(rung, local(at)) for name, rung, at in counted.rungs if name == "RECTIFY"]
    # Three working days end on Thursday the 26th; a fifth of 79.5 hours before is 15 h 54 min.
    assert rungs[:3] == [(0, "11-26 01:36"), (1, "11-26 17:30"), (2, "11-30 17:30")]
    # Five working days after the 26th is 3 December, ten the 10th, fifteen the 17th; 4 before 5.
    assert rungs[3:] == [
        *((3, "12-03 17:30"), (3, "12-10 17:30"), (4, "12-10 17:30"), (3, "12-17 17:30"), (5, "12-17 17:30")),
    ]


def test_a_rest_is_added_and_rolls_once() -> None:
    life = rectifying().hears(c.SuspendClock, "11-24 10:00").hears(c.ResumeClock, "11-26 12:00")

    rectify = clock(life.audited("11-27 12:00"), "RECTIFY")

    # Fifty hours after Thursday 17:30 is Saturday 19:30, and the next close is Monday's.
    assert [local(end) for end in rectify.ends] == ["11-26 17:30", "11-30 17:30"]
    assert [(each.why, local(each.until)) for each in rectify.stretches] == [
        *(("", "11-24 10:00"), ("suspended", "11-26 12:00"), ("", "11-27 12:00")),
    ]
    assert (rectify.ran, rectify.stood_still) == (timedelta(days=2), timedelta(hours=50))


def test_what_is_granted_and_what_rests_are_counted_together() -> None:
    life = rectifying().hears(c.RequestExtension, "11-24 10:00").hears(c.GrantExtension, "11-24 11:00")
    life.hears(c.ReportRectified, "11-25 10:00").hears(c.RejectRectification, "11-26 09:00")

    rectify = clock(life.audited("11-26 10:00"), "RECTIFY")

    # Four working days are Friday 27 November; 23 hours later is Saturday 16:30, so Monday at 17:30.
    assert [local(end) for end in rectify.ends] == ["11-26 17:30", "11-27 17:30", "11-30 17:30"]
    assert rectify.rungs == []


def test_a_word_heard_late_takes_the_lapse_back() -> None:
    life = rectifying().waits("12-01 09:00").hears(c.ReportRectified, "11-26 17:30", now="12-01 09:00")

    counted = life.audited("12-01 09:30")

    assert counted.differences == []
    assert [(rung, local(at)) for rung, at in clock(counted, "RECTIFY").rungs] == [(0, "11-26 01:36")]


def test_twelve_months_of_suspension_end_by_themselves() -> None:
    counted = rectifying().hears(c.SuspendClock, "11-24 10:00").audited("2027-12-01 12:00")

    rectify = clock(counted, "RECTIFY")
    # To 24:00 of 24 November 2027; 366 days less 10 hours after Thursday 17:30 is a Saturday at 07:30.
    assert local(rectify.stretches[1].until) == "11-25 00:00"
    assert local(rectify.ends[-1]) == "11-29 17:30"
    assert [local(each.start) for each in counted.clocks if each.name == "REVIEW"] == [
        *("11-24 10:00", "02-23 00:00", "05-25 00:00", "08-24 00:00", "11-23 00:00"),
    ]


# ---------------------------------------------------------------- the table counted by hand


def days_known_to(year: int) -> WorkingDays:
    """Return the second calendar of the notices up to a year, from their own transcript."""
    text = (HERE / "holidays_2018_2026.csv").read_text(encoding="utf-8")
    rows = [row for row in csv.DictReader(text.splitlines()) if int(row["date"][:4]) <= year]
    runs = {
        worked: " ".join(
            f"{row['date'][:4]}: {row['date'][5:7]}{row['date'][8:]}"
            for row in rows
            if row["is_workday"] == worked
        )
        for worked in "01"
    }
    return WorkingDays({"off": runs["0"], "work": runs["1"], "published": [2018, year]})


def by_hand(text: str) -> datetime:
    """Read a local moment; 24:00 is the end of its day."""
    day, time = text.split(" ")
    is_midnight = time == "24:00"
    return midnight_after(date.fromisoformat(day)) if is_midnight else datetime.fromisoformat(f"{text}+08:00")


def test_the_second_calendar_counts_every_row_of_the_table() -> None:
    lines = (HERE / "deadlines.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    known = {year: days_known_to(year) for year in range(2018, 2027)}
    for row in rows:
        days, start = known[int(row["published"])], by_hand(row["start"])
        granted = [more for more in row["granted"].split("; ") if more]
        end = days.by_table(row["limit"], start, granted)
        if row["plan_on"]:
            planned = days.by_date(date.fromisoformat(row["plan_on"]), granted)
            end = planned if planned.at < end.at else end
        pauses = [tuple(map(by_hand, pause.split(".."))) for pause in row["pauses"].split("; ") if pause]
        rolls = row["limit"].endswith("wd") and "plan" not in row["limit"]
        end = days.after_rests(start, end, pauses, rolls=rolls)  # type: ignore[arg-type]

        assert (end.at, end.provisional) == (by_hand(row["expected"]), row["provisional"] == "yes"), row

    assert len(rows) >= 200


# ---------------------------------------------------------------- where the two once differed


def early_after_a_rest() -> Said:
    """A major plan, reminded daily from 13:45 on Monday 30 November, rests for two days."""
    life = Said(Category.DUMPING, Severity.MAJOR).hears(c.RecordStop, "11-23 09:30")
    life.hears(c.Assign, "11-23 10:00").hears(c.SuspendClock, "11-30 14:00")
    return life.hears(c.ResumeClock, "12-02 14:00").waits("12-04 09:00")


def ordered_by_a_new_calendar() -> Said:
    """Adopted on Monday 7 December: that Saturday and Sunday were worked, so the order was due before."""
    worked = book().calendar.work | {date(2026, 12, 5), date(2026, 12, 6)}
    calendar = book().calendar.model_copy(update={"version": "worked", "work": worked})
    life = Said().hears(c.NothingToStop, "11-23 09:30").hears(c.Assign, "11-30 10:00")
    return life.hears(c.AdoptCalendar, "12-07 09:00", calendar=calendar).waits("12-07 12:00")


def lapsed_before_the_word_that_shortened_it() -> Said:
    """Regraded on Wednesday at 10:00 to an end on Monday; an edition said at 09:30 is heard at 11:00."""
    life = Said(Category.BANK_DAMAGE).hears(c.Assign, "11-23 10:00")
    life.hears(
        c.Regrade, "12-09 10:00", rules=regraded(life.issue, severity=Severity.SERIOUS), by=CITY_OFFICE
    )
    return life.hears(c.AdoptEdition, "12-09 09:30", now="12-09 11:00").waits("12-09 12:00")


def held_after_an_earlier_record() -> Said:
    """A record of 10 December is heard after the call of the 17th; the interview is held on the 25th."""
    life = (
        rectifying()
        .waits("12-18 09:00")
        .hears(c.RecordInterview, "12-10 09:00", now="12-18 09:00", by=CITY_OFFICE)
    )
    return life.hears(c.RecordInterview, "12-25 09:00", by=CITY_OFFICE).waits("2027-01-25 09:00")


def rested_for_no_time() -> Said:
    """A superior's date is Wednesday at 24:00; the clock is stopped and runs on at one instant."""
    life = rectifying().hears(c.SetDate, "11-23 11:00", set_on=date(2026, 11, 25))
    return life.hears(c.SuspendClock, "11-24 10:00").hears(c.ResumeClock, "11-24 10:00")


def stock_rested_for_no_time() -> Said:
    """A stock issue's own plan ends on Wednesday at 24:00; the same."""
    life = Said(origin=Origin.STOCK, plan_on=date(2026, 11, 25)).hears(c.Assign, "11-23 10:00")
    return life.hears(c.SuspendClock, "11-24 10:00").hears(c.ResumeClock, "11-24 10:00")


ONCE_DIFFERENT = {
    early_after_a_rest: "a daily reminder is counted from the last one and the rests since",
    ordered_by_a_new_calendar: "what a calendar puts into the past acts at the moment of the command",
    lapsed_before_the_word_that_shortened_it: "a late word takes back no word that was said since",
    held_after_an_earlier_record: "the referral is counted from the later of interview called and held",
    rested_for_no_time: "a rest of no length moves nothing",
    stock_rested_for_no_time: "a rest of no length moves nothing",
}


@pytest.mark.parametrize("life", ONCE_DIFFERENT, ids=lambda life: life.__name__)
def test_the_first_clock_does_what_the_prose_says(life: Callable[[], Said]) -> None:
    told = life()

    assert audit(bodies_of(told.facts), told.issue.at).differences == []
