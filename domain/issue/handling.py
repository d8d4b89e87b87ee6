"""办理: one rule for each command that carries an issue from stage to stage."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.evolve import after
from domain.issue.fact_base import Event
from domain.issue.grounds import gives_a_reason, has_record, is_a_unit_here, reporter_was_answered, said
from domain.issue.ladder import chief_moves, escalate
from domain.issue.permit import in_jurisdiction
from domain.issue.reckon import recount, resume, start, with_rest
from domain.issue.run import Rest
from domain.issue.state import Issue
from domain.issue.who import is_at_the_top
from domain.limits import Limit
from domain.model import Label
from domain.refusals import AlreadyDone, Incomplete, TooLate, require
from domain.terms import Clock, Severity
from domain.workdays import local_day


def _stop(issue: Issue, command: say.RecordStop) -> list[Event]:
    """制止: the act has ceased, a photograph shows it. Rule: R-STOP."""
    return [
        fact.Stopped(
            **said(command, issue.at, "R-STOP"),
            photos=command.photos,
            manifest=command.manifest,
            starts=(start(issue, Clock.ASSIGN, command.said_at),),
        )
    ]


def _nothing_to_stop(issue: Issue, command: say.NothingToStop) -> list[Event]:
    """无需制止: a fact of its own, not a pretended stop. Rule: R-STOP-NOTHING."""
    gives_a_reason(command, command.reason)
    return [
        fact.StoppingNotNeeded(
            **said(command, issue.at, "R-STOP-NOTHING"),
            reason=command.reason,
            starts=(start(issue, Clock.ASSIGN, command.said_at),),
        )
    ]


def _cannot_stop(issue: Issue, command: say.ReportCannotStop) -> list[Event]:
    """制止无效: the next higher chief takes over at once, the stop clock begins anew. Rule: R-STOP-FAILED."""
    gives_a_reason(command, command.reason)
    # With nobody left to take over, a new stop clock would only silence the ladder.
    asked = Label(f"已提请 {issue.chief}", f"{issue.chief} has been asked")
    require(not is_at_the_top(issue), AlreadyDone(command=NAMES[name_of(command)], what=asked))
    stands = said(command, issue.at, "R-STOP-FAILED")
    failed = fact.StoppingFailed(
        **stands, reason=command.reason, starts=(start(issue, Clock.STOP, command.said_at),)
    )
    return [failed, *chief_moves(issue, stands, "cannot_stop")]


def _assign(issue: Issue, command: say.Assign) -> list[Event]:
    """交办: name the responsible unit; a plan comes first where the book wants one. Rule: R-ASSIGN."""
    is_a_unit_here(issue, command, command.unit)
    begun = (
        start(issue, Clock.PLAN, command.said_at)
        if issue.rules.needs_plan
        else start(issue, Clock.RECTIFY, command.said_at)
    )
    return [fact.Assigned(**said(command, issue.at, "R-ASSIGN"), unit=command.unit, starts=(begun,))]


def _submit_plan(issue: Issue, command: say.SubmitPlan) -> list[Event]:
    """报送整改方案: measures, the post responsible and the date [S03 art. 19]. Rule: R-PLAN-SUBMIT."""
    name = NAMES[name_of(command)]
    require(command.measures, Incomplete(command=name, what=Label("整改措施", "measures")))
    if command.responsible is None:
        raise Incomplete(command=name, what=Label("责任岗位", "the post responsible"))
    if command.done_on is None:
        raise Incomplete(command=name, what=Label("完成日期", "the date of completion"))
    in_jurisdiction(issue.division, issue.reach, command.responsible, name_of(command))
    today = local_day(command.said_at)
    require(
        command.done_on >= today,
        TooLate(
            command=name,
            what=Label(
                f"完成日期 {command.done_on} 早于报送之日 {today}",
                f"the date {command.done_on} was before {today}",
            ),
        ),
    )
    return [
        fact.PlanSubmitted(
            **said(command, issue.at, "R-PLAN-SUBMIT"),
            measures=command.measures,
            responsible=command.responsible,
            done_on=command.done_on,
            manifest=command.manifest,
        )
    ]


def _accept_plan(issue: Issue, command: say.AcceptPlan) -> list[Event]:
    """同意整改方案: its date holds, and may not lie beyond the table's. Rule: R-PLAN-ACCEPT."""
    name = NAMES[name_of(command)]
    # A plan cannot be accepted before it was there.
    if issue.plan is None or command.said_at < issue.plan.submitted_at:
        raise Incomplete(command=name, what=Label("责任单位报送的整改方案", "a plan that the unit submitted"))
    today = local_day(command.said_at)
    require(
        issue.plan.done_on >= today,
        TooLate(
            command=name,
            what=Label(
                f"方案日期 {issue.plan.done_on} 已过,责任单位须重新报送",
                f"the plan's date {issue.plan.done_on} has passed: the unit must submit it anew",
            ),
        ),
    )
    sourced = issue.rules.limit(Clock.RECTIFY, today)
    ceiling = issue.rules.counting.ends(sourced.limit, command.said_at).at
    last_day = local_day(ceiling - timedelta(microseconds=1))
    require(
        issue.plan.done_on <= last_day,
        TooLate(
            command=name,
            what=Label(
                f"方案日期 {issue.plan.done_on} 晚于整改时限 {last_day}({sourced.source})",
                f"the plan's date {issue.plan.done_on} is after the limit {last_day} ({sourced.source})",
            ),
        ),
    )
    begun = start(issue, Clock.RECTIFY, command.said_at)
    return [fact.PlanAccepted(**said(command, issue.at, "R-PLAN-ACCEPT"), starts=(begun,))]


