"""通报: cuts frozen once, facts recorded once, one number each; and what is read of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from domain.bulletin.facts import Cut, Finding, read_fact
from domain.bulletin.lint import Text, quotes
from domain.bulletin.order import Entered, Order, cut, cut_digest, still_entered
from domain.bulletin.state import Bulletin, retell
from domain.bulletin.terms import BulletinId
from domain.figures import Story, tell
from domain.indicators import Figure, FigureKey
from domain.issue.events import read_fact as read_issue_fact
from domain.issue.letter import Line
from domain.model import IssueId
from domain.posts import Division, Post, division_of
from store.board import and_below
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("bulletins")

AT_A_TIME = 200
"""How many issues' journals are read at once."""
PATIENCE = 120.0
"""Seconds that one query of a cut may take."""


class Head(NamedTuple):
    """How a bulletin stands, as lists show it."""

    bulletin_id: BulletinId
    kind: str
    state: str
    title: str
    issuer: Post
    division: Division
    period_first: date
    period_last: date
    waits_for: Post | None
    next_mark_at: datetime | None
    document_number: str | None
    drafted_at: datetime
    issued_at: datetime | None


async def freeze(pool: Pool, order: Order, at: datetime) -> Cut:
    """冻结: make the cut of an order and its figures, once; what was frozen before is returned as it is.

    All of it is read as it stood at one moment. Raises Away.
    """
    async with connected(pool) as connection, connection.transaction(isolation="repeatable_read"):
        await connection.execute(SQL["lock"], order.bulletin_id)
        if row := await connection.fetchrow(SQL["cut_of"], order.bulletin_id):
            return Cut.model_validate_json(row["body"])
        ends = await _ends(connection, order)
        entered = await _free_drafts(connection, order)
        ids, numbers, hashes = zip(*ends, strict=True) if ends else ((), (), ())
        stories = [story async for story in _stories(connection, order, ends)]
        by_id = {story.issue.issue_id: story for story in stories}
        entered = [each for each in entered if each.issue_id in by_id]
        entered = [each for each in entered if still_entered(by_id[each.issue_id], each)]
        frozen, made = await asyncio.to_thread(cut, order, stories, entered, cut_digest(ends), at)
        await connection.execute(SQL["keep_cut"], order.bulletin_id, at, frozen.model_dump_json())
        await connection.execute(SQL["keep_cut_issues"], order.bulletin_id, ids, numbers, hashes)
        await connection.executemany(SQL["keep_figure"], _rows(order.bulletin_id, made))
        named = [(named.issue_id, number) for named in frozen.named for number in named.facts]
        await connection.execute(
            SQL["enter"], [issue for issue, _ in named], [number for _, number in named], order.bulletin_id
        )
    return frozen


async def _ends(connection: Connection, order: Order) -> list[tuple[IssueId, int, str]]:
    rows = await connection.fetch(
        SQL["issues_to_cut"],
        order.issue_id,
        and_below(division_of(order.issuer)),
        order.period.begins_at,
        order.period.ends_at,
        timeout=PATIENCE,
    )
    return [(row["issue_id"], row["number"], row["hash"]) for row in rows]


async def _free_drafts(connection: Connection, order: Order) -> list[Entered]:
    rows = await connection.fetch(
        SQL["free_drafts"], order.issuer, order.issue_id, order.number, order.period.ends_at
    )
    return [Entered(issue_id=row["issue_id"], number=row["number"]) for row in rows]


async def _stories(
    connection: Connection, order: Order, ends: Sequence[tuple[IssueId, int, str]]
) -> AsyncIterator[Story]:
    """Yield the story of each issue; of the cut that is being made, its rows are not there yet."""
    last = {issue_id: number for issue_id, number, _ in ends}
    ids = list(last)
    for first in range(0, len(ids), AT_A_TIME):
        rows = await connection.fetch(SQL["facts_up_to"], ids[first : first + AT_A_TIME], timeout=PATIENCE)
        bodies = [(row["issue_id"], row["body"]) for row in rows if row["number"] <= last[row["issue_id"]]]
        for story in await asyncio.to_thread(told, bodies, order.period.ends_at):
            yield story


def told(bodies: Sequence[tuple[IssueId, str]], ends_at: datetime) -> list[Story]:
    """Return the stories of issues from the bodies of their facts, in order."""
    return [
        tell([read_issue_fact(body) for _, body in of_one], ends_at)
        for _, of_one in groupby(bodies, key=lambda each: each[0])
    ]


