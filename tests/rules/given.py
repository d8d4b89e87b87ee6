"""假设: short words for what a test is given: an issue, a word said to it, time that passes.

Places are Ziyang's, limits those of `rules/ziyang.yaml`; moments are written as they are read in China.
What was walked is remembered, so that test_coverage.py can tell what no test has seen.
"""

import traceback
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from domain import posts
from domain.issue import commands as c
from domain.issue.clocks import next_mark
from domain.issue.commands import Command, OpenIssue
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.life import STAGE_CLOCK
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.issue.who import above, closing_office, in_charge, stage_clock, verifying_office
from domain.limits import Limit
from domain.posts import Post
from domain.refusals import Refusal
from domain.rulebook import RuleBook
from domain.terms import (
    Category,
    Circumstance,
    Clock,
    Level,
    Origin,
    Severity,
    Source,
    Stage,
    SuspensionGround,
)
from domain.workdays import CHINA, Calendar, local_day
from reading.rulebook import read_editions

ROOT = Path(__file__).parents[2]

CITY, COUNTY, OTHER_COUNTY = "512000000000", "512022000000", "512021000000"
TOWNSHIP, OTHER_TOWNSHIP, VILLAGE = "512022113000", "512022114000", "512022113201"
REACH = "R03-01"

VILLAGE_CHIEF = f"chief:{VILLAGE}:{REACH}"
TOWNSHIP_CHIEF = f"chief:{TOWNSHIP}:{REACH}"
COUNTY_CHIEF = f"chief:{COUNTY}:{REACH}"
CITY_CHIEF = f"chief:{CITY}:{REACH}"
GENERAL_CHIEF = f"general:{CITY}"
PROVINCE_OFFICE = "office:510000000000"
TOWNSHIP_OFFICE, COUNTY_OFFICE, CITY_OFFICE = f"office:{TOWNSHIP}", f"office:{COUNTY}", f"office:{CITY}"
CHAIN = (VILLAGE_CHIEF, TOWNSHIP_CHIEF, COUNTY_CHIEF, CITY_CHIEF, GENERAL_CHIEF, PROVINCE_OFFICE)
WATER, FARMING = f"unit:{COUNTY}:water", f"unit:{COUNTY}:agriculture"
PATROLLER = f"patroller:{TOWNSHIP}:{REACH}"
ROSTER = f"roster:{CITY}"

REASON = "当事人李某称三天后自行清理"
"""What a person wrote, and what nobody else may read."""
PAPER = "ab" * 16

Facts = list[Event]


class Walked:
    """What the tests of this process have walked."""

    arrows: ClassVar[set[tuple[str, str, str]]] = set()
    commands: ClassVar[set[str]] = set()
    kinds: ClassVar[set[str]] = set()
    refusals: ClassVar[set[str]] = set()
    sites: ClassVar[set[tuple[str, int]]] = set()

    @classmethod
    def facts(cls, facts: Iterable[Event]) -> None:
        cls.kinds |= {type(fact).__name__ for fact in facts}

    @classmethod
    def refusal(cls, refusal: Refusal) -> None:
        cls.refusals.add(type(refusal).__name__)
        for frame in traceback.extract_tb(refusal.__traceback__):
            cls.sites.add((Path(frame.filename).name, frame.lineno or 0))


def at(local: str) -> datetime:
    """Return a moment of 2026, or of the year given: `11-23 09:00`, `2027-01-07 17:30`."""
    written = local if len(local.split("-")) > 2 else f"2026-{local}"
    return datetime.fromisoformat(written).replace(tzinfo=CHINA)


MONDAY = at("11-23 09:00")
"""A Monday without holidays before the New Year, whose notice is not published yet."""


@cache
def book() -> RuleBook:
    """Return Ziyang's first edition."""
    return read_editions(ROOT / "rules" / "ziyang.yaml")[0]


