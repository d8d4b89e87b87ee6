"""Fixtures: the servers start once a session, lazily; a test that asks for none starts none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from machine.temporal import TemporalServer
from tests.servers import TestPostgres, server_on_file, virtual_clocks

TemporalFile = Callable[[], Awaitable[TemporalServer]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestPostgres]:
    """Give the session's PostgreSQL."""
    postgres = TestPostgres(tmp_path_factory.mktemp("postgres"))
    await postgres.server.start()
    yield postgres
    await postgres.server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def database(postgres: TestPostgres) -> AsyncIterator[str]:
    """Give the DSN of a fresh, migrated database."""
    dsn = await postgres.fresh_database()
    yield dsn
    await postgres.drop(dsn)


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database(postgres: TestPostgres) -> AsyncIterator[str]:
    """Give the DSN of a fresh database without a schema."""
    dsn = await postgres.empty_database()
    yield dsn
    await postgres.drop(dsn)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_env() -> AsyncIterator[WorkflowEnvironment]:
    """Give the session's Temporal; each workflow has its own clock: `env.fast_forward(handle, span)`."""
    async with await virtual_clocks() as env:
        yield env


@pytest_asyncio.fixture(loop_scope="session")
async def temporal_file(tmp_path: Path) -> AsyncIterator[TemporalFile]:
    """Give a factory of servers on a file: `kill()` and `start()` again on the same ports."""
    servers: list[TemporalServer] = []

    async def start() -> TemporalServer:
        server = server_on_file(tmp_path / f"temporal{len(servers)}")
        servers.append(server)
        await server.start()
        return server

    yield start
    for server in servers:
        await server.stop()
