"""通报的样子: the shapes in which bulletins and their figures are sent."""

from datetime import date

from pydantic import BaseModel, Field

from intake.issue_shapes import At, Holder, Term


class Listed(BaseModel):
    """通报一行: how a bulletin stands."""

    bulletin: str
    kind: Term
    state: Term
    title: str
    issuer: Holder
    first: date
    last: date
    waits_for: Holder | None
    next_mark: At | None
    number: str | None
    drafted: At
    issued: At | None


class Bulletins(BaseModel):
    """通报列表."""

    bulletins: list[Listed]


class Counted(BaseModel):
    """统计数, with the address of the list behind it."""

    figure: str
    count: int
    of: int | None = Field(description="of how many it is a share; null for a plain count")
    issues: str


class Figure(BaseModel):
    """统计数所列问题."""

    figure: str
    count: int
    of: int | None
    issues: list[str]
    among: list[str] | None


class Found(BaseModel):
    """核稿发现."""

    where: str
    what: str


class Correction(BaseModel):
    """更正: a later entry; what was issued stands."""

    count: int
    text: str
    made: At


class Fact(BaseModel):
    """通报的事实, without what people wrote."""

    fact: int
    kind: str
    zh: str
    said: At


class Whole(BaseModel):
    """通报全貌."""

    bulletin: str
    kind: Term
    state: Term
    number: str | None
    issuer: Holder
    first: date
    last: date
    cut: At
    digest: str = Field(description="SHA-256 over the issues of the cut, each with its last fact and hash")
    issues: int
    named: list[str]
    replies: int
    findings: list[Found]
    waits_for: Holder | None
    remarks: list[str]
    corrections: list[Correction]
    receipts: int
    figures: list[Counted]
    facts: list[Fact]
