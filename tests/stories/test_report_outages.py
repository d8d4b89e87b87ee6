"""受理停摆: whatever is killed under load, what was acknowledged is there and becomes one issue, once."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.stories.report_load import A_SECOND, People
from tests.stories.report_proof import assert_all_there_once, assert_settled, is_any_left_lying
from tests.stories.report_site import Site, site
from tests.workflows.shell import eventually

TEMPORAL_AWAY = 30.0
WITHIN = 60.0
"""Seconds after Temporal is back in which every report has been decided: an acceptance bar."""
EVENTUALLY = 90.0
"""As long as anything else may take; nothing is said by it but that it comes to an end."""
PROBLEM = "application/problem+json"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Give one service for the whole file: every test leaves it running."""
    folder: Path = tmp_path_factory.mktemp("report-outages")
    async with site(folder) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people(running: Site) -> People:
    """Give those who report, so that each test checks what the ones before it left behind as well."""
    return People(running)


async def test_temporal_is_killed_for_half_a_minute_and_every_report_is_decided_within_one(
    running: Site, people: People
) -> None:
    async with people.reporting():
        await asyncio.sleep(2)
        running.server.kill()
        gone = time.monotonic()
        await asyncio.sleep(TEMPORAL_AWAY)
        meanwhile = [one for one in people.sent if any(answer.at > gone for answer in one.answers)]
        await running.server.start()
        back = time.monotonic()
        await asyncio.sleep(2)

    await assert_settled(running, back, WITHIN)
    assert len(meanwhile) > TEMPORAL_AWAY * A_SECOND * 0.9
    assert {answer.status for one in people.sent for answer in one.answers} == {200, 201}
    await assert_all_there_once(running, people.sent)


async def test_postgres_is_killed_again_and_again_and_acknowledged_is_present_exactly(
    running: Site, people: People
) -> None:
    before = len(people.sent)

    async with people.reporting(some_give_up=True):
        for away in (1.0, 0.0, 6.0):
            await asyncio.sleep(2)
            running.kill_postgres()
            await asyncio.sleep(away)
            await running.postgres.server.start()
        await asyncio.sleep(2)
    await assert_settled(running, time.monotonic(), EVENTUALLY)

    sent = people.sent[before:]
    refused = [answer for one in sent for answer in one.answers if not answer.is_yes]
    assert {(answer.status, answer.form, answer.kind) for answer in refused} == {
        (503, PROBLEM, "urn:river:away")
    }
    assert all(answer.retry_after for answer in refused)
    assert all(one.receipt or one.gives_up for one in sent)
    await assert_all_there_once(running, people.sent)


async def test_of_two_relays_one_is_killed_and_every_report_is_carried_on_once(
    running: Site, people: People
) -> None:
    second = await running.open_a_door()
    before = len(people.sent)

    async with people.reporting():
        await asyncio.sleep(3)
        with running.temporal_in_thought():
            await eventually("both relays hold leads", lambda: is_any_left_lying(running))
            second.kill()
        await asyncio.sleep(3)
    await assert_settled(running, time.monotonic(), EVENTUALLY)

    assert all(one.receipt for one in people.sent[before:])
    await assert_all_there_once(running, people.sent)
