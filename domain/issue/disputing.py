"""退回与裁定: one rule for each command by which units and chiefs settle whose an issue is."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.disputes import open_dispute
from domain.issue.evolve import after
from domain.issue.fact_base import Event
from domain.issue.grounds import (
    gives_a_reason,
    has_record,
    is_a_unit_here,
    is_not_ruled,
    said,
    stands_above,
)
from domain.issue.reckon import start
from domain.issue.state import Issue
from domain.issue.suspensions import fair_clocks
from domain.model import Label
from domain.refusals import AlreadyDone, Incomplete, TooLate, require
from domain.terms import Clock
from domain.written import written


def _hand_back(issue: Issue, command: say.HandBack) -> list[Event]:
    """退回: so often as the book allows; the next one is ruled on. No clock stops. Rule: R-HAND-BACK."""
    name = NAMES[name_of(command)]
    gives_a_reason(command, command.reason)
    by_silence = Label("逐级未裁定,由现责任单位负责", "nobody ruled, and the last unit keeps it")
    by_word = Label(f"已由 {issue.ruled_by} 裁定", f"{issue.ruled_by} has ruled")
    settled = by_silence if issue.unruled else by_word
    require(issue.ruled_by is None, AlreadyDone(command=name, what=settled))
    pending = Label("已退回,待转办或裁定", "it was handed back and waits for the answer")
    require(not issue.is_handed_back, AlreadyDone(command=name, what=pending))
    taken_on = Label("已报告整改,不再退回", "it was reported rectified, and is not handed back any more")
    require(not issue.is_taken_on, AlreadyDone(command=name, what=taken_on))
    rule = fair_clocks(issue).hand_back
    assigned_at = issue.assigned_at or issue.stage_since
    later = Label("交办之后提出的退回", "a return said after the unit was assigned")
    require(command.said_at >= assigned_at, Incomplete(command=name, what=later))
    _within_the_window(issue, command, assigned_at)
    stands = said(command, issue.at, "R-HAND-BACK")
    count = len(issue.handed_back) + 1
    told: list[Event] = [
        fact.HandedBack(**stands, unit=command.by, reason=command.reason, count=count),
    ]
    if count > rule.times:
        told += open_dispute(after(issue, told), {**stands, "rule": "R-RULER"}, command.said_at)
    return told


def _within_the_window(issue: Issue, command: say.HandBack, assigned_at: datetime) -> None:
    """异议期: within some days of the assignment; later it is the unit's own. Rule: R-HAND-BACK-WINDOW."""
    rule = fair_clocks(issue).hand_back
    within = written(str(rule.within))
    until = issue.rules.counting.ends(rule.within, assigned_at).at
    require(
        command.said_at <= until,
        TooLate(
            command=NAMES[name_of(command)],
            what=Label(f"退回须在交办后{within}内提出", f"within {rule.within} of the assignment"),
        ),
    )


def _rule(issue: Issue, command: say.RuleOnDispute) -> list[Event]:
    """争议裁定: by who rules now, or did when it was said; it binds. Rule: R-RULE."""
    name = NAMES[name_of(command)]
    gives_a_reason(command, command.reason)
    is_a_unit_here(issue, command, command.unit)
    in_time = any(ruler.post == command.by and command.said_at <= ruler.until for ruler in issue.rulers)
    last = issue.rulers[-1].post  # whoever may say it is or was one of them
    require(
        in_time,
        TooLate(
            command=name,
            what=Label(f"已上提由 {last} 裁定", f"it was raised to {last}"),
        ),
    )
    stands = said(command, issue.at, "R-RULE")
    return [fact.DisputeRuled(**stands, unit=command.unit, reason=command.reason)]


def _transfer(issue: Issue, command: say.TransferToEnforcement) -> list[Event]:
    """转执法: ninety days from the filing take the place of the stage's limit [S06 art. 60].

    Rule: R-TRANSFER
    """
    name = NAMES[name_of(command)]
    is_a_unit_here(issue, command, command.unit)
    is_not_ruled(issue, command)
    stands_above(issue, command)
    filing = has_record(command, command.filing, Label("立案文书", "the filing"))
    require(
        issue.opened_at <= command.filed_at <= command.said_at,
        Incomplete(
            command=name,
            what=Label(
                "立案时间(须在本问题立案之后、报告之前)", "a filing after the issue was opened and before now"
            ),
        ),
    )
    return [
        fact.Transferred(
            **said(command, issue.at, "R-TRANSFER"),
            unit=command.unit,
            filed_at=command.filed_at,
            filing=filing,
            starts=(start(issue, Clock.ENFORCEMENT, command.filed_at),),
        )
    ]


DISPUTING: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.HandBack: _hand_back,
    say.RuleOnDispute: _rule,
    say.TransferToEnforcement: _transfer,
}
"""One rule a command."""
