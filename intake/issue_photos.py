"""办理照片: evidence for a word about to be said: kept first, named by its manifest in the word."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, UploadFile
from pydantic import BaseModel

from domain.evidence import metres_from_earlier, question
from domain.model import Digest
from intake.desk import book_of
from intake.hall import InHall
from intake.issue_here import READERS, Number, here
from intake.photo_shown import JPEG, PhotoShown, public_copy, shown_photo
from intake.photo_uploads import MOST_BODY, receive
from intake.photos import manifest_digest
from intake.problems import may_be
from reading.callers import Caller, Role
from store.photos import KeptPhoto, add_photos, owner_issue, photos_of

router = APIRouter(prefix="/issues/{number}/photos", tags=["照片 photos"])

Sender = Annotated[Caller, Depends(here(Role.PATROLLER, Role.CHIEF, Role.UNIT, Role.OFFICE))]
Reader = Annotated[Caller, Depends(here(*READERS))]


class Evidence(BaseModel):
    """证据: what a word names as its `manifest`, and how many photos stand behind it."""

    manifest: str
    photos: list[str]


class IssuePhoto(PhotoShown):
    """办理照片: how far it was taken from the nearest earlier one, and what who verifies is asked."""

    metres_from_earlier: int | None
    question: str | None
    question_en: str | None


@router.post(
    "",
    status_code=201,
    operation_id="upload_photos",
    summary="上传办理照片",
    responses=may_be(400, 401, 403, 404, 413, 415, 422, 503),
    max_body_size=MOST_BODY,
)
async def upload(number: Number, photos: list[UploadFile], hall: InHall, _: Sender) -> Evidence:
    """Keep the photos of an issue and return what stands for them; the same photos again are the same."""
    taken = await receive(hall.photos, photos)
    await add_photos(hall.pool, owner_issue(number), taken)
    digests = [photo.digest for photo in taken]
    return Evidence(manifest=manifest_digest(digests), photos=digests)


@router.get("", operation_id="list_photos", summary="办理照片", responses=may_be(401, 403, 404, 422, 503))
async def listed(number: Number, hall: InHall, _: Reader) -> list[IssuePhoto]:
    """Return the photos of an issue, in the order in which they came; what is doubtful of one is asked."""
    photos = await photos_of(hall.pool, owner_issue(number))
    most = book_of(hall.desk.editions, hall.now()).closing_evidence["metres"].value
    away = metres_from_earlier([photo.point for photo in photos])
    return [_beside_earlier(photo, far, most) for photo, far in zip(photos, away, strict=True)]


def _beside_earlier(photo: KeptPhoto, away: float | None, most: int) -> IssuePhoto:
    asked = question(away, most)
    return IssuePhoto(
        **shown_photo(photo).model_dump(),
        metres_from_earlier=None if away is None else round(away),
        question=asked and asked.zh,
        question_en=asked and asked.en,
    )


@router.get(
    "/{digest}",
    operation_id="get_photo",
    summary="一张照片",
    response_class=Response,
    responses={**JPEG, **may_be(401, 403, 404, 422, 503)},
)
async def one(number: Number, digest: Digest, hall: InHall, _: Reader) -> Response:
    """Return the public copy of a photo of the issue."""
    return await public_copy(hall, owner_issue(number), digest)
