"""照片库: photos under their digests, in a folder or S3-compatible storage; originals apart from copies."""

import asyncio
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Literal

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from domain.model import Digest
from intake.photo_reading import Photo, read_photo
from intake.photo_turns import Turns
from store.photos import Kept
from store.pool import Away

AT_ONCE = 2
"""How many photos are decoded, and how many requests hold theirs in memory, at a time."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ANSWER_WITHIN = timedelta(seconds=20)

Shelf = Literal["original", "public"]


class CannotKeepPhotos(Exception):
    """RIVER_PHOTOS names no place where photos can be kept."""


class Missing(LookupError):
    """No photo is kept under this digest, or what lies there is no longer what the digest says."""


class StorageAway(Away):
    """照片库 does not answer: nothing is known of what was asked, and asking again is right."""


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
        """Keep original and public copy; the same photo again changes nothing. Raises StorageAway."""
        kept = Kept(
            digest=photo.digest,
            public_digest=photo.public_digest,
            bytes=len(photo.original),
            media_type=photo.media_type,
            taken_at=photo.exif.taken_at,
            zone_assumed=photo.exif.zone_assumed,
            point=photo.exif.point,
        )
        await self._put("original", kept.digest, photo.original)
        await self._put("public", kept.public_digest, photo.public)
        return kept

    async def public(self, digest: str) -> bytes:
        """Return the public copy, a JPEG, by its own digest. Raises Missing or StorageAway."""
        return await self._get("public", digest)

    async def original(self, digest: str) -> bytes:
        """Return the original with all its metadata. Raises Missing or StorageAway."""
        return await self._get("original", digest)

    async def _put(self, shelf: Shelf, digest: str, content: bytes) -> None:
        where = _where(shelf, digest)
        with _answering():
            # Whole or not at all, and over what is there: sent again, it heals what a power cut spoiled.
            await obstore.put_async(self.store, where, content, use_multipart=False)
            if self.folder is not None:
                await asyncio.to_thread(_flush, self.folder / where)

    async def _get(self, shelf: Shelf, digest: str) -> bytes:
        if not _SHA256.fullmatch(digest):
            raise Missing(digest[:64])
        with _answering():
            try:
                found = await obstore.get_async(self.store, _where(shelf, digest))
                content = bytes(await found.bytes_async())
            except FileNotFoundError:
                raise Missing(digest) from None
        if sha256(content).hexdigest() != digest:
            raise Missing(digest)
        return content


def open_photos(setting: str) -> Photos:
    """Open the place that RIVER_PHOTOS names: a folder, made if need be, or s3://bucket/prefix.

    For S3 the AWS_* variables say where and as whom. Raises CannotKeepPhotos; S3 is not asked yet.
    """
    if bucket := _BUCKET.fullmatch(setting):
        return Photos(_s3(bucket[1], (bucket[2] or "").strip("/")))
    if _SCHEME.match(setting):
        raise CannotKeepPhotos(
            f"RIVER_PHOTOS is {setting!r}: set it to a folder, or to s3://bucket/prefix "
            "(RIVER_PHOTOS 应为文件夹或 s3://存储桶/前缀)"
        )
    folder = Path(setting).absolute()
    try:
        for shelf in ("original", "public"):
            (folder / shelf).mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(folder / shelf, os.W_OK | os.X_OK):
                raise PermissionError(f"{folder / shelf} is not writable")
        return Photos(LocalStore(folder), folder)
    except (OSError, ValueError) as error:
        raise CannotKeepPhotos(
            f"RIVER_PHOTOS: the folder {setting!r} cannot be used: {error} (照片文件夹无法使用)"
        ) from None


def _s3(bucket: str, prefix: str) -> S3Store:
    try:
        return S3Store(
            bucket,
            prefix=prefix or None,
            # No client_options: they would put aside what the AWS_* variables say, AWS_ALLOW_HTTP among it.
            retry_config={"max_retries": 3, "retry_timeout": _ANSWER_WITHIN},
        )
    except BaseError as error:
        raise CannotKeepPhotos(
            f"RIVER_PHOTOS: s3://{bucket} cannot be opened with these AWS_* variables: {error} "
            "(对象存储设置有误)"
        ) from None


def manifest_digest(digests: Iterable[str]) -> Digest:
    """照片清单: one SHA-256 for a set of originals, whatever their order: of their sorted hex lines.

    `sort -u FILE | sha256sum` recomputes it, one digest a line. Raises ValueError for none, or for no digest.
    """
    lines = sorted(set(digests))
    if not lines or not all(_SHA256.fullmatch(line) for line in lines):
        raise ValueError("a manifest is made of at least one SHA-256 in hex")
    return sha256("".join(f"{line}\n" for line in lines).encode("ascii")).hexdigest()


def _where(shelf: Shelf, digest: str) -> str:
    return f"{shelf}/{digest[:2]}/{digest}"


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        # Its details may hold addresses; its kind is enough for the log.
        raise StorageAway(f"photos: {type(error).__name__}") from None


def _flush(path: Path) -> None:
    """Wait until a file, and the name it has got, are on the disk."""
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
