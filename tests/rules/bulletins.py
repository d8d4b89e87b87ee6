"""假设: bulletins for the tests: issues, a cut of them, a bulletin drafted from it, words said to it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from domain.bulletin import commands as b
from domain.bulletin.decide import checked, decide, draft, issued
from domain.bulletin.facts import BulletinFact
from domain.bulletin.order import Entered, Order, ad_hoc, cut, cut_digest, drafted, periodic
from domain.bulletin.rules import BulletinRules
from domain.bulletin.state import Bulletin, after, retell
from domain.bulletin.terms import BulletinKind
from domain.figures import Story, tell
from domain.indicators import Period, month_of
from domain.issue import commands as c
from domain.issue.decide import decide as hear
from domain.issue.decide import let_time_pass
from domain.issue.evolve import after as after_issue
from domain.issue.evolve import retell as retell_issue
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.issue.words import Command
from domain.posts import Post
from domain.terms import Severity
from reading.bulletins import read_bulletin_rules
from tests.rules.given import (
    CITY,
    CITY_OFFICE,
    COUNTY,
    MONDAY,
    ROOT,
    at,
    book,
    opening,
    word,
)

CITY_GENERAL, COUNTY_GENERAL = f"general:{CITY}", f"general:{COUNTY}"
DECEMBER = at("12-07 08:00")
NOVEMBER = month_of(at("11-23 09:00").date())


@cache
def rules() -> BulletinRules:
    return read_bulletin_rules(ROOT / "rules" / "bulletins.yaml")


def number(running: int) -> str:
    return f"512022-2026-{running:06d}"


class Told:
    """One issue whose facts are kept as they come."""

    def __init__(self, running: int = 1, *, said_at: datetime = MONDAY, **opens: Any) -> None:
        command = opening(said_at=said_at, issue_id=number(running), id=f"open-{running}", **opens)
        self.facts: list[Event] = open_issue(command, said_at)
        self.issue = retell_issue(self.facts)

    def wait(self, until: datetime) -> "Told":
        return self._happen(let_time_pass(self.issue, until))

    def say(self, kind: type[Command], moment: datetime, **changes: Any) -> "Told":
        spoken = word(self.issue, kind, moment, id=f"{kind.__name__}-{self.issue.number}", **changes)
        return self._happen(hear(self.issue, spoken, max(moment, self.issue.at)))

    def walk(self, *kinds: type[Command]) -> "Told":
        for kind in kinds:
            self.say(kind, max(self.issue.at, MONDAY) + timedelta(hours=1))
        return self

    def closed(self) -> "Told":
        return self.walk(c.RecordStop, c.Assign, c.ReportRectified, c.AcceptRectification, c.Close)

    def story(self, period: Period = NOVEMBER) -> Story:
        return tell(self.facts, period.ends_at)

    def _happen(self, events: list[Event]) -> "Told":
        self.issue, self.facts = after_issue(self.issue, events), [*self.facts, *events]
        return self


def lapsed(running: int = 1, until: str = "12-11 09:00", **opens: Any) -> Told:
    """An issue nobody stopped, until its bulletin was drafted and beyond."""
    return Told(running, **opens).wait(at(until))


def entered(told: Told) -> list[Entered]:
    kinds = [type(event).__name__ for event in told.facts]
    return [
        Entered(issue_id=told.issue.issue_id, number=n)
        for n, kind in enumerate(kinds, 1)
        if kind == "BulletinDrafted"
    ][:1]


def order(kind: BulletinKind = BulletinKind.MONTHLY, **changes: Any) -> Order:
    made = periodic(kind, NOVEMBER, COUNTY, rules(), book(), DECEMBER)
    return made.model_copy(update=changes)


def of_its_own(told: Told, severity: Severity, issuer: Post = CITY_OFFICE) -> Order:
    one = entered(told)[0]
    return ad_hoc(one, issuer, severity, told.issue.opened_at, rules(), book(), told.issue.at)


def events_of(by: Order, issues: Iterable[Told], moment: datetime = DECEMBER) -> list[BulletinFact]:
    issues = list(issues)
    stories = [told.story(by.period) for told in issues]
    ends = [(told.issue.issue_id, told.issue.number, told.issue.tail) for told in issues]
    named = [each for told in issues for each in entered(told)]
    frozen, _ = cut(by, stories, named, cut_digest(ends), moment)
    return draft(drafted(by, frozen, moment))


def a_bulletin(*issues: Told, moment: datetime = DECEMBER, **changes: Any) -> Bulletin:
    """A monthly bulletin of the county, just drafted."""
    return retell(events_of(order(**changes), issues, moment))


def say(
    bulletin: Bulletin,
    kind: type[Command],
    moment: datetime,
    by: Post,
    now: datetime | None = None,
    **words: Any,
) -> tuple[Bulletin, list[BulletinFact]]:
    command = kind(id=f"{kind.__name__}-{bulletin.number}", by=by, said_at=moment, **words)
    facts = decide(bulletin, command, now or max(moment, bulletin.at))
    return after(bulletin, facts), facts


def looked_through(bulletin: Bulletin, moment: datetime | None = None) -> Bulletin:
    return after(bulletin, checked(bulletin, bulletin.revision, (), moment or bulletin.at))


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def submitted(bulletin: Bulletin, moment: datetime) -> Bulletin:
    then, _ = say(looked_through(bulletin, moment), b.SubmitBulletin, moment, bulletin.issuer)
    return then


def approved(bulletin: Bulletin, moment: datetime) -> Bulletin:
    assert bulletin.wait is not None
    then, _ = say(bulletin, b.ApproveBulletin, moment, bulletin.wait.post)
    return then


def published(bulletin: Bulletin, moment: datetime = DECEMBER + HOUR) -> Bulletin:
    """Carry a bulletin nobody is named in straight to its issue."""
    signed = approved(submitted(bulletin, moment), moment + HOUR)
    return after(signed, issued(signed, "乐河办通〔2026〕1号", moment + 2 * HOUR))
