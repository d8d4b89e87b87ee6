"""说明之例: journals of whole lives, each with the moment of its account, and their accounts."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.issue.evolve import retell
from domain.issue.explain import Account, ClockAccount, explain
from domain.issue.statement import statement
from domain.terms import Clock, Source
from tests.rules.given import CITY_OFFICE, Facts, at, opened, opening, say, wait, word

Step = tuple[str, type[Command] | None]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGUN: tuple[Step, ...] = (("11-23 09:30", c.RecordStop), ("11-23 10:00", c.Assign))
"""Three working days from Monday at ten: Thursday 26 November at half past five."""
REPORTED: Step = ("11-24 10:00", c.ReportRectified)
SUSPENDED: Step = ("11-24 12:00", c.SuspendClock)
REJECTED: Step = ("11-26 10:00", c.RejectRectification)
YEARS_END: tuple[Step, ...] = (("12-30 08:30", c.RecordStop), ("12-30 09:00", c.Assign))


def live(*steps: Step, **more: Any) -> Facts:
    """Return the journal of a life: words at their moments; where no word is named, time passes."""
    issue, journal = opened(opening(**more))
    for local, kind in steps:
        # Who gives more time must be an office above who has to act.
        by = {"by": CITY_OFFICE} if kind is c.Regrade else {}
        issue, facts = say(issue, word(issue, kind, at(local), **by)) if kind else wait(issue, at(local))
        journal = [*journal, *facts]
    return journal


@cache
def lives() -> Mapping[str, tuple[Facts, str]]:
    """Return journals by name, each with the moment up to which it is accounted for."""
    extended = (("11-24 09:00", c.RequestExtension), ("11-24 10:00", c.GrantExtension))
    accepted = (("11-27 09:00", c.ReportRectified), ("11-30 09:00", c.AcceptRectification))
    upheld = (("2027-02-23 09:00", None), ("2027-03-01 10:00", c.UpholdSuspension))
    resumed = ("2027-03-02 12:00", c.ResumeClock)
    to_the_second = (("11-24 12:00:07.600000", c.SuspendClock), ("11-25 12:00:09.400000", c.ResumeClock))
    adopted = (("2027-01-05 09:00", None), ("2027-01-05 10:00", c.AdoptCalendar))
    early = at("12-30 08:00")
    return {
        "extended": (live(*BEGUN, *extended, *accepted, source=Source.PUBLIC), "11-30 10:00"),
        "suspended": (live(*BEGUN, SUSPENDED), "11-26 13:00"),
        "reviewed": (live(*BEGUN, SUSPENDED, *upheld, resumed), "2027-03-03 12:00"),
        "verified": (live(*BEGUN, REPORTED), "11-25 13:00"),
        "rejected": (live(*BEGUN, REPORTED, REJECTED), "11-26 11:00"),
        "regraded": (live(*BEGUN, ("11-24 10:00", c.Regrade), source=Source.PUBLIC), "11-24 11:00"),
        "provisional": (live(*YEARS_END, said_at=early), "12-30 10:00"),
        "adopted": (live(*YEARS_END, *adopted, said_at=early), "2027-01-05 11:00"),
        "to the second": (live(*BEGUN, *to_the_second), "11-25 13:00:09.900000"),
        "late": (live(*BEGUN, ("12-04 09:00", None)), "12-04 09:00"),
        "old": (live(*BEGUN, REPORTED, REJECTED, rules={"fair": None}), "11-26 11:00"),
    }


NAMES = tuple(lives())


def account(name: str) -> Account:
    journal, as_of = lives()[name]
    return explain(retell(journal), at(as_of))


def of(account: Account, clock: Clock) -> ClockAccount:
    """Return what is told of a clock; the last run of it."""
    return [each for each in account.clocks if each.clock is clock][-1]


def texts(account: Account) -> tuple[list[str], list[str]]:
    """Return the lines in Chinese and the lines in English."""
    chinese, _, english = statement(account).partition("\n\nAccount of")
    return chinese.split("\n"), f"Account of{english}".removesuffix("\n").split("\n")


def part(account: Account, clock: Clock, language: int = 0) -> str:
    """Return what is printed of a clock, without its number."""
    blocks = "\n".join(texts(account)[language]).split("\n\n")[1:]
    place = max(n for n, each in enumerate(account.clocks) if each.clock is clock)
    return blocks[place].partition(". ")[2]
