"""延期与上级限期: one rule for each command that gives a clock another end by somebody's decision."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from domain import posts
from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.caps import cap
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.fact_base import Event
from domain.issue.grounds import gives_a_reason, has_record, said
from domain.issue.reckon import recount, set_to
from domain.issue.run import Run
from domain.issue.state import Asked, Issue
from domain.issue.suspensions import fair_clocks
from domain.issue.who import above, decided_on, office_of_level, stage_clock
from domain.limits import Limit
from domain.model import Label
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, TooLate, require
from domain.terms import LABELS, Clock, zh
from domain.workdays import local_day
from domain.written import written

NOT_EXTENDED = frozenset({Clock.ENFORCEMENT})
"""Ninety days from filing are the law's own; no head of an office can give more [S06 art. 60]."""


def _request(issue: Issue, command: say.RequestExtension) -> list[Event]:
    """申请延期: before the limit ends, with a reason; what is asked for at the last minute is marked.

    Rule: R-EXTEND-ASK
    """
    clock = command.clock or stage_clock(issue)
    run = _extendable(issue, command, clock)
    name = NAMES[name_of(command)]
    _in_time(issue, command, run)
    is_new = issue.asked_for(clock) is None
    require(is_new, AlreadyDone(command=name, what=Label("已申请,待审批", "it is asked for already")))
    gives_a_reason(command, command.reason)
    _within_the_cap(issue, command, run, command.amount)
    rule = fair_clocks(issue).extension
    whole = run.limit_at - run.started_at - run.stood_still()
    asked_at = issue.stands_at(run, command.said_at)
    return [
        fact.ExtensionRequested(
            **said(command, issue.at, "R-EXTEND-ASK"),
            clock=clock,
            amount=command.amount,
            reason=command.reason,
            last_minute=asked_at > run.limit_at - rule.last_minute * whole,
            to=tuple(dict.fromkeys((above(issue, clock), office_of_level(issue)))),
        )
    ]


def _grant(issue: Issue, command: say.GrantExtension) -> list[Event]:
    """准予延期: by the head one level above, while the limit runs; silence was a no. Rule: R-EXTEND-GRANT."""
    asked, run = _asked(issue, command)
    gives_a_reason(command, command.reason)
    amount = command.amount or asked.amount
    name = NAMES[name_of(command)]
    require(
        amount.unit is asked.amount.unit and 0 < amount.amount <= asked.amount.amount,
        Incomplete(
            command=name,
            what=Label(
                f"不超过所申请的{written(str(asked.amount))}",
                f"at most the {asked.amount} asked for",
            ),
        ),
    )
    _within_the_cap(issue, command, run, amount)
    longer = run.model_copy(update={"granted": (*run.granted, amount)})
    return [
        fact.ExtensionGranted(
            **said(command, issue.at, "R-EXTEND-GRANT"),
            clock=asked.clock,
            amount=amount,
            reason=command.reason,
            moves=(recount(issue, longer),),
        )
    ]


def _deny(issue: Issue, command: say.DenyExtension) -> list[Event]:
    """不予延期, with a reason. Rule: R-EXTEND-DENY."""
    asked, _ = _asked(issue, command)
    gives_a_reason(command, command.reason)
    stands = said(command, issue.at, "R-EXTEND-DENY")
    return [fact.ExtensionDenied(**stands, clock=asked.clock, reason=command.reason)]


def _extendable(issue: Issue, command: Command, clock: Clock) -> Run:
    """可延期的时限: the stage's or the complaint's own, in days or hours, so often as the book says.

    Rule: R-EXTEND-ASK
    """
    name = NAMES[name_of(command)]
    run = issue.begun(clock)
    if run is None or clock not in (stage_clock(issue), Clock.WHOLE):
        raise NotAtThisStage(command=name, stage=LABELS[issue.stage])
    limit = Limit.model_validate(run.limit)
    require(
        clock not in NOT_EXTENDED and limit.span,
        Incomplete(
            command=name,
            what=Label(
                f"可延期的时限:{zh(clock)}时限({written(run.limit)})不能延期",
                f"a limit that can be: {limit} cannot",
            ),
        ),
    )
    require(
        run.set_on is None,
        Incomplete(
            command=name,
            what=Label(
                f"上级的书面同意:时限 {run.set_on} 由上级所定", f"the superior who set the date {run.set_on}"
            ),
        ),
    )
    times = fair_clocks(issue).extension.times
    require(
        run.decided < times,
        AlreadyDone(
            command=name,
            what=Label(
                f"本时限已审批延期 {run.decided} 次(上限 {times} 次)",
                f"it was decided {run.decided} times of {times}",
            ),
        ),
    )
    return run


