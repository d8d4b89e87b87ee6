"""共同要件: what several rules ask of a word to a bulletin, and where its fact stands."""

from typing import Any

from domain.bulletin.commands import WORD_NAMES
from domain.bulletin.facts import BulletinFact
from domain.bulletin.lint import Draft, Text, lint
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BULLETIN_LABELS, BulletinState
from domain.issue.words import Command
from domain.model import Label
from domain.posts import Post
from domain.refusals import NotAtThisStage, NotYours, Unfit, require

Events = list[BulletinFact]
BEFORE_APPROVAL = (BulletinState.HEARING, BulletinState.PREPARING, BulletinState.SUBMITTED)


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


def said(bulletin: Bulletin, command: Command, rule: str) -> dict[str, Any]:
    at = max(command.said_at, bulletin.at)
    return {"at": at, "said_at": command.said_at, "rule": rule, "by": command.by, "command": command.id}


def is_at(bulletin: Bulletin, command: Command, *states: BulletinState) -> None:
    stage = BULLETIN_LABELS[bulletin.state]
    require(bulletin.state in states, NotAtThisStage(command=WORD_NAMES[type(command)], stage=stage))


def is_by(command: Command, may: tuple[Post, ...], why: Label) -> None:
    require(command.by in may, NotYours(command=WORD_NAMES[type(command)], by=command.by, why=why))


def is_by_the_office(bulletin: Bulletin, command: Command) -> None:
    is_by(command, (bulletin.issuer,), Label(f"须由 {bulletin.issuer} 办理", f"{bulletin.issuer} does"))


def is_in_turn(bulletin: Bulletin, command: Command) -> None:
    """轮到谁: only whose turn it is may approve or return. Rule: R-BULLETIN-TURN."""
    may = (bulletin.wait.post,) if bulletin.wait else ()
    whose = "、".join(may)
    is_by(command, may, Label(f"现由 {whose} 签发", f"it is the turn of {whose}"))


def is_clean(bulletin: Bulletin, command: Command) -> None:
    """核稿在先: a text goes on only after a look at it found nothing. Rule: R-BULLETIN-CLEAN."""
    found = (*bulletin.findings, *lint(draft_of(bulletin)))
    name = WORD_NAMES[type(command)]
    listed = "；".join(dict.fromkeys(f"{each.where}:{each.what}" for each in found))
    require(
        not found, Unfit(command=name, what=Label(listed, ", ".join(dict.fromkeys(f.rule for f in found))))
    )
    waiting = Label("核稿尚未完成,请稍候再办", "nobody has looked through it yet: try again in a moment")
    require(bulletin.checked == bulletin.revision, Unfit(command=name, what=waiting))
