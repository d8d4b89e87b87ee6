"""Fixtures: a front door for issues, served by a worker; and one that nobody serves."""

from collections.abc import AsyncIterator

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from intake import issues, speaking
from tests.intake.front import Front, front_door
from tests.servers import TestPostgres


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def front(temporal_env: WorkflowEnvironment, postgres: TestPostgres) -> AsyncIterator[Front]:
    """Give the session's front door of issues, with a worker."""
    dsn = await postgres.fresh_database()
    async with front_door(temporal_env, dsn, [issues.router], "front-served") as one:
        async with one.worker():
            yield one
        await speaking.fall_silent()
    await postgres.drop(dsn)


@pytest_asyncio.fixture(loop_scope="session")
async def unserved(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Front]:
    """Give a front door on a fresh database whose worker the test starts and stops itself."""
    queue = f"front-{database.rpartition('/')[2].partition('?')[0]}"
    async with front_door(temporal_env, database, [issues.router], queue) as one:
        yield one
        await speaking.fall_silent()
