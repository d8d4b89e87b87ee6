"""流程档案: the whole run chain of a finished issue in one file under its digest; the journal names it."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, NamedTuple

from domain.issue.archiving import Archived
from domain.terms import ENDS
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("archive")

FORMAT = "river-histories-1"
PART = "sha256"
"""Under which name the files stand: sha256/ab/abcd…"""
LARGEST = 1 << 28
"""Bytes of a chain: the server ends a run at 50 MB; a file that unpacks to more is made to do harm."""
_AT_A_TIME = 200
_PATIENCE = 60.0


class Run(NamedTuple):
    """一次运行: one link of the chain, with all of its events as the server tells them."""

    run_id: str
    status: str
    started_at: str
    closed_at: str | None
    history: Mapping[str, Any]

    @property
    def events(self) -> int:
        """How many events it has."""
        return len(self.history["events"])


class Chain(NamedTuple):
    """全链: every run of an issue, the first one first."""

    issue_id: str
    workflow_id: str
    runs: tuple[Run, ...]


class SpoiledError(Exception):
    """A file that is no archive of this issue; says why."""


class Kept(NamedTuple):
    """What is kept of an issue; without a digest, its history was gone before."""

    issue_id: str
    digest: str | None
    bytes: int
    runs: int
    events: int
    last_run: str
    fact: int | None
    unlike: str
    archived_at: datetime


def canonical(value: object) -> bytes:
    """Return the one way to write a value as JSON: the same value gives the same bytes."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def pack(chain: Chain) -> bytes:
    """Return the file of a chain; the same chain makes the same file."""
    whole = {
        "format": FORMAT,
        "issue_id": chain.issue_id,
        "workflow_id": chain.workflow_id,
        "runs": [run._asdict() for run in chain.runs],
    }
    return gzip.compress(canonical(whole), mtime=0)


def unpack(content: bytes, issue_id: str) -> Chain:
    """Return the chain in a file; raises SpoiledError unless it is whole and of that issue."""
    try:
        with gzip.open(BytesIO(content)) as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise SpoiledError(f"{issue_id}: larger than {LARGEST} bytes when it is unpacked")
        whole = json.loads(text)
        if whole["format"] != FORMAT:
            raise SpoiledError(f"{issue_id}: another format: {whole['format']}")
        runs = tuple(Run(**run) for run in whole["runs"])
        chain = Chain(whole["issue_id"], whole["workflow_id"], runs)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SpoiledError(f"{issue_id}: {type(error).__name__}") from None
    if chain.issue_id != issue_id:
        raise SpoiledError(f"{issue_id}: it is the archive of {chain.issue_id}")
    return chain


async def unarchived(
    pool: Pool, limit: int, before: datetime | None = None, after: tuple[str, datetime] | None = None
) -> list[tuple[str, datetime]]:
    """Return issues that are over and not archived, with when that was recorded, the earliest first.

    Those that ended `before` a moment, and those that follow `after` one that was returned.
    """
    issue_id, ended_at = after or (None, None)
    async with connected(pool) as connection:
        ends = [str(stage) for stage in ENDS]
        rows = await connection.fetch(
            SQL["unarchived"], ends, before, limit, ended_at, issue_id, timeout=_PATIENCE
        )
    return [(row["issue_id"], row["at"]) for row in rows]


async def note(pool: Pool, chain: Chain, archived: Archived, fact: int, unlike: str) -> None:
    """Note where an issue's history is kept and how a replay of it went."""
    last = chain.runs[-1].run_id
    columns = (archived.digest, archived.bytes, archived.runs, archived.events, last, fact, unlike)
    async with connected(pool) as connection:
        await connection.execute(SQL["note"], chain.issue_id, *columns)


async def note_lost(pool: Pool, issue_id: str) -> None:
    """Note that the server knows nothing any more of an issue that is over."""
    async with connected(pool) as connection:
        await connection.execute(SQL["note"], issue_id, None, 0, 0, 0, "", None, "lost")


async def archive_of(pool: Pool, issue_id: str) -> Kept | None:
    """Return what is kept of an issue, if anything was noted."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["archive_of"], issue_id)
    return Kept(*row) if row else None


async def said_archived(pool: Pool, issue_id: str) -> str | None:
    """Return the digest that the journal names, which alone proves the file."""
    async with connected(pool) as connection:
        digest: str | None = await connection.fetchval(SQL["said_archived"], issue_id)
    return digest


async def archives(pool: Pool, issues: Sequence[str] | None = None) -> AsyncIterator[Kept]:
    """Yield what is kept, in the order of the issues."""
    last = ""
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["archives"], last, _AT_A_TIME, issues, timeout=_PATIENCE)
        for row in rows:
            yield Kept(*row)
        if len(rows) < _AT_A_TIME:
            return
        last = rows[-1]["issue_id"]
