"""通报的裁断: time first, then who and at which state, then one rule a word."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.bulletin import commands as say
from domain.bulletin import facts as fact
from domain.bulletin.clock import hearing_ends, let_time_pass
from domain.bulletin.commands import WORD_NAMES
from domain.bulletin.facts import BulletinFact, Drafted, Finding
from domain.bulletin.lint import Draft, Text, lint
from domain.bulletin.state import Bulletin, after, born
from domain.bulletin.terms import BULLETIN_LABELS, Awaited, BulletinKind, BulletinState
from domain.issue.words import Command
from domain.model import Label
from domain.posts import Post, kind_of
from domain.refusals import AlreadyDone, NotAtThisStage, NotYours, TooEarly, TooLate, Unfit, require
from domain.terms import PostKind

AHEAD = timedelta(seconds=5)
"""How far a caller's clock may be ahead of ours."""
Events = list[BulletinFact]


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


def draft_of(bulletin: Bulletin) -> Draft:
    """Return what a look at the bulletin is a look at: every word that a person wrote, and who is named."""
    texts = [Text(where=f"工作要求第 {n} 段", words=words) for n, words in enumerate(bulletin.remarks, 1)]
    if bulletin.proposed:
        texts.append(Text(where=f"第 {len(bulletin.corrections) + 1} 次更正", words=bulletin.proposed))
    return Draft(
        texts=tuple(texts),
        named=() if bulletin.is_issued else bulletin.named,
        rates=bulletin.cut.rates,
        least_denominator=bulletin.rules.least_denominator.value,
        longest_quote=bulletin.rules.longest_quote.value,
    )


_OVER = frozenset({BulletinState.WITHDRAWN})
_BEFORE_APPROVAL = (BulletinState.HEARING, BulletinState.PREPARING, BulletinState.SUBMITTED)


def _said(bulletin: Bulletin, command: Command, rule: str) -> dict[str, Any]:
    at = max(command.said_at, bulletin.at)
    return {"at": at, "said_at": command.said_at, "rule": rule, "by": command.by, "command": command.id}


def _at(bulletin: Bulletin, command: Command, *states: BulletinState) -> None:
    stage = BULLETIN_LABELS[bulletin.state]
    require(bulletin.state in states, NotAtThisStage(command=WORD_NAMES[type(command)], stage=stage))


def _by(command: Command, may: tuple[Post, ...], why: Label) -> None:
    require(command.by in may, NotYours(command=WORD_NAMES[type(command)], by=command.by, why=why))


def _by_the_office(bulletin: Bulletin, command: Command) -> None:
    _by(command, (bulletin.issuer,), Label(f"须由 {bulletin.issuer} 办理", f"{bulletin.issuer} does"))


def _in_turn(bulletin: Bulletin, command: Command) -> None:
    """轮到谁: only whose turn it is may approve or return. Rule: R-BULLETIN-TURN."""
    may = (bulletin.wait.post,) if bulletin.wait else ()
    whose = "、".join(may)
    _by(command, may, Label(f"现由 {whose} 签发", f"it is the turn of {whose}"))


def _is_clean(bulletin: Bulletin, command: Command) -> None:
    """核稿在先: a text goes on only after a look at it found nothing. Rule: R-BULLETIN-CLEAN."""
    found = (*bulletin.findings, *lint(draft_of(bulletin)))
    name = WORD_NAMES[type(command)]
    listed = "；".join(dict.fromkeys(f"{each.where}:{each.what}" for each in found))
    require(
        not found, Unfit(command=name, what=Label(listed, ", ".join(dict.fromkeys(f.rule for f in found))))
    )
    waiting = Label("核稿尚未完成,请稍候再办", "nobody has looked through it yet: try again in a moment")
    require(bulletin.checked == bulletin.revision, Unfit(command=name, what=waiting))