def _asked(issue: Issue, command: say.GrantExtension | say.DenyExtension) -> tuple[Asked, Run]:
    name = NAMES[name_of(command)]
    asked = issue.asked_for(decided_on(issue, command.clock))
    run = issue.begun(asked.clock) if asked else None
    if asked is None or run is None or command.said_at < asked.at:
        raise Incomplete(command=name, what=Label("待批的延期申请", "a request for an extension"))
    _in_time(issue, command, run)
    return asked, run


def _in_time(issue: Issue, command: Command, run: Run) -> None:
    """Nothing is asked for or granted after the limit; while it stands still, it does not end.

    Rule: R-EXTEND-SILENCE
    """
    stands_still = run in issue.still
    require(
        not run.was_overdue(command.said_at) and (stands_still or command.said_at <= run.limit_at),
        TooLate(
            command=NAMES[name_of(command)],
            what=Label("时限已届满,未批即为不准", "the limit has ended, and silence was a no"),
        ),
    )


def _within_the_cap(issue: Issue, command: Command, run: Run, amount: Limit) -> None:
    name = NAMES[name_of(command)]
    limit = cap(issue, run)
    require(
        amount.unit is limit.unit and 0 < amount.amount <= limit.amount,
        Incomplete(
            command=name,
            what=Label(
                f"不超过{written(str(limit))}的延期(单位同原时限)",
                f"an extension of at most {limit}",
            ),
        ),
    )


def _set_date(issue: Issue, command: say.SetDate) -> list[Event]:
    """上级限期: an earlier date overrides; a later one needs the document. Rule: R-SET-DATE."""
    name = NAMES[name_of(command)]
    gives_a_reason(command, command.reason)
    run = issue.begun(stage_clock(issue))
    assert run is not None  # the stage's clock runs or stands still
    today = local_day(command.said_at)
    require(
        command.set_on >= today,
        TooLate(
            command=name,
            what=Label(
                f"所定日期 {command.set_on} 早于下令之日 {today}", f"{command.set_on} was before {today}"
            ),
        ),
    )
    set_run = set_to(run, command.set_on, command.said_at)
    move = recount(issue, set_run)
    ends_on = local_day(run.limit_at - timedelta(microseconds=1))
    require(
        ends_on != command.set_on,
        AlreadyDone(command=name, what=Label(f"时限已是 {command.set_on}", f"it ends on {command.set_on}")),
    )
    if move.limit_at > run.limit_at:
        law = Label("法定期限不得放宽", "a limit that the law has not set itself")
        require(run.clock not in NOT_EXTENDED, Incomplete(command=name, what=law))
        _is_no_lower(command, run)
        has_record(command, command.document, Label("上级书面文件(放宽时限须有)", "the superior's document"))
    return [
        fact.DateSet(
            **said(command, issue.at, "R-SET-DATE"),
            clock=run.clock,
            set_on=command.set_on,
            document=command.document,
            reason=command.reason,
            moves=(move,),
        )
    ]


def _is_no_lower(command: Command, run: Run) -> None:
    """Whoever gives more than a superior's date stands no lower than that superior. Rule: R-SET-DATE."""
    require(
        run.set_by is None or posts.post_level(command.by) >= posts.post_level(run.set_by),
        NotYours(
            by=command.by,
            command=NAMES[name_of(command)],
            why=Label(f"原期限由 {run.set_by} 所定", f"{run.set_by} set the date"),
        ),
    )


EXTENDING: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.RequestExtension: _request,
    say.GrantExtension: _grant,
    say.DenyExtension: _deny,
    say.SetDate: _set_date,
}
"""One rule a command."""
