"""Fixtures: a pool on a fresh database, and the operators' commands on it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from store.pool import Pool, close, open_pool
from tests.ops.terminal import Ops, ops_on


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
