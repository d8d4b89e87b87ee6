"""decide(): time first, then permission, then one rule a command."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.issue import events as fact
from domain.issue.beside import BESIDE
from domain.issue.commands import Command
from domain.issue.events import Event
from domain.issue.evolve import after
from domain.issue.grounds import is_not_from_the_future, said
from domain.issue.handling import HANDLING
from domain.issue.ladder import advance, filled_from
from domain.issue.life import ends
from domain.issue.permit import permit
from domain.issue.state import Issue, Run
from domain.terms import ENDS, Rung

RULES: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {**HANDLING, **BESIDE}
"""One rule a command."""


def decide(issue: Issue, command: Command, now: datetime) -> list[Event]:
    """裁断: return the facts that a command makes, with those that time made before it; or raise a Refusal.

    `issue` is the state that all known facts made, `now` the service's clock (aware UTC). The same command
    id again makes no fact. Rule: R-TIME-FIRST, R-ONCE
    """
    if command.id in issue.heard:
        return []
    is_not_from_the_future(command, now)
    told = advance(issue, command.said_at, inclusive=False)
    issue = after(issue, told)
    withdrawn = _withdraw_lapse(issue, command)
    issue = after(issue, withdrawn)
    permit(issue, command)
    return [*told, *withdrawn, *RULES[type(command)](issue, command)]


def let_time_pass(issue: Issue, now: datetime) -> list[Event]:
    """Return the facts of every mark that has come, oldest first."""
    return advance(issue, now, inclusive=True)


def _withdraw_lapse(issue: Issue, command: Command) -> list[Event]:
    """逾期撤回: a word said in time but heard late undoes the lapse of the clocks that it ends.

    The facts stand; what they asked for is countermanded, and the chief is again who it was, or the first
    filled level above if that post has fallen vacant meanwhile. Rule: R-WITHDRAW
    """
    if issue.stage in ENDS:
        return []
    told: list[Event] = []
    for run in issue.clocks:
        if run.clock in ends(issue.stage, type(command)):
            told += _withdrawal(issue, run, command)
    return told


def _withdrawal(issue: Issue, run: Run, command: Command) -> list[Event]:
    late = [mark for mark in run.passed if mark.rung >= Rung.REMINDER and mark.at >= command.said_at]
    if not late:
        return []
    climbed = [mark for mark in late if mark.rung is Rung.ESCALATION]
    before = filled_from(issue, climbed[0].chief) if climbed else None
    return [
        fact.LapseWithdrawn(
            **said(command, issue.at, "R-WITHDRAW"),
            clock=run.clock,
            facts=tuple(mark.number for mark in late),
            chief=before,
            to=tuple(dict.fromkeys(post for mark in late for post in mark.to)),
        )
    ]
