"""Fixtures: a pool on a fresh database, the operators' commands on it, and a site where things get stuck."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from machine.temporal import TemporalServer
from store.pool import Pool, close, open_pool
from tests.ops.planted import Site, site
from tests.ops.terminal import Ops, ops_on
from tests.servers import TestPostgres, server_on_file


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str) -> AsyncIterator[Pool]:
    """Give a pool on a fresh, migrated database."""
    pool = await open_pool(database, 2)
    yield pool
    await close(pool)


@pytest.fixture
def ops(database: str) -> Ops:
    """Give `python -m ops` on the test's database."""
    return ops_on(database)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TemporalServer]:
    """Give a Temporal server on which nothing runs but what these tests begin."""
    one = server_on_file(tmp_path_factory.mktemp("temporal"))
    await one.start()
    yield one
    await one.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def here(
    postgres: TestPostgres, server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """Give a site whose workflows end with the test."""
    async with site(postgres, server, monkeypatch) as one:
        yield one
        await one.end()
