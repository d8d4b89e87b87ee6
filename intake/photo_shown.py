"""照片的展示: what is told of a photo, and its public copy; an original leaves by no route."""

from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from domain.model import Label
from domain.place import Point
from intake.hall import Hall
from intake.problems import Problem
from store.photos import KeptPhoto, photos_of
from store.shelf import Missing

NO_PHOTO = Label("没有这张照片", "there is no such photo")
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "照片 the photo"}
}


class PhotoShown(BaseModel):
    """照片: the digest of the original, which is evidence, and that of the copy that is shown."""

    digest: str
    public_digest: str
    bytes: int
    taken_at: datetime | None
    zone_assumed: bool
    point: Point | None
    kept_at: datetime


def shown_photo(photo: KeptPhoto) -> PhotoShown:
    """Tell what is known of a photo."""
    return PhotoShown(**{name: getattr(photo, name) for name in PhotoShown.model_fields})


async def public_copy(hall: Hall, owner: str, digest: str) -> Response:
    """Return the public copy of a photo of an owner; Problem 404 for a photo of somebody else's."""
    of_the_owner = {photo.public_digest for photo in await photos_of(hall.pool, owner)}
    if digest not in of_the_owner:
        raise Problem(404, "no-such-photo", NO_PHOTO)
    try:
        content = await hall.photos.public(digest)
    except Missing:
        raise Problem(404, "no-such-photo", NO_PHOTO) from None
    return Response(content, media_type="image/jpeg", headers={"Content-Disposition": "inline"})
