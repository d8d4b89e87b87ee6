"""照片记录: which photos belong to a lead or an issue; the pictures themselves are kept outside Postgres."""

from collections.abc import Iterable
from typing import Annotated

import asyncpg
from pydantic import Field

from domain.model import Frozen, Moment
from domain.place import Point
from store.pool import Connection, Pool, connected
from store.queries import read_queries

SQL = read_queries("photos")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Kept(Frozen):
    """照片 that is kept: digests of the sealed original and of the public copy, and what the photo states."""

    digest: Sha256
    public_digest: Sha256
    bytes: int = Field(gt=0)
    """The size of the original."""
    media_type: str
    taken_at: Moment | None = None
    zone_assumed: bool = False
    """The camera wrote no offset from UTC: taken_at was read as China's time."""
    point: Point | None = None


class KeptPhoto(Kept):
    """照片 of a lead or an issue."""

    kept_at: Moment


def owner_issue(issue_id: str) -> str:
    """Return the owner under which an issue's photos stand; a lead's are under its receipt."""
    return f"issue:{issue_id}"


async def add_photos(records: "Pool | Connection", owner: str, kept: Iterable[Kept]) -> None:
    """Note photos of a lead (its receipt) or an issue (`owner_issue`), in the order given; known ones stay.

    On a connection it is part of the caller's transaction. Raises Away when Postgres does not answer a pool.
    """
    rows = [_row(owner, each) for each in kept]
    if isinstance(records, asyncpg.Pool):
        async with connected(records) as connection:
            await connection.executemany(SQL["add_photo"], rows)
    else:
        await records.executemany(SQL["add_photo"], rows)


async def photos_of(pool: Pool, owner: str) -> list[KeptPhoto]:
    """Return the photos of a lead or an issue, in the order in which they were added."""
    async with connected(pool) as connection:
        return [_photo(row) for row in await connection.fetch(SQL["photos_of"], owner)]


def _row(owner: str, kept: Kept) -> tuple[object, ...]:
    lon, lat = (kept.point.lon, kept.point.lat) if kept.point else (None, None)
    return (
        owner,
        kept.digest,
        kept.public_digest,
        kept.bytes,
        kept.media_type,
        kept.taken_at,
        kept.zone_assumed,
        lon,
        lat,
    )


def _photo(row: asyncpg.Record) -> KeptPhoto:
    fields = dict(row)
    lon, lat = fields.pop("lon"), fields.pop("lat")
    return KeptPhoto(**fields, point=None if lon is None else Point(lon=lon, lat=lat))
