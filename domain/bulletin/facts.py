"""通报的事实: what can be a fact about a bulletin. A past participle, never unsaid."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from domain.bulletin.rules import BulletinRules
from domain.bulletin.terms import Awaited, BulletinId, BulletinKind
from domain.indicators import FigureKey, Period
from domain.limits import Counting
from domain.model import CommandId, Digest, Frozen, IssueId, Moment
from domain.posts import Division, Post
from domain.terms import Category, Level, Severity


class Named(Frozen):
    """被通报: one issue that is named, as it stood at the cut, and the facts for which it is named.

    Named is the unit, or else who stands as its chief: whoever had to act.
    """

    issue_id: IssueId
    facts: tuple[int, ...]
    division: Division
    category: Category
    severity: Severity
    chief: Post
    unit: Post | None = None
    suspended: bool = False
    disputed: bool = False


class Rate(Frozen):
    """比率 of the cut: what it is a share of, so that a text may be held against it."""

    key: FigureKey
    count: int
    of: int


class Cut(Frozen):
    """冻结的截面: how many issues, and one digest over each with the number and hash of its last fact."""

    at: Moment
    issues: int
    digest: Digest
    figures: Digest
    rates: tuple[Rate, ...] = ()
    named: tuple[Named, ...] = ()


class Finding(Frozen):
    """核稿发现: which rule a text or a name breaks, and where; never whose name was found."""

    rule: str
    where: str
    what: str


class BulletinFact(Frozen):
    """事实: `said_at` is its true moment, `at` its place in the order; time's own facts have no author."""

    at: Moment
    said_at: Moment
    rule: str
    by: Post | None = None
    command: CommandId | None = None


class Drafted(BulletinFact):
    """已起草 from a frozen cut; carries the rules and the calendar that it is decided by."""

    kind: Literal["Drafted"] = "Drafted"
    bulletin_id: BulletinId
    bulletin: BulletinKind
    issuer: Post
    severity: Severity | None = None
    period: Period
    cut: Cut
    recipients: tuple[Post, ...]
    copies: tuple[Post, ...] = ()
    top: Level
    rules: BulletinRules
    counting: Counting


class HearingOpened(BulletinFact):
    """已送被通报单位征求意见, until a moment."""

    kind: Literal["HearingOpened"] = "HearingOpened"
    until: Moment
    to: tuple[Post, ...]


class Replied(BulletinFact):
    """被通报单位已陈述意见; its words stay in the journal."""

    kind: Literal["Replied"] = "Replied"
    text: str


class HearingClosed(BulletinFact):
    """征求意见结束."""

    kind: Literal["HearingClosed"] = "HearingClosed"


class Revised(BulletinFact):
    """已改稿: what is demanded, in the office's words; who is no longer named."""

    kind: Literal["Revised"] = "Revised"
    remarks: tuple[str, ...]
    struck: tuple[IssueId, ...] = ()


class Checked(BulletinFact):
    """已核稿: what a look at a revision found; nothing, where it may go on."""

    kind: Literal["Checked"] = "Checked"
    revision: int
    findings: tuple[Finding, ...] = ()


class Submitted(BulletinFact):
    """已报批."""

    kind: Literal["Submitted"] = "Submitted"


class Returned(BulletinFact):
    """签发人退回修改."""

    kind: Literal["Returned"] = "Returned"
    reason: str


class Reminded(BulletinFact):
    """已提醒: nobody said what is waited for."""

    kind: Literal["Reminded"] = "Reminded"
    awaited: Awaited
    to: Post
    source: str


class PassedOn(BulletinFact):
    """已转下一人: who was silent has had his time."""

    kind: Literal["PassedOn"] = "PassedOn"
    awaited: Awaited
    silent: Post
    to: Post
    source: str


class Approved(BulletinFact):
    """已签发: its number is drawn next."""

    kind: Literal["Approved"] = "Approved"


class Issued(BulletinFact):
    """已印发 under its document number."""

    kind: Literal["Issued"] = "Issued"
    document_number: str


class Withdrawn(BulletinFact):
    """已撤回 before it was issued; by a person, or because every lapse it rests on was taken back."""

    kind: Literal["Withdrawn"] = "Withdrawn"
    reason: str


class Struck(BulletinFact):
    """已除名: the lapse for which an issue was named was taken back before the bulletin was issued."""

    kind: Literal["Struck"] = "Struck"
    issue_id: IssueId


class CorrectionDue(BulletinFact):
    """应予更正: the lapse for which an issue was named was taken back after the bulletin was issued."""

    kind: Literal["CorrectionDue"] = "CorrectionDue"
    issue_id: IssueId


class CorrectionProposed(BulletinFact):
    """已拟更正."""

    kind: Literal["CorrectionProposed"] = "CorrectionProposed"
    text: str


class CorrectionReturned(BulletinFact):
    """更正已退回."""

    kind: Literal["CorrectionReturned"] = "CorrectionReturned"
    reason: str


class Corrected(BulletinFact):
    """已更正: a later entry; what was issued stands as it was issued."""

    kind: Literal["Corrected"] = "Corrected"
    count: int
    text: str


class Received(BulletinFact):
    """已签收 by one person for a post."""

    kind: Literal["Received"] = "Received"
    person: str


AnyFact = Annotated[
    Drafted
    | HearingOpened
    | Replied
    | HearingClosed
    | Revised
    | Checked
    | Submitted
    | Returned
    | Reminded
    | PassedOn
    | Approved
    | Issued
    | Withdrawn
    | Struck
    | CorrectionDue
    | CorrectionProposed
    | CorrectionReturned
    | Corrected
    | Received,
    Field(discriminator="kind"),
]
"""Any one fact, told apart by its kind."""

_FACT: TypeAdapter[Any] = TypeAdapter(AnyFact)

FACT_NAMES = {
    "Drafted": "起草",
    "HearingOpened": "征求意见",
    "Replied": "陈述意见",
    "HearingClosed": "征求意见结束",
    "Revised": "改稿",
    "Checked": "核稿",
    "Submitted": "报批",
    "Returned": "退回修改",
    "Reminded": "提醒",
    "PassedOn": "转下一人",
    "Approved": "签发",
    "Issued": "印发",
    "Withdrawn": "撤回",
    "Struck": "除名",
    "CorrectionDue": "应予更正",
    "CorrectionProposed": "拟更正",
    "CorrectionReturned": "更正退回",
    "Corrected": "更正",
    "Received": "签收",
}
"""Each kind of fact as officials say it."""


def read_fact(body: str | bytes) -> AnyFact:
    """Read a fact back from the journal; raises pydantic's ValidationError when it is none."""
    fact: AnyFact = _FACT.validate_json(body)
    return fact
