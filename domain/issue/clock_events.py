"""时限事实: what can be a fact about the clocks of an issue, whose it is, and under which rules."""

from datetime import date
from typing import Literal

from domain.excerpt import Excerpt
from domain.issue.fact_base import Code, Event, Repair
from domain.limits import Limit
from domain.model import Digest, Moment
from domain.posts import Post
from domain.terms import Category, Clock, Severity, SuspensionGround
from domain.workdays import Calendar

WhyResumed = Literal["said", "went_on", "longest"]


class ExtensionRequested(Event):
    """已申请延期; `last_minute` marks what was asked in the last share of the limit."""

    kind: Literal["ExtensionRequested"] = "ExtensionRequested"
    clock: Clock
    amount: Limit
    reason: str
    last_minute: bool = False
    to: tuple[Post, ...]


class ExtensionGranted(Event):
    """已准予延期."""

    kind: Literal["ExtensionGranted"] = "ExtensionGranted"
    clock: Clock
    amount: Limit
    reason: str


class ExtensionDenied(Event):
    """不予延期."""

    kind: Literal["ExtensionDenied"] = "ExtensionDenied"
    clock: Clock
    reason: str


class ClockSuspended(Event):
    """已中止计时."""

    kind: Literal["ClockSuspended"] = "ClockSuspended"
    clocks: tuple[Clock, ...]
    ground: SuspensionGround
    document: Digest


class SuspensionReviewDue(Event):
    """中止待复核: whether the ground still holds must be looked at; unanswered, the next above is asked."""

    kind: Literal["SuspensionReviewDue"] = "SuspensionReviewDue"
    count: int
    to: tuple[Post, ...]


class SuspensionUpheld(Event):
    """经复核继续中止."""

    kind: Literal["SuspensionUpheld"] = "SuspensionUpheld"
    document: Digest


class ClockResumed(Event):
    """已恢复计时: by a word, because the issue went on, or because it was suspended long enough."""

    kind: Literal["ClockResumed"] = "ClockResumed"
    why: WhyResumed
    reason: str = ""
    to: tuple[Post, ...] = ()


class HandedBack(Event):
    """已退回; `count` counts the returns of all units. No clock stops."""

    kind: Literal["HandedBack"] = "HandedBack"
    unit: Post
    reason: str
    count: int


class DisputeOpened(Event):
    """争议提请裁定 by the lowest chief above all units concerned."""

    kind: Literal["DisputeOpened"] = "DisputeOpened"
    units: tuple[Post, ...]
    ruler: Post


class RulingRaised(Event):
    """裁定上提一级: no ruling came in time, or nobody holds the post."""

    kind: Literal["RulingRaised"] = "RulingRaised"
    ruler: Post
    why: Literal["lapsed", "vacant"]


class DisputeRuled(Event):
    """已裁定; without an author it was left to lie at every level, and the last unit keeps it."""

    kind: Literal["DisputeRuled"] = "DisputeRuled"
    unit: Post
    reason: str = ""


class Regraded(Event):
    """类别等级已改定: every limit was counted again from its own start."""

    kind: Literal["Regraded"] = "Regraded"
    category: Category
    severity: Severity
    reason: str
    rules: Excerpt


class DateSet(Event):
    """上级已限期."""

    kind: Literal["DateSet"] = "DateSet"
    clock: Clock
    set_on: date
    document: Digest | None = None
    reason: str = ""


class Transferred(Event):
    """已转执法."""

    kind: Literal["Transferred"] = "Transferred"
    unit: Post
    filed_at: Moment
    filing: Digest


class InterviewCalled(Event):
    """约谈 (rung 5) is due; `objection_until` is how long those named may object."""

    kind: Literal["InterviewCalled"] = "InterviewCalled"
    clock: Clock
    issuer: Post
    to: tuple[Post, ...]
    objection_until: Moment | None = None


class InterviewHeld(Event):
    """已约谈: from now on its measures have their time."""

    kind: Literal["InterviewHeld"] = "InterviewHeld"
    record: Digest


class Referred(Event):
    """问责移送 (rung 6) is due: a case file, for a person to approve."""

    kind: Literal["Referred"] = "Referred"
    clock: Clock
    issuer: Post
    to: tuple[Post, ...]
    objection_until: Moment | None = None


class EditionAdopted(Event):
    """已适用新版规则."""

    kind: Literal["EditionAdopted"] = "EditionAdopted"
    rules: Excerpt


class CalendarAdopted(Event):
    """已适用新日历."""

    kind: Literal["CalendarAdopted"] = "CalendarAdopted"
    calendar: Calendar


class DeliveryFailed(Event):
    """送达不能: the notice of a fact reached nobody."""

    kind: Literal["DeliveryFailed"] = "DeliveryFailed"
    addressee: Post
    fact: int
    why: Literal["nobody", "no_channel"]


class Repaired(Event):
    """运维修复: an operator set the machine right; nobody's duty and no clock is changed by it."""

    kind: Literal["Repaired"] = "Repaired"
    what: Repair
    reason: str
    ticket: Code
    operator: Code
    approved_by: Code | None = None
    about: tuple[str, ...] = ()
