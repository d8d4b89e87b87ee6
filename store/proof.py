"""核验: the chain of every issue recomputed from the stored words, and the read model retold from them."""

from collections.abc import AsyncIterator
from itertools import groupby
from typing import NamedTuple, TypeAlias

import asyncpg
from pydantic import ValidationError

from domain.chain import GENESIS, link
from domain.issue.events import Opened, read_fact
from domain.issue.evolve import retell
from domain.issue.letter import Head, head_of
from store.journal import SQL, put_head
from store.pool import Pool, connected, transaction

_AT_A_TIME = 2000

NEVER_OPENED = "a number was bound and no issue opened: report the file again"

Row: TypeAlias = asyncpg.Record


class Break(NamedTuple):
    """The first place at which an issue's journal is not what it was."""

    issue_id: str
    number: int
    reason: str


class Proof(NamedTuple):
    """How much was recomputed, and the first broken link of each issue that has one."""

    issues: int
    facts: int
    breaks: tuple[Break, ...]


class Retold(NamedTuple):
    """How many rows were made anew, and the issues whose journal cannot be read, each with its reason."""

    issues: int
    refused: tuple[Break, ...]


async def verify_chain(pool: Pool, issue_id: str | None = None) -> Proof:
    """Recompute every hash of one issue, or of all, from the stored text, and compare the columns with it.

    Also finds a journal that is shorter than the read model says, a read model that says something else, and
    a number without a journal. Raises Away when Postgres does not answer.
    """
    believed = await _believed(pool, issue_id)
    breaks: list[Break] = []
    issues = facts = 0
    async for each, rows in journals(pool, issue_id):
        issues, facts = issues + 1, facts + len(rows)
        head = believed.pop(each, None)
        end = (head["number"], head["tail"]) if head else None
        if broken := first_break(each, rows, end) or _other_head(each, rows, head):
            breaks.append(broken)
    breaks += [Break(each, head["number"], "the journal is missing") for each, head in believed.items()]
    async with connected(pool) as connection:
        unknown = await connection.fetch(SQL["numbers_without_journal"], issue_id)
    breaks += [Break(row["issue_id"], 1, NEVER_OPENED) for row in unknown if row["issue_id"] not in believed]
    return Proof(issues, facts, tuple(sorted(breaks)))


def first_break(issue_id: str, rows: list[Row], believed: tuple[int, str] | None = None) -> Break | None:
    """Return the first link that does not hold; `believed` is the end that the read model knows."""
    before = GENESIS
    for number, row in enumerate(rows, start=1):
        if row["number"] != number:
            return Break(issue_id, number, f"fact {number} is missing")
        if link(before, number, row["body"]) != row["hash"]:
            return Break(issue_id, number, "the hash does not follow from the words")
        before = row["hash"]
        if reason := _contradiction(row, issue_id):
            return Break(issue_id, number, reason)
        if believed and believed[0] == number and believed[1] != before:
            return Break(issue_id, number, "the read model knows another fact here")
    if believed and believed[0] > len(rows):
        return Break(issue_id, len(rows) + 1, f"the journal ends before fact {believed[0]}")
    return None


def _other_head(issue_id: str, rows: list[Row], head: Row | None) -> Break | None:
    """The read model is no proof, but people act on it: it must say what its journal makes of the issue."""
    if head is None or head["number"] != len(rows):
        return None  # letters went on arriving while this was read
    retold = head_of(retell([read_fact(row["body"]) for row in rows]))
    shown = Head.model_validate({name: head[name] for name in Head.model_fields})
    wrong = [name for name in Head.model_fields if getattr(retold, name) != getattr(shown, name)]
    return Break(issue_id, len(rows), f"the read model is wrong: {', '.join(wrong)}") if wrong else None


def _contradiction(row: Row, issue_id: str) -> str | None:
    """The columns beside the body are not covered by the hash, so they are held against it."""
    try:
        fact = read_fact(row["body"])
    except ValidationError:
        return "the words are no fact that this version knows"
    if isinstance(fact, Opened) and fact.issue_id != issue_id:
        return f"it is the journal of {fact.issue_id}"
    wrong = [
        name
        for name, said in (("kind", fact.kind), ("at", fact.at), ("said_at", fact.said_at))
        if row[name] != said
    ]
    return f"the columns contradict the words: {', '.join(wrong)}" if wrong else None


async def rebuild_read_model(pool: Pool, issue_id: str | None = None) -> Retold:
    """Drop and retell the read model issue by issue, while letters keep coming; strays are dropped."""
    retold, refused = 0, list[Break]()
    async for one in _issue_ids(pool, issue_id):
        if broken := await _retell(pool, one):
            refused.append(broken)
        else:
            retold += 1
    if issue_id is None:
        async with connected(pool) as connection:
            await connection.execute(SQL["drop_strays"])
    return Retold(retold, tuple(refused))


async def _retell(pool: Pool, issue_id: str) -> Break | None:
    async with transaction(pool) as connection:
        await connection.execute(SQL["lock_issue"], issue_id)
        rows = await connection.fetch(SQL["facts_of"], issue_id)
        if not rows:
            return Break(issue_id, 1, "no journal")
        try:
            issue = retell([read_fact(row["body"]) for row in rows])
        except (ValidationError, TypeError) as error:
            return Break(issue_id, len(rows), f"cannot be retold: {type(error).__name__}")
        await connection.execute(SQL["drop_head"], issue_id)
        await put_head(connection, issue_id, rows[-1]["number"], rows[-1]["hash"], head_of(issue))
    return None


async def _issue_ids(pool: Pool, only: str | None) -> AsyncIterator[str]:
    if only:
        yield only
        return
    last = ""
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["issue_ids"], last, _AT_A_TIME)
        for row in rows:
            yield row["issue_id"]
        if len(rows) < _AT_A_TIME:
            return
        last = rows[-1]["issue_id"]


async def journals(pool: Pool, issue_id: str | None = None) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yield each issue with the rows of its journal, read in stretches so that any number of facts fits."""
    if issue_id:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["facts_of"], issue_id)
        if rows:
            yield issue_id, list(rows)
        return
    kept: list[Row] = []
    last = ("", 0)
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["facts_after"], *last, _AT_A_TIME)
        grouped = groupby([*kept, *rows], key=lambda row: str(row["issue_id"]))
        whole = [(each, list(group)) for each, group in grouped]
        if len(rows) < _AT_A_TIME:
            for each in whole:
                yield each
            return
        for each in whole[:-1]:
            yield each
        kept, last = whole[-1][1], (rows[-1]["issue_id"], rows[-1]["number"])


async def _believed(pool: Pool, issue_id: str | None) -> dict[str, Row]:
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["heads"], issue_id)
    return {row["issue_id"]: row for row in rows}
