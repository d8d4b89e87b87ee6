"""线索: what somebody tells of a river, before there is an issue; its text never enters a workflow."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.model import PRINTABLE, Day, Digest, Frozen, IssueId, Label, Moment
from domain.place import Where
from domain.posts import Post
from domain.terms import Category, Circumstance, Origin, Severity, Source

RECEIPT = r"^[0-9]{6}-[0-9A-HJKMNP-TV-Z]{8}$"
Receipt = Annotated[str, Field(pattern=RECEIPT)]
"""回执号: the day it came, and eight letters that are not mistaken for each other: `261124-7K3M9QXP`."""

MOST_LETTERS = 2000
Words = Annotated[str, Field(max_length=MOST_LETTERS, pattern=PRINTABLE)]


class LeadState(StrEnum):
    """线索的状态: how far it has come; nothing leaves the last four but a reporter who says `not fixed`."""

    RECEIVED = "received"
    OPENING = "opening"
    ATTACHING = "attaching"
    PARKED = "parked"
    OPENED = "opened"
    ATTACHED = "attached"
    REFUSED = "refused"
    TRANSFERRED = "transferred"


DECIDED = frozenset({LeadState.OPENED, LeadState.ATTACHED, LeadState.REFUSED, LeadState.TRANSFERRED})
"""The states that nothing is waited for in."""

OVER = frozenset({LeadState.REFUSED, LeadState.TRANSFERRED})
"""Of these, the ones that no issue came of: for whoever reported it is over."""

STATES: dict[LeadState, Label] = {
    LeadState.RECEIVED: Label("已收到,正在研判", "received, being assessed"),
    LeadState.OPENING: Label("正在立案", "an issue is being opened"),
    LeadState.ATTACHING: Label("正在并入已有问题", "being attached to an issue"),
    LeadState.PARKED: Label("等待人工研判", "waiting for a person's assessment"),
    LeadState.OPENED: Label("已立案", "an issue was opened"),
    LeadState.ATTACHED: Label("已并入在办问题", "attached to an open issue"),
    LeadState.REFUSED: Label("不予受理", "not taken up"),
    LeadState.TRANSFERRED: Label("已转有关热线", "transferred to another hot-line"),
}


class Telling(Frozen):
    """报送内容: what was seen, where and when, in the words and by the codes of whoever tells it."""

    text: Annotated[Words, Field(min_length=1)]
    source: Source = Source.PUBLIC
    where: Where
    category: Category | None = None
    severity: Severity | None = None
    seen_at: Moment | None = None
    circumstances: tuple[Circumstance, ...] = ()
    finder: Post | None = None
    recurrence_of: IssueId | None = None
    origin: Origin = Origin.NEW
    plan_on: Day | None = None


class Told(Telling):
    """线索内容 as it is kept: with what stands for the photos that came with it."""

    manifest: Digest | None = None
