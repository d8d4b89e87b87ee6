"""修复台账: what operators set right: asked, approved, begun, done; and the acts that it is about."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

import asyncpg

from domain.issue.fact_base import Repair
from store import bell
from store.effects import Key
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("repairs")

Step = Literal["begun", "done", "skipped", "failed"]


class Asked(NamedTuple):
    """申请: what was asked for; the issues are named once and for all."""

    what: Repair
    options: Mapping[str, Any]
    issues: tuple[str, ...]
    reason: str
    ticket: str
    asked_by: str


class Filed(NamedTuple):
    """An asked repair on record; its number names it."""

    id: int
    asked: Asked
    asked_at: datetime
    approved_by: str | None = None

    def is_anothers(self, by: str) -> bool:
        """Whether somebody else asked for it, however a code is written."""
        return by.casefold() != self.asked.asked_by.casefold()

    def as_json(self, steps: "Sequence[Reached]") -> dict[str, Any]:
        """Return it for a script, with how far it has come with each issue."""
        told = {**self._asdict(), **self.asked._asdict()}
        del told["asked"]
        return {**told, "steps": [each._asdict() for each in steps]}


class Reached(NamedTuple):
    """How far a repair has come with one issue."""

    issue_id: str
    step: Step
    by: str
    at: datetime
    outcome: Mapping[str, Any]


class Act(NamedTuple):
    """An outward act of an issue, and how it stands in the ledger."""

    key: Key
    state: str
    attempts: int
    next_try_at: datetime
    last_error: str | None

    @property
    def name(self) -> str:
        """Return how an operator names it."""
        return f"{self.key.effect} {self.key.number} {self.key.addressee}"


async def ask(pool: Pool, asked: Asked) -> Filed:
    """File a repair; one of a single issue that was begun on the same ticket is found, not filed again."""
    async with connected(pool) as connection:
        options = json.dumps(asked.options, sort_keys=True)
        repair: int | None = None
        if len(asked.issues) == 1:
            repair = await connection.fetchval(
                SQL["unfinished"], asked.what, asked.issues[0], asked.ticket, options
            )
        repair = repair or await connection.fetchval(
            SQL["ask"], asked.what, options, asked.issues, asked.reason, asked.ticket, asked.asked_by
        )
        return _filed(await connection.fetchrow(SQL["find"], repair))


async def find(pool: Pool, repair: int) -> Filed | None:
    """Return a repair by its number. Raises Away."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["find"], repair)
    return _filed(row) if row else None


async def latest(pool: Pool, limit: int = 50) -> list[tuple[Filed, list[Reached]]]:
    """Return the latest repairs, newest first, with how far each has come with each issue. Raises Away."""
    async with connected(pool) as connection:
        rows = [_filed(row) for row in await connection.fetch(SQL["listed"], limit)]
    return [(filed, await reached(pool, filed.id)) for filed in rows]


async def approve(pool: Pool, repair: int, by: str) -> str:
    """Approve a repair and return who has approved it: whoever came first. Raises Away."""
    async with connected(pool) as connection:
        await connection.execute(SQL["approve"], repair, by)
        return str(_filed(await connection.fetchrow(SQL["find"], repair)).approved_by)


async def take_step(
    pool: Pool, repair: int, issue_id: str, step: Step, by: str, outcome: Mapping[str, Any] | None = None
) -> None:
    """Write down how far a repair has come. Raises Away."""
    told = json.dumps(outcome or {}, ensure_ascii=False, default=str)
    async with connected(pool) as connection:
        await connection.execute(SQL["step"], repair, issue_id, step, by, told)


async def reached(pool: Pool, repair: int) -> list[Reached]:
    """Return how far a repair has come with each issue that it has touched. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["steps"], repair)
    return [_reached(row) for row in rows]


@asynccontextmanager
async def alone(pool: Pool, issue_id: str) -> AsyncIterator[bool]:
    """Tell whether nobody else repairs this issue, and keep it so; the claim dies with who made it."""
    async with connected(pool) as connection:
        is_alone = await connection.fetchval(SQL["try_alone"], issue_id)
        try:
            yield bool(is_alone)
        finally:
            if is_alone and not connection.is_closed():
                await connection.execute(SQL["free_again"], issue_id)


async def acts_of(pool: Pool, issue_id: str) -> list[Act]:
    """Return the outward acts of an issue, in order. Raises Away."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["effects_of"], issue_id)
    return [Act(Key(issue_id, *tuple(row)[:3]), *tuple(row)[3:]) for row in rows]


async def redeliver(pool: Pool, acts: Sequence[Act]) -> list[Act]:
    """Put acts back into the queue, due now, and wake the couriers; return those that could be."""
    async with connected(pool) as connection:
        changed = [
            act for act in acts if (await connection.execute(SQL["redeliver"], *act.key)) != "UPDATE 0"
        ]
        await connection.execute(bell.SQL["ring"])
    return changed


async def skip(pool: Pool, acts: Sequence[Act], reason: str) -> list[Act]:
    """Give up on acts, and wake the couriers for what waits behind; return those that had not gone out."""
    async with connected(pool) as connection:
        changed = [
            act for act in acts if (await connection.execute(SQL["skip"], *act.key, reason)) != "UPDATE 0"
        ]
        await connection.execute(bell.SQL["ring"])
    return changed


def _reached(row: asyncpg.Record) -> Reached:
    return Reached(row["issue_id"], row["step"], row["by"], row["at"], json.loads(row["outcome"]))


def _filed(row: asyncpg.Record | None) -> Filed:
    assert row is not None  # a repair is never deleted
    asked = Asked(
        cast("Repair", row["what"]),
        json.loads(row["options"]),
        tuple(row["issues"]),
        row["reason"],
        row["ticket"],
        row["asked_by"],
    )
    return Filed(row["id"], asked, row["asked_at"], row["approved_by"])