def _reply(bulletin: Bulletin, command: say.ReplyToBulletin) -> Events:
    """陈述意见: in time if it was said in time, though the window was closed before it was heard.

    Rule: R-BULLETIN-REPLY
    """
    name = WORD_NAMES[type(command)]
    _at(bulletin, command, BulletinState.HEARING, BulletinState.PREPARING)
    whose = Label("只由被通报的岗位陈述意见", "those who are named reply")
    _by(command, bulletin.named_posts, whose)
    until = bulletin.until or command.said_at
    ended = Label("征求意见已结束", "the window has closed")
    require(command.said_at <= until, TooLate(command=name, what=ended))
    once = Label("该岗位已陈述意见", "this post has replied")
    require(all(reply.by != command.by for reply in bulletin.replies), AlreadyDone(command=name, what=once))
    told: Events = [fact.Replied(**_said(bulletin, command, "R-BULLETIN-REPLY"), text=command.text)]
    replied = {command.by, *(reply.by for reply in bulletin.replies)}
    if bulletin.state is BulletinState.HEARING and replied >= set(bulletin.named_posts):
        at = told[0].at
        told.append(fact.HearingClosed(at=at, said_at=command.said_at, rule="R-BULLETIN-HEARING"))
    return told


def _revise(bulletin: Bulletin, command: say.ReviseBulletin) -> Events:
    """改稿, before it is submitted; figures are of the cut and are not revised. Rule: R-BULLETIN-REVISE."""
    _at(bulletin, command, BulletinState.HEARING, BulletinState.PREPARING)
    _by_the_office(bulletin, command)
    said = _said(bulletin, command, "R-BULLETIN-REVISE")
    return [fact.Revised(**said, remarks=command.remarks, struck=command.strike)]


def _submit(bulletin: Bulletin, command: say.SubmitBulletin) -> Events:
    """报批, once those named were heard, by the office or whose turn it is. Rule: R-BULLETIN-SUBMIT."""
    _at(bulletin, command, BulletinState.PREPARING)
    turn = (bulletin.wait.post,) if bulletin.wait else ()
    _by(command, (bulletin.issuer, *turn), Label("须由起草单位报批", "the issuing office does"))
    _is_clean(bulletin, command)
    return [fact.Submitted(**_said(bulletin, command, "R-BULLETIN-SUBMIT"))]


def _return(bulletin: Bulletin, command: say.ReturnBulletin) -> Events:
    """退回修改. Rule: R-BULLETIN-TURN."""
    _at(bulletin, command, BulletinState.SUBMITTED)
    _in_turn(bulletin, command)
    return [fact.Returned(**_said(bulletin, command, "R-BULLETIN-TURN"), reason=command.reason)]


def _approve(bulletin: Bulletin, command: say.ApproveBulletin) -> Events:
    """签发: nobody may take it back after this. Rule: R-BULLETIN-APPROVE."""
    _at(bulletin, command, BulletinState.SUBMITTED)
    _in_turn(bulletin, command)
    _is_clean(bulletin, command)
    return [fact.Approved(**_said(bulletin, command, "R-BULLETIN-APPROVE"))]


def _withdraw(bulletin: Bulletin, command: say.WithdrawBulletin) -> Events:
    """撤回, only before it is approved: afterwards it is corrected. Rule: R-BULLETIN-WITHDRAW."""
    _at(bulletin, command, *_BEFORE_APPROVAL)
    turn = (bulletin.wait.post,) if bulletin.wait else ()
    _by(
        command,
        (bulletin.issuer, *turn),
        Label("须由起草单位或签发人撤回", "the office or who approves does"),
    )
    return [fact.Withdrawn(**_said(bulletin, command, "R-BULLETIN-WITHDRAW"), reason=command.reason)]


def _propose(bulletin: Bulletin, command: say.ProposeCorrection) -> Events:
    """拟更正: one at a time. Rule: R-BULLETIN-CORRECT."""
    _at(bulletin, command, BulletinState.ISSUED)
    _by_the_office(bulletin, command)
    waits = Label("已有一件更正待签发", "a correction waits for approval")
    require(bulletin.proposed is None, AlreadyDone(command=WORD_NAMES[type(command)], what=waits))
    return [fact.CorrectionProposed(**_said(bulletin, command, "R-BULLETIN-CORRECT"), text=command.text)]


