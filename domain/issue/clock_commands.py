"""时限指令: what may be said about the clocks of an issue, whose it is, and under which rules."""

from typing import Literal

from pydantic import Field

from domain.excerpt import Excerpt
from domain.issue.fact_base import Code, Repair
from domain.issue.words import MAX_REASON, Command, Reason
from domain.limits import Limit
from domain.model import Day, Digest, Moment
from domain.posts import Post
from domain.terms import Clock, SuspensionGround
from domain.workdays import Calendar


class RequestExtension(Command):
    """申请延期: before the limit ends; of the stage's limit unless another is named."""

    amount: Limit
    reason: Reason = Field(default="", max_length=MAX_REASON)
    clock: Clock | None = None


class GrantExtension(Command):
    """准予延期: so much as was asked for, or less; the reporter is told why."""

    amount: Limit | None = None
    reason: Reason = Field(default="", max_length=MAX_REASON)
    clock: Clock | None = None


class DenyExtension(Command):
    """不予延期."""

    reason: Reason = Field(default="", max_length=MAX_REASON)
    clock: Clock | None = None


class SuspendClock(Command):
    """中止计时: on a listed legal ground, which a document shows."""

    ground: SuspensionGround
    document: Digest | None = None


class UpholdSuspension(Command):
    """复核后继续中止: the ground still holds, which a document shows."""

    document: Digest | None = None


class ResumeClock(Command):
    """恢复计时: the ground has fallen away."""

    reason: Reason = Field(default="", max_length=MAX_REASON)


class HandBack(Command):
    """退回: the unit says that it is not its own; no clock stops."""

    reason: Reason = Field(default="", max_length=MAX_REASON)


class RuleOnDispute(Command):
    """争议裁定: the lowest chief above all units concerned names the unit, and that binds them."""

    unit: Post
    reason: Reason = Field(default="", max_length=MAX_REASON)


class Regrade(Command):
    """改定类别等级, with the excerpt of the same edition for what it is now."""

    reason: Reason = Field(default="", max_length=MAX_REASON)
    rules: Excerpt


class SetDate(Command):
    """上级限期: a superior's own date; a later one than the table's needs the document."""

    set_on: Day
    document: Digest | None = None
    reason: Reason = Field(default="", max_length=MAX_REASON)


class TransferToEnforcement(Command):
    """转执法: the case was filed; ninety days run from the filing [S06 art. 60]."""

    unit: Post
    filed_at: Moment
    filing: Digest | None = None


class RecordInterview(Command):
    """记录约谈."""

    record: Digest | None = None


class AdoptEdition(Command):
    """适用新版规则: the same category and severity under another edition."""

    rules: Excerpt


class AdoptCalendar(Command):
    """适用新日历: another version of the calendar, such as the yearly notice of the State Council."""

    calendar: Calendar


class ReportUndeliverable(Command):
    """送达不能: a notice reached nobody, because nobody holds the post or no channel leads there."""

    addressee: Post
    fact: int = Field(ge=1)
    why: Literal["nobody", "no_channel"] = "no_channel"


class RecordRepair(Command):
    """记录运维修复: what an operator repaired, why, on which ticket, and who approved it."""

    what: Repair
    reason: Reason = Field(default="", max_length=MAX_REASON)
    ticket: Code
    operator: Code
    approved_by: Code | None = None
    about: tuple[str, ...] = ()