def _rectified(issue: Issue, command: say.ReportRectified) -> list[Event]:
    """报告整改完成, with photographs of the same points. Rule: R-RECTIFIED."""
    return [
        fact.RectificationReported(
            **said(command, issue.at, "R-RECTIFIED"),
            before=command.before,
            after=command.after,
            manifest=command.manifest,
            starts=(start(issue, Clock.VERIFY, command.said_at),),
        )
    ]


def _accept(issue: Issue, command: say.AcceptRectification) -> list[Event]:
    """核查合格, with an acceptance record. Rule: R-ACCEPT."""
    record = has_record(command, command.record, Label("验收记录", "an acceptance record"))
    starts = (start(issue, Clock.CLOSE, command.said_at),)
    return [fact.RectificationAccepted(**said(command, issue.at, "R-ACCEPT"), record=record, starts=starts)]


def _reject(issue: Issue, command: say.RejectRectification) -> list[Event]:
    """核查退回: rectification resumes with the time left; beyond the allowed number rung 3 comes at once.

    Rule: R-REJECT, R-REJECT-MANY
    """
    gives_a_reason(command, command.reason)
    rejected = fact.RectificationRejected(
        **said(command, issue.at, "R-REJECT"),
        reason=command.reason,
        count=issue.rejections + 1,
        **_runs_on(issue, command.said_at),
    )
    if rejected.count <= issue.rules.rejections:
        return [rejected]
    told: list[Event] = [rejected]
    spoken = {"by": command.by, "command": command.id}
    climbed = escalate(after(issue, told), command.said_at, "rejected")
    return [*told, *(event.model_copy(update=spoken) for event in climbed)]


def _runs_on(issue: Issue, at: datetime) -> dict[str, Any]:
    """续计: with the wall time that was left; without the fair clocks, as it was ruled before them.

    Rule: R-CLOCK-REST
    """
    # It rests since it was reported rectified.
    assert issue.resting is not None
    assert issue.rested_at is not None
    if issue.rules.fair is None:
        return {"starts": (resume(issue, issue.resting, issue.rested_at, at),)}
    rest = Rest(
        since=issue.rested_at,
        until=max(at, issue.rested_at),
        why="verifying",
        begun=issue.rested,
        ended=issue.number + 1,
    )
    return {"moves": (recount(issue, with_rest(issue.resting, rest)),)}


def _close(issue: Issue, command: say.Close) -> list[Event]:
    """销号: after the reporter was answered; serious and major issues with the re-check. Rule: R-CLOSE."""
    record = has_record(command, command.record, Label("销号记录", "a closing record"))
    reporter_was_answered(issue, command)
    if issue.severity is not Severity.GENERAL:
        has_record(command, command.recheck, Label("复核记录", "the record of the re-check"))
    return [
        fact.Closed(
            **said(command, issue.at, "R-CLOSE"),
            record=record,
            recheck=command.recheck,
            look_backs_on=tuple(
                local_day(command.said_at + Limit.model_validate(days).nominal)
                for days in issue.rules.look_backs
            ),
        )
    ]


HANDLING: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.RecordStop: _stop,
    say.NothingToStop: _nothing_to_stop,
    say.ReportCannotStop: _cannot_stop,
    say.Assign: _assign,
    say.SubmitPlan: _submit_plan,
    say.AcceptPlan: _accept_plan,
    say.ReportRectified: _rectified,
    say.AcceptRectification: _accept,
    say.RejectRectification: _reject,
    say.Close: _close,
}
"""One rule a command."""