@cache
def excerpt(
    category: Category,
    severity: Severity,
    source: Source,
    on: Any,
    origin: Origin,
    circumstances: tuple[Circumstance, ...],
    finder: Level | None,
    *,
    recurring: bool,
) -> Any:
    """Return what of the book travels; the same excerpt once a process."""
    return book().excerpt(
        category,
        severity,
        source,
        on,
        origin=origin,
        circumstances=circumstances,
        finder=finder,
        recurring=recurring,
    )


def opening(
    category: Category = Category.DUMPING,
    severity: Severity = Severity.GENERAL,
    source: Source = Source.CAMERA,
    *,
    said_at: datetime = MONDAY,
    rules: dict[str, Any] | None = None,
    **more: Any,
) -> OpenIssue:
    """Return a complete word that opens an issue; `rules` bends the excerpt."""
    words: dict[str, Any] = {
        "id": "open-1",
        "by": COUNTY_OFFICE,
        "issue_id": "512022-2026-000123",
        "report": PAPER,
        "origin": Origin.NEW,
        "circumstances": (),
        "finder": None,
        "reach": REACH,
        "division": TOWNSHIP,
        "title": "蟠龙河·蟠龙镇段",
        **more,
    }
    own = posts.post_level(words["finder"]) if words["finder"] else None
    taken = excerpt(
        category,
        severity,
        source,
        local_day(said_at),
        words["origin"],
        tuple(words["circumstances"]),
        own,
        recurring=bool(words.get("recurrence_of")),
    )
    return OpenIssue(
        category=category,
        severity=severity,
        source=source,
        said_at=said_at,
        rules=taken.model_copy(update=rules or {}),
        **words,
    )


def opened(command: OpenIssue, now: datetime | None = None) -> tuple[Issue, Facts]:
    """Say an opening; return the issue and its first facts."""
    facts = open_issue(command, now or command.said_at)
    Walked.commands.add("OpenIssue")
    Walked.facts(facts)
    return retell(facts), facts


def an_issue(*args: Any, **more: Any) -> Issue:
    """Return an issue just opened: 一般乱堆 seen by a camera, unless the test says otherwise."""
    return opened(opening(*args, **more))[0]


def say(issue: Issue, command: Command, now: datetime | None = None) -> tuple[Issue, Facts]:
    """Say a word; it is heard at once unless `now` is given."""
    facts = decide(issue, command, now or max(command.said_at, issue.at))
    later = after(issue, facts)
    if facts:
        Walked.commands.add(type(command).__name__)
        Walked.arrows.add((issue.stage, type(command).__name__, later.stage))
        Walked.facts(facts)
    return later, facts


def wait(issue: Issue, until: datetime) -> tuple[Issue, Facts]:
    """Let time pass in one go."""
    facts = let_time_pass(issue, until)
    Walked.facts(facts)
    return after(issue, facts), facts


def tick(issue: Issue, until: datetime) -> tuple[Issue, Facts]:
    """Let time pass timer by timer, as the shell does when nothing fails."""
    facts: Facts = []
    while (mark := next_mark(issue)) and mark.at <= until:
        told = let_time_pass(issue, mark.at)
        issue, facts = after(issue, told), facts + told
    return issue, facts


def refused(speak: Callable[[], Any]) -> Refusal:
    """Return the refusal with which a word is answered."""
    try:
        speak()
    except Refusal as refusal:
        Walked.refusal(refusal)
        return refusal
    raise AssertionError("nobody refused")


def refusal_of(issue: Issue, command: Command, now: datetime | None = None) -> Refusal:
    """Return the refusal of a word, which must move nothing."""
    before = issue.model_dump_json()
    refusal = refused(lambda: decide(issue, command, now or max(command.said_at, issue.at)))
    assert issue.model_dump_json() == before
    return refusal


