"""触发台账: what offices observed, which issues count, and the measures that were due, each once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.chain import canonical
from domain.issue.events import read_fact
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.posts import Post
from domain.triggers import Due, Observation
from store import journal
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("triggers")


class Taken(NamedTuple):
    """A measure that was due, and when that was found."""

    due: Due
    at: datetime


async def observe(pool: Pool, observation: Observation, by: Post) -> bool:
    """Put an observation on record; False when it stood there already. Raises Away."""
    async with connected(pool) as connection:
        kept = await connection.fetchval(SQL["observe"], *vars(observation).values(), by)
    return kept is not None


async def observations(pool: Pool) -> list[Observation]:
    """Return all that was observed."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["observations"])
    return [Observation.model_validate(dict(row)) for row in rows]


async def lives_raised_since(pool: Pool, begin: datetime) -> list[list[Event]]:
    """Return the whole life of every issue that was raised since a moment."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["raised_since"], begin)
    return [[read_fact(line.body) for line in await journal.facts(pool, row["issue_id"])] for row in rows]


async def overdue_majors(pool: Pool) -> list[Issue]:
    """Return the open major issues that are overdue, retold from their journals."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["overdue_majors"])
    return [await journal.retell_issue(pool, row["issue_id"]) for row in rows]


async def new_among(pool: Pool, due: Sequence[Due]) -> list[Due]:
    """Return those measures that were not due before."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["known_measures"], [one.key for one in due])
    known = {row["key"] for row in rows}
    return [one for one in due if one.key not in known]


async def take(pool: Pool, due: Due, addressees: Sequence[Post], text: str) -> bool:
    """Record that a measure is due and tell whom it concerns, once; False when that was done before."""
    async with connected(pool) as connection:
        body = canonical(due)
        values = (due.key, due.trigger, due.subject, due.period, body, list(addressees), text)
        taken: int = await connection.fetchval(SQL["take_measure"], *values)
    return taken == 1


async def measures(pool: Pool, subject: Post | None = None) -> list[Taken]:
    """Return the measures that were due, the newest last; of one subject or of all."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["measures"], subject)
    return [Taken(Due.model_validate_json(row["body"]), row["recorded_at"]) for row in rows]
