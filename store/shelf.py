"""文件库: files under their digests, in a folder or S3-compatible storage; whole or not at all."""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from store.pool import Away

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_ANSWER_WITHIN = timedelta(seconds=20)


class NoShelf(Exception):
    """The setting names no place where files can be kept."""


class Missing(LookupError):
    """Nothing is kept under this digest, or what lies there is no longer what the digest says."""


class ShelfAway(Away):
    """文件库 does not answer: nothing is known of what was asked, and asking again is right."""


@dataclass(frozen=True)
class Shelf:
    """文件库: a part of it has a name; below it each file stands under its digest."""

    store: ObjectStore
    part: str
    folder: Path | None = None
    """Where the store is a folder: what is kept there is on the disk before anybody is told so."""

    async def keep(self, content: bytes) -> str:
        """Keep a file and return its digest; the same file again changes nothing. Raises ShelfAway."""
        digest = sha256(content).hexdigest()
        where = self.where(digest)
        with _answering(self.part):
            # Whole or not at all, and over what is there: kept again, it heals what a power cut spoiled.
            await obstore.put_async(self.store, where, content, use_multipart=False)
            if self.folder is not None:
                await asyncio.to_thread(_flush, self.folder / where)
        return digest

    async def read(self, digest: str) -> bytes:
        """Return a file that is what its digest says. Raises Missing or ShelfAway."""
        if not _SHA256.fullmatch(digest):
            raise Missing(digest[:64])
        with _answering(self.part):
            try:
                found = await obstore.get_async(self.store, self.where(digest))
                content = bytes(await found.bytes_async())
            except FileNotFoundError:
                raise Missing(digest) from None
        if sha256(content).hexdigest() != digest:
            raise Missing(digest)
        return content

    def where(self, digest: str) -> str:
        """Return under which path a file stands."""
        return f"{self.part}/{digest[:2]}/{digest}"


def open_shelf(setting: str, part: str, variable: str) -> Shelf:
    """Open a part of the place that a setting names: a folder, made if need be, or s3://bucket/prefix.

    For S3 the AWS_* variables say where and as whom. Raises NoShelf; S3 is not asked yet.
    """
    if bucket := _BUCKET.fullmatch(setting):
        return Shelf(_s3(bucket[1], (bucket[2] or "").strip("/"), variable), part)
    if _SCHEME.match(setting):
        raise NoShelf(
            f"{variable} is {setting!r}: set it to a folder, or to s3://bucket/prefix "
            f"({variable} 应为文件夹或 s3://存储桶/前缀)"
        )
    folder = Path(setting).absolute()
    try:
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder / part, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder / part} is not writable")
        return Shelf(LocalStore(folder), part, folder)
    except (OSError, ValueError) as error:
        raise NoShelf(
            f"{variable}: the folder {setting!r} cannot be used: {error} (文件夹无法使用)"
        ) from None


def _s3(bucket: str, prefix: str, variable: str) -> S3Store:
    try:
        return S3Store(
            bucket,
            prefix=prefix or None,
            # No client_options: they would put aside what the AWS_* variables say, AWS_ALLOW_HTTP among it.
            retry_config={"max_retries": 3, "retry_timeout": _ANSWER_WITHIN},
        )
    except BaseError as error:
        raise NoShelf(
            f"{variable}: s3://{bucket} cannot be opened with these AWS_* variables: {error} "
            "(对象存储设置有误)"
        ) from None


@contextmanager
def _answering(part: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        # Its details may hold addresses; its kind is enough for the log.
        raise ShelfAway(f"{part}: {type(error).__name__}") from None


def _flush(path: Path) -> None:
    """Wait until a file, and the name it has got, are on the disk."""
    for each in (path, path.parent, path.parent.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
