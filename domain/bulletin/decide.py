"""通报的裁断: time first, then who and at which state, then one rule a word."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.bulletin import commands as say
from domain.bulletin import facts as fact
from domain.bulletin.afterwards import AFTERWARDS
from domain.bulletin.clock import hearing_ends, let_time_pass
from domain.bulletin.commands import WORD_NAMES
from domain.bulletin.facts import Drafted, Finding
from domain.bulletin.grounds import (
    BEFORE_APPROVAL,
    Events,
    is_at,
    is_by,
    is_by_the_office,
    is_clean,
    is_in_turn,
    said,
)
from domain.bulletin.state import Bulletin, after, born
from domain.bulletin.terms import BulletinState
from domain.issue.words import Command
from domain.model import Label
from domain.refusals import AlreadyDone, TooEarly, TooLate, require

AHEAD = timedelta(seconds=5)
"""How far a caller's clock may be ahead of ours."""


def draft(drafted: Drafted) -> Events:
    """起草: those who are named are heard before anything else; where nobody is named, nobody waits.

    Rule: R-BULLETIN-DRAFT, R-BULLETIN-HEARING
    """
    bulletin = born(drafted)
    if not bulletin.named:
        return [drafted]
    until = hearing_ends(bulletin, drafted.said_at)
    at, rule, to = drafted.at, "R-BULLETIN-HEARING", bulletin.named_posts
    return [drafted, fact.HearingOpened(at=at, said_at=drafted.said_at, rule=rule, until=until, to=to)]


def decide(bulletin: Bulletin, command: Command, now: datetime) -> Events:
    """裁断: return the facts that a word makes, with those that time made before it; or raise a Refusal.

    The same command id again makes no fact. Rule: R-BULLETIN-TIME
    """
    if command.id in bulletin.heard:
        return []
    name = WORD_NAMES[type(command)]
    require(command.said_at <= now + AHEAD, TooEarly(command=name, said_at=command.said_at, now=now))
    told = let_time_pass(bulletin, command.said_at - timedelta(microseconds=1))
    then = after(bulletin, told)
    return [*told, *RULES[type(command)](then, command)]


def checked(bulletin: Bulletin, revision: int, findings: tuple[Finding, ...], now: datetime) -> Events:
    """核稿结果: what a look at a revision found; of a revision that is no more, it says nothing.

    Rule: R-BULLETIN-CHECK
    """
    if revision != bulletin.revision or bulletin.state in _OVER:
        return []
    at = max(now, bulletin.at)
    return [fact.Checked(at=at, said_at=now, rule="R-BULLETIN-CHECK", revision=revision, findings=findings)]


def issued(bulletin: Bulletin, document_number: str, now: datetime) -> Events:
    """印发: only what was approved is issued, once. Rule: R-BULLETIN-ISSUE."""
    if bulletin.state is not BulletinState.APPROVED:
        return []
    at = max(now, bulletin.at)
    return [fact.Issued(at=at, said_at=now, rule="R-BULLETIN-ISSUE", document_number=document_number)]


_OVER = frozenset({BulletinState.WITHDRAWN})


def _reply(bulletin: Bulletin, command: say.ReplyToBulletin) -> Events:
    """陈述意见: in time if it was said in time, though the window was closed before it was heard.

    Rule: R-BULLETIN-REPLY
    """
    name = WORD_NAMES[type(command)]
    is_at(bulletin, command, BulletinState.HEARING, BulletinState.PREPARING)
    whose = Label("只由被通报的岗位陈述意见", "those who are named reply")
    is_by(command, bulletin.named_posts, whose)
    until = bulletin.until or command.said_at
    ended = Label("征求意见已结束", "the window has closed")
    require(command.said_at <= until, TooLate(command=name, what=ended))
    once = Label("该岗位已陈述意见", "this post has replied")
    require(all(reply.by != command.by for reply in bulletin.replies), AlreadyDone(command=name, what=once))
    told: Events = [fact.Replied(**said(bulletin, command, "R-BULLETIN-REPLY"), text=command.text)]
    replied = {command.by, *(reply.by for reply in bulletin.replies)}
    if bulletin.state is BulletinState.HEARING and replied >= set(bulletin.named_posts):
        at = told[0].at
        told.append(fact.HearingClosed(at=at, said_at=command.said_at, rule="R-BULLETIN-HEARING"))
    return told


def _revise(bulletin: Bulletin, command: say.ReviseBulletin) -> Events:
    """改稿, before it is submitted; figures are of the cut and are not revised. Rule: R-BULLETIN-REVISE."""
    is_at(bulletin, command, BulletinState.HEARING, BulletinState.PREPARING)
    is_by_the_office(bulletin, command)
    stands = said(bulletin, command, "R-BULLETIN-REVISE")
    return [fact.Revised(**stands, remarks=command.remarks, struck=command.strike)]


def _submit(bulletin: Bulletin, command: say.SubmitBulletin) -> Events:
    """报批, once those named were heard, by the office or whose turn it is. Rule: R-BULLETIN-SUBMIT."""
    is_at(bulletin, command, BulletinState.PREPARING)
    turn = (bulletin.wait.post,) if bulletin.wait else ()
    is_by(command, (bulletin.issuer, *turn), Label("须由起草单位报批", "the issuing office does"))
    is_clean(bulletin, command)
    return [fact.Submitted(**said(bulletin, command, "R-BULLETIN-SUBMIT"))]


def _return(bulletin: Bulletin, command: say.ReturnBulletin) -> Events:
    """退回修改. Rule: R-BULLETIN-TURN."""
    is_at(bulletin, command, BulletinState.SUBMITTED)
    is_in_turn(bulletin, command)
    return [fact.Returned(**said(bulletin, command, "R-BULLETIN-TURN"), reason=command.reason)]


def _approve(bulletin: Bulletin, command: say.ApproveBulletin) -> Events:
    """签发: nobody may take it back after this. Rule: R-BULLETIN-APPROVE."""
    is_at(bulletin, command, BulletinState.SUBMITTED)
    is_in_turn(bulletin, command)
    is_clean(bulletin, command)
    return [fact.Approved(**said(bulletin, command, "R-BULLETIN-APPROVE"))]


def _withdraw(bulletin: Bulletin, command: say.WithdrawBulletin) -> Events:
    """撤回, only before it is approved: afterwards it is corrected. Rule: R-BULLETIN-WITHDRAW."""
    is_at(bulletin, command, *BEFORE_APPROVAL)
    turn = (bulletin.wait.post,) if bulletin.wait else ()
    is_by(
        command,
        (bulletin.issuer, *turn),
        Label("须由起草单位或签发人撤回", "the office or who approves does"),
    )
    return [fact.Withdrawn(**said(bulletin, command, "R-BULLETIN-WITHDRAW"), reason=command.reason)]


RULES: Mapping[type[Command], Callable[[Bulletin, Any], Events]] = {
    say.ReplyToBulletin: _reply,
    say.ReviseBulletin: _revise,
    say.SubmitBulletin: _submit,
    say.ReturnBulletin: _return,
    say.ApproveBulletin: _approve,
    say.WithdrawBulletin: _withdraw,
    **AFTERWARDS,
}
"""One rule a word."""
