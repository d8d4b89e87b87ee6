"""报送与查询: `POST /reports`, and what a reporter may ask and say afterwards with receipt and secret."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request, Response, UploadFile
from pydantic import BaseModel, Field, ValidationError

from domain.lead import STATES, Receipt, Telling, Words
from domain.model import Frozen
from domain.terms import Clock
from intake.afterwards import Answered, Standing, answer, say_not_fixed, standing
from intake.document import LOCATION, TOKEN_IS_OPTIONAL
from intake.hall import InHall
from intake.limits_shown import Limit, limit_of
from intake.photo_uploads import MOST_BODY, keep, reading
from intake.photos import manifest_digest
from intake.problems import FAULTY, Problem, Wrong, may_be, wrong
from intake.reception import Beside, receive
from intake.seal import Reporter
from intake.senders import Sender, address_of, admitted, own_division, require_own_division, sender_of
from reading.complaints import complaint
from store.lead_rows import Kept
from store.photos import add_photos

router = APIRouter(tags=["线索 reports"])

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=64,
        pattern=r"^[!-~]+$",
        description="报送方生成,重发时不变,只受理一次。 Made by the sender, the same when sent again.",
    ),
]
Secret = Annotated[
    str,
    Header(
        alias="X-Receipt-Secret",
        min_length=1,
        max_length=32,
        pattern=r"^[0-9A-Za-z]+$",
        description="查询码,随回执给出。 Came with the receipt.",
    ),
]


class Reported(Telling):
    """报送: what was seen, and who saw it if he says so; that is sealed and stands nowhere else."""

    reporter: Reporter | None = None


class Registered(BaseModel):
    """回执: the report is kept; what follows from it can be asked with receipt and secret."""

    receipt: str
    secret: str
    received_at: datetime
    state: str
    state_zh: str
    limit: Limit


class NotFixed(Frozen):
    """没有改好: what is still wrong, in the reporter's words."""

    text: Annotated[Words, Field(min_length=1)]


OF_THE_RECEIPT = {
    "path.receipt": "$response.body#/receipt",
    "header.X-Receipt-Secret": "$response.body#/secret",
}
KEPT: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Registered,
        "description": description,
        "headers": LOCATION,
        "links": {
            name: {"operationId": name, "parameters": OF_THE_RECEIPT}
            for name in ("get_report", "say_not_fixed", "say_how_satisfied")
        },
    }
    for status, description in (
        (201, "已受理 kept"),
        (200, "此前已受理,同一份回执 kept before, the same receipt"),
    )
}
"""What is answered to whoever tells something, and what can be asked with it."""


@router.post(
    "/reports",
    operation_id="report",
    status_code=201,
    summary="报送线索",
    description="受理的内容已落盘后才回答。 Answered once it is on the disk.",
    responses={**KEPT, **may_be(400, 401, 403, 413, 422, 429, 503)},
    openapi_extra=TOKEN_IS_OPTIONAL,
)
async def report(
    reported: Reported, key: Key, hall: InHall, sender: Sender, request: Request, response: Response
) -> Registered:
    """Keep a report and return its receipt and the limit that now runs."""
    return await _take(hall, reported, sender, request, response, key)


@router.post(
    "/reports/with-photos",
    operation_id="report_with_photos",
    status_code=201,
    summary="报送线索,附照片",
    description="表单:report 为 JSON,photos 为照片(最多 9 张)。 A form: report as JSON, up to 9 photos.",
    responses={**KEPT, **may_be(400, 401, 403, 413, 415, 422, 429, 503)},
    openapi_extra=TOKEN_IS_OPTIONAL,
    max_body_size=MOST_BODY,
)
async def report_with_photos(
    report: Annotated[str, Form(max_length=64 * 1024)],
    photos: list[UploadFile],
    key: Key,
    hall: InHall,
    sender: Sender,
    request: Request,
    response: Response,
) -> Registered:
    """Keep a report with its photos; all of them are taken, or nothing is."""
    try:
        reported = Reported.model_validate_json(report)
    except ValidationError as invalid:
        raise Problem(422, "invalid", FAULTY, _faults(invalid)) from None
    return await _take(hall, reported, sender, request, response, key, photos)


