"""印发之后: corrections, receipts, and what follows when a lapse behind a bulletin is taken back."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.bulletin import commands as say
from domain.bulletin import facts as fact
from domain.bulletin.commands import WORD_NAMES
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
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BULLETIN_LABELS, Awaited, BulletinKind, BulletinState
from domain.issue.words import Command
from domain.model import Label
from domain.posts import kind_of
from domain.refusals import AlreadyDone, NotAtThisStage, NotYours, require
from domain.terms import PostKind


def _propose(bulletin: Bulletin, command: say.ProposeCorrection) -> Events:
    """拟更正: one at a time. Rule: R-BULLETIN-CORRECT."""
    is_at(bulletin, command, BulletinState.ISSUED)
    is_by_the_office(bulletin, command)
    waits = Label("已有一件更正待签发", "a correction waits for approval")
    require(bulletin.proposed is None, AlreadyDone(command=WORD_NAMES[type(command)], what=waits))
    return [fact.CorrectionProposed(**said(bulletin, command, "R-BULLETIN-CORRECT"), text=command.text)]


def _return_correction(bulletin: Bulletin, command: say.ReturnCorrection) -> Events:
    """退回更正. Rule: R-BULLETIN-TURN."""
    _awaits_a_correction(bulletin, command)
    is_in_turn(bulletin, command)
    stands = said(bulletin, command, "R-BULLETIN-TURN")
    return [fact.CorrectionReturned(**stands, reason=command.reason)]


def _approve_correction(bulletin: Bulletin, command: say.ApproveCorrection) -> Events:
    """签发更正: a later entry; what was issued stands. Rule: R-BULLETIN-CORRECT."""
    proposed = _awaits_a_correction(bulletin, command)
    is_in_turn(bulletin, command)
    is_clean(bulletin, command)
    count = len(bulletin.corrections) + 1
    return [fact.Corrected(**said(bulletin, command, "R-BULLETIN-CORRECT"), count=count, text=proposed)]


def _awaits_a_correction(bulletin: Bulletin, command: Command) -> str:
    name, stage = WORD_NAMES[type(command)], BULLETIN_LABELS[bulletin.state]
    if not (bulletin.is_issued and bulletin.wait and bulletin.wait.awaited is Awaited.CORRECTION):
        raise NotAtThisStage(command=name, stage=stage)
    return bulletin.proposed or ""


def _sign_for(bulletin: Bulletin, command: say.SignForBulletin) -> Events:
    """签收, once a person and post; it starts and stops no clock. Rule: R-BULLETIN-RECEIPT."""
    is_at(bulletin, command, BulletinState.ISSUED)
    is_by(command, bulletin.receivers, Label("该岗位不是收文单位", "this post does not receive it"))
    done = any((it.post, it.person) == (command.by, command.person) for it in bulletin.receipts)
    again = Label("已签收", "it was signed for")
    require(not done, AlreadyDone(command=WORD_NAMES[type(command)], what=again))
    return [fact.Received(**said(bulletin, command, "R-BULLETIN-RECEIPT"), person=command.person)]


def _lapse_withdrawn(bulletin: Bulletin, command: say.ReportLapseWithdrawn) -> Events:
    """逾期撤回: before approval who was named is struck; afterwards a correction is due.

    A bulletin that was of this issue alone is withdrawn. Rule: R-BULLETIN-LAPSE
    """
    roster = kind_of(command.by) is PostKind.ROSTER
    why = Label("由系统告知", "the service itself says so")
    require(roster, NotYours(command=WORD_NAMES[type(command)], by=command.by, why=why))
    stands = said(bulletin, command, "R-BULLETIN-LAPSE")
    named = next((named for named in bulletin.cut.named if named.issue_id == command.issue_id), None)
    if named is None or bulletin.state is BulletinState.WITHDRAWN or set(named.facts) - set(command.facts):
        return []
    if bulletin.state not in BEFORE_APPROVAL:
        return [fact.CorrectionDue(**stands, issue_id=command.issue_id)]
    if bulletin.kind is BulletinKind.AD_HOC:
        return [fact.Withdrawn(**stands, reason="所依据的逾期已撤回")]
    return [fact.Struck(**stands, issue_id=command.issue_id)]


AFTERWARDS: Mapping[type[Command], Callable[[Bulletin, Any], Events]] = {
    say.ProposeCorrection: _propose,
    say.ReturnCorrection: _return_correction,
    say.ApproveCorrection: _approve_correction,
    say.SignForBulletin: _sign_for,
    say.ReportLapseWithdrawn: _lapse_withdrawn,
}
"""One rule a word."""
