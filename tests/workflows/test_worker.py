"""工作进程: it serves until it is told to stop, and ends loudly when a part of it breaks."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from temporalio.testing import WorkflowEnvironment

import worker
from activities.courier import Courier
from domain.issue import commands as say
from domain.terms import Stage
from settings import Settings
from store.pool import close, open_pool
from tests.workflows.shell import Living, begin, fresh_issue_id, settings_for
from tests.workflows.words import opening


def _settings(env: WorkflowEnvironment, dsn: str) -> Settings:
    client = env.client
    return settings_for(
        dsn,
        "issues-of-a-process",
        temporal_address=client.service_client.config.target_host,
        temporal_namespace=client.namespace,
        shutdown_grace=1,
    )


@asynccontextmanager
async def _at_work(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    working = asyncio.create_task(worker.work(settings))
    try:
        yield working
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        for word in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(word)


async def test_a_worker_without_a_health_file_serves(
    temporal_env: WorkflowEnvironment, database: str
) -> None:
    settings = _settings(temporal_env, database)
    issue_id = fresh_issue_id()
    pool = await open_pool(database, 1)
    issue = Living(temporal_env.client, pool, issue_id, temporal_env)
    async with _at_work(settings) as working:
        with temporal_env.with_time_skipping_disabled():
            await begin(temporal_env.client, opening(issue_id, datetime.now(UTC)), settings.task_queue)

        receipt = await issue.say(say.RecordStop)

        assert receipt.stage is Stage.STOPPED
        assert not working.done()
    await close(pool)


async def test_a_worker_whose_courier_breaks_ends_and_says_why(
    temporal_env: WorkflowEnvironment, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: Courier) -> None:
        raise ZeroDivisionError("the courier fell")

    monkeypatch.setattr(Courier, "run", broken)
    async with _at_work(_settings(temporal_env, database)) as working:
        with pytest.raises(ZeroDivisionError, match="the courier fell"):
            await asyncio.wait_for(asyncio.shield(working), 10)