async def _take(
    hall: InHall,
    reported: Reported,
    sender: Sender,
    request: Request,
    response: Response,
    key: str,
    photos: Sequence[UploadFile] = (),
) -> Registered:
    told = admitted(reported, sender, hall.assessor.rules.believed)
    require_own_division(told, sender)
    await hall.pressure.count(sender.subject if sender else address_of(request), is_public=sender is None)
    address = address_of(request) if sender is None else None
    reporter, own = reported.reporter, own_division(sender)

    async def sealed() -> str | None:
        return await hall.sealing.put_away(reporter) if reporter else None

    async def alone() -> Beside:
        return Beside(await sealed())

    if not photos:
        return registered(await receive(hall, told, sender_of(sender), key, alone, own), response)
    async with reading(hall.photos, photos, address) as read:
        told = told.model_copy(update={"manifest": manifest_digest(photo.digest for photo in read)})

        async def with_photos() -> Beside:
            return Beside(await sealed(), tuple(await keep(hall.photos, read)))

        kept = await receive(hall, told, sender_of(sender), key, with_photos, own)
        if not kept.is_new:
            # Sent again, a report heals what was spoiled of its photos.
            await add_photos(hall.pool, kept.receipt, await keep(hall.photos, read))
    return registered(kept, response)


@router.get(
    "/reports/{receipt}",
    operation_id="get_report",
    summary="凭回执查询",
    responses=may_be(404, 422, 429, 503),
)
async def status(receipt: Receipt, secret: Secret, hall: InHall, request: Request) -> Standing:
    """Return how far a report has come, with the limit that runs now."""
    await hall.pressure.count(f"ask:{address_of(request)}", is_public=False)
    return await standing(hall, receipt, secret)


@router.post(
    "/reports/{receipt}/not-fixed",
    operation_id="say_not_fixed",
    status_code=201,
    summary="反映没有改好",
    responses={**KEPT, **may_be(400, 404, 409, 413, 422, 429, 503)},
)
async def not_fixed(
    receipt: Receipt,
    secret: Secret,
    key: Key,
    said: NotFixed,
    hall: InHall,
    request: Request,
    response: Response,
) -> Registered:
    """Put the question to the verifier again; 409 when it is too early or too late for that."""
    await hall.pressure.count(address_of(request), is_public=True)
    return registered(await say_not_fixed(hall, receipt, secret, key, said.text), response)


@router.post(
    "/reports/{receipt}/answer",
    operation_id="say_how_satisfied",
    status_code=204,
    summary="满意度",
    responses=may_be(400, 404, 409, 413, 422, 429, 503),
)
async def satisfaction(
    receipt: Receipt, secret: Secret, said: Answered, hall: InHall, request: Request
) -> None:
    """Keep whether the reporter is satisfied with how it ended."""
    await hall.pressure.count(address_of(request), is_public=True)
    await answer(hall, receipt, secret, said)


def _faults(invalid: ValidationError) -> list[Wrong]:
    errors = invalid.errors(include_url=False, include_context=True)
    return [wrong(".".join(("report", *map(str, error["loc"]))), complaint(error)) for error in errors]


def registered(kept: Kept, response: Response) -> Registered:
    """Write the receipt; a report that was kept before is answered with 200 and the same receipt."""
    if not kept.is_new:
        response.status_code = 200
    response.headers["Location"] = f"/reports/{kept.receipt}"
    return Registered(
        receipt=kept.receipt,
        secret=kept.secret,
        received_at=kept.received_at,
        state=kept.state,
        state_zh=STATES[kept.state].zh,
        limit=limit_of(Clock.REGISTER, kept.register_by),
    )
