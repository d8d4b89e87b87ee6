"""收件箱: what a caller's posts have received, signing for it, how others were reached, whom it burdened.

A receipt never stops a clock and moves no issue: nothing here speaks to one.
"""

from datetime import UTC, date, datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field, TypeAdapter

from domain.burden import Day
from domain.fallback import STATES, DeliveryState
from domain.model import Day as OurDay
from domain.model import Label
from domain.posts import at_level, level_of
from domain.workdays import local_day
from intake.access import allowed
from intake.cursors import Cursor, Limit, cursor_for, place_of
from intake.hall import InHall
from intake.house import InHouse
from intake.issue_here import Number, here
from intake.issue_shapes import Holder
from intake.issue_views import holder
from intake.problems import Problem, may_be
from reading.callers import SPEAKS_FOR_A_POST, Caller, Role
from store import burdens, inbox

router = APIRouter(tags=["送达 notices"])

OVERSEERS = (Role.OFFICE, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR)
"""Who may see how others were reached, in the own jurisdiction."""

Receiver = Annotated[Caller, Depends(allowed(*sorted(SPEAKS_FOR_A_POST)))]
Overseer = Annotated[Caller, Depends(allowed(*OVERSEERS))]
OverseerHere = Annotated[Caller, Depends(here(*OVERSEERS))]
Line = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="收件编号,见收件箱 the number of a line, as in the inbox")
]

NOT_YOURS = Label("您的收件箱里没有这一件", "there is no such line in your inbox")


class _After(NamedTuple):
    line: Annotated[int, Field(ge=0, le=2**63 - 1)]


_PLACE = TypeAdapter(_After)


class LineShown(BaseModel):
    """收件一行; `signed_at` is the caller's own receipt, `read_at` that of whoever signed first."""

    line: int
    addressee: Holder
    about: str = Field(description="问题编号或线索回执号 the number of the issue or the receipt of the lead")
    fact: int
    effect: str
    text: str
    received_at: datetime
    read_at: datetime | None
    signed_at: datetime | None


class InboxShown(BaseModel):
    """收件箱一页, the newest first."""

    lines: list[LineShown]
    next: str | None


class Signed(BaseModel):
    """签收: who signed for what; asked again it says the first moment."""

    line: int
    by: str
    signed_at: datetime


class DeliveryShown(BaseModel):
    """送达: one line for one person; without one it lies in an inbox, and nobody was found for it yet."""

    line: int
    fact: int
    effect: str
    addressee: Holder
    received_at: datetime
    person: str | None
    capacity: str | None
    urgency: str | None
    state: DeliveryState
    state_zh: str
    channel: str | None
    attempts: int
    changed_at: datetime
    last_error: str | None
    signed_at: datetime | None
    receipts: list[Signed]


class DeliveriesShown(BaseModel):
    """送达情况一页; `next` continues."""

    deliveries: list[DeliveryShown]
    next: str | None


class Burdens(BaseModel):
    """减负账: how often each telephone rang on a day, of the budget that each has."""

    day: date
    persons: list[Day]


@router.get(
    "/inbox",
    operation_id="list_inbox",
    summary="收件箱 what the caller's posts have received",
    responses=may_be(400, 401, 403, 422, 503),
)
async def received(
    house: InHouse,
    caller: Receiver,
    *,
    unread: Annotated[
        bool, Query(description="只看本人未签收的 only what the caller did not sign for")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> InboxShown:
    """List what lies in the inboxes of the caller's posts, the newest first."""
    question = (sorted(caller.posts), unread)
    before = place_of(cursor, question, _PLACE).line if cursor else inbox.NEWEST
    found = await inbox.page(house.pool, caller.posts, caller.subject, before, limit, unread=unread)
    shown = [
        LineShown(
            line=each.line,
            addressee=holder(house.registry, each.addressee),
            about=each.issue_id,
            fact=each.number,
            effect=each.effect,
            text=each.text,
            received_at=each.received_at,
            read_at=each.read_at,
            signed_at=each.signed_at,
        )
        for each in found
    ]
    return InboxShown(
        lines=shown, next=cursor_for((found[-1].line,), question) if len(found) == limit else None
    )


@router.post(
    "/inbox/{line}/receipt",
    operation_id="sign_for",
    summary="签收 say that one has seen it",
    responses=may_be(401, 403, 404, 413, 422, 503),
)
async def sign_for(line: Line, house: InHouse, caller: Receiver) -> Signed:
    """Sign for a line of the caller's posts; the first time counts. No clock stops, no issue moves."""
    signed = await inbox.sign_for(house.pool, line, caller.posts, caller.subject, house.now())
    if signed is None:
        raise Problem(404, "not-in-your-inbox", NOT_YOURS)
    return _signed(signed)


@router.get(
    "/issues/{number}/deliveries",
    operation_id="list_deliveries",
    summary="送达情况 how whoever an issue concerns was reached",
    responses=may_be(400, 401, 403, 404, 422, 503),
)
async def deliveries(
    number: Number, house: InHouse, _: OverseerHere, cursor: Cursor = None, limit: Limit = 50
) -> DeliveriesShown:
    """List each line with its persons, the state of each delivery, and who signed for it, in order."""
    after = place_of(cursor, number, _PLACE).line if cursor else 0
    found = await inbox.deliveries_of(house.pool, number, after, limit)
    receipts = await inbox.receipts_of(house.pool, [each.line for each in found])
    shown = [
        DeliveryShown(
            line=each.line,
            fact=each.number,
            effect=each.effect,
            addressee=holder(house.registry, each.addressee),
            received_at=each.received_at,
            person=each.person,
            capacity=each.capacity,
            urgency=each.urgency,
            state=(state := DeliveryState(each.state or "inbox")),
            state_zh=STATES[state].zh,
            channel=each.channel,
            attempts=each.attempts,
            changed_at=each.changed_at or each.received_at,
            last_error=each.last_error,
            signed_at=each.signed_at,
            receipts=[_signed(one) for one in receipts if one.line == each.line],
        )
        for each in found
    ]
    last = found[-1].line if found else 0
    more = await inbox.is_more(house.pool, number, last) if found else False
    return DeliveriesShown(deliveries=shown, next=cursor_for((last,), number) if more else None)


@router.get(
    "/burdens",
    operation_id="list_burdens",
    summary="减负账 how often each telephone rang on a day",
    responses=may_be(401, 403, 422, 503),
)
async def burden(
    hall: InHall,
    caller: Overseer,
    day: Annotated[OurDay | None, Query(description="日期,默认今天 today if left out")] = None,
) -> Burdens:
    """Show for each person of the caller's jurisdiction what was pushed on a day, and what still waits."""
    assert caller.division is not None  # these roles have one
    on = day or local_day(hall.now().astimezone(UTC))
    own = at_level("9" * 12, level_of(caller.division)).rstrip("0")
    within = caller.division[: len(own)]
    return Burdens(day=on, persons=await burdens.burden(hall.pool, on, hall.budget, within=within))


def _signed(receipt: inbox.Receipt) -> Signed:
    return Signed(line=receipt.line, by=receipt.subject, signed_at=receipt.at)
