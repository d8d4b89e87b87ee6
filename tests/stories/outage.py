"""A service that is broken on purpose: real servers, a real worker as a child, issues under load."""

import asyncio
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from domain import posts
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.effects import effects_of
from domain.issue.events import Opened, read_fact
from domain.issue.evolve import born, evolve
from domain.roster import Capacity, Roster, Tenure
from domain.terms import Level
from machine.processes import Child
from machine.temporal import TemporalServer
from store import journal, proof
from store.pool import Pool, close, connected, open_pool
from store.roster import keep_roster
from tests.servers import HASTY, TestPostgres, connect
from tests.workflows.shell import Living, begin, eventually, fresh_issue_id
from tests.workflows.words import OTHER_UNIT, REACH, TOWNSHIP, UNIT, opening, update_name
from workflows.issue import Receipt
from workflows.names import issue_workflow_id

ROOT = Path(__file__).resolve().parents[2]
TASK_QUEUE = "outages"
A_TRY = timedelta(seconds=3)


class AtWork:
    """One of our programs in a process of its own; `kill` is kill -9."""

    def __init__(self, name: str, command: list[str], folder: Path, settings: Mapping[str, str]) -> None:
        self._health = folder / f"{name}.health"
        ours = {
            "RIVER_TASK_QUEUE": TASK_QUEUE,
            "RIVER_HEALTH_FILE": str(self._health),
            "RIVER_HEALTH_EVERY": "0.5",
            "RIVER_LOG_FORMAT": "json",
            "RIVER_SHUTDOWN_GRACE": "2",
        }
        self.log = folder / f"{name}.log"
        environment = {**os.environ, **ours, **settings}
        self._child = Child(name, [sys.executable, *command], self.log, environment, ROOT)

    async def start(self) -> None:
        self._health.unlink(missing_ok=True)
        self._child.start()
        await eventually(f"{self._child.name} is healthy", self._is_healthy, 30)

    async def _is_healthy(self) -> bool:
        assert self._child.alive, self.log.read_text()[-2000:]
        return self._health.exists()

    def kill(self) -> None:
        self._child.kill()

    async def stop(self) -> None:
        await self._child.stop()


def the_worker(folder: Path, dsn: str, server: TemporalServer) -> AtWork:
    """Return the real worker, not yet started."""
    return AtWork("worker", [str(ROOT / "worker.py")], folder, reaching(dsn, server))


def reaching(dsn: str, server: TemporalServer) -> dict[str, str]:
    """Return the settings that name the servers."""
    return {
        "RIVER_DATABASE_URL": dsn,
        "RIVER_TEMPORAL_ADDRESS": server.address,
        "RIVER_TEMPORAL_NAMESPACE": server.namespace,
    }


