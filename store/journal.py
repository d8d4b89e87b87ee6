"""日志: a letter enters the journal whole or not at all; the same letter again changes nothing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import asyncpg

from domain.chain import GENESIS, link
from domain.issue.effects import Effect
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.letter import Head, Letter, Line
from domain.issue.message import Kind
from domain.issue.state import Issue
from domain.terms import ENDS
from store.faults import Diverged, Gap
from store.pool import CONNECT_WITHIN, Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("journal")

_DOCUMENTS = (Kind.ORDER, Kind.BULLETIN)
_TAKES_BACK = "LapseWithdrawn"


class Recorded(NamedTuple):
    """The journal's hash at the letter's own last number, and how many of the letter's facts were new."""

    tail: str
    number: int
    new: int


async def record(pool: Pool, letter: Letter, within: float = CONNECT_WITHIN) -> Recorded:
    """Record facts, effects, drafts and read model in one transaction; return where the letter ends in it.

    A letter that is known, wholly or in part, only adds what is missing; the journal may hold more than it,
    for a worker killed after the commit may tell less anew. Raises Diverged when the journal holds another
    fact at a number of the letter (with the commands that it holds from the letter's first number on),
    Gap when the letter does not follow it, Away when Postgres does not answer; then the same letter may be
    brought again.
    """
    _is_a_chain(letter)
    if not (_only_adds(letter) and await _append_whole(pool, letter, within)):
        return await _settle(pool, letter, within)
    return Recorded(tail=letter.tail, number=letter.lines[-1].number, new=len(letter.lines))


def _only_adds(letter: Letter) -> bool:
    """Whether a letter takes nothing back, and begins where a journal may begin."""
    begins = letter.lines[0].number == 1
    return not (begins and letter.before != GENESIS) and all(
        line.kind != _TAKES_BACK for line in letter.lines
    )


async def _append_whole(pool: Pool, letter: Letter, within: float) -> bool:
    """Record a letter that follows the tail, in one round trip; False when it does not follow it."""
    lines, effects = letter.lines, letter.effects
    try:
        async with connected(pool, within) as connection:
            new: int = await connection.fetchval(
                SQL["append_letter"],
                letter.issue_id,
                *_columns(lines),
                letter.before,
                [effect.number for effect in effects],
                [effect.kind for effect in effects],
                [effect.addressee for effect in effects],
                [effect.text for effect in effects],
                [effect.issuer for effect in effects],
                *head_columns(lines[-1].number, letter.tail, letter.head),
            )
    except asyncpg.UniqueViolationError:
        return False
    return new == len(lines)


async def _settle(pool: Pool, letter: Letter, within: float) -> Recorded:
    """Record what is missing of a letter that is known in part, takes something back, or does not fit."""
    async with transaction(pool, within) as connection:
        await connection.execute(SQL["lock_issue"], letter.issue_id)
        new = await _append(connection, letter)
        tail = await _compare(connection, letter, new)
        if new:
            await _cause(connection, letter, new)
            row = head_columns(letter.lines[-1].number, letter.tail, letter.head)
            await connection.execute(SQL["put_head"], letter.issue_id, *row)
    return Recorded(tail=tail, number=letter.lines[-1].number, new=len(new))


def _is_a_chain(letter: Letter) -> None:
    """Refuse a letter whose own hashes do not follow from its own words."""
    before = letter.before
    for number, line in enumerate(letter.lines, start=letter.lines[0].number):
        if line.number != number:
            raise Gap(letter.issue_id, f"fact {number}", f"fact {line.number}")
        if line.hash != (ours := link(before, number, line.body)):
            raise Diverged(letter.issue_id, number, ours, line.hash)
        before = line.hash


async def _append(connection: Connection, letter: Letter) -> frozenset[int]:
    rows = await connection.fetch(SQL["append_facts"], letter.issue_id, *_columns(letter.lines))
    return frozenset(row["number"] for row in rows)


def _columns(lines: Sequence[Line]) -> Sequence[list[Any]]:
    return (
        [line.number for line in lines],
        [line.kind for line in lines],
        [line.at for line in lines],
        [line.said_at for line in lines],
        [line.body for line in lines],
        [line.hash for line in lines],
    )


