"""所存: everything that is kept of an issue, read in one snapshot, some issues at a time."""

import heapq
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias, TypeVar

import asyncpg

from domain.issue.letter import Head
from store.photos import owner_issue
from store.pool import Connection, Pool, connected
from store.queries import read_queries

SQL = read_queries("proof")

AT_A_TIME = 200
"""How many issues are looked at in one snapshot: as much as is ever held in memory."""
PATIENCE = 60.0
_TAILS_AT_A_TIME = 5000

Row: TypeAlias = asyncpg.Record
Read = TypeVar("Read", bound=tuple[Any, ...])


class Fact(NamedTuple):
    """日志一行, with the moment at which it was recorded and the seal of that moment (none before 0021)."""

    number: int
    kind: str
    at: datetime
    said_at: datetime
    recorded_at: datetime
    body: str
    hash: str
    seal: str | None = None


class Act(NamedTuple):
    """告知台账一行, and whether it lies in an inbox."""

    number: int
    effect: str
    addressee: str
    text: str
    issuer: str | None
    state: str
    is_received: bool
    delivered_at: datetime | None = None


class Paper(NamedTuple):
    """文书一件; `entered_under` is the number of the bulletin that it went out with."""

    number: int
    kind: str
    issuer: str
    addressees: tuple[str, ...]
    text: str
    drafted_at: datetime
    state: str
    signed_by: str | None
    signed_at: datetime | None
    document_number: str | None
    entered_under: str | None


class Picture(NamedTuple):
    """照片的摘要: of the sealed original and of the public copy; never where it was taken."""

    digest: str
    public_digest: str
    bytes: int
    media_type: str


class Shown(NamedTuple):
    """读模型一行: which fact it believes to be the last, its hash, and how the issue stands."""

    number: int
    tail: str
    head: Head


class Tail(NamedTuple):
    """日志末行: the last fact of a journal, by its hash."""

    issue_id: str
    number: int
    hash: str


class Kept(NamedTuple):
    """一个问题的全部记录."""

    issue_id: str
    facts: tuple[Fact, ...]
    acts: tuple[Act, ...] = ()
    papers: tuple[Paper, ...] = ()
    pictures: tuple[Picture, ...] = ()
    shown: Shown | None = None
    is_numbered: bool = False


async def known_issues(pool: Pool) -> AsyncIterator[str]:
    """Yield the number of every issue of which anything is known, in order. Raises Away."""
    last = ""
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["known_issues"], last, AT_A_TIME, timeout=PATIENCE)
        for row in rows:
            yield row["issue_id"]
        if len(rows) < AT_A_TIME:
            return
        last = rows[-1]["issue_id"]


async def sample(pool: Pool, size: int, seed: str) -> list[str]:
    """抽样: `size` numbers drawn from all that are known; the same seed draws the same from the same."""
    drawn: list[tuple[int, str]] = []
    async for each in known_issues(pool):
        lot = -int.from_bytes(sha256(f"{seed}\n{each}".encode()).digest())
        (heapq.heappush if len(drawn) < size else heapq.heappushpop)(drawn, (lot, each))
    return sorted(each for _, each in drawn)


async def kept(pool: Pool, issues: Sequence[str] | None = None) -> AsyncIterator[Kept]:
    """Yield what is kept of some issues, or of all, in order; each as it was at one moment. Raises Away."""
    stretch: list[str] = []
    if issues is not None:
        for first in range(0, len(issues), AT_A_TIME):
            for one in await _kept(pool, issues[first : first + AT_A_TIME]):
                yield one
        return
    async for each in known_issues(pool):
        stretch.append(each)
        if len(stretch) == AT_A_TIME:
            for one in await _kept(pool, stretch):
                yield one
            stretch = []
    for one in await _kept(pool, stretch):
        yield one


async def _kept(pool: Pool, issues: Sequence[str]) -> Iterable[Kept]:
    if not issues:
        return ()
    async with (
        connected(pool) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        facts = await facts_of_some(connection, issues)
        acts = await _some(connection, "acts_of_some", issues, Act)
        papers = await _some(connection, "papers_of_some", issues, Paper)
        owners = [owner_issue(each) for each in issues]
        pictures = await _some(connection, "photos_of_some", owners, Picture)
        heads = await connection.fetch(SQL["heads_of_some"], issues, timeout=PATIENCE)
        numbered = await connection.fetch(SQL["numbered_of_some"], issues, timeout=PATIENCE)
    shown = {row["issue_id"]: _shown(row) for row in heads}
    drawn = {row["issue_id"] for row in numbered}
    return (
        Kept(
            each,
            facts.get(each, ()),
            acts.get(each, ()),
            tuple(paper._replace(addressees=tuple(paper.addressees)) for paper in papers.get(each, ())),
            pictures.get(each, ()),
            shown.get(each),
            each in drawn,
        )
        for each in sorted(issues)
    )


async def facts_of_some(connection: Connection, issues: Sequence[str]) -> dict[str, tuple[Fact, ...]]:
    """Return the journals of some issues, by their numbers."""
    return await _some(connection, "facts_of_some", issues, Fact)


async def _some(
    connection: Connection, query: str, issues: Sequence[str], kind: type[Read]
) -> dict[str, tuple[Read, ...]]:
    rows = await connection.fetch(SQL[query], issues, timeout=PATIENCE)
    grouped: Iterator[tuple[str, Iterator[Row]]] = groupby(rows, key=lambda row: str(row["issue_id"]))
    return {each: tuple(kind(*list(row.values())[1:]) for row in group) for each, group in grouped}


def _shown(row: Row) -> Shown:
    fields = {name: row[name] for name in Head.model_fields}
    head = Head.model_construct(**{**fields, "look_backs_on": tuple(row["look_backs_on"])})
    return Shown(row["number"], row["tail"], head)


async def missing_numbers(pool: Pool, limit: int = 1000) -> list[str]:
    """Return numbers that a county drew and nobody has: a whole issue may have been removed. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["missing_numbers"], limit, timeout=PATIENCE)
    return [row["issue_id"] for row in rows]


async def tails(pool: Pool, at: datetime) -> AsyncIterator[Tail]:
    """Yield where each journal ended when only what was recorded by a moment was there. Raises Away."""
    last = ""
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["tails_at"], last, at, _TAILS_AT_A_TIME, timeout=PATIENCE)
        for row in rows:
            yield Tail(*row)
        if len(rows) < _TAILS_AT_A_TIME:
            return
        last = rows[-1]["issue_id"]


async def hashes_at(pool: Pool, wanted: Sequence[Tail]) -> dict[str, str]:
    """Return the hashes that some journals have at some numbers now. Raises Away."""
    issues, numbers = [tail.issue_id for tail in wanted], [tail.number for tail in wanted]
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["hashes_at"], issues, numbers, timeout=PATIENCE)
    return {row["issue_id"]: row["hash"] for row in rows}