def speaker(issue: Issue, kind: type[Command]) -> Post:
    """Return a post that may say a word to this issue."""
    if kind in (c.RecordStop, c.NothingToStop, c.ReportCannotStop, c.AcceptPlan):
        return issue.chief
    if kind in (c.SubmitPlan, c.ReportRectified):
        return issue.unit or WATER
    if kind in (c.AcceptRectification, c.RejectRectification):
        return verifying_office(issue)
    if kind is c.Close:
        return closing_office(issue)
    if kind in (c.AnnounceVacancy, c.AnnounceHolder, c.ReportUndeliverable, c.RecordRepair):
        return ROSTER
    return speaker_about_clocks(issue, kind)


def speaker_about_clocks(issue: Issue, kind: type[Command]) -> Post:
    """Return a post that may say a word about a clock, a dispute or the rules."""
    clock = stage_clock(issue) if issue.stage in STAGE_CLOCK else Clock.STOP
    asked = issue.asked[0].clock if issue.asked else clock
    if kind is c.RequestExtension:
        return in_charge(issue, clock)
    if kind in (c.GrantExtension, c.DenyExtension):
        return above(issue, asked)
    if kind in (c.SuspendClock, c.UpholdSuspension, c.ResumeClock):
        return above(issue, clock)
    if kind is c.HandBack:
        return issue.unit or WATER
    if kind is c.RuleOnDispute:
        return issue.dispute.ruler if issue.dispute else COUNTY_CHIEF
    if kind in (c.Regrade, c.TransferToEnforcement):
        return CITY_OFFICE
    if kind is c.RecordInterview:
        return CITY_OFFICE if clock is Clock.STOP else issue.chief
    if kind is c.SetDate:
        return PROVINCE_OFFICE
    if kind in (c.AdoptEdition, c.AdoptCalendar):
        return CITY_OFFICE
    return COUNTY_OFFICE


def content(issue: Issue, kind: type[Command], said_at: datetime) -> dict[str, Any]:
    """Return all that a word needs beside its author and its moment."""
    contents: dict[type[Command], dict[str, Any]] = {
        c.RecordStop: {"photos": 1, "manifest": PAPER},
        c.NothingToStop: {"reason": REASON},
        c.ReportCannotStop: {"reason": REASON},
        c.Assign: {"unit": WATER},
        c.SubmitPlan: {
            "measures": 3,
            "responsible": WATER,
            "done_on": local_day(said_at) + timedelta(days=3),
        },
        c.ReportRectified: {"before": 2, "after": 2, "manifest": PAPER},
        c.AcceptRectification: {"record": PAPER},
        c.RejectRectification: {"reason": REASON},
        c.Close: {"record": PAPER, "recheck": PAPER},
        c.Dismiss: {"reason": REASON, "onsite": PAPER},
        c.MergeInto: {
            "into": "512022-2026-000999",
            "into_reach": issue.reach,
            "into_category": issue.category,
            "into_stage": Stage.RECTIFYING,
        },
        c.AttachReport: {"report": PAPER, "source": Source.PATROL},
        c.Reassign: {"unit": FARMING if issue.unit == WATER else WATER, "reason": REASON},
        c.ReplyToReporter: {"reply": PAPER},
        c.AnnounceVacancy: {"post": issue.chief},
        c.AnnounceHolder: {"post": issue.vacant[0] if issue.vacant else issue.chief},
    }
    return contents[kind] if kind in contents else content_about_clocks(issue, kind, said_at)


