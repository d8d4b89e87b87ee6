"""解卡: whatever is planted, the suggested repair un-sticks it, and the life is the undisturbed one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from domain import posts
from domain.issue import commands as say
from domain.stuck import Kind, Stuck
from domain.terms import Level
from machine.temporal import TemporalServer
from tests.ops.planted import PLANTS, Plant, Site, plant_activity_retrying, site
from tests.servers import TestPostgres, server_on_file
from tests.stories.operating import Operator
from tests.stories.undisturbed import assert_undisturbed, next_word
from tests.workflows.shell import eventually
from tests.workflows.words import TOWNSHIP, UNIT
from workflows.names import lead_workflow_id

ROUNDS = 3
UNSEEN = (Kind.HISTORY_LONG, Kind.ARCHIVE_LATE)
"""What only ten thousand events, or three days, bring onto the list of the command."""


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


async def named(here: Site, wanted: list[tuple[Kind, str]]) -> list[Stuck]:
    """Wait until exactly this is stuck, and return it as it is told."""
    found: list[Stuck] = []

    async def is_named() -> bool:
        found[:] = (await here.stuck()).found
        return sorted((each.kind, each.subject) for each in found) == sorted(wanted)

    try:
        await eventually("exactly this is stuck", is_named, 90)
    except AssertionError:
        assert sorted((each.kind, each.subject) for each in found) == sorted(wanted)
        raise
    return found


async def live_to_the_end(here: Site, issue_id: str) -> None:
    """Say to an issue whatever is left to be said, up to its end, and let everybody be told."""
    issue = here.issue(issue_id)
    while not (stands := await issue.issue()).is_over:
        kind = next_word(stands)
        there = {"unit": UNIT.replace(TOWNSHIP, stands.division)} if kind is say.Assign else {}
        await issue.say(kind, **there)
        await issue.journal()
    await issue.handle.result()
    await eventually("all is told", lambda: is_told(here, issue_id), 30)


async def is_told(here: Site, issue_id: str) -> bool:
    left: int = await here.pool.fetchval(
        "SELECT count(*) FROM effects WHERE issue_id = $1 AND state = 'queued'", issue_id
    )
    return not left


async def assert_well_in_the_end(here: Site, operator: Operator) -> None:
    """Every issue that was opened hears to its end, and lives as if nothing had been."""
    for issue_id, said in here.said.items():
        await live_to_the_end(here, issue_id)
        await assert_undisturbed(here.pool, issue_id, said)
    verified = await operator.ops("verify", *here.said)
    assert verified.status == 0, verified.out


@pytest.mark.parametrize(("kind", "plant"), PLANTS, ids=lambda each: getattr(each, "__name__", each))
async def test_the_suggested_repair_unsticks_it_and_the_life_is_the_undisturbed_one(
    here: Site, kind: Kind, plant: Plant, tmp_path: Path
) -> None:
    operator = Operator(here, tmp_path)
    subject = await plant(here)
    (stuck,) = await named(here, [(kind, subject)])

    await operator.mend()
    await operator.follow(stuck)

    await named(here, [])
    await assert_well_in_the_end(here, operator)


async def test_a_lead_is_told_of_once_and_waits_no_more(here: Site, tmp_path: Path) -> None:
    operator = Operator(here, tmp_path)
    receipt = await plant_activity_retrying(here)
    (stuck,) = await named(here, [(Kind.ACTIVITY_RETRYING, receipt)])

    await operator.mend()
    await operator.follow(stuck)
    await named(here, [])
    handle = here.client.get_workflow_handle(lead_workflow_id(receipt))
    await handle.signal("decided")

    assert await handle.result() == 1
    told = await here.pool.fetch("SELECT addressee, number FROM inbox WHERE issue_id = $1", receipt)
    assert [tuple(row) for row in told] == [(posts.office(TOWNSHIP, Level.COUNTY), 1)]


async def test_an_operator_who_only_follows_the_list_empties_it(here: Site, tmp_path: Path) -> None:
    operator = Operator(here, tmp_path)
    planted = [
        (kind, await plant(here)) for kind, plant in PLANTS if not kind.is_human and kind not in UNSEEN
    ]
    await named(here, planted)
    listed = await operator.listed()
    assert sorted((each.kind, each.subject) for each in listed) == sorted(planted)

    await operator.mend()
    for _ in range(ROUNDS):
        for each in listed:
            await operator.follow(each)
        if not (listed := await operator.listed()):
            break

    assert listed == []
    await assert_well_in_the_end(here, operator)
