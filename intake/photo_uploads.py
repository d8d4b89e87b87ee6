"""照片上传: the photos of one request are taken together or not at all, within limits of number and size."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import UploadFile

from domain.model import Label
from intake import photo_refusals
from intake.photo_reading import Photo
from intake.photo_refusals import MOST_BYTES, NotAPhoto
from intake.photos import Photos
from intake.problems import Problem, wrong
from store.photos import Kept

MOST_PHOTOS = 9
MOST_BYTES_TOGETHER = 40 * 1024 * 1024
MOST_BODY = MOST_BYTES_TOGETHER + 1024 * 1024
"""For a route's `max_body_size`: the photos and the form around them; the rest is not even received."""

_PIECE = 64 * 1024
_TOO_MANY = Label(
    f"一次最多上传 {MOST_PHOTOS} 张照片,请分次上传",
    f"at most {MOST_PHOTOS} photos at a time: send the rest after",
)
_TOO_MUCH = Label(
    f"照片合计超过 {MOST_BYTES_TOGETHER // (1024 * 1024)} MB,请分次上传",
    f"the photos exceed {MOST_BYTES_TOGETHER // (1024 * 1024)} MB together: send the rest after",
)


async def take(upload: UploadFile, most: int = MOST_BYTES) -> bytes:
    """Read an upload of at most `most` bytes; raises Problem 413 as soon as there are more."""
    try:
        return await _take(upload, most)
    except NotAPhoto as refusal:
        raise _not_taken(refusal, "photo") from None


async def receive(photos: Photos, uploads: Sequence[UploadFile]) -> list[Kept]:
    """Take, read and keep the photos of one official's request; nothing is kept if one of them is refused.

    Raises as `reading` and `keep` do.
    """
    async with reading(photos, uploads) as read:
        return await keep(photos, read)


@asynccontextmanager
async def reading(
    photos: Photos, uploads: Sequence[UploadFile], address: str | None = None
) -> AsyncIterator[list[Photo]]:
    """Lend the photos of one request, in order, read and not kept yet; few requests hold photos at a time.

    `address` is whose turn it is, of the public. Raises Problem: 413, 415, 422 naming the photo, 429.
    """
    if len(uploads) > MOST_PHOTOS:
        raise Problem(413, "too-many-photos", _TOO_MANY)
    if sum(upload.size or 0 for upload in uploads) > MOST_BYTES_TOGETHER:
        raise Problem(413, "photos-too-large", _TOO_MUCH)
    async with photos.turns.take(address):
        yield [await _read(photos, upload, place) for place, upload in enumerate(uploads)]


async def keep(photos: Photos, read: Sequence[Photo]) -> list[Kept]:
    """Keep photos that were read, in order; the same again heals what was spoiled. Raises StorageAway."""
    return [await photos.keep(photo) for photo in read]


async def _read(photos: Photos, upload: UploadFile, place: int) -> Photo:
    try:
        return await photos.read(await _take(upload, MOST_BYTES))
    except NotAPhoto as refusal:
        raise _not_taken(refusal, f"photos.{place}") from None


async def _take(upload: UploadFile, most: int) -> bytes:
    taken = bytearray()
    while piece := await upload.read(min(_PIECE, most + 1 - len(taken))):
        taken += piece
        if len(taken) > most:
            raise photo_refusals.too_heavy(most)
    return bytes(taken)


def _not_taken(refusal: NotAPhoto, where: str) -> Problem:
    return Problem(refusal.status, "not-a-photo", refusal.reason, [wrong(where, refusal.reason)])