def content_about_clocks(issue: Issue, kind: type[Command], said_at: datetime) -> dict[str, Any]:
    """Return what a word about a clock, a dispute or the rules needs."""
    if kind is c.RequestExtension:
        run = issue.begun(stage_clock(issue)) if issue.stage in STAGE_CLOCK else None
        span = Limit.model_validate(run.limit).span if run else None
        return {"amount": span.model_copy(update={"amount": 1}) if span else "1wd", "reason": REASON}
    if kind is c.Regrade:
        return {"reason": REASON, "rules": regraded(issue)}
    if kind is c.AdoptEdition:
        return {"rules": issue.rules.model_copy(update={"edition": "ziyang-2027-1", "digest": "f" * 12})}
    if kind is c.AdoptCalendar:
        return {"calendar": calendar_with_2027()}
    contents: dict[type[Command], dict[str, Any]] = {
        c.GrantExtension: {"reason": REASON},
        c.DenyExtension: {"reason": REASON},
        c.SuspendClock: {"ground": SuspensionGround.LITIGATION, "document": PAPER},
        c.UpholdSuspension: {"document": PAPER},
        c.ResumeClock: {"reason": REASON},
        c.HandBack: {"reason": REASON},
        c.RuleOnDispute: {"unit": WATER, "reason": REASON},
        c.SetDate: {"set_on": local_day(said_at) + timedelta(days=40), "document": PAPER, "reason": REASON},
        c.TransferToEnforcement: {"unit": FARMING, "filed_at": said_at, "filing": PAPER},
        c.RecordInterview: {"record": PAPER},
        c.ReportUndeliverable: {"addressee": issue.chief, "fact": 1},
        c.RecordRepair: {"what": "wake", "reason": REASON, "ticket": "T-1", "operator": "OP-1"},
    }
    return contents.get(kind, {})


def regraded(issue: Issue, category: Category | None = None, severity: Severity | None = None) -> Any:
    """Return the excerpt of the same edition for another kind: one grade higher, if none is named."""
    grades = list(Severity)
    higher = grades[min(grades.index(issue.severity) + 1, 2)]
    own = posts.post_level(issue.finder) if issue.finder else None
    if severity is None and higher is issue.severity and category is None:
        category = Category.OTHER if issue.category is not Category.OTHER else Category.DUMPING
    return excerpt(
        category or issue.category,
        severity or (higher if category is None else issue.severity),
        issue.source,
        local_day(issue.opened_at),
        issue.origin,
        issue.circumstances,
        own,
        recurring=issue.recurrence_of is not None,
    )


def calendar_with_2027() -> Calendar:
    """Return the calendar with a notice for 2027, which is not published yet: assumed for the tests."""
    known = book().calendar
    off = [date(2027, 1, 1), *(date(2027, 2, day) for day in range(8, 13)), date(2027, 5, 3)]
    off += [date(2027, 10, day) for day in (1, 4, 5, 6, 7)]
    work = [date(2027, 1, 31), date(2027, 2, 20), date(2027, 9, 26), date(2027, 10, 9)]
    return known.model_copy(
        update={
            "version": "2027-test",
            "published": (known.published[0], 2027),
            "off": known.off | set(off),
            "work": known.work | set(work),
        }
    )


def word(issue: Issue, kind: type[Command], said_at: datetime | None = None, **changes: Any) -> Command:
    """Return a word by the right post with all that it needs, changed as the test wants it."""
    moment = said_at or issue.at + timedelta(minutes=1)
    return kind(
        **{
            "id": f"{kind.__name__}:{issue.number}:{moment.timestamp()}",
            "by": speaker(issue, kind),
            "said_at": moment,
            **content(issue, kind, moment),
            **changes,
        }
    )


ONWARD: dict[Stage, tuple[type[Command], ...]] = {
    Stage.DISCOVERED: (c.RecordStop,),
    Stage.STOPPED: (c.Assign,),
    Stage.PLANNING: (c.SubmitPlan, c.AcceptPlan),
    Stage.RECTIFYING: (c.ReportRectified,),
    Stage.VERIFYING: (c.AcceptRectification,),
    Stage.ACCEPTED: (c.Close,),
}
"""The straight way through a life."""


