"""指令簿: what was said over HTTP, kept before it is passed on, with the answer once there is one."""

from datetime import datetime
from typing import Literal, NamedTuple

import asyncpg

from domain.model import Label
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("commands")

State = Literal["pending", "done", "refused"]


class Answered(NamedTuple):
    """答复: a fact's number and the stage, or the name of a refusal and its sentence."""

    fact: int | None = None
    stage: str | None = None
    refusal: str | None = None
    reason: Label | None = None

    @property
    def state(self) -> State:
        """Which of the two it is."""
        return "refused" if self.refusal else "done"


class Word(NamedTuple):
    """一句话: `digest` covers what the caller said, `body` is what the issue is told; both never change."""

    issue_id: str
    key: str
    command: str
    digest: str
    subject: str
    said_at: datetime
    body: str
    answer: Answered | None = None


class BeingEnded(Exception):
    """The issue that another was to be merged into is being ended itself."""


async def keep(pool: Pool, word: Word, into: str | None = None) -> Word:
    """Keep a word and return it, or the one that was kept under its id before.

    `into` is the issue that a merge leads into. Raises BeingEnded when that one is being ended, Away when
    Postgres does not answer: then the same call again finds or keeps the word.
    """
    async with (transaction if into else connected)(pool) as connection:
        if into is not None:
            await connection.execute(SQL["one_merge_at_a_time"])
            known = await _find(connection, word.issue_id, word.key)
            if known is None and await connection.fetchval(SQL["is_being_ended"], into):
                raise BeingEnded(into)
        if await connection.fetchval(SQL["keep"], *word[:7]):
            return word
        first = await _find(connection, word.issue_id, word.key)
    assert first is not None  # a word is never deleted
    return first


async def find(pool: Pool, issue_id: str, key: str) -> Word | None:
    """Return the word that was kept under an id, with its answer if there is one. Raises Away."""
    async with connected(pool) as connection:
        return await _find(connection, issue_id, key)


async def pending_of(pool: Pool, issue_id: str) -> list[Word]:
    """Return what an issue has not answered yet, in the order in which it was said. Raises Away."""
    async with connected(pool) as connection:
        return [_word(row) for row in await connection.fetch(SQL["pending_of"], issue_id)]


async def put_answer(pool: Pool, word: Word, answer: Answered) -> None:
    """Write down what came of a word; the first answer stays. Raises Away."""
    said = answer.reason or (None, None)
    async with connected(pool) as connection:
        await connection.execute(
            SQL["put_answer"], *word[:2], answer.state, answer.fact, answer.stage, answer.refusal, *said
        )


async def lend_due(pool: Pool, limit: int) -> list[str]:
    """Return the issues of up to `limit` words that are due to be said again. Raises Away.

    No other process gets the same words before a pause, which grows with each try, is over.
    """
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["lend_due"], limit)
    return list(dict.fromkeys(row["issue_id"] for row in rows))


async def _find(connection: Connection, issue_id: str, key: str) -> Word | None:
    row = await connection.fetchrow(SQL["find"], issue_id, key)
    return _word(row) if row else None


def _word(row: asyncpg.Record) -> Word:
    kept = Word(*tuple(row)[:7])
    if row["state"] == "pending":
        return kept
    reason = Label(row["zh"], row["en"]) if row["refusal"] else None
    return kept._replace(answer=Answered(row["fact"], row["stage"], row["refusal"], reason))