def _rows(bulletin_id: BulletinId, made: Sequence[Figure]) -> list[tuple[Any, ...]]:
    return [
        (bulletin_id, figure.key, place, figure.count, figure.of, figure.issues, figure.among)
        for place, figure in enumerate(made)
    ]


async def figures_of(pool: Pool, bulletin_id: BulletinId, figure: FigureKey | None = None) -> list[Figure]:
    """Return the figures of a bulletin with their lists, or one of them. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["figures_of"], bulletin_id, figure)
    return [Figure(key=row["figure"], issues=row["issues"], among=row["among"]) for row in rows]


async def facts_of(pool: Pool, bulletin_id: BulletinId) -> list[Line]:
    """Return a bulletin's journal in order; empty when it has none. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["facts_of"], bulletin_id)
    return [Line.model_validate(dict(row)) for row in rows]


async def bulletin_of(pool: Pool, bulletin_id: BulletinId) -> Bulletin | None:
    """复述: make a bulletin anew out of its journal; nothing when it has none. Raises Away."""
    lines = await facts_of(pool, bulletin_id)
    return retell([read_fact(line.body) for line in lines]) if lines else None


async def heads(
    pool: Pool, division: Division | None = None, state: str | None = None, limit: int = 200
) -> list[Head]:
    """Return how bulletins stand, the newest first. Raises Away."""
    async with connected(pool) as connection:
        like = and_below(division) if division else "%"
        return [Head(*row) for row in await connection.fetch(SQL["heads"], like, state, limit)]


async def ids(pool: Pool) -> list[BulletinId]:
    """Return every bulletin of which anything is known, in order."""
    async with connected(pool) as connection:
        return [row["bulletin_id"] for row in await connection.fetch(SQL["ids"])]


async def named_so(pool: Pool, name: str) -> BulletinId:
    """Return the bulletin of a document number; a bulletin's own number is returned as it is. Raises Away."""
    async with connected(pool) as connection:
        found: str | None = await connection.fetchval(SQL["by_document_number"], name)
    return found or name


async def quoted(
    pool: Pool, bulletin_id: BulletinId, texts: Sequence[Text], longest: int
) -> tuple[Finding, ...]:
    """Return where texts repeat the words of a report of the cut. Raises Away."""
    if not texts:
        return ()
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["report_words"], bulletin_id, timeout=PATIENCE)
    reports = [(row["issue_id"], row["words"] or "") for row in rows]
    return await asyncio.to_thread(quotes, texts, reports, longest)


class TakenBack(NamedTuple):
    """已撤回: an issue named in a bulletin, and the facts of it that were taken back."""

    bulletin_id: BulletinId
    issue_id: IssueId
    numbers: list[int]


async def taken_back(pool: Pool) -> list[TakenBack]:
    """Return what was taken back and the bulletins have not heard of. Raises Away."""
    async with connected(pool) as connection:
        return [TakenBack(*row) for row in await connection.fetch(SQL["taken_back"])]


async def was_told(pool: Pool, of: TakenBack) -> None:
    """Keep that a bulletin has heard it. Raises Away."""
    async with connected(pool) as connection:
        await connection.execute(SQL["was_told"], *of)


class ToOpen(NamedTuple):
    """待立: a draft of a serious or major issue for which a bulletin is to be opened."""

    issue_id: IssueId
    number: int
    issuer: Post
    severity: str
    drafted_at: datetime
    opened_at: datetime


async def to_open(pool: Pool, limit: int = 50) -> list[ToOpen]:
    """Return the drafts for which a bulletin is to be opened, the oldest first. Raises Away."""
    async with connected(pool) as connection:
        return [ToOpen(*row) for row in await connection.fetch(SQL["to_open"], limit)]


async def divisions(pool: Pool, digits: int) -> list[Division]:
    """Return the divisions, told by so many digits, in which any issue lies. Raises Away."""
    async with connected(pool) as connection:
        return [row["division"] for row in await connection.fetch(SQL["divisions"], digits)]


async def known(pool: Pool, bulletin_ids: Sequence[BulletinId]) -> set[BulletinId]:
    """Return which of these bulletins have been begun. Raises Away."""
    async with transaction(pool) as connection:
        return {row["bulletin_id"] for row in await connection.fetch(SQL["known"], bulletin_ids)}


def body_of(line: Line) -> dict[str, Any]:
    """Return a fact as it is shown."""
    body: dict[str, Any] = json.loads(line.body)
    return body
