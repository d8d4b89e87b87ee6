"""人工研判: what waits for a person, and what the person decides: open, attach, refuse, hand on."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from domain.lead import STATES, LeadState, Receipt
from domain.model import PRINTABLE, Digest, Frozen, IssueId, Label
from domain.place import Candidate, UnknownPlace, Where
from domain.posts import Division, within
from domain.terms import Category, Severity
from intake.access import allowed, require_jurisdiction
from intake.hall import Hall, InHall
from intake.limits_shown import written
from intake.photo_shown import JPEG, PhotoShown, public_copy, shown_photo
from intake.problems import Problem, may_be, wrong
from intake.seal import OPENERS
from reading.callers import Caller, Role
from store import journal, leads
from store.lead_rows import Lead, Step
from store.photos import photos_of

router = APIRouter(prefix="/leads", tags=["研判 assessment"])

Office = Annotated[Caller, Depends(allowed(Role.OFFICE))]
Reader = Annotated[Caller, Depends(allowed(Role.OFFICE, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR))]

Opener = Annotated[Caller, Depends(allowed(*OPENERS))]

ANONYMOUS = Label("举报人没有留下姓名和联系方式", "whoever reported left neither name nor telephone")
NO_LEAD = Label("没有这条线索", "there is no such lead")
NOT_PARKED = Label("这条线索不在等待人工研判", "this lead does not wait for a person")
NOT_A_PLACE = Label("请写明河段(reach),并与区划一致", "name the reach, and a division that it lies in")
NEEDS_KIND = Label("立案须写明类别和等级", "to open an issue, name its category and its severity")
NEEDS_REASON = Label("不予受理或转办须写明理由", "to refuse it or hand it on, say why")
NEEDS_TO = Label("转办须写明转往哪里", "to hand it on, say to whom")
NEEDS_ISSUE = Label("并入须写明问题编号", "to attach it, name the issue")
NO_ISSUE = Label(
    "没有这个问题,或已办结,或不在您的辖区", "there is no such issue, or it is over, or it lies elsewhere"
)
BAD_CURSOR = Label(
    "cursor 无效,请从第一页重新开始", "this cursor is not valid: begin with the first page again"
)

MOST_ON_A_PAGE = 200
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_PLACE: TypeAdapter[tuple[datetime, Receipt]] = TypeAdapter(tuple[datetime, Receipt])


class StepShown(BaseModel):
    """一步 that a lead took."""

    at: datetime
    state: str
    state_zh: str
    by: str
    reason: str | None


class LeadShown(BaseModel):
    """线索 as whoever assesses it sees it; who reported it is not in it."""

    receipt: str
    text: str
    source: str
    where: Where
    candidates: list[Candidate]
    suggestion: dict[str, Any] | None
    category: Category | None
    severity: Severity | None
    seen_at: datetime | None
    received_at: datetime
    register_by: datetime
    register_by_zh: str
    state: str
    state_zh: str
    reason: str | None
    issue: str | None
    steps: list[StepShown] = []


class LeadsShown(BaseModel):
    """一页 of what waits, the most urgent first."""

    leads: list[LeadShown]
    next: str | None


class Purpose(Frozen):
    """开封事由: for what the reporter must be known, and by which paper."""

    purpose: Annotated[str, Field(min_length=2, max_length=200, pattern=PRINTABLE)]
    ticket: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] | None = None


class ReporterShown(BaseModel):
    """举报人: for whoever opened the seal, and nobody else."""

    name: str
    phone: str
    contact: str


class Decision(Frozen):
    """研判决定."""

    decision: Literal["open", "attach", "refuse", "transfer"]
    reach: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    division: Division | None = None
    category: Category | None = None
    severity: Severity | None = None
    issue: IssueId | None = None
    to: Annotated[str, Field(min_length=1, max_length=60, pattern=PRINTABLE)] | None = None
    reason: Annotated[str, Field(max_length=500, pattern=PRINTABLE)] = ""


@router.get("", summary="等待研判的线索", responses=may_be(401, 403, 422, 503))
async def waiting(
    hall: InHall,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=80)] = None,
) -> LeadsShown:
    """Return what waits for a person in the caller's jurisdiction."""
    assert caller.division is not None  # an office has one
    found = await leads.parked(hall.pool, caller.division, _after(cursor), limit)
    last = found[-1] if len(found) == limit else None
    return LeadsShown(
        leads=[shown(lead) for lead in found],
        next=f"{last.register_by.isoformat()}~{last.receipt}" if last else None,
    )


