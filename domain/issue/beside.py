"""随时: one rule for each command that ends an issue elsewhere or leaves its stage as it is."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.issue import commands as say
from domain.issue import events as fact
from domain.issue.commands import NAMES, Command, name_of
from domain.issue.disputes import raise_ruling
from domain.issue.events import WhyMoved
from domain.issue.evolve import after
from domain.issue.fact_base import Event
from domain.issue.grounds import (
    COMPLAINTS,
    gives_a_reason,
    has_record,
    is_a_unit_here,
    is_not_ruled,
    reporter_was_answered,
    said,
)
from domain.issue.ladder import chief_moves
from domain.issue.permit import in_jurisdiction
from domain.issue.reckon import start
from domain.issue.state import Issue
from domain.issue.who import in_charge, stage_clock
from domain.model import Label
from domain.posts import Post
from domain.refusals import AlreadyDone, Incomplete, NotYours, require
from domain.terms import ENDS, Clock


def _dismiss(issue: Issue, command: say.Dismiss) -> list[Event]:
    """作无效处理: with a reason and an on-site record; the reporter is answered first. Rule: R-DISMISS."""
    reporter_was_answered(issue, command)
    gives_a_reason(command, command.reason)
    onsite = has_record(command, command.onsite, Label("现场核实记录", "a record made on site"))
    return [fact.Dismissed(**said(command, issue.at, "R-DISMISS"), reason=command.reason, onsite=onsite)]


def _merge(issue: Issue, command: say.MergeInto) -> list[Event]:
    """并案: into an open issue of the same reach and category, the reporter answered. Rule: R-MERGE."""
    reporter_was_answered(issue, command)
    name = NAMES[name_of(command)]
    same = (command.into_reach, command.into_category) == (issue.reach, issue.category)
    require(
        command.into != issue.issue_id,
        Incomplete(
            command=name,
            what=Label("另一个问题:不能并入自身", "another issue: it cannot be merged into itself"),
        ),
    )
    require(
        same,
        Incomplete(
            command=name, what=Label("同一河段、同一类别的问题", "an issue of the same reach and category")
        ),
    )
    require(
        command.into_stage not in ENDS,
        Incomplete(command=name, what=Label("尚未办结的问题", "an issue that is still open")),
    )
    return [fact.Merged(**said(command, issue.at, "R-MERGE"), into=command.into)]


def _attach(issue: Issue, command: say.AttachReport) -> list[Event]:
    """附加线索: one more complaint wants an answer of its own. Rule: R-ATTACH."""
    wants_answer = command.source in COMPLAINTS and not issue.awaits_reply
    return [
        fact.ReportAttached(
            **said(command, issue.at, "R-ATTACH"),
            report=command.report,
            source=command.source,
            starts=(start(issue, Clock.REPLY, command.said_at),) if wants_answer else (),
        )
    ]


def _reassign(issue: Issue, command: say.Reassign) -> list[Event]:
    """转办: the unit changes, no clock does. Rule: R-REASSIGN."""
    gives_a_reason(command, command.reason)
    is_a_unit_here(issue, command, command.unit)
    name = NAMES[name_of(command)]
    require(
        command.unit != issue.unit,
        AlreadyDone(command=name, what=Label(f"责任单位已是 {issue.unit}", f"the unit is {issue.unit}")),
    )
    is_not_ruled(issue, command)
    stands = said(command, issue.at, "R-REASSIGN")
    return [fact.Reassigned(**stands, unit=command.unit, reason=command.reason)]


def _reply(issue: Issue, command: say.ReplyToReporter) -> list[Event]:
    """答复举报人: ends the reply clock; the identity stays outside. Rule: R-REPLY."""
    name = NAMES[name_of(command)]
    require(
        issue.complaints,
        Incomplete(
            command=name, what=Label("举报人:本问题并非举报而来", "a reporter: nobody reported this issue")
        ),
    )
    run = issue.run(Clock.REPLY)
    # An answer given before the last complaint came is an answer to an earlier one.
    require(
        run and run.started_at <= command.said_at,
        AlreadyDone(command=name, what=Label("已答复", "the reporter was answered")),
    )
    reply = has_record(command, command.reply, Label("答复内容", "the answer given"))
    return [fact.ReporterAnswered(**said(command, issue.at, "R-REPLY"), reply=reply)]


def _vacancy(issue: Issue, command: say.AnnounceVacancy) -> list[Event]:
    """岗位空缺: eats no time: the next level follows the responsible chief at once. Rule: R-VACANT."""
    name = NAMES[name_of(command)]
    in_jurisdiction(issue.division, issue.reach, command.post, name_of(command))
    require(
        command.post not in issue.vacant,
        AlreadyDone(
            command=name, what=Label(f"{command.post} 已登记空缺", f"{command.post} is known to be vacant")
        ),
    )
    stands = said(command, issue.at, "R-VACANT")
    told: list[Event] = [fact.VacancyAnnounced(**stands, post=command.post)]
    return [*told, *_passed_at_once(after(issue, told), stands, "vacant", command.post)]


def _passed_at_once(issue: Issue, stands: dict[str, Any], reason: WhyMoved, post: Post) -> list[Event]:
    """A post that nobody holds eats no time, whether it is responsible or has to rule. Rule: R-VACANT."""
    told: list[Event] = []
    if post == issue.chief:
        told += chief_moves(issue, stands, reason)
    if issue.dispute and post == issue.dispute.ruler:
        # Whoever says that a post is vacant rules on nothing: the fact is time's own.
        raised = raise_ruling(after(issue, told), stands["said_at"], "vacant")
        told += [event.model_copy(update={"command": stands["command"]}) for event in raised]
    return told


def _interview(issue: Issue, command: say.RecordInterview) -> list[Event]:
    """记录约谈: from now on its measures have their time. Rule: R-INTERVIEW."""
    owner = in_charge(issue, stage_clock(issue))
    themselves = Label("被约谈者不得自行组织约谈", "nobody interviews himself")
    require(command.by != owner, NotYours(by=command.by, command=NAMES[name_of(command)], why=themselves))
    record = has_record(command, command.record, Label("约谈记录", "a record of the interview"))
    return [fact.InterviewHeld(**said(command, issue.at, "R-INTERVIEW"), record=record)]


def _undeliverable(issue: Issue, command: say.ReportUndeliverable) -> list[Event]:
    """送达不能: where nobody holds the post, the next level follows at once. Rule: R-UNDELIVERABLE."""
    name = NAMES[name_of(command)]
    in_jurisdiction(issue.division, issue.reach, command.addressee, name_of(command))
    require(
        command.fact <= issue.number,
        Incomplete(
            command=name,
            what=Label(f"已有的事实(现有 {issue.number} 条)", f"a fact: there are {issue.number}"),
        ),
    )
    stands = said(command, issue.at, "R-UNDELIVERABLE")
    told: list[Event] = [
        fact.DeliveryFailed(**stands, addressee=command.addressee, fact=command.fact, why=command.why)
    ]
    if command.why == "nobody":
        told += _passed_at_once(after(issue, told), stands, "nobody", command.addressee)
    return told


def _holder(issue: Issue, command: say.AnnounceHolder) -> list[Event]:
    """岗位到任: from now on the post is reached again; what was passed stays passed. Rule: R-HOLDER."""
    name = NAMES[name_of(command)]
    require(
        command.post in (*issue.vacant, *issue.undelivered),
        AlreadyDone(
            command=name, what=Label(f"{command.post} 并未登记空缺", f"{command.post} is not vacant")
        ),
    )
    return [fact.HolderAnnounced(**said(command, issue.at, "R-HOLDER"), post=command.post)]


def _repair(issue: Issue, command: say.RecordRepair) -> list[Event]:
    """运维修复: with a reason; it stays on record and changes nothing. Rule: R-REPAIR."""
    gives_a_reason(command, command.reason)
    told = {name: getattr(command, name) for name in ("what", "reason", "ticket", "operator", "approved_by")}
    return [fact.Repaired(**said(command, issue.at, "R-REPAIR"), **told, about=command.about)]


BESIDE: Mapping[type[Command], Callable[[Issue, Any], list[Event]]] = {
    say.Dismiss: _dismiss,
    say.MergeInto: _merge,
    say.AttachReport: _attach,
    say.Reassign: _reassign,
    say.ReplyToReporter: _reply,
    say.AnnounceVacancy: _vacancy,
    say.AnnounceHolder: _holder,
    say.RecordInterview: _interview,
    say.ReportUndeliverable: _undeliverable,
    say.RecordRepair: _repair,
}
"""One rule a command."""
