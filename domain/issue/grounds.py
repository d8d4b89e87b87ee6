"""共同要件: what several rules ask of a command, and where a fact stands in the order."""

from datetime import datetime, timedelta
from typing import Any

from domain import posts
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.permit import in_jurisdiction
from domain.issue.state import Issue
from domain.issue.who import in_charge, stage_clock
from domain.model import Label, Moment
from domain.refusals import AlreadyDone, Incomplete, NotYours, TooEarly, require
from domain.terms import PostKind, Source

AHEAD = timedelta(seconds=5)
"""How far a caller's clock may be ahead of ours; more is a wrong clock, not a hurried person."""

COMPLAINTS = frozenset({Source.PUBLIC, Source.HOTLINE})
"""The sources behind which a reporter waits for an answer."""


def said(command: Command, last_at: Moment, rule: str) -> dict[str, Any]:
    """Where a fact stands: it keeps the moment it was said and never precedes the last fact."""
    return {
        "at": max(command.said_at, last_at),
        "said_at": command.said_at,
        "rule": rule,
        "by": command.by,
        "command": command.id,
    }


def is_not_from_the_future(command: Command, now: datetime) -> None:
    require(
        command.said_at <= now + AHEAD,
        TooEarly(command=NAMES[name_of(command)], said_at=command.said_at, now=now),
    )


def gives_a_reason(command: Command, reason: str) -> None:
    require(reason.strip(), Incomplete(command=NAMES[name_of(command)], what=Label("理由", "a reason")))


def has_record(command: Command, record: str | None, what: Label) -> str:
    if record is None:
        raise Incomplete(command=NAMES[name_of(command)], what=what)
    return record


def reporter_was_answered(issue: Issue, command: Command) -> None:
    """答复在先: no complaint ends, in whatever way, before its reporter is answered. Rule: R-REPLY-FIRST."""
    require(
        not issue.awaits_reply,
        Incomplete(
            command=NAMES[name_of(command)], what=Label("对举报人的答复", "an answer to the reporter")
        ),
    )


def stands_above(issue: Issue, command: Command) -> None:
    """Who gives more time must stand above whoever has to act, or at the top. Rule: R-ABOVE-OFFICE."""
    owner = in_charge(issue, stage_clock(issue))
    needed = min(posts.post_level(owner) + 1, issue.rules.top)
    require(
        posts.post_level(command.by) >= needed,
        NotYours(
            by=command.by,
            command=NAMES[name_of(command)],
            why=Label(
                f"使时限延长的,须由承办者 {owner} 的上一级河长办办理",
                f"what gives more time takes an office above {owner}, who must act",
            ),
        ),
    )


def is_not_ruled(issue: Issue, command: Command) -> None:
    """A ruling binds the offices below who ruled; none decides before it comes. Rule: R-RULE."""
    name = NAMES[name_of(command)]
    require(
        issue.dispute is None,
        AlreadyDone(command=name, what=Label("争议已提请裁定", "the dispute is with who rules on it")),
    )
    ruler = issue.ruled_by
    require(
        ruler is None or posts.post_level(command.by) >= posts.post_level(ruler),
        NotYours(
            by=command.by,
            command=name,
            why=Label(f"已由 {ruler} 一级裁定", f"{ruler} has ruled on it"),
        ),
    )


def is_a_unit_here(issue: Issue, command: Command, unit: posts.Post) -> None:
    name = NAMES[name_of(command)]
    require(
        posts.kind_of(unit) is PostKind.UNIT,
        Incomplete(
            command=name, what=Label(f"责任单位({unit} 不是责任单位)", f"a responsible unit ({unit} is none)")
        ),
    )
    in_jurisdiction(issue.division, issue.reach, unit, name_of(command))