def _return_correction(bulletin: Bulletin, command: say.ReturnCorrection) -> Events:
    """退回更正. Rule: R-BULLETIN-TURN."""
    _awaits_a_correction(bulletin, command)
    _in_turn(bulletin, command)
    said = _said(bulletin, command, "R-BULLETIN-TURN")
    return [fact.CorrectionReturned(**said, reason=command.reason)]


def _approve_correction(bulletin: Bulletin, command: say.ApproveCorrection) -> Events:
    """签发更正: a later entry; what was issued stands. Rule: R-BULLETIN-CORRECT."""
    proposed = _awaits_a_correction(bulletin, command)
    _in_turn(bulletin, command)
    _is_clean(bulletin, command)
    count = len(bulletin.corrections) + 1
    return [fact.Corrected(**_said(bulletin, command, "R-BULLETIN-CORRECT"), count=count, text=proposed)]


def _awaits_a_correction(bulletin: Bulletin, command: Command) -> str:
    name, stage = WORD_NAMES[type(command)], BULLETIN_LABELS[bulletin.state]
    if not (bulletin.is_issued and bulletin.wait and bulletin.wait.awaited is Awaited.CORRECTION):
        raise NotAtThisStage(command=name, stage=stage)
    return bulletin.proposed or ""


def _sign_for(bulletin: Bulletin, command: say.SignForBulletin) -> Events:
    """签收, once a person and post; it starts and stops no clock. Rule: R-BULLETIN-RECEIPT."""
    _at(bulletin, command, BulletinState.ISSUED)
    _by(command, bulletin.receivers, Label("该岗位不是收文单位", "this post does not receive it"))
    done = any((it.post, it.person) == (command.by, command.person) for it in bulletin.receipts)
    again = Label("已签收", "it was signed for")
    require(not done, AlreadyDone(command=WORD_NAMES[type(command)], what=again))
    return [fact.Received(**_said(bulletin, command, "R-BULLETIN-RECEIPT"), person=command.person)]


def _lapse_withdrawn(bulletin: Bulletin, command: say.ReportLapseWithdrawn) -> Events:
    """逾期撤回: before approval who was named is struck; afterwards a correction is due.

    A bulletin that was of this issue alone is withdrawn. Rule: R-BULLETIN-LAPSE
    """
    roster = kind_of(command.by) is PostKind.ROSTER
    why = Label("由系统告知", "the service itself says so")
    require(roster, NotYours(command=WORD_NAMES[type(command)], by=command.by, why=why))
    said = _said(bulletin, command, "R-BULLETIN-LAPSE")
    named = next((named for named in bulletin.cut.named if named.issue_id == command.issue_id), None)
    if named is None or bulletin.state is BulletinState.WITHDRAWN or set(named.facts) - set(command.facts):
        return []
    if bulletin.state not in _BEFORE_APPROVAL:
        return [fact.CorrectionDue(**said, issue_id=command.issue_id)]
    if len(bulletin.cut.named) == 1 and bulletin.kind is BulletinKind.AD_HOC:
        return [fact.Withdrawn(**said, reason="所依据的逾期已撤回")]
    return [fact.Struck(**said, issue_id=command.issue_id)]


RULES: Mapping[type[Command], Callable[[Bulletin, Any], Events]] = {
    say.ReplyToBulletin: _reply,
    say.ReviseBulletin: _revise,
    say.SubmitBulletin: _submit,
    say.ReturnBulletin: _return,
    say.ApproveBulletin: _approve,
    say.WithdrawBulletin: _withdraw,
    say.ProposeCorrection: _propose,
    say.ReturnCorrection: _return_correction,
    say.ApproveCorrection: _approve_correction,
    say.SignForBulletin: _sign_for,
    say.ReportLapseWithdrawn: _lapse_withdrawn,
}
"""One rule a word."""
