"""事实: what can be a fact about an issue. An event is a past participle and is never unsaid."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from domain.excerpt import Rules
from domain.issue.clock_events import (
    CalendarAdopted,
    ClockResumed,
    ClockSuspended,
    DateSet,
    DeliveryFailed,
    DisputeOpened,
    DisputeRuled,
    EditionAdopted,
    ExtensionDenied,
    ExtensionGranted,
    ExtensionRequested,
    HandedBack,
    InterviewCalled,
    InterviewHeld,
    Referred,
    Regraded,
    Repaired,
    RulingRaised,
    SuspensionReviewDue,
    SuspensionUpheld,
    Transferred,
)
from domain.issue.fact_base import Event
from domain.model import Digest, IssueId, Moment
from domain.posts import Division, Post
from domain.terms import Category, Circumstance, Clock, Level, Origin, Rung, Severity, Source

WhyPassed = Literal["vacant", "major"]
WhyMoved = Literal["vacant", "cannot_stop", "regraded", "nobody"]
WhyEscalated = Literal["lapsed", "rejected"]


class Opened(Event):
    """立案."""

    kind: Literal["Opened"] = "Opened"
    issue_id: IssueId
    report: Digest
    category: Category
    severity: Severity
    origin: Origin
    source: Source
    finder: Post | None = None
    reach: str
    division: Division
    seen_at: Moment | None = None
    circumstances: tuple[Circumstance, ...] = ()
    recurrence_of: IssueId | None = None
    plan_on: date | None = None
    title: str = ""
    chief: Post
    vacant: tuple[Post, ...] = ()
    rules: Rules


class Stopped(Event):
    """已制止."""

    kind: Literal["Stopped"] = "Stopped"
    photos: int
    manifest: Digest | None = None


class StoppingNotNeeded(Event):
    """无需制止, by somebody's word or by the rule itself."""

    kind: Literal["StoppingNotNeeded"] = "StoppingNotNeeded"
    reason: str


class StoppingFailed(Event):
    """制止无效."""

    kind: Literal["StoppingFailed"] = "StoppingFailed"
    reason: str


class Assigned(Event):
    """已交办; `plan` says whether a plan is wanted first."""

    kind: Literal["Assigned"] = "Assigned"
    unit: Post


class PlanSubmitted(Event):
    """整改方案已报送."""

    kind: Literal["PlanSubmitted"] = "PlanSubmitted"
    measures: int
    responsible: Post
    done_on: date
    manifest: Digest | None = None


class PlanAccepted(Event):
    """整改方案已同意."""

    kind: Literal["PlanAccepted"] = "PlanAccepted"


class RectificationReported(Event):
    """已报告整改完成."""

    kind: Literal["RectificationReported"] = "RectificationReported"
    before: int
    after: int
    manifest: Digest | None = None


class RectificationAccepted(Event):
    """核查合格."""

    kind: Literal["RectificationAccepted"] = "RectificationAccepted"
    record: Digest


class RectificationRejected(Event):
    """核查退回; `count` counts the rejections."""

    kind: Literal["RectificationRejected"] = "RectificationRejected"
    reason: str
    count: int


class Closed(Event):
    """已销号; the look-backs are due on these days."""

    kind: Literal["Closed"] = "Closed"
    record: Digest
    recheck: Digest | None = None
    look_backs_on: tuple[date, ...] = ()


class Dismissed(Event):
    """作无效处理."""

    kind: Literal["Dismissed"] = "Dismissed"
    reason: str
    onsite: Digest


class Merged(Event):
    """已并案."""

    kind: Literal["Merged"] = "Merged"
    into: IssueId


class ReportAttached(Event):
    """线索已附加."""

    kind: Literal["ReportAttached"] = "ReportAttached"
    report: Digest
    source: Source


class Reassigned(Event):
    """已转办."""

    kind: Literal["Reassigned"] = "Reassigned"
    unit: Post
    reason: str


class ReporterAnswered(Event):
    """已答复举报人."""

    kind: Literal["ReporterAnswered"] = "ReporterAnswered"
    reply: Digest


class VacancyAnnounced(Event):
    """岗位空缺."""

    kind: Literal["VacancyAnnounced"] = "VacancyAnnounced"
    post: Post


