"""聚合触发: how much must add up over many issues, months or reports until a measure is due; data."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.limits import Ground, Limit
from domain.model import PRINTABLE, Frozen, Label, Moment
from domain.posts import Division, Post
from domain.provisions import NamedLevel
from domain.terms import Level


class Measure(StrEnum):
    """措施 that a person carries out; the service only says that it is due."""

    REMINDING = "REMINDING"
    INTERVIEW = "INTERVIEW"
    NAMING = "NAMING"
    LISTING = "LISTING"
    DISPATCH = "DISPATCH"
    REFERRAL = "REFERRAL"


MEASURES = {
    Measure.REMINDING: Label("提醒", "reminding"),
    Measure.INTERVIEW: Label("约谈", "interview"),
    Measure.NAMING: Label("通报", "bulletin"),
    Measure.LISTING: Label("挂牌督办", "listing for supervision"),
    Measure.DISPATCH: Label("专项调度", "special dispatch"),
    Measure.REFERRAL: Label("问责移送", "referral"),
}

Kind = Literal["ranked_last", "section_failed", "leaked", "unfit"]
"""What an office observes outside the issues."""

KINDS: dict[Kind, Label] = {
    "ranked_last": Label("督查暗访排名末位", "last in the inspections' ranking"),
    "section_failed": Label("国控断面不达标", "a national section failed"),
    "leaked": Label("泄露举报人信息", "a reporter's data were leaked"),
    "unfit": Label("年度考核不合格", "the yearly assessment was not passed"),
}


class Trigger(Frozen):
    """一项触发 and its ground."""

    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    source: Ground


class Lapses(Trigger):
    """一季度内提级的件数."""

    issues: Annotated[int, Field(ge=1, le=1000)]


class MajorOverdue(Trigger):
    """逾期多久."""

    after: Limit


class Running(Trigger):
    """连续的月数."""

    months: Annotated[int, Field(ge=1, le=24)]


class TriggerRules(Frozen):
    """聚合触发规则: data, each with its ground."""

    lapses: Lapses
    major_overdue: MajorOverdue
    ranked_last: Running
    section_failed: Running
    leaked: Trigger
    unfit: Trigger
    top: NamedLevel
    """The level whose 总河长 calls in what no higher one of the deployment can."""


class Raised(Frozen):
    """提级一次: who had to act and did not, whose issue it was, who has it since."""

    issue_id: str
    number: int
    owner: Post
    chief: Post
    above: Post
    place: Division
    reach: str
    at: Moment


class Overdue(Frozen):
    """重大逾期: an open major issue with a limit that has ended."""

    issue_id: str
    owner: Post
    place: Division
    too_long_at: Moment
    top: Level


class Observation(Frozen):
    """观察: what an office has put on record about a unit, a government or a chief in a month or a year."""

    kind: Kind
    subject: Post
    period: Annotated[str, Field(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2]))?$")]
    source: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]


class Due(Frozen):
    """应采取的措施: once for each (trigger, subject, period)."""

    trigger: str
    subject: Post
    period: str
    measures: tuple[Measure, ...]
    by: Post
    because: tuple[str, ...]
    source: str

    @property
    def key(self) -> str:
        """What makes it one."""
        return f"{self.trigger}:{self.subject}:{self.period}"
