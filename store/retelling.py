"""复述: the read model made anew out of the journal, beside the old one, while letters keep coming."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from domain.issue.evolve import retell
from domain.issue.letter import head_of
from store.journal import SQL as JOURNAL
from store.journal import head_columns
from store.kept import AT_A_TIME, PATIENCE, Fact, facts_of_some
from store.pool import Connection, Pool, connected, transaction
from store.proof import Break, told
from store.queries import read_queries

SQL = read_queries("retelling")

ROUNDS = 5
"""How often what letters went on with is retold before letters are held back for the rest."""
FEW = 20
"""So many can be retold while letters wait, and nobody notices."""


class Retold(NamedTuple):
    """How many rows were made anew, and the issues whose journal cannot be read, each with its reason."""

    issues: int
    refused: tuple[Break, ...]


class AtWorkError(Exception):
    """Somebody else is retelling at this moment."""


async def rebuild_read_model(
    pool: Pool, issue_id: str | None = None, step: Callable[[], None] = lambda: None
) -> Retold:
    """Retell one issue, or all beside the old read model, which they replace in one act at the end.

    Whoever reads sees the old rows or the new ones, never some of each; letters are held back for the swap
    only. Cut short, it leaves the old read model. An issue that cannot be retold keeps its old row; strays
    are dropped. `step` is called after each issue. Raises AtWorkError, Away.
    """
    if issue_id is not None:
        broken = await _retell_one(pool, issue_id)
        return Retold(0 if broken else 1, (broken,) if broken else ())
    async with connected(pool) as connection:
        if not await connection.fetchval(SQL["one_at_a_time"]):
            raise AtWorkError
        try:
            return await _rebuild(pool, connection, step)
        finally:
            if not connection.is_closed():
                await connection.fetchval(SQL["let_go"])


async def _rebuild(pool: Pool, beside: Connection, step: Callable[[], None]) -> Retold:
    await beside.execute(SQL["begin_retelling"], timeout=PATIENCE)
    refused: dict[str, Break] = {}
    issues = 0
    async for some in _journals(pool):
        refused |= await _retell_beside(beside, some)
        issues += len(some)
        for _ in some:
            step()
    for _ in range(ROUNDS):
        went_on = await _went_on(beside, refused)
        if len(went_on) <= FEW:
            break
        for first in range(0, len(went_on), AT_A_TIME):
            refused |= await _retell_beside(beside, went_on[first : first + AT_A_TIME])
    async with beside.transaction():
        await beside.execute(SQL["patience_of_the_swap"])
        await beside.execute(SQL["hold_letters"])
        refused |= await _retell_beside(beside, await _went_on(beside, refused))
        await beside.execute(SQL["swap"], timeout=PATIENCE)
        await beside.execute(SQL["drop_strays"], list(refused), timeout=PATIENCE)
    await beside.execute(SQL["begin_retelling"], timeout=PATIENCE)
    return Retold(issues - len(refused), tuple(refused[each] for each in sorted(refused)))


async def journals_counted(pool: Pool) -> int:
    """Return how many issues a whole retelling goes through."""
    async with connected(pool) as connection:
        count: int = await connection.fetchval(SQL["journals_counted"], timeout=PATIENCE)
    return count


async def _journals(pool: Pool) -> AsyncIterator[list[str]]:
    last = ""
    while True:
        async with connected(pool) as connection:
            rows = await connection.fetch(SQL["issue_ids"], last, AT_A_TIME)
        if rows:
            yield [row["issue_id"] for row in rows]
        if len(rows) < AT_A_TIME:
            return
        last = rows[-1]["issue_id"]


async def _went_on(beside: Connection, refused: dict[str, Break]) -> list[str]:
    rows = await beside.fetch(SQL["went_on"], list(refused), timeout=PATIENCE)
    return [row["issue_id"] for row in rows]


async def _retell_beside(beside: Connection, issues: Sequence[str]) -> dict[str, Break]:
    """Retell some issues into the table beside; return those that cannot be."""
    facts = await facts_of_some(beside, issues)
    rows, refused = list[Sequence[object]](), dict[str, Break]()
    for issue_id in issues:
        row = _row(issue_id, facts.get(issue_id, ()))
        if isinstance(row, Break):
            refused[issue_id] = row
        else:
            rows.append(row)
    await beside.executemany(SQL["put_retold"], rows, timeout=PATIENCE)
    return refused


def _row(issue_id: str, facts: Sequence[Fact]) -> Sequence[object] | Break:
    if not facts:
        return Break(issue_id, 1, "no journal")
    try:
        head = head_of(retell(told(facts)))
    except (ValidationError, TypeError) as error:
        return Break(issue_id, len(facts), f"cannot be retold: {type(error).__name__}")
    return (issue_id, *head_columns(facts[-1].number, facts[-1].hash, head))


async def _retell_one(pool: Pool, issue_id: str) -> Break | None:
    async with transaction(pool) as connection:
        await connection.execute(JOURNAL["lock_issue"], issue_id)
        row = _row(issue_id, (await facts_of_some(connection, [issue_id])).get(issue_id, ()))
        if isinstance(row, Break):
            return row
        await connection.execute(JOURNAL["drop_head"], issue_id)
        await connection.execute(JOURNAL["put_head"], *row)
    return None
