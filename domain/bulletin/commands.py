"""对通报说的话: what may be said to a bulletin."""

from typing import Annotated

from pydantic import Field

from domain.issue.words import Command
from domain.model import PRINTABLE, IssueId, Label
from domain.roster import PersonCode

Words = Annotated[str, Field(min_length=1, max_length=1000, pattern=PRINTABLE)]
Reason = Annotated[str, Field(min_length=1, max_length=300, pattern=PRINTABLE)]


class ReplyToBulletin(Command):
    """陈述意见, by a post that is named, within its window."""

    text: Words


class ReviseBulletin(Command):
    """改稿: what the bulletin demands, in the office's words, and who is no longer named."""

    remarks: tuple[Words, ...] = Field(default=(), max_length=20)
    strike: tuple[IssueId, ...] = Field(default=(), max_length=200)


class SubmitBulletin(Command):
    """报批."""


class ReturnBulletin(Command):
    """退回修改."""

    reason: Reason


class ApproveBulletin(Command):
    """签发."""


class WithdrawBulletin(Command):
    """撤回 before it is issued."""

    reason: Reason


class ProposeCorrection(Command):
    """拟更正 of what was issued."""

    text: Words


class ReturnCorrection(Command):
    """退回更正."""

    reason: Reason


class ApproveCorrection(Command):
    """签发更正."""


class SignForBulletin(Command):
    """签收 by a person, for a post that receives it."""

    person: PersonCode


class ReportLapseWithdrawn(Command):
    """告知逾期已撤回: said by the service itself when a lapse behind the bulletin was taken back."""

    issue_id: IssueId
    facts: tuple[int, ...]


WORDS = (
    ReplyToBulletin,
    ReviseBulletin,
    SubmitBulletin,
    ReturnBulletin,
    ApproveBulletin,
    WithdrawBulletin,
    ProposeCorrection,
    ReturnCorrection,
    ApproveCorrection,
    SignForBulletin,
    ReportLapseWithdrawn,
)
"""Every word, in the order of a bulletin's life."""

WORD_NAMES: dict[type[Command], Label] = {
    ReplyToBulletin: Label("陈述意见", "reply"),
    ReviseBulletin: Label("改稿", "revise"),
    SubmitBulletin: Label("报批", "submit"),
    ReturnBulletin: Label("退回修改", "return"),
    ApproveBulletin: Label("签发", "approve"),
    WithdrawBulletin: Label("撤回", "withdraw"),
    ProposeCorrection: Label("拟更正", "propose a correction"),
    ReturnCorrection: Label("退回更正", "return the correction"),
    ApproveCorrection: Label("签发更正", "approve the correction"),
    SignForBulletin: Label("签收", "sign for"),
    ReportLapseWithdrawn: Label("告知逾期已撤回", "report a lapse withdrawn"),
}
