"""研判决定: what a person's decision needs, and the step that a lead then takes."""

from domain.lead import LeadState
from domain.model import Label
from domain.place import Candidate, UnknownPlace, Where
from domain.posts import within
from intake.access import require_jurisdiction
from intake.hall import Hall
from intake.lead_shapes import Decision
from intake.problems import Problem, wrong
from reading.callers import Caller
from store import journal
from store.lead_rows import Lead, Step

NOT_A_PLACE = Label("请写明河段(reach),并与区划一致", "name the reach, and a division that it lies in")
NEEDS_KIND = Label("立案须写明类别和等级", "to open an issue, name its category and its severity")
NEEDS_REASON = Label("不予受理或转办须写明理由", "to refuse it or hand it on, say why")
NEEDS_TO = Label("转办须写明转往哪里", "to hand it on, say to whom")
NEEDS_ISSUE = Label("并入须写明问题编号", "to attach it, name the issue")
NO_ISSUE = Label(
    "没有这个问题,或已办结,或不在您的辖区", "there is no such issue, or it is over, or it lies elsewhere"
)


async def step_of(hall: Hall, lead: Lead, said: Decision, caller: Caller) -> Step:
    """Return the step that a decision leads to; raises Problem 422 for what it lacks, 403 elsewhere."""
    reason = Label(said.reason, said.reason) if said.reason else None
    match said.decision:
        case "open":
            place = _place(hall, lead, said, caller)
            category = said.category or lead.told.category
            severity = said.severity or lead.told.severity
            if category is None or severity is None:
                raise Problem(422, "incomplete", NEEDS_KIND, [wrong("body.category", NEEDS_KIND)])
            return Step(
                LeadState.OPENING,
                caller.subject,
                place=place.division,
                reach=place.reach,
                category=category,
                severity=severity,
                reason=reason,
            )
        case "attach":
            return await _attach(hall, lead, said, caller, reason)
        case "refuse":
            return Step(LeadState.REFUSED, caller.subject, reason=_required(reason))
        case _:
            if said.to is None:
                raise Problem(422, "incomplete", NEEDS_TO, [wrong("body.to", NEEDS_TO)])
            to = said.to
            return Step(LeadState.TRANSFERRED, caller.subject, transferred_to=to, reason=_required(reason))


def _required(reason: Label | None) -> Label:
    if reason is None:
        raise Problem(422, "incomplete", NEEDS_REASON, [wrong("body.reason", NEEDS_REASON)])
    return reason


def _place(hall: Hall, lead: Lead, said: Decision, caller: Caller) -> Candidate:
    where = Where(reach=said.reach or lead.told.where.reach, division=said.division)
    if where.reach is None:
        raise Problem(422, "incomplete", NOT_A_PLACE, [wrong("body.reach", NOT_A_PLACE)])
    try:
        place = hall.assessor.places.locate(where).certain
    except UnknownPlace as unknown:
        raise Problem(422, "unknown-place", unknown.reason, [wrong("body.reach", unknown.reason)]) from None
    if place is None:
        raise Problem(422, "unknown-place", NOT_A_PLACE, [wrong("body.reach", NOT_A_PLACE)])
    require_jurisdiction(caller, place.division)
    return place


async def _attach(hall: Hall, lead: Lead, said: Decision, caller: Caller, reason: Label | None) -> Step:
    issue_id = said.issue or lead.issue_id
    if issue_id is None:
        raise Problem(422, "incomplete", NEEDS_ISSUE, [wrong("body.issue", NEEDS_ISSUE)])
    try:
        issue = await journal.retell_issue(hall.pool, issue_id)
    except LookupError:
        issue = None
    if issue is None or issue.is_over or not within(issue.division, caller.division or ""):
        raise Problem(422, "no-such-issue", NO_ISSUE, [wrong("body.issue", NO_ISSUE)])
    return Step(
        LeadState.ATTACHING,
        caller.subject,
        place=issue.division,
        reach=issue.reach,
        category=issue.category,
        severity=issue.severity,
        issue_id=issue_id,
        reason=reason,
    )
