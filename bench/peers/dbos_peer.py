"""DBOS: its caller: enqueues a life with DBOSClient, sends each word, waits for the event that answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from dbos import DBOSClient

from bench.ground import Ground
from bench.peers.dbos_worker import APPLICATION, CONNECTIONS, LIFE, QUEUE, TOPIC, Keeping, heard_event
from bench.peers.rows import CLOSED, TABLES, WORD, WORDS, due_at, start_process
from bench.script import Part
from machine.service import ProgramAtWork
from store.pool import Pool, close, open_pool

PATIENCE = 60.0


@dataclass
class DbosAtWork:
    """A fresh database with one executor in a process of its own, and the client beside it."""

    pool: Pool
    client: DBOSClient
    executor: ProgramAtWork


class DbosLives:
    """Lives of DBOS with a result: a word is acknowledged when its workflow has set the event of it."""

    def __init__(self, dbos: DbosAtWork, limit: timedelta = timedelta(seconds=1)) -> None:
        self._dbos = dbos
        self._limit = limit

    async def begin(self, part: Part) -> str:
        life = part.report.id
        due = due_at(part, self._limit).timestamp()
        await self._dbos.client.enqueue_async(
            {"queue_name": QUEUE, "workflow_name": LIFE, "workflow_id": life},
            life,
            part.report.model_dump_json(),
            due,
            WORDS,
        )
        return life

    async def speak(self, life: str, number: int, part: Part) -> None:  # noqa: ARG002 - as the protocol has it
        client = self._dbos.client
        await client.send_async(life, WORD, TOPIC, f"{life}:{number}")
        if await client.get_event_async(life, heard_event(number + 1), PATIENCE) is None:
            raise TimeoutError(f"{life}: word {number} was not answered")

    async def wait_for_rows(self, lives: int) -> None:
        """Every row was there before its word was answered."""
        assert await self._dbos.pool.fetchval(CLOSED) >= lives


@asynccontextmanager
async def dbos_at_work(
    ground: Ground, folder: Path, name: str, keeping: Keeping = Keeping.TRANSACTION
) -> AsyncIterator[DbosAtWork]:
    """Give DBOS on an empty database of the same PostgreSQL, with an fsync for each commit."""
    dsn = await ground.database(name)
    pool = await open_pool(dsn)
    try:
        await pool.execute(TABLES)
        executor = await start_process("dbos", "bench.peers.dbos_worker", folder / name, dsn, keeping)
        try:
            client = await asyncio.to_thread(_client, dsn)
            try:
                yield DbosAtWork(pool, client, executor)
            finally:
                await asyncio.to_thread(client.destroy)
        finally:
            # It holds nothing that is not on disk, and its threads do not end while they wait for a word.
            executor.kill()
            await executor.stop()
    finally:
        await close(pool)


def _client(dsn: str) -> DBOSClient:
    return DBOSClient(
        system_database_url=dsn,
        application_name=APPLICATION,
        # Woken by notifications and with as many connections as its executor: both in its favour.
        use_listen_notify=True,
        system_database_pool_size=CONNECTIONS,
    )
