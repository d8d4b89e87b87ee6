"""表加轮询: the conventional way: a table, a transaction per command, a process that polls what is due."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg

from bench.ground import Ground
from bench.peers.rows import CLOSED, LATER, TABLES, WORD, WORDS, due_at, start_process
from bench.script import Part
from store.pool import Pool, close, open_pool

CONNECTIONS = 8
AT_A_TIME = 50

OPEN = """
WITH opened AS (INSERT INTO cases VALUES ($1, 0, 'created', 0, $2))
INSERT INTO audit (case_id, seq, kind, body) VALUES ($1, 0, 'created', $3)
"""
LOOK = "SELECT seq, level FROM cases WHERE case_id = $1 FOR UPDATE"
MOVE = "UPDATE cases SET seq = $2, stage = $3, deadline = now() + $4::interval WHERE case_id = $1"
TELL = "INSERT INTO audit (case_id, seq, kind, body) VALUES ($1, $2, $3, $4)"

RAISE = f"""
WITH due AS (
    SELECT case_id, deadline FROM cases WHERE deadline <= now()
    ORDER BY deadline LIMIT {AT_A_TIME} FOR UPDATE SKIP LOCKED
),
raised AS (
    UPDATE cases SET seq = cases.seq + 1, level = cases.level + 1, deadline = now() + interval '24 hours'
    FROM due WHERE cases.case_id = due.case_id
    RETURNING cases.case_id, cases.seq
),
paged AS (INSERT INTO pages (case_id, due_at) SELECT case_id, deadline FROM due)
INSERT INTO audit (case_id, seq, kind, body) SELECT case_id, seq, 'lapsed', '' FROM raised
"""  # noqa: S608 - a number of our own


class TableLives:
    """Lives of the table: every command is one transaction, and the row is locked in it."""

    def __init__(self, pool: Pool, limit: timedelta = timedelta(seconds=1)) -> None:
        self._pool = pool
        self._limit = limit

    async def begin(self, part: Part) -> str:
        life = part.report.id
        await self._pool.execute(OPEN, life, due_at(part, self._limit), part.report.model_dump_json())
        return life

    async def speak(self, life: str, number: int, part: Part) -> None:  # noqa: ARG002 - as the protocol has it
        is_last = number + 1 == WORDS
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(LOOK, life)
            assert row is not None  # it was begun
            stage = "closed" if is_last else f"word {number}"
            await connection.execute(MOVE, life, row["seq"] + 1, stage, None if is_last else LATER)
            await connection.execute(TELL, life, row["seq"] + 1, stage, WORD)

    async def wait_for_rows(self, lives: int) -> None:
        """Every row was there before its word was acknowledged."""
        assert await self._pool.fetchval(CLOSED) >= lives


@asynccontextmanager
async def table(ground: Ground, folder: Path, name: str, every: float, first: float) -> AsyncIterator[Pool]:
    """Give an empty table with its poller at work, which looks after `first` seconds and `every` so many."""
    dsn = await ground.database(name)
    pool = await open_pool(dsn, CONNECTIONS)
    try:
        await pool.execute(TABLES)
        module = "bench.peers.table"
        poller = await start_process("poller", module, folder / name, dsn, str(every), str(first))
        try:
            yield pool
        finally:
            await poller.stop()
    finally:
        await close(pool)


async def poll(dsn: str, every: float, first: float) -> None:
    """Raise what is due, fifty at a time until less than fifty were due, then sleep."""
    connection = await asyncpg.connect(dsn)
    Path(os.environ["RIVER_HEALTH_FILE"]).touch()  # noqa: ASYNC240 - nobody waits for this loop
    await asyncio.sleep(first)
    while True:
        while await connection.execute(RAISE) == f"INSERT 0 {AT_A_TIME}":
            pass
        await asyncio.sleep(every)


if __name__ == "__main__":
    asyncio.run(poll(os.environ["RIVER_DATABASE_URL"], float(sys.argv[1]), float(sys.argv[2])))