@dataclass
class Service:
    """Everything that can be broken, and what the tests ask of it afterwards."""

    postgres: TestPostgres
    server: TemporalServer
    worker: AtWork
    client: Client
    pool: Pool
    dsn: str
    waits: list[float] = field(default_factory=list)

    async def open(self, **rules: Any) -> Living:
        """Open an issue under the demo's rules, whose limits are seconds."""
        issue_id = fresh_issue_id()
        command = opening(issue_id, datetime.now(UTC), rules={"file": "demo.yaml", **rules})
        await begin(self.client, command, TASK_QUEUE)
        return Living(self.client, self.pool, issue_id)

    async def insist(self, issue: Living, command: Command) -> Receipt:
        """Say a word as intake does: the same word with the same id until it is answered."""
        began = time.monotonic()
        handle = self.client.get_workflow_handle(issue_workflow_id(issue.issue_id))
        while True:
            try:
                receipt: Receipt = await handle.execute_update(
                    update_name(type(command)),
                    command,
                    id=command.id,
                    result_type=Receipt,
                    rpc_timeout=A_TRY,
                )
            except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError):
                await asyncio.sleep(0.05)
            else:
                self.waits.append(time.monotonic() - began)
                return receipt

    @asynccontextmanager
    async def load(
        self, issues: list[Living], each: float = 0.3, voices: int = 1
    ) -> AsyncIterator[dict[str, set[str]]]:
        """Let voices tell every issue one clue after the other; give the ids of those acknowledged."""
        heard: dict[str, set[str]] = {issue.issue_id: set() for issue in issues}
        over = asyncio.Event()

        async def talk(issue: Living, voice: int) -> None:
            for number in itertools.count(1):
                if over.is_set():
                    return
                clue = say.AttachReport(
                    id=f"clue:{voice}:{number}",
                    by=posts.office(TOWNSHIP, Level.TOWNSHIP),
                    said_at=datetime.now(UTC),
                    report="0" * 12,
                    source="PATROL",
                )
                await self.insist(issue, clue)
                heard[issue.issue_id].add(clue.id)
                await asyncio.sleep(each)

        talks = [asyncio.create_task(talk(issue, voice)) for issue in issues for voice in range(voices)]
        try:
            yield heard
        finally:
            over.set()
            await asyncio.wait_for(asyncio.gather(*talks), 60)

    async def assert_whole(self, issues: list[Living], heard: Mapping[str, set[str]]) -> None:
        """Nothing lost, nothing twice, the chain unbroken, every issue what its journal says, no trouble."""
        for issue in issues:
            lines = await issue.journal()
            facts = [read_fact(line.body) for line in lines]
            said = [fact.command for fact in facts if fact.kind == "ReportAttached"]
            assert len(said) == len(set(said)), f"{issue.issue_id}: twice"
            assert set(said) == heard.get(issue.issue_id, set()), f"{issue.issue_id}: lost or invented"
            assert await journal.retell_issue(self.pool, issue.issue_id) == await issue.issue()
            assert await self._ledger(issue) == _caused(facts)
            await eventually("no trouble is shown", lambda one=issue: _is_calm(one))
        assert (await proof.verify_chain(self.pool)).breaks == ()

    async def _ledger(self, issue: Living) -> list[tuple[int, str, str]]:
        query = "SELECT number, effect, addressee FROM effects WHERE issue_id = $1 ORDER BY 1, 2, 3"
        async with connected(self.pool) as connection:
            return [tuple(row) for row in await connection.fetch(query, issue.issue_id)]

    def kill_postgres(self) -> None:
        """Do what kill -9 does to the postmaster and to each of its processes."""
        sessions = psutil.Process(self.postgres.server.pid).children(recursive=True)
        self.postgres.server.kill()
        for session in sessions:
            if session.is_running():
                session.kill()

    async def undelivered(self) -> int:
        """Return how many notices are still under way."""
        async with connected(self.pool) as connection:
            count: int = await connection.fetchval("SELECT count(*) FROM effects WHERE state = 'queued'")
        return count


def _caused(facts: list[Any]) -> list[tuple[int, str, str]]:
    opened, *rest = facts
    assert isinstance(opened, Opened)
    issue = born(opened)
    caused = list(effects_of(issue, opened))
    for fact in rest:
        issue = evolve(issue, fact)
        caused += effects_of(issue, fact)
    return sorted((effect.number, str(effect.kind), effect.addressee) for effect in caused)


async def _is_calm(issue: Living) -> bool:
    return "Trouble" not in await issue.shown()


@asynccontextmanager
async def service(
    folder: Path, server: TemporalServer, settings: Mapping[str, str] = HASTY
) -> AsyncIterator[Service]:
    """Run Postgres, a roster and a worker beside a Temporal server; everything may be killed."""
    postgres = TestPostgres(folder, settings)
    await postgres.server.start()
    dsn = await postgres.fresh_database()
    await _fill_roster(dsn)
    worker = the_worker(folder, dsn, server)
    pool = await open_pool(dsn, 4)
    try:
        await worker.start()
        yield Service(postgres, server, worker, await connect(server), pool, dsn)
    finally:
        await worker.stop()
        await close(pool)
        await postgres.server.stop()


async def _fill_roster(dsn: str) -> None:
    levels = [Level.TOWNSHIP, Level.COUNTY, Level.CITY]
    held = [posts.chief(TOWNSHIP, level, REACH) for level in levels]
    held += [posts.office(TOWNSHIP, level) for level in [*levels, Level.PROVINCE]]
    held += [posts.government(TOWNSHIP, level) for level in levels]
    held += [posts.general_chief(TOWNSHIP, level) for level in levels]
    held += [UNIT, OTHER_UNIT]
    tenures = tuple(Tenure(post=post, person="H-1", capacity=Capacity.HOLDER) for post in held)
    pool = await open_pool(dsn, 1)
    await keep_roster(pool, Roster(posts=dict.fromkeys(held, "岗位"), tenures=tenures), "outage")
    await close(pool)
