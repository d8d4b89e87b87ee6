"""What is said to issues under test: an opening, and for every command a word by the post that may say it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from domain import posts
from domain.excerpt import Excerpt
from domain.issue import commands as say
from domain.issue.commands import Command, OpenIssue
from domain.issue.state import Issue
from domain.issue.who import (
    above,
    closing_office,
    in_charge,
    office_of_level,
    stage_clock,
    verifying_office,
)
from domain.limits import SourcedLimit
from domain.posts import Post
from domain.rulebook import RuleBook
from domain.terms import (
    Category,
    Circumstance,
    Clock,
    Level,
    Origin,
    Severity,
    Source,
    SuspensionGround,
)
from domain.workdays import Calendar, local_day
from reading.rulebook import read_editions

RULES = Path(__file__).resolve().parents[2] / "rules"

TOWNSHIP = "512022113000"
REACH = "R03-01"
TOWNSHIP_CHIEF = posts.chief(TOWNSHIP, Level.TOWNSHIP, REACH)
COUNTY_CHIEF = posts.chief(TOWNSHIP, Level.COUNTY, REACH)
COUNTY_OFFICE = posts.office(TOWNSHIP, Level.COUNTY)
UNIT = "unit:512022113000:agriculture"
OTHER_UNIT = "unit:512022000000:water"
PROVINCE_OFFICE = posts.office(TOWNSHIP, Level.PROVINCE)
CITY_OFFICE = posts.office(TOWNSHIP, Level.CITY)
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
    say.ReportUndeliverable: lambda _: ROSTER,
    say.RecordRepair: lambda _: ROSTER,
    say.RequestExtension: lambda issue: in_charge(issue, stage_clock(issue)),
    say.GrantExtension: lambda issue: above(issue, stage_clock(issue)),
    say.DenyExtension: lambda issue: above(issue, stage_clock(issue)),
    say.SuspendClock: lambda issue: above(issue, stage_clock(issue)),
    say.UpholdSuspension: lambda issue: above(issue, stage_clock(issue)),
    say.ResumeClock: lambda issue: above(issue, stage_clock(issue)),
    say.HandBack: lambda issue: issue.unit,
    say.RuleOnDispute: lambda issue: issue.dispute.ruler if issue.dispute else None,
    say.Regrade: lambda _: CITY_OFFICE,
    say.TransferToEnforcement: lambda _: CITY_OFFICE,
    say.SetDate: lambda _: PROVINCE_OFFICE,
    say.RecordInterview: lambda _: CITY_OFFICE,
    say.AdoptEdition: lambda _: CITY_OFFICE,
    say.AdoptCalendar: lambda _: CITY_OFFICE,
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
    say.RequestExtension: {"amount": "1wd", "reason": "需协调清运车辆"},
    say.GrantExtension: {"reason": "情况属实"},
    say.DenyExtension: {"reason": "理由不充分"},
    say.SuspendClock: {"ground": SuspensionGround.LITIGATION, "document": SHA},
    say.UpholdSuspension: {"document": SHA},
    say.ResumeClock: {"reason": "诉讼已终结"},
    say.HandBack: {"reason": "不属本单位职责"},
    say.RuleOnDispute: {"unit": UNIT, "reason": "该处由其管理"},
    say.Regrade: {"reason": "现场体量更大"},
    say.SetDate: {"document": SHA, "reason": "上级交办"},
    say.TransferToEnforcement: {"unit": OTHER_UNIT, "filing": SHA},
    say.RecordInterview: {"record": SHA},
    say.ReportUndeliverable: {"fact": 1},
    say.RecordRepair: {"what": "wake", "reason": "修正后重试", "ticket": "T-1", "operator": "OP-1"},
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
    if kind is say.SetDate:
        said.setdefault("set_on", local_day(at) + timedelta(days=30))
    if kind is say.TransferToEnforcement:
        said.setdefault("filed_at", at)
    if kind is say.ReportUndeliverable:
        said.setdefault("addressee", issue.chief)
    if kind is say.Regrade:
        said.setdefault("rules", regraded(issue, Severity.SERIOUS))
    if kind is say.AdoptEdition:
        said.setdefault("rules", another_edition(issue))
    if kind is say.AdoptCalendar:
        said.setdefault("calendar", later_calendar(issue))
    if kind is say.Close and issue.severity is not Severity.GENERAL:
        said.setdefault("recheck", SHA)
    return kind.model_validate(said)


def regraded(issue: Issue, severity: Severity) -> Excerpt:
    """Return the excerpt of the same edition for another severity."""
    on = local_day(issue.opened_at)
    return excerpt(on, issue.category, severity, issue.source, origin=issue.origin)


def another_edition(issue: Issue) -> Excerpt:
    """Return an excerpt of an edition that gives twice as long to rectify: made up for the tests."""
    limit = SourcedLimit.model_validate({"limit": "6wd", "source": "chosen"})
    own = excerpt(local_day(issue.opened_at), issue.category, issue.severity, issue.source)
    return own.model_copy(
        update={
            "edition": "ziyang-test-2",
            "digest": "f" * 12,
            "clocks": {**own.clocks, Clock.RECTIFY: limit},
        }
    )


def later_calendar(issue: Issue) -> Calendar:
    """Return the issue's calendar with a notice for one more year, as if it were published: made up too."""
    known = issue.rules.calendar
    year = known.published[1] + 1
    off = known.off | {date(year, 1, 1), date(year, 10, 4)}
    return known.model_copy(
        update={"version": f"{year}-test", "published": (known.published[0], year), "off": off}
    )


def update_name(kind: type[Command]) -> str:
    """Return the name of the update that hears a command, as clients spell it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)[1:]
