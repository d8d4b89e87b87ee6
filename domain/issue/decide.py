"""decide(): time first, then permission, then one rule a command."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.adopting import ADOPTING, moved_by
from domain.issue.beside import BESIDE
from domain.issue.commands import Command
from domain.issue.disputing import DISPUTING
from domain.issue.evolve import after
from domain.issue.extending import EXTENDING
from domain.issue.fact_base import Event
from domain.issue.grounds import is_not_from_the_future, said
from domain.issue.handling import HANDLING
from domain.issue.ladder import advance
from domain.issue.life import ends
from domain.issue.pausing import PAUSING
from domain.issue.permit import permit
from domain.issue.run import Passed, Run
from domain.issue.state import Issue
from domain.issue.suspensions import resume_clocks
from domain.issue.who import chiefs_from, decided_on, filled_from, first_chief, stage_clock
from domain.posts import Post
from domain.terms import ENDS, Clock, Level, Rung

RULES: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    **HANDLING,
    **BESIDE,
    **EXTENDING,
    **PAUSING,
    **DISPUTING,
    **ADOPTING,
}
"""One rule a command."""


WHY_WITHDRAWN: Mapping[type[Command], str] = {say.RecordInterview: "held", say.SuspendClock: "stopped"}
"""Why a lapse is withdrawn, where the word neither ends the clock nor moves its end."""


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
    resumed = _goes_on(issue, command)
    then = after(issue, resumed)
    withdrawn = _withdraw_lapse(then, command)
    then = after(then, withdrawn)
    permit(then, command)
    return [*told, *resumed, *withdrawn, *RULES[type(command)](then, command)]


def let_time_pass(issue: Issue, now: datetime) -> list[Event]:
    """Return the facts of every mark that has come, oldest first."""
    return advance(issue, now, inclusive=True)


def _goes_on(issue: Issue, command: Command) -> list[Event]:
    """继续办理: what ends a clock that stands still ends the suspension first. Rule: R-RESUME-GOES-ON."""
    suspended = issue.suspended
    ended = ends(issue.stage, type(command))
    if suspended is None or not any(run.clock in ended for run in suspended.clocks):
        return []
    return resume_clocks(issue, said(command, issue.at, "R-RESUME-GOES-ON"), "went_on")


def _withdraw_lapse(issue: Issue, command: Command) -> list[Event]:
    """逾期撤回: a word said in time but heard late undoes the lapse of the clocks that it ends or moves.

    The facts stand; what they asked for is countermanded, and the chief is again who it was, or the first
    filled level above if that post has fallen vacant meanwhile. Rule: R-WITHDRAW
    """
    if issue.stage in ENDS:
        return []
    told: list[Event] = []
    for run in (*issue.clocks, *issue.still):
        if lowest := undone(issue, command, run):
            told += _withdrawal(issue, run, command, lowest)
    return told


def undone(issue: Issue, command: Command, run: Run) -> Rung | None:
    """Return from which rung on a word undoes what came after it was said, or nothing."""
    match command:
        case _ if run.clock in ends(issue.stage, type(command)):
            return Rung.REMINDER
        case say.Regrade() | say.AdoptEdition() | say.AdoptCalendar():
            return Rung.REMINDER if run.clock in moved_by(issue, command) else None
        case say.GrantExtension(clock=clock) if run.clock is decided_on(issue, clock):
            return Rung.REMINDER
        case say.SuspendClock() if run.clock in (stage_clock(issue), Clock.WHOLE):
            return Rung.REMINDER
        case say.SetDate() if run.clock is stage_clock(issue):
            return Rung.REMINDER
        case say.RecordInterview() if run.awaits_interview(command.said_at):
            return Rung.REFERRAL
        case _:
            return None


def _chief_before(issue: Issue, chief: Post) -> Post:
    """Again who it was, or the first filled above; never below the level that the grade asks for."""
    chain = chiefs_from(issue, Level.VILLAGE)
    before, first = filled_from(issue, chief), first_chief(issue)[1]
    asked_for = first if issue.rules.fair and first in chain else before
    return max(before, asked_for, key=chain.index)


def _why(issue: Issue, run: Run, command: Command, late: list[Passed]) -> dict[str, Any]:
    """Why a lapse is withdrawn, and which rungs; histories from before the fair clocks say neither."""
    if issue.rules.fair is None:
        return {}
    acted = run.clock in ends(issue.stage, type(command))
    why = "acted" if acted else WHY_WITHDRAWN.get(type(command), "moved")
    return {"why": why, "rungs": tuple(sorted({mark.rung for mark in late}))}


def _withdrawal(issue: Issue, run: Run, command: Command, lowest: Rung) -> list[Event]:
    late = [mark for mark in run.passed if mark.rung >= lowest and mark.at >= command.said_at]
    if not late:
        return []
    climbed = [mark for mark in late if mark.rung is Rung.ESCALATION]
    before = _chief_before(issue, climbed[0].chief) if climbed else None
    return [
        fact.LapseWithdrawn(
            **said(command, issue.at, "R-WITHDRAW"),
            clock=run.clock,
            facts=tuple(mark.number for mark in late),
            **_why(issue, run, command, late),
            chief=before,
            to=tuple(dict.fromkeys(post for mark in late for post in mark.to)),
        )
    ]
