"""一生所载: everything that is recorded of one issue: its facts, what became of its effects, its row."""

from datetime import datetime
from typing import NamedTuple

from domain.issue.difference import Record
from domain.issue.effects import Effect
from domain.issue.letter import Head, Line
from domain.issue.message import Kind
from domain.issue.steps import Fate
from store import journal
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("lives")


class Kept(NamedTuple):
    """一生所载 of one issue."""

    record: Record
    fates: tuple[Fate, ...]
    entered_at: tuple[datetime, ...]


async def kept(pool: Pool, issue_id: str) -> Kept | None:
    """Return everything that is recorded of an issue, or nothing if it has no journal. Raises Away.

    The row is read first: it is never ahead of the facts and effects that are read after it.
    """
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["row_of"], issue_id)
        effects = await connection.fetch(SQL["effects_of"], issue_id)
        facts = await connection.fetch(journal.SQL["facts_of"], issue_id)
        entered = await connection.fetch(SQL["recorded_at"], issue_id)
    if not facts:
        return None
    head = Head.model_validate({name: row[name] for name in Head.model_fields}) if row else None
    lines = tuple(Line.model_validate(dict(fact)) for fact in facts)
    fates = tuple(
        Fate(
            Effect(
                number=each["number"],
                kind=Kind(each["effect"]),
                addressee=each["addressee"],
                text=each["text"],
                issuer=each["issuer"],
            ),
            each["state"],
            each["attempts"],
            each["next_try_at"],
            each["delivered_at"],
            each["last_error"],
        )
        for each in effects
    )
    is_current = row is not None and row["number"] == lines[-1].number
    record = Record(lines, tuple(each.effect for each in fates), head if is_current else None)
    return Kept(record, fates, tuple(each["recorded_at"] for each in entered))
