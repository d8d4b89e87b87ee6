"""中止与恢复: one rule for each command that stops a clock on a legal ground, upholds that, or ends it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.fact_base import Event
from domain.issue.grounds import gives_a_reason, has_record, said
from domain.issue.state import Issue, Suspended
from domain.issue.suspensions import fair_clocks, longest, next_review, resume_clocks
from domain.issue.who import stage_clock
from domain.model import Label
from domain.refusals import AlreadyDone, Incomplete, TooLate, require
from domain.terms import Clock, zh
from domain.written import written

LEAST = timedelta(days=2)
"""What midnights and leap years leave of twelve months that are used up is no suspension."""


def _suspend(issue: Issue, command: say.SuspendClock) -> list[Event]:
    """中止计时: on a listed ground, shown by a document; the answer to the reporter is never stopped.

    Rule: R-SUSPEND
    """
    name = NAMES[name_of(command)]
    require(
        issue.suspended is None,
        AlreadyDone(command=name, what=Label("计时已中止", "its clocks stand still")),
    )
    listed = fair_clocks(issue).suspension.grounds
    allowed = Label("、".join(map(zh, listed)), ", ".join(listed))
    require(
        command.ground in listed,
        Incomplete(
            command=name, what=Label(f"规则所列的事由:{allowed.zh}", f"a listed ground: {allowed.en}")
        ),
    )
    document = has_record(command, command.document, Label("证明事由的文书", "a document of the ground"))
    stopped = tuple(run for run in issue.clocks if run.clock in (stage_clock(issue), Clock.WHOLE))
    # A rest inside another, or before the last one ended, would count the same hours twice.
    ends = [rest.until for run in stopped for rest in run.rests]
    last = max([*ends, *(run.started_at for run in stopped), issue.opened_at])
    review, end = next_review(issue, command.said_at), longest(issue, command.said_at)
    require(
        command.said_at >= last and end.limit_at - command.said_at > LEAST,
        TooLate(
            command=name,
            what=Label(
                f"中止累计不得超过{written(end.limit)},且须在上次恢复之后",
                f"at most {end.limit} in all, and after it last resumed",
            ),
        ),
    )
    return [
        fact.ClockSuspended(
            **said(command, issue.at, "R-SUSPEND"),
            clocks=tuple(run.clock for run in stopped),
            ground=command.ground,
            document=document,
            starts=(review, end),
        )
    ]


def _uphold(issue: Issue, command: say.UpholdSuspension) -> list[Event]:
    """继续中止: looked at again, with a document; the next review has its time. Rule: R-SUSPEND-UPHOLD."""
    _suspended(issue, command)
    review = issue.run(Clock.REVIEW)
    earlier = Label("本次复核期内的复核", "a review within the time of this one")
    is_of_this_one = review and command.said_at >= review.started_at
    require(is_of_this_one, Incomplete(command=NAMES[name_of(command)], what=earlier))
    document = has_record(command, command.document, Label("复核记录", "a record of the review"))
    return [
        fact.SuspensionUpheld(
            **said(command, issue.at, "R-SUSPEND-UPHOLD"),
            document=document,
            starts=(next_review(issue, command.said_at),),
        )
    ]


def _resume(issue: Issue, command: say.ResumeClock) -> list[Event]:
    """恢复计时: the ground has fallen away. Rule: R-RESUME."""
    _suspended(issue, command)
    gives_a_reason(command, command.reason)
    stands = said(command, issue.at, "R-RESUME")
    return resume_clocks(issue, stands, "said", reason=command.reason)


def _suspended(issue: Issue, command: Command) -> Suspended:
    suspended = issue.suspended
    if suspended is None or command.said_at < suspended.since:
        what = Label("中止:计时未中止", "a suspension: no clock stands still")
        raise Incomplete(command=NAMES[name_of(command)], what=what)
    return suspended


PAUSING: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.SuspendClock: _suspend,
    say.UpholdSuspension: _uphold,
    say.ResumeClock: _resume,
}
"""One rule a command."""
