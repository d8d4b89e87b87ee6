"""申诉台账: objections and what was decided on them; each is recorded once, and told in the same act."""

from datetime import datetime
from typing import NamedTuple

from domain.chain import canonical
from domain.issue.events import read_fact
from domain.limits import Limit
from domain.objection import Complaint, Decision, Objection, answered, may_decide, object_to, said
from domain.posts import Post
from store import journal
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("objections")


class Objected(NamedTuple):
    """An objection, and what was decided on it, if anything was."""

    objection: Objection
    decision: Decision | None


class Filed(NamedTuple):
    """An objection as it stands on record, and whether it was put there by this word."""

    on_record: Objected
    is_new: bool


async def file_one(pool: Pool, issue_id: str, number: int, words: Complaint, decided: Limit) -> Filed:
    """提出申诉, once for a fact and a post: said again, the first stands, also when the time is over.

    Raises LookupError for an issue without a journal, Refusal, Away.
    """
    if known := await _objected(pool, issue_id, number, words.by):
        return Filed(known, is_new=False)
    life = [read_fact(line.body) for line in await journal.facts(pool, issue_id)]
    if not life:
        raise LookupError(issue_id)
    made = object_to(life, number, words, decided, await signers(pool, issue_id, number))
    if await keep(pool, made):
        return Filed(Objected(made, None), is_new=True)
    first = await _objected(pool, issue_id, number, words.by)
    assert first is not None  # whoever came first has kept it
    return Filed(first, is_new=False)


async def decide_on(pool: Pool, issue_id: str, number: int, by: Post, decision: Decision) -> Decision:
    """申诉决定, once: the same decision again is the one on record, another is refused.

    Raises LookupError when there is no such objection, Refusal, Away.
    """
    while True:
        one = await _objected(pool, issue_id, number, by)
        if one is None:
            raise LookupError(by)
        if one.decision and _same(one.decision, decision):
            return one.decision
        # Asked again: a bulletin may have been approved since somebody objected to its draft.
        signed = await signers(pool, issue_id, number)
        may_decide(one.objection, one.decision, decision, signed)
        if await decide(pool, one.objection, decision):
            return decision


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


async def _objected(pool: Pool, issue_id: str, number: int, by: Post) -> Objected | None:
    about = (number, by)
    known = await of_issue(pool, issue_id)
    return next((one for one in known if (one.objection.number, one.objection.by) == about), None)


def _same(first: Decision, again: Decision) -> bool:
    return first == again.model_copy(update={"said_at": first.said_at})
