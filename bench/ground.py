"""场地: real servers for one run: PostgreSQL with fsync, the Temporal dev server, workers as processes."""

import itertools
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Self

import asyncpg
from temporalio.client import Client

from bench.processes import Spent, spent
from connection import connect
from intake.desk import Desk
from machine.ports import any_free_port
from machine.postgres import Postgres
from machine.service import Addresses, Program, ProgramAtWork
from machine.temporal import DYNAMIC_CONFIG, NAMESPACE, PRAGMAS, TemporalPorts, TemporalServer
from ops.one_machine import ONE_ARENA, load_roster, migrate, register
from reading.registry import read_registry
from reading.rulebook import read_editions
from settings import Settings
from store.pool import Pool, close, open_pool

HERE = Path(__file__).resolve().parent.parent
REGISTRY = HERE / "registry" / "ziyang"
CONNECTIONS = 8


class Keeping(Enum):
    """How the Temporal server keeps what it knows."""

    MEMORY = None
    FILE = PRAGMAS
    """As `make up` runs it: survives a kill, not a power cut."""
    FSYNC = ("journal_mode=WAL", "synchronous=2")
    """On the disk before it is acknowledged, as Postgres does."""


@dataclass
class Site:
    """One fresh server with a fresh database, and the workers beside it."""

    folder: Path
    temporal: TemporalServer
    postgres: Postgres
    dsn: str
    rules: Path
    client: Client
    pool: Pool
    workers: dict[str, ProgramAtWork] = field(default_factory=dict)

    @property
    def addresses(self) -> Addresses:
        """Where a program finds the servers."""
        return Addresses(
            web_ui=self.temporal.ui_url,
            temporal=self.temporal.address,
            namespace=NAMESPACE,
            database_url=self.dsn,
            folder=self.folder,
            logs=self.folder / "log",
        )

    def settings(self, task_queue: str) -> Settings:
        """Return the settings of a process that speaks to this site."""
        return Settings(
            database_url=self.dsn,
            temporal_address=self.temporal.address,
            task_queue=task_queue,
            rules=self.rules,
            registry=REGISTRY,
        )

    def desk(self, task_queue: str = "issues") -> Desk:
        """Return the service's own front door at this site."""
        registry = read_registry(REGISTRY)
        return Desk(self.client, self.pool, read_editions(self.rules), registry, task_queue)

    async def start_worker(self, name: str, command: tuple[str, ...], **settings: str) -> ProgramAtWork:
        """Start a worker process without the sandbox, as production may run it; return when it is healthy."""
        environment = {
            "RIVER_RULES": str(self.rules),
            "RIVER_TASK_QUEUE": name,
            "RIVER_SANDBOX": "false",
            "RIVER_HEALTH_EVERY": "1",
            "RIVER_LOG_LEVEL": "warning",
            **ONE_ARENA,
            **{f"RIVER_{key.upper()}": value for key, value in settings.items()},
        }
        program = Program(name, [sys.executable, *command], folder=HERE, environment=environment)
        worker = ProgramAtWork(program, self.addresses)
        await worker.start()
        self.workers[name] = worker
        return worker

    async def start_service(self, **settings: str) -> ProgramAtWork:
        """Start the service's own worker, courier and all."""
        return await self.start_worker("issues", ("worker.py",), **settings)

    async def start_bare(self, **settings: str) -> ProgramAtWork:
        """Start the worker of the bare workflow, with the same settings."""
        return await self.start_worker("bare", ("-m", "bench.bare_worker"), **settings)

    def spent(self) -> dict[str, Spent]:
        """Return what each part has spent so far: server, workers, Postgres with its backends, caller."""
        parts = {"server": self.temporal.pid, "postgres": self.postgres.pid, "caller": os.getpid()}
        workers = {name: worker.pid for name, worker in self.workers.items()}
        return {
            name: spent(pid, with_children=name != "caller") for name, pid in {**parts, **workers}.items()
        }

    async def stop(self) -> None:
        """Stop the workers before the server that they speak to."""
        for worker in self.workers.values():
            await worker.stop()
        self.workers.clear()
        await close(self.pool)
        await self.temporal.stop()


class Ground:
    """PostgreSQL for the whole run; `site` gives a fresh Temporal server and a fresh database each time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._numbers = itertools.count(1)
        self.postgres = Postgres(self._folder / "postgres", any_free_port(), self._folder / "postgres.log")

    async def __aenter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        await self.postgres.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.postgres.stop()

    @asynccontextmanager
    async def site(
        self,
        rules: Path,
        keeping: Keeping = Keeping.FILE,
        config: Mapping[str, object] | None = None,
    ) -> AsyncIterator[Site]:
        """Give servers that nobody used before, prepared as `make up` prepares them."""
        number = next(self._numbers)
        folder = self._folder / f"site-{number}"
        dsn = await self.database(f"site_{number}")
        temporal = TemporalServer(
            folder / "temporal.db",
            TemporalPorts(any_free_port(), any_free_port(), any_free_port(), any_free_port()),
            folder / "log" / "temporal.log",
            dynamic_config={**DYNAMIC_CONFIG, **(config or {})},
            pragmas=keeping.value,
        )
        folder.mkdir(parents=True)
        await temporal.start()
        # The service's own way to speak, not a client of the bench's.
        settings = Settings(database_url=dsn, temporal_address=temporal.address)
        site = Site(
            folder=folder,
            temporal=temporal,
            postgres=self.postgres,
            dsn=dsn,
            rules=rules,
            client=await connect(settings, "bench"),
            pool=await open_pool(dsn, CONNECTIONS),
        )
        try:
            for step in (migrate, register, load_roster):
                await step(site.addresses)
            yield site
        finally:
            await site.stop()

    async def database(self, name: str) -> str:
        """Make an empty database and return where it is."""
        connection = await asyncpg.connect(self.postgres.dsn_of("postgres"))
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return self.postgres.dsn_of(name)
