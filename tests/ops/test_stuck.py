"""`python -m ops stuck`: whatever is planted is named, and nothing else."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.stuck import Kind
from machine.temporal import TemporalServer
from tests.ops.planted import PLANTS, Plant, Site, site
from tests.servers import TestPostgres, server_on_file
from tests.workflows.shell import eventually


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
        async for run in one.client.list_workflows("ExecutionStatus = 'Running'"):
            await one.client.get_workflow_handle(run.id).terminate()


async def names(here: Site, planted: list[tuple[Kind, str]]) -> None:
    """Wait until exactly what was planted is named."""
    seen: list[tuple[Kind, str]] = []

    async def is_named() -> bool:
        seen[:] = await here.names()
        return sorted(seen) == sorted(planted)

    try:
        await eventually("what is planted is named", is_named, 45)
    except AssertionError:
        assert sorted(seen) == sorted(planted)
        raise


@pytest.mark.parametrize(("kind", "plant"), PLANTS, ids=lambda each: getattr(each, "__name__", each))
async def test_what_is_planted_is_named_and_nothing_else(here: Site, kind: Kind, plant: Plant) -> None:
    await here.open()

    subject = await plant(here)

    await names(here, [(kind, subject)])
