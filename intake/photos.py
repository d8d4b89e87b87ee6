"""照片库: photos under their digests, in a folder or S3-compatible storage; originals apart from copies."""

import asyncio
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from obstore.store import ObjectStore

from domain.model import Digest
from intake.photo_reading import Photo, read_photo
from intake.photo_turns import Turns
from store.photos import Kept
from store.shelf import Shelf, open_shelf

AT_ONCE = 2
"""How many photos are decoded, and how many requests hold theirs in memory, at a time."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

Part = Literal["original", "public"]


@dataclass(frozen=True)
class Photos:
    """照片库 of one process; an original is evidence: no public route calls `original`."""

    store: ObjectStore
    folder: Path | None = None
    """Where the store is a folder: what is kept there is on the disk before anybody is told so."""
    turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photo")
    )

    async def read(self, data: bytes) -> Photo:
        """Read a photo in one of few threads, which a caller that goes away does not multiply."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read_photo, data)

    async def keep(self, photo: Photo) -> Kept:
        """Keep original and public copy; the same photo again changes nothing. Raises ShelfAway."""
        kept = Kept(
            digest=photo.digest,
            public_digest=photo.public_digest,
            bytes=len(photo.original),
            media_type=photo.media_type,
            taken_at=photo.exif.taken_at,
            zone_assumed=photo.exif.zone_assumed,
            point=photo.exif.point,
        )
        await self._put("original", photo.original)
        await self._put("public", photo.public)
        return kept

    async def public(self, digest: str) -> bytes:
        """Return the public copy, a JPEG, by its own digest. Raises Missing or ShelfAway."""
        return await self._get("public", digest)

    async def original(self, digest: str) -> bytes:
        """Return the original with all its metadata. Raises Missing or ShelfAway."""
        return await self._get("original", digest)

    async def _put(self, part: Part, content: bytes) -> None:
        await Shelf(self.store, part, self.folder).keep(content)

    async def _get(self, part: Part, digest: str) -> bytes:
        return await Shelf(self.store, part, self.folder).read(digest)


def open_photos(setting: str) -> Photos:
    """Open the place that RIVER_PHOTOS names; raises NoShelf. S3 is not asked yet."""
    original, _ = (open_shelf(setting, part, "RIVER_PHOTOS") for part in ("original", "public"))
    return Photos(original.store, original.folder)


def manifest_digest(digests: Iterable[str]) -> Digest:
    """照片清单: one SHA-256 for a set of originals, whatever their order: of their sorted hex lines.

    `sort -u FILE | sha256sum` recomputes it, one digest a line. Raises ValueError for none, or for no digest.
    """
    lines = sorted(set(digests))
    if not lines or not all(_SHA256.fullmatch(line) for line in lines):
        raise ValueError("a manifest is made of at least one SHA-256 in hex")
    return sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()