async def _compare(connection: Connection, letter: Letter, new: frozenset[int]) -> str:
    """Compare what is stored with the letter; return the stored hash at the letter's last number."""
    first = letter.lines[0].number
    rows = await connection.fetch(SQL["hashes_from"], letter.issue_id, first - 1)
    stored: Mapping[int, str] = {row["number"]: row["hash"] for row in rows}
    before = GENESIS if first == 1 else stored.get(first - 1)
    if before is None:
        raise Gap(letter.issue_id, f"a fact before {first}", f"fact {first}")
    if before != letter.before:
        raise Gap(letter.issue_id, f"{before[:12]}… before fact {first}", f"{letter.before[:12]}…")
    for line in letter.lines:
        if stored[line.number] != line.hash:
            order = await _words(connection, letter, new)
            raise Diverged(letter.issue_id, line.number, stored[line.number], line.hash, order)
    return stored[letter.lines[-1].number]


async def _words(connection: Connection, letter: Letter, new: frozenset[int]) -> tuple[str, ...]:
    """Return the commands that the journal already held from the letter's first number on, each once."""
    rows = await connection.fetch(SQL["words_from"], letter.issue_id, letter.lines[0].number)
    held = (row["command"] for row in rows if row["number"] not in new)
    return tuple(dict.fromkeys(command for command in held if command))


async def _cause(connection: Connection, letter: Letter, new: frozenset[int]) -> None:
    """Let the new facts have their effects: notices queued, documents drafted, what was lapsed withdrawn."""
    effects = [effect for effect in letter.effects if effect.number in new]
    if effects:
        await _add_effects(connection, letter, effects)
    for line in letter.lines:
        if line.number in new and line.kind == _TAKES_BACK:
            numbers = json.loads(line.body)["facts"]
            await connection.execute(SQL["withdraw_drafts"], letter.issue_id, numbers)
            await connection.execute(SQL["countermand_effects"], letter.issue_id, numbers)


async def _add_effects(connection: Connection, letter: Letter, effects: list[Effect]) -> None:
    await connection.execute(
        SQL["add_effects"],
        letter.issue_id,
        [effect.number for effect in effects],
        [effect.kind for effect in effects],
        [effect.addressee for effect in effects],
        [effect.text for effect in effects],
        [effect.issuer for effect in effects],
    )
    drafted_at = {line.number: line.at for line in letter.lines}
    documents = [effect for effect in effects if effect.kind in _DOCUMENTS]
    for (number, kind), one in groupby(documents, key=lambda effect: (effect.number, effect.kind)):
        same = list(one)
        to = [effect.addressee for effect in same]
        await connection.execute(
            SQL["draft_document"],
            letter.issue_id,
            number,
            kind,
            same[0].issuer,
            to,
            same[0].text,
            drafted_at[number],
        )


def head_columns(number: int, tail: str, head: Head) -> Sequence[Any]:
    """Return a row of the read model without its first column, in the order of `put_head`."""
    return (
        number,
        tail,
        head.stage,
        head.category,
        head.severity,
        head.origin,
        head.source,
        head.reach,
        head.division,
        head.title,
        head.chief,
        head.unit,
        head.level,
        head.rung,
        head.is_overdue,
        head.next_mark_at,
        head.opened_at,
        head.look_backs_on,
        head.recurrence_of,
        head.edition,
        head.is_suspended,
        head.is_provisional,
    )


async def has_begun(pool: Pool, issue_id: str) -> bool:
    """Tell whether the journal holds anything of an issue."""
    async with connected(pool) as connection:
        begun: bool = await connection.fetchval(SQL["has_begun"], issue_id)
    return begun


async def facts(pool: Pool, issue_id: str) -> list[Line]:
    """Return an issue's journal in order; empty when it has none."""
    async with connected(pool) as connection:
        return _lines(await connection.fetch(SQL["facts_of"], issue_id))


async def some_facts(pool: Pool, issue_id: str, after: int, limit: int) -> list[Line]:
    """Return up to `limit` lines of an issue's journal after a number, in order."""
    async with connected(pool) as connection:
        return _lines(await connection.fetch(SQL["facts_of_from"], issue_id, after, limit))


async def retell_issue(pool: Pool, issue_id: str) -> Issue:
    """复述: make an issue anew out of its journal; raises LookupError when it has none."""
    lines = await facts(pool, issue_id)
    if not lines:
        raise LookupError(f"{issue_id} has no journal")
    return retell([read_fact(line.body) for line in lines])


async def open_issues(pool: Pool) -> list[str]:
    """Return the numbers of the issues that are not over, in order."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["issues_not_in"], [str(stage) for stage in ENDS])
    return [row["issue_id"] for row in rows]


def _lines(rows: Iterable[asyncpg.Record]) -> list[Line]:
    return [Line.model_validate(dict(row)) for row in rows]
