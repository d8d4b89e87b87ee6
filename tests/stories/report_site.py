"""受理现场: front doors, worker, Temporal on a file and a durable Postgres, each of which may be killed."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from temporalio.client import Client

from machine.ports import LOOPBACK, any_free_port
from machine.postgres import DURABLE
from machine.temporal import TemporalServer
from reading.registry import read_registry
from store import roster
from store.pool import Pool, close, open_pool
from store.seal import fresh_key
from tests.intake.passes import make_keys
from tests.servers import TestPostgres, connect, server_on_file
from tests.stories.outage import ROOT, AtWork, reaching, the_worker

REGISTRY = ROOT / "registry" / "ziyang"


@dataclass
class Site:
    """Everything that reports pass through; `pool` and `sealed` see what the service keeps, as the owner."""

    folder: Path
    postgres: TestPostgres
    server: TemporalServer
    worker: AtWork
    client: Client
    pool: Pool
    sealed: Pool
    settings: Mapping[str, str]
    doors: list[AtWork] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)

    async def open_a_door(self) -> AtWork:
        """Start one more front door with its relay, on the same records."""
        port = any_free_port()
        ours = {**self.settings, "RIVER_HTTP_HOST": LOOPBACK, "RIVER_HTTP_PORT": str(port)}
        door = AtWork(f"intake{len(self.doors)}", ["-m", "intake"], self.folder, ours)
        self.doors.append(door)
        self.addresses.append(f"http://{LOOPBACK}:{port}")
        await door.start()
        return door

    @contextmanager
    def temporal_in_thought(self) -> Iterator[None]:
        """Let Temporal take everything and answer nothing meanwhile; afterwards it does what it was asked."""
        server = psutil.Process(self.server.pid)
        server.suspend()
        try:
            yield
        finally:
            server.resume()

    def kill_postgres(self) -> None:
        """Do what kill -9 does to the postmaster and to each of its processes."""
        sessions = psutil.Process(self.postgres.server.pid).children(recursive=True)
        self.postgres.server.kill()
        for session in sessions:
            if session.is_running():
                session.kill()


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    """Run everything behind one front door, with what is acknowledged on the disk as in production."""
    server = server_on_file(folder / "temporal")
    postgres = TestPostgres(folder, DURABLE)
    await asyncio.gather(server.start(), postgres.server.start())
    dsn = await postgres.fresh_database()
    pool = await open_pool(dsn, 4)
    await roster.load_posts(pool, read_registry(REGISTRY).posts.values())
    ours = reaching(postgres.as_role(dsn, "river_service"), server)
    sealed_dsn = postgres.as_role(dsn, "river_seal")
    sealed = await open_pool(sealed_dsn, 1)
    settings = {
        **ours,
        "RIVER_JWKS": str(make_keys(folder).jwks),
        "RIVER_PHOTOS": str(folder / "photos"),
        "RIVER_SEAL_KEYS": fresh_key("of-outages"),
        "RIVER_SEAL_DATABASE_URL": sealed_dsn,
    }
    worker = the_worker(folder, ours["RIVER_DATABASE_URL"], server)
    one = Site(folder, postgres, server, worker, await connect(server), pool, sealed, settings)
    try:
        await asyncio.gather(worker.start(), one.open_a_door())
        yield one
    finally:
        for program in (*one.doors, worker):
            await program.stop()
        await close(pool)
        await close(sealed)
        await postgres.server.stop()
        await server.stop()
