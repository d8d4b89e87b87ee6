"""问题的样子: the shapes in which issues, their limits and their facts are sent."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from domain.issue.explain import Account
from domain.posts import Post


class Term(BaseModel):
    """术语: a code with what it is called."""

    code: str | int
    zh: str
    en: str


class At(BaseModel):
    """时刻: in UTC, and as it is read in China."""

    at: datetime
    zh: str


class Holder(BaseModel):
    """岗位: a post and its name in the registry; never a person."""

    post: Post
    name: str


class Listed(BaseModel):
    """问题一行: how an issue stands, as the read model shows it."""

    number: str
    stage: Term
    category: Term
    severity: Term
    title: str
    reach: str
    division: str
    division_name: str
    chief: Holder
    unit: Holder | None
    level: Term
    rung: Term
    is_overdue: bool
    is_suspended: bool
    is_provisional: bool
    next_mark: At | None
    opened: At
    updated: At
    fact: int = Field(description="number of the last fact")


class Page(BaseModel):
    """一页: issues, and what to ask with for the next page, if there may be one."""

    issues: list[Listed]
    next: str | None


class Running(BaseModel):
    """时限: one limit that runs or stands still, and who must act before it ends."""

    clock: Term
    standing: Term
    limit: str
    limit_zh: str
    source: str
    started: At
    ends: At
    is_provisional: bool
    is_overdue: bool
    rung: Term
    in_charge: Holder


class NextMark(BaseModel):
    """下一节点: when the ladder next demands something, and what."""

    moment: At
    clock: Term
    rung: Term


class Sayable(BaseModel):
    """可办理: a command that the stage knows; who may say it, the issue decides when it is said."""

    command: str
    zh: str
    en: str


class Whole(BaseModel):
    """问题全貌, retold from its journal; `links` lead on."""

    number: str
    subject: str
    stage: Term
    category: Term
    severity: Term
    origin: Term
    source: Term
    reach: str
    division: str
    division_name: str
    title: str
    chief: Holder
    unit: Holder | None
    level: Term
    rung: Term
    is_overdue: bool
    is_suspended: bool
    awaits_reply: bool
    opened: At
    stage_since: At
    limits: list[Running]
    next_mark: NextMark | None
    look_backs_on: list[date]
    recurrence_of: str | None
    edition: str
    fact: int
    commands: list[Sayable]
    links: dict[str, str]


class Told(BaseModel):
    """事实: one line of the journal; `body` is what its hash covers."""

    number: int
    kind: str
    kind_zh: str
    moment: At
    said: At
    by: Holder | None
    rule: str
    body: dict[str, Any]
    hash: str


class Facts(BaseModel):
    """事实一页: in order; `next` continues."""

    facts: list[Told]
    next: str | None


class Explained(BaseModel):
    """时限说明书: the account of every clock, and the same in words, Chinese first."""

    account: Account
    statement: str


class Document(BaseModel):
    """文书: an order or a bulletin; `number` is drawn when it is signed, `links` lead to it on paper."""

    fact: int
    kind: Term
    state: Term
    number: str | None
    issuer: Holder
    addressees: list[Holder]
    drafted: At
    signed: At | None
    signed_by: Holder | None
    links: dict[str, str]


class Documents(BaseModel):
    """一件问题的文书, in the order of their facts."""

    documents: list[Document]