class HolderAnnounced(Event):
    """岗位到任."""

    kind: Literal["HolderAnnounced"] = "HolderAnnounced"
    post: Post


class PostPassed(Event):
    """岗位越过: a post was passed, with its reason; no time was lost on it."""

    kind: Literal["PostPassed"] = "PostPassed"
    post: Post
    reason: WhyPassed


class ChiefMoved(Event):
    """责任河长变更 without a lapse: its post fell vacant, or the act could not be stopped."""

    kind: Literal["ChiefMoved"] = "ChiefMoved"
    chief: Post
    level: Level
    reason: WhyMoved


class EarlyReminded(Event):
    """提前提醒 (rung 0)."""

    kind: Literal["EarlyReminded"] = "EarlyReminded"
    clock: Clock
    limit_at: Moment
    to: tuple[Post, ...]


class Lapsed(Event):
    """逾期催办 (rung 1): a limit ended and nothing had been said."""

    kind: Literal["Lapsed"] = "Lapsed"
    clock: Clock
    limit_at: Moment
    provisional: bool = False
    to: tuple[Post, ...]


class Ordered(Event):
    """督办单 (rung 2): a draft, until a person signs it."""

    kind: Literal["Ordered"] = "Ordered"
    clock: Clock
    issuer: Post
    to: tuple[Post, ...]


class Escalated(Event):
    """提级督办 (rung 3): the next level's chief is responsible now."""

    kind: Literal["Escalated"] = "Escalated"
    clock: Clock | None = None
    chief: Post
    level: Level
    reason: WhyEscalated
    to: tuple[Post, ...]


class BulletinDrafted(Event):
    """通报 (rung 4): a draft, until a person signs it."""

    kind: Literal["BulletinDrafted"] = "BulletinDrafted"
    clock: Clock
    count: int
    issuer: Post
    to: tuple[Post, ...]
    objection_until: Moment | None = None


class LapseWithdrawn(Event):
    """逾期撤回: a word said in time was heard late; the named facts stand, and count no more."""

    kind: Literal["LapseWithdrawn"] = "LapseWithdrawn"
    clock: Clock
    facts: tuple[int, ...]
    why: Literal["acted", "moved", "held", "stopped"] = "acted"
    rungs: tuple[Rung, ...] = ()
    chief: Post | None = None
    to: tuple[Post, ...] = ()


class HistoryArchived(Event):
    """流程记录已归档: where the whole run chain of a finished issue is kept, by its digest."""

    kind: Literal["HistoryArchived"] = "HistoryArchived"
    digest: Digest
    bytes: int
    runs: int
    events: int


Fact = Annotated[
    Opened
    | Stopped
    | StoppingNotNeeded
    | StoppingFailed
    | Assigned
    | PlanSubmitted
    | PlanAccepted
    | RectificationReported
    | RectificationAccepted
    | RectificationRejected
    | Closed
    | Dismissed
    | Merged
    | ReportAttached
    | Reassigned
    | ReporterAnswered
    | VacancyAnnounced
    | HolderAnnounced
    | PostPassed
    | ChiefMoved
    | EarlyReminded
    | Lapsed
    | Ordered
    | Escalated
    | BulletinDrafted
    | LapseWithdrawn
    | HistoryArchived
    | ExtensionRequested
    | ExtensionGranted
    | ExtensionDenied
    | ClockSuspended
    | SuspensionReviewDue
    | SuspensionUpheld
    | ClockResumed
    | HandedBack
    | DisputeOpened
    | RulingRaised
    | DisputeRuled
    | Regraded
    | DateSet
    | Transferred
    | InterviewCalled
    | InterviewHeld
    | Referred
    | EditionAdopted
    | CalendarAdopted
    | DeliveryFailed
    | Repaired,
    Field(discriminator="kind"),
]
"""Any one fact, told apart by its kind."""

_FACT: TypeAdapter[Any] = TypeAdapter(Fact)


def read_fact(body: str | bytes) -> Fact:
    """Read a fact back from the journal; raises pydantic's ValidationError when it is none."""
    fact: Fact = _FACT.validate_json(body)
    return fact