@router.get("/{receipt}", summary="一条线索", responses=may_be(401, 403, 404, 422, 503))
async def one(receipt: Receipt, hall: InHall, caller: Reader) -> LeadShown:
    """Return a lead with the steps that it took."""
    lead = await _lead(hall, receipt, caller)
    steps = [
        StepShown(
            at=step.at,
            state=step.state,
            state_zh=STATES[step.state].zh,
            by=step.by,
            reason=step.reason.zh if step.reason else None,
        )
        for step in await leads.steps(hall.pool, receipt)
    ]
    return shown(lead).model_copy(update={"steps": steps})


@router.post("/{receipt}/decision", summary="研判决定", responses=may_be(401, 403, 404, 409, 422, 503))
async def decide(receipt: Receipt, said: Decision, hall: InHall, caller: Office) -> LeadShown:
    """Decide what becomes of a lead that waits; it is carried on at once."""
    lead = await _lead(hall, receipt, caller)
    step = await _step(hall, lead, said, caller)
    if not await leads.take(hall.pool, receipt, (LeadState.PARKED,), step, hall.now()):
        raise Problem(409, "not-parked", NOT_PARKED)
    hall.relay.ring()
    await hall.relay.stop_watching(lead)
    decided = await leads.one(hall.pool, receipt)
    assert decided is not None  # no lead is ever deleted
    return shown(decided)


@router.post(
    "/{receipt}/reporter",
    summary="开封举报人",
    description="须写明事由;每次开封留痕,举报人可查看。 Each opening is a row that the reporter sees.",
    responses=may_be(401, 403, 404, 422, 503),
)
async def open_seal(receipt: Receipt, said: Purpose, hall: InHall, caller: Opener) -> ReporterShown:
    """Return who reported, to whoever may know and says for what."""
    lead = await _lead(hall, receipt, caller)
    if lead.reporter is None:
        raise Problem(404, "anonymous", ANONYMOUS)
    reporter = await hall.sealing.open(lead.reporter, caller, said.purpose, said.ticket)
    return ReporterShown(
        name=reporter.name.get_secret_value(),
        phone=reporter.phone.get_secret_value(),
        contact=reporter.contact.get_secret_value(),
    )


@router.get("/{receipt}/photos", summary="线索照片", responses=may_be(401, 403, 404, 422, 503))
async def photos(receipt: Receipt, hall: InHall, caller: Reader) -> list[PhotoShown]:
    """Return the photos that came with a lead."""
    await _lead(hall, receipt, caller)
    return [shown_photo(photo) for photo in await photos_of(hall.pool, receipt)]


@router.get(
    "/{receipt}/photos/{digest}",
    summary="一张照片",
    response_class=Response,
    responses={**JPEG, **may_be(401, 403, 404, 422, 503)},
)
async def photo(receipt: Receipt, digest: Digest, hall: InHall, caller: Reader) -> Response:
    """Return the public copy of a photo of the lead, without what the camera wrote into it."""
    await _lead(hall, receipt, caller)
    return await public_copy(hall, receipt, digest)


def shown(lead: Lead) -> LeadShown:
    """Show a lead to whoever assesses it."""
    return LeadShown(
        receipt=lead.receipt,
        text=lead.told.text,
        source=lead.told.source,
        where=lead.told.where,
        candidates=list(lead.candidates),
        suggestion=lead.suggestion,
        category=lead.category or lead.told.category,
        severity=lead.severity or lead.told.severity,
        seen_at=lead.told.seen_at,
        received_at=lead.received_at,
        register_by=lead.register_by,
        register_by_zh=written(lead.register_by),
        state=lead.state,
        state_zh=STATES[lead.state].zh,
        reason=lead.reason.zh if lead.reason else None,
        issue=lead.issue_id,
    )


async def _lead(hall: Hall, receipt: Receipt, caller: Caller) -> Lead:
    lead = await leads.one(hall.pool, receipt)
    if lead is None:
        raise Problem(404, "no-such-lead", NO_LEAD)
    require_jurisdiction(caller, lead.division)
    return lead


async def _step(hall: Hall, lead: Lead, said: Decision, caller: Caller) -> Step:
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


def _after(cursor: str | None) -> tuple[datetime, Receipt]:
    if cursor is None:
        return (_FIRST, "")
    try:
        moment, receipt = _PLACE.validate_python(tuple(cursor.split("~")))
    except ValidationError:
        raise Problem(422, "bad-cursor", BAD_CURSOR, [wrong("query.cursor", BAD_CURSOR)]) from None
    if moment.tzinfo is None:
        raise Problem(422, "bad-cursor", BAD_CURSOR, [wrong("query.cursor", BAD_CURSOR)])
    return (moment, receipt)