def walk(issue: Issue, to: Stage, said_at: datetime | None = None) -> Issue:
    """Walk an issue straight on to a stage, a minute a word; `said_at` is the moment of the last word."""
    ending = {Stage.DISMISSED: c.Dismiss, Stage.MERGED: c.MergeInto}
    if to in ending:
        if issue.awaits_reply:
            issue, _ = say(issue, word(issue, c.ReplyToReporter))
        return say(issue, word(issue, ending[to], said_at))[0]
    if to is Stage.TRANSFERRED:
        issue = walk(issue, Stage.RECTIFYING)
        return say(issue, word(issue, c.TransferToEnforcement, said_at))[0]
    while issue.stage is not to:
        words = ONWARD[issue.stage]
        if issue.stage is Stage.ACCEPTED and issue.awaits_reply:
            words = (c.ReplyToReporter, *words)
        for kind in words:
            is_last = kind is words[-1] and _next(issue) is to
            issue, _ = say(issue, word(issue, kind, said_at if is_last else None))
    return issue


def _next(issue: Issue) -> Stage:
    stages = list(ONWARD)
    if issue.stage is Stage.STOPPED and not issue.rules.needs_plan:
        return Stage.RECTIFYING
    return stages[stages.index(issue.stage) + 1] if issue.stage is not Stage.ACCEPTED else Stage.CLOSED


STAGE_OF: dict[type[Command], Stage] = {
    c.RequestExtension: Stage.RECTIFYING,
    c.GrantExtension: Stage.RECTIFYING,
    c.DenyExtension: Stage.RECTIFYING,
    c.SuspendClock: Stage.RECTIFYING,
    c.UpholdSuspension: Stage.RECTIFYING,
    c.ResumeClock: Stage.RECTIFYING,
    c.HandBack: Stage.RECTIFYING,
    c.RuleOnDispute: Stage.RECTIFYING,
    c.SetDate: Stage.RECTIFYING,
    c.TransferToEnforcement: Stage.RECTIFYING,
    c.Assign: Stage.STOPPED,
    c.SubmitPlan: Stage.PLANNING,
    c.AcceptPlan: Stage.PLANNING,
    c.Reassign: Stage.RECTIFYING,
    c.ReportRectified: Stage.RECTIFYING,
    c.AcceptRectification: Stage.VERIFYING,
    c.RejectRectification: Stage.VERIFYING,
    c.Close: Stage.ACCEPTED,
}


def ready_for(kind: type[Command]) -> Issue:
    """A serious complaint, answered where it is to be closed, at a stage where the word may be said."""
    source = Source.PUBLIC if kind is c.ReplyToReporter else Source.CAMERA
    vacant = (f"chief:512000000000:{REACH}",)
    issue = walk(
        an_issue(severity=Severity.SERIOUS, source=source, vacant=vacant),
        STAGE_OF.get(kind, Stage.DISCOVERED),
    )
    for before in BEFORE.get(kind, ()):
        issue, _ = say(issue, word(issue, before))
    return issue


BEFORE: dict[type[Command], tuple[type[Command], ...]] = {
    c.AcceptPlan: (c.SubmitPlan,),
    c.GrantExtension: (c.RequestExtension,),
    c.DenyExtension: (c.RequestExtension,),
    c.UpholdSuspension: (c.SuspendClock,),
    c.ResumeClock: (c.SuspendClock,),
    c.RuleOnDispute: (c.HandBack, c.Reassign, c.HandBack),
}
"""What must have been said before a word may be."""


def told(facts: Iterable[Event], clock: Clock | None = None) -> list[str]:
    """Return facts as lines of local time and kind: `11-26 17:30 Lapsed`; of one clock if it is named."""
    return [
        f"{fact.said_at.astimezone(CHINA):%m-%d %H:%M} {type(fact).__name__}"
        for fact in facts
        if clock is None or getattr(fact, "clock", None) is clock
    ]


def kinds(facts: Iterable[Event]) -> list[str]:
    """Return the kinds of facts, in order."""
    return [type(fact).__name__ for fact in facts]


def limit_of(issue: Issue, clock: Clock) -> datetime:
    """Return when a running clock ends."""
    run = issue.run(clock)
    assert run is not None, f"{clock} does not run"
    return run.limit_at
