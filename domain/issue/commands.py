"""指令: what may be said to an issue. A command is imperative, has an author and a moment."""

from pydantic import Field

from domain.excerpt import Rules
from domain.issue.clock_commands import (
    AdoptCalendar,
    AdoptEdition,
    DenyExtension,
    GrantExtension,
    HandBack,
    RecordInterview,
    RecordRepair,
    Regrade,
    ReportUndeliverable,
    RequestExtension,
    ResumeClock,
    RuleOnDispute,
    SetDate,
    SuspendClock,
    TransferToEnforcement,
    UpholdSuspension,
)
from domain.issue.words import MAX_REASON, Command, Reason
from domain.model import Day, Digest, IssueId, Label, Moment
from domain.posts import Division, Post
from domain.terms import Category, Circumstance, Origin, Severity, Source, Stage


class OpenIssue(Command):
    """立案: the start of an issue's life, with the excerpt of the rule book it lives under."""

    issue_id: IssueId
    report: Digest
    category: Category
    severity: Severity
    origin: Origin = Origin.NEW
    source: Source
    finder: Post | None = None
    reach: str = Field(min_length=1, max_length=32)
    division: Division
    seen_at: Moment | None = None
    circumstances: tuple[Circumstance, ...] = ()
    recurrence_of: IssueId | None = None
    plan_on: Day | None = None
    vacant: tuple[Post, ...] = ()
    title: str = Field(
        default="", max_length=60, description="place in Chinese, from the registry; never a person"
    )
    rules: Rules


class RecordStop(Command):
    """制止: the act has ceased, and a photograph shows it."""

    photos: int = Field(default=0, ge=0)
    manifest: Digest | None = None


class NothingToStop(Command):
    """无需制止: there is no act that could be stopped."""

    reason: Reason = Field(default="", max_length=MAX_REASON)


class ReportCannotStop(Command):
    """制止无效上报: dissuasion failed; the next higher chief takes over at once [S01 art. 11]."""

    reason: Reason = Field(default="", max_length=MAX_REASON)


class Assign(Command):
    """交办: name the responsible unit."""

    unit: Post


class SubmitPlan(Command):
    """报送整改方案: measures, the post responsible and the date [S03 art. 19]."""

    measures: int = Field(default=0, ge=0, description="number of measures in the plan")
    responsible: Post | None = None
    done_on: Day | None = None
    manifest: Digest | None = None


class AcceptPlan(Command):
    """同意整改方案."""


class ReportRectified(Command):
    """报告整改完成, with photographs of the same points before and after."""

    before: int = Field(default=0, ge=0)
    after: int = Field(default=0, ge=0)
    manifest: Digest | None = None


class AcceptRectification(Command):
    """核查合格."""

    record: Digest | None = None


class RejectRectification(Command):
    """核查退回: back to rectification with the time that was left."""

    reason: Reason = Field(default="", max_length=MAX_REASON)


class Close(Command):
    """销号, with the closing record; serious and major issues with the city's re-check."""

    record: Digest | None = None
    recheck: Digest | None = None


class Dismiss(Command):
    """作无效处理: an on-site record shows that there is no issue."""

    reason: Reason = Field(default="", max_length=MAX_REASON)
    onsite: Digest | None = None


class MergeInto(Command):
    """并案: another open issue of the same reach and category goes on for both."""

    into: IssueId
    into_reach: str
    into_category: Category
    into_stage: Stage


class AttachReport(Command):
    """附加线索: one more report of the same thing."""

    report: Digest
    source: Source


class Reassign(Command):
    """转办: another responsible unit; no clock is stopped by it."""

    unit: Post
    reason: Reason = Field(default="", max_length=MAX_REASON)


class ReplyToReporter(Command):
    """答复举报人, whose identity stays outside."""

    reply: Digest | None = None


class AnnounceVacancy(Command):
    """岗位空缺: nobody holds this post, has its deputy or acts for it."""

    post: Post


class AnnounceHolder(Command):
    """岗位到任: somebody holds this post again."""

    post: Post


COMMANDS: tuple[type[Command], ...] = (
    RecordStop,
    NothingToStop,
    ReportCannotStop,
    Assign,
    SubmitPlan,
    AcceptPlan,
    ReportRectified,
    AcceptRectification,
    RejectRectification,
    Close,
    Dismiss,
    MergeInto,
    AttachReport,
    Reassign,
    ReplyToReporter,
    AnnounceVacancy,
    AnnounceHolder,
    RequestExtension,
    GrantExtension,
    DenyExtension,
    SuspendClock,
    UpholdSuspension,
    ResumeClock,
    HandBack,
    RuleOnDispute,
    Regrade,
    SetDate,
    TransferToEnforcement,
    RecordInterview,
    AdoptEdition,
    AdoptCalendar,
    ReportUndeliverable,
    RecordRepair,
)
"""What may be said to an open issue."""

UNDER_EVERY_EDITION = frozenset({RecordRepair})
"""What no rule book gives or takes: the machine is repaired under every edition."""

NAMES: dict[str, Label] = {
    "OpenIssue": Label("立案", "open the issue"),
    "RecordStop": Label("制止", "record the stop"),
    "NothingToStop": Label("无需制止", "nothing to stop"),
    "ReportCannotStop": Label("制止无效上报", "report that it cannot be stopped"),
    "Assign": Label("交办", "assign"),
    "SubmitPlan": Label("报送整改方案", "submit the plan"),
    "AcceptPlan": Label("同意整改方案", "accept the plan"),
    "ReportRectified": Label("报告整改完成", "report rectified"),
    "AcceptRectification": Label("核查合格", "accept the rectification"),
    "RejectRectification": Label("核查退回", "reject the rectification"),
    "Close": Label("销号", "close"),
    "Dismiss": Label("作无效处理", "dismiss"),
    "MergeInto": Label("并案", "merge"),
    "AttachReport": Label("附加线索", "attach a report"),
    "Reassign": Label("转办", "reassign"),
    "ReplyToReporter": Label("答复举报人", "reply to the reporter"),
    "AnnounceVacancy": Label("岗位空缺", "announce a vacancy"),
    "AnnounceHolder": Label("岗位到任", "announce a holder"),
    "RequestExtension": Label("申请延期", "request an extension"),
    "GrantExtension": Label("准予延期", "grant the extension"),
    "DenyExtension": Label("不予延期", "deny the extension"),
    "SuspendClock": Label("中止计时", "suspend the clock"),
    "UpholdSuspension": Label("继续中止", "uphold the suspension"),
    "ResumeClock": Label("恢复计时", "resume the clock"),
    "HandBack": Label("退回", "hand back"),
    "RuleOnDispute": Label("争议裁定", "rule on the dispute"),
    "Regrade": Label("改定类别等级", "regrade"),
    "SetDate": Label("上级限期", "set a date"),
    "TransferToEnforcement": Label("转执法", "transfer to enforcement"),
    "RecordInterview": Label("记录约谈", "record the interview"),
    "AdoptEdition": Label("适用新版规则", "adopt an edition"),
    "AdoptCalendar": Label("适用新日历", "adopt a calendar"),
    "ReportUndeliverable": Label("报告送达不能", "report undeliverable"),
    "RecordRepair": Label("记录运维修复", "record a repair"),
}


def name_of(command: Command) -> str:
    """Return the name of a command as the rule book's tables write it."""
    return type(command).__name__
