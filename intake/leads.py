"""人工研判: what waits for a person, and what the person decides: open, attach, refuse, hand on."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import TypeAdapter, ValidationError

from domain.lead import STATES, LeadState, Receipt
from domain.model import Digest, Label, Moment
from intake.access import allowed, require_jurisdiction
from intake.hall import Hall, InHall
from intake.lead_decisions import step_of
from intake.lead_shapes import Decision, LeadShown, LeadsShown, Purpose, ReporterShown, StepShown, shown
from intake.photo_shown import JPEG, PhotoShown, public_copy, shown_photo
from intake.problems import Problem, may_be, wrong
from intake.seal import OPENERS
from reading.callers import Caller, Role
from store import leads
from store.lead_rows import Lead
from store.photos import photos_of

router = APIRouter(prefix="/leads", tags=["研判 assessment"])

Office = Annotated[Caller, Depends(allowed(Role.OFFICE))]
Reader = Annotated[Caller, Depends(allowed(Role.OFFICE, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR))]

Opener = Annotated[Caller, Depends(allowed(*OPENERS))]

ANONYMOUS = Label("举报人没有留下姓名和联系方式", "whoever reported left neither name nor telephone")
NO_LEAD = Label("没有这条线索", "there is no such lead")
NOT_PARKED = Label("这条线索不在等待人工研判", "this lead does not wait for a person")
BAD_CURSOR = Label(
    "cursor 无效,请从第一页重新开始", "this cursor is not valid: begin with the first page again"
)

MOST_ON_A_PAGE = 200
_FIRST = datetime(1990, 1, 1, tzinfo=UTC)
_PLACE: TypeAdapter[tuple[Moment, Receipt]] = TypeAdapter(tuple[Moment, Receipt])


@router.get("", operation_id="list_leads", summary="等待研判的线索", responses=may_be(401, 403, 422, 503))
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


@router.get(
    "/{receipt}", operation_id="get_lead", summary="一条线索", responses=may_be(401, 403, 404, 422, 503)
)
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


@router.post(
    "/{receipt}/decision",
    operation_id="decide_lead",
    summary="研判决定",
    responses=may_be(400, 401, 403, 404, 409, 413, 422, 503),
)
async def decide(receipt: Receipt, said: Decision, hall: InHall, caller: Office) -> LeadShown:
    """Decide what becomes of a lead that waits; it is carried on at once."""
    lead = await _lead(hall, receipt, caller)
    step = await step_of(hall, lead, said, caller)
    if not await leads.take(hall.pool, receipt, (LeadState.PARKED,), step, hall.now()):
        raise Problem(409, "not-parked", NOT_PARKED)
    hall.relay.ring()
    await hall.relay.stop_watching(lead)
    decided = await leads.one(hall.pool, receipt)
    assert decided is not None  # no lead is ever deleted
    return shown(decided)


@router.post(
    "/{receipt}/reporter",
    operation_id="open_seal",
    summary="开封举报人",
    description="须写明事由;每次开封留痕,举报人可查看。 Each opening is a row that the reporter sees.",
    responses=may_be(400, 401, 403, 404, 413, 422, 503),
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


@router.get(
    "/{receipt}/photos",
    operation_id="list_lead_photos",
    summary="线索照片",
    responses=may_be(401, 403, 404, 422, 503),
)
async def photos(receipt: Receipt, hall: InHall, caller: Reader) -> list[PhotoShown]:
    """Return the photos that came with a lead."""
    await _lead(hall, receipt, caller)
    return [shown_photo(photo) for photo in await photos_of(hall.pool, receipt)]


@router.get(
    "/{receipt}/photos/{digest}",
    operation_id="get_lead_photo",
    summary="一张照片",
    response_class=Response,
    responses={**JPEG, **may_be(401, 403, 404, 422, 503)},
)
async def photo(receipt: Receipt, digest: Digest, hall: InHall, caller: Reader) -> Response:
    """Return the public copy of a photo of the lead, without what the camera wrote into it."""
    await _lead(hall, receipt, caller)
    return await public_copy(hall, receipt, digest)


async def _lead(hall: Hall, receipt: Receipt, caller: Caller) -> Lead:
    lead = await leads.one(hall.pool, receipt)
    if lead is None:
        raise Problem(404, "no-such-lead", NO_LEAD)
    require_jurisdiction(caller, lead.division)
    return lead


def _after(cursor: str | None) -> tuple[datetime, Receipt]:
    if cursor is None:
        return (_FIRST, "")
    try:
        moment, receipt = _PLACE.validate_python(tuple(cursor.split("~")))
    except ValidationError:
        raise Problem(422, "bad-cursor", BAD_CURSOR, [wrong("query.cursor", BAD_CURSOR)]) from None
    return (moment, receipt)
