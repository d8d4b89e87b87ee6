"""通报的词: kinds of bulletin, the states of its life, and what is waited for in them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from domain.model import Label


class BulletinKind(StrEnum):
    """通报种类."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    AD_HOC = "adhoc"


class BulletinState(StrEnum):
    """通报的状态."""

    HEARING = "hearing"
    PREPARING = "preparing"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


class Awaited(StrEnum):
    """等谁: what somebody must say before a bulletin goes on."""

    SUBMISSION = "submission"
    APPROVAL = "approval"
    CORRECTION = "correction"


BULLETIN_LABELS: dict[StrEnum, Label] = {
    BulletinKind.MONTHLY: Label("月度通报", "monthly bulletin"),
    BulletinKind.QUARTERLY: Label("季度通报", "quarterly bulletin"),
    BulletinKind.YEARLY: Label("年度通报", "yearly bulletin"),
    BulletinKind.AD_HOC: Label("专项通报", "ad hoc bulletin"),
    BulletinState.HEARING: Label("征求意见", "those named are heard"),
    BulletinState.PREPARING: Label("核稿", "being prepared"),
    BulletinState.SUBMITTED: Label("待签发", "waiting for approval"),
    BulletinState.APPROVED: Label("已签发", "approved"),
    BulletinState.ISSUED: Label("已印发", "issued"),
    BulletinState.WITHDRAWN: Label("已撤回", "withdrawn"),
    Awaited.SUBMISSION: Label("报批", "submission"),
    Awaited.APPROVAL: Label("签发", "approval"),
    Awaited.CORRECTION: Label("更正签发", "approval of the correction"),
}
"""Each of these in two languages."""

BulletinId = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{12}-[0-9]{4}-(monthly-([1-9]|1[0-2])|quarterly-[1-4]|yearly-1"
        r"|adhoc-[0-9]{6}\.[0-9]{4}\.[0-9]{6}\.[0-9]{1,9})$"
    ),
]
"""通报编号 before it has a document number: issuer's division, year, kind and place in the year:
`512022000000-2026-monthly-11`; an ad hoc one names issue and fact."""


def zh(term: StrEnum) -> str:
    """Return the Chinese name of a term."""
    return BULLETIN_LABELS[term].zh
