"""申诉台账: objections and what was decided on them; each is recorded once, and told in the same act."""

from datetime import datetime
from typing import NamedTuple

from domain.chain import canonical
from domain.objection import Decision, Objection, answered, said
from domain.posts import Post
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("objections")


class Objected(NamedTuple):
    """An objection, and what was decided on it, if anything was."""

    objection: Objection
    decision: Decision | None


async def signers(pool: Pool, issue_id: str, number: int) -> tuple[Post, ...]:
    """Return who signed the paper of a fact."""
    async with connected(pool) as connection:
        return tuple(row["signed_by"] for row in await connection.fetch(SQL["signers"], issue_id, number))


async def keep(pool: Pool, objection: Objection) -> bool:
    """Record an objection and tell whom it concerns; False when the same post objected to it before."""
    concerned = list(dict.fromkeys((objection.asked, *objection.involved)))
    async with connected(pool) as connection:
        key = (objection.issue_id, objection.number, objection.by)
        values = (canonical(objection), objection.decide_by, concerned, said(objection))
        kept: int = await connection.fetchval(SQL["object"], *key, *values)
    return kept == 1


async def decide(pool: Pool, objection: Objection, decision: Decision) -> bool:
    """Record a decision and tell whom it concerns; False when it was decided before."""
    concerned = list(dict.fromkeys((objection.by, objection.asked, *objection.involved)))
    async with connected(pool) as connection:
        key = (objection.issue_id, objection.number, objection.by)
        values = (canonical(decision), concerned, answered(objection, decision))
        kept: int = await connection.fetchval(SQL["decide"], *key, *values)
    return kept == 1


async def of_issue(pool: Pool, issue_id: str | None = None) -> list[Objected]:
    """Return the objections of an issue, or all; the oldest first."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["objections"], issue_id)
    return [
        Objected(
            Objection.model_validate_json(row["body"]),
            Decision.model_validate_json(row["decision"]) if row["decision"] else None,
        )
        for row in rows
    ]


async def undecided(pool: Pool, at: datetime) -> list[Objection]:
    """Return what should have been decided by a moment and was not."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["undecided"], at)
    return [Objection.model_validate_json(row["body"]) for row in rows]
