"""What is said to issues under test: an opening, and for every command a word by the post that may say it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from domain import posts
from domain.excerpt import Excerpt
from domain.issue import commands as say
from domain.issue.commands import Command, OpenIssue
from domain.issue.state import Issue
from domain.issue.who import closing_office, office_of_level, verifying_office
from domain.limits import SourcedLimit
from domain.posts import Post
from domain.rulebook import RuleBook
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source
from domain.workdays import local_day
from reading.rulebook import read_editions

RULES = Path(__file__).resolve().parents[2] / "rules"

TOWNSHIP = "512022113000"
REACH = "R03-01"
TOWNSHIP_CHIEF = posts.chief(TOWNSHIP, Level.TOWNSHIP, REACH)
COUNTY_CHIEF = posts.chief(TOWNSHIP, Level.COUNTY, REACH)
COUNTY_OFFICE = posts.office(TOWNSHIP, Level.COUNTY)
UNIT = "unit:512022113000:agriculture"
OTHER_UNIT = "unit:512022000000:water"
ROSTER = posts.roster(TOWNSHIP)
SHA = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"


@cache
def book(file: str = "ziyang.yaml") -> RuleBook:
    """Return the latest edition of a rule file."""
    return read_editions(RULES / file)[0]


def excerpt(
    on: date,
    category: Category = Category.DUMPING,
    severity: Severity = Severity.GENERAL,
    source: Source = Source.PATROL,
    *,
    origin: Origin = Origin.NEW,
    circumstances: Iterable[Circumstance] = (),
    file: str = "ziyang.yaml",
    limits: Mapping[Clock, str] | None = None,
    **changes: Any,
) -> Excerpt:
    """Take an excerpt of the real rule book, with a few of its values changed for a test."""
    rules = book(file).excerpt(
        category,
        severity,
        source,
        on,
        origin=origin,
        circumstances=circumstances,
        finder=Level.TOWNSHIP if source is Source.PATROL else None,
    )
    bent = {
        clock: SourcedLimit.model_validate({"limit": limit, "source": "chosen"})
        for clock, limit in (limits or {}).items()
    }
    return rules.model_copy(update={"clocks": {**rules.clocks, **bent}, **changes})


def opening(
    issue_id: str,
    at: datetime,
    *,
    category: Category = Category.DUMPING,
    severity: Severity = Severity.GENERAL,
    source: Source = Source.PATROL,
    origin: Origin = Origin.NEW,
    rules: Mapping[str, Any] | None = None,
    **changes: Any,
) -> OpenIssue:
    """Return the opening of an issue that a township's chief found on the reach."""
    finder = TOWNSHIP_CHIEF if source is Source.PATROL else None
    return OpenIssue(
        id=f"open:{issue_id}",
        by=COUNTY_OFFICE,
        said_at=at,
        issue_id=issue_id,
        report=SHA[:32],
        category=category,
        severity=severity,
        origin=origin,
        source=source,
        finder=finder,
        reach=REACH,
        division=TOWNSHIP,
        title="蟠龙河蟠龙镇段",
        rules=excerpt(
            local_day(at),
            category,
            severity,
            source,
            origin=origin,
            **(rules or {}),
        ),
        **changes,
    )


SAID_BY: Mapping[type[Command], Callable[[Issue], Post | None]] = {
    say.RecordStop: lambda issue: issue.finder or issue.chief,
    say.NothingToStop: lambda issue: issue.chief,
    say.ReportCannotStop: lambda issue: issue.chief,
    say.SubmitPlan: lambda issue: issue.unit,
    say.AcceptPlan: lambda issue: issue.chief,
    say.ReportRectified: lambda issue: issue.unit,
    say.AcceptRectification: verifying_office,
    say.RejectRectification: verifying_office,
    say.Close: closing_office,
    say.AnnounceVacancy: lambda _: ROSTER,
    say.AnnounceHolder: lambda _: ROSTER,
}
"""Who says it; whatever is not listed is said by the chief office beside the responsible chief."""

BRINGS: Mapping[type[Command], Mapping[str, Any]] = {
    say.RecordStop: {"photos": 1, "manifest": SHA},
    say.NothingToStop: {"reason": "行为早已停止"},
    say.ReportCannotStop: {"reason": "当事人不听劝阻"},
    say.Assign: {"unit": UNIT},
    say.SubmitPlan: {"measures": 3, "responsible": UNIT, "manifest": SHA},
    say.ReportRectified: {"before": 2, "after": 2, "manifest": SHA},
    say.AcceptRectification: {"record": SHA},
    say.RejectRectification: {"reason": "岸坡仍有残留"},
    say.Close: {"record": SHA},
    say.Dismiss: {"reason": "现场核实不属实", "onsite": SHA},
    say.AttachReport: {"report": SHA[32:], "source": Source.PATROL},
    say.Reassign: {"unit": OTHER_UNIT, "reason": "权责划转"},
    say.ReplyToReporter: {"reply": SHA},
}


def word(issue: Issue, kind: type[Command], at: datetime, command_id: str, **changes: Any) -> Command:
    """Return a command as the post that may say it would say it, with the evidence that is asked for."""
    said: dict[str, Any] = {
        "id": command_id,
        "by": SAID_BY.get(kind, office_of_level)(issue),
        "said_at": at,
        **BRINGS.get(kind, {}),
        **changes,
    }
    if kind is say.SubmitPlan:
        said.setdefault("done_on", local_day(at))
    if kind is say.Close and issue.severity is not Severity.GENERAL:
        said.setdefault("recheck", SHA)
    return kind.model_validate(said)


def update_name(kind: type[Command]) -> str:
    """Return the name of the update that hears a command, as clients spell it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)[1:]
