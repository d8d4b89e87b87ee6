"""装库: a database filled with journals in bulk, each chained as the service would have chained it."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from bench.past import Past
from domain import posts
from domain.issue.letter import Head
from domain.terms import Level
from domain.workdays import local_day
from store.pool import Pool, connected

FACT_COLUMNS = ("issue_id", "number", "kind", "at", "said_at", "body", "hash")
HEAD_COLUMNS = tuple(Head.model_fields)
AT_A_TIME = 1000
COPIES_AT_ONCE = 2
PATIENCE = 600.0
"""Seconds for one bulk statement."""

Row: TypeAlias = tuple[Any, ...]


async def fill(
    pool: Pool, pasts: Sequence[Past], issues: int, tell: Callable[[str], None], first: int = 1
) -> list[str]:
    """Copy so many issues into journal and read model; return their numbers, which begin at `first`."""
    lives = itertools.islice(itertools.cycle(pasts), issues)
    numbered = [(_number(past, running), past) for running, past in enumerate(lives, start=first)]
    place = asyncio.Semaphore(COPIES_AT_ONCE)
    facts = 0

    async def copy(batch: Sequence[tuple[str, Past]]) -> None:
        nonlocal facts
        async with place:
            copied = await _copy(pool, batch)
            facts += copied
            tell(f"装库 filled: {facts} 条事实 facts")

    async with asyncio.TaskGroup() as copying:
        for batch in _batches(numbered):
            copying.create_task(copy(batch))
    async with connected(pool) as connection:
        for table in ("issues", "issue_facts"):
            await connection.execute(f"VACUUM (ANALYZE) {table}", timeout=PATIENCE)
    return [issue_id for issue_id, _ in numbered]


async def _copy(pool: Pool, batch: Sequence[tuple[str, Past]]) -> int:
    facts: list[Row] = []
    heads: list[Row] = []
    for issue_id, past in batch:
        chained = past.under(issue_id)
        facts += [
            (issue_id, number, fact.kind, fact.at, fact.said_at, fact.body, tail)
            for number, (fact, tail) in enumerate(chained, start=1)
        ]
        shown = (getattr(past.head, name) for name in HEAD_COLUMNS)
        heads.append((issue_id, len(chained), chained[-1][1], *shown))
    async with connected(pool, PATIENCE) as connection, connection.transaction():
        await _copy_to(connection, "issue_facts", FACT_COLUMNS, facts)
        await _copy_to(connection, "issues", ("issue_id", "number", "tail", *HEAD_COLUMNS), heads)
    return len(facts)


async def _copy_to(connection: Any, table: str, columns: Iterable[str], rows: Sequence[Row]) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows, timeout=PATIENCE)


def _number(past: Past, running: int) -> str:
    county = posts.at_level(past.opening.division, Level.COUNTY)[:6]
    return f"{county}-{local_day(past.head.opened_at).year}-{running:06d}"


def _batches(numbered: Sequence[tuple[str, Past]]) -> Iterator[Sequence[tuple[str, Past]]]:
    return (numbered[begin : begin + AT_A_TIME] for begin in range(0, len(numbered), AT_A_TIME))
