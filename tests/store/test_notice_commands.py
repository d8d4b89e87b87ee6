"""The operators' commands about what reached nobody and how often telephones rang."""

import json
from datetime import UTC, datetime

import pytest

from domain.workdays import local_day
from store.alarms import raise_alarm
from store.inbox import sign_for
from store.pool import Pool
from tests.ops.terminal import Ops, ops_on
from tests.store.letters import TOWN_CHIEF
from tests.store.test_sender import TEN, desk, put, reach


@pytest.fixture
def ops(database: str) -> Ops:
    """Give `python -m ops` on the test's database."""
    return ops_on(database)


async def test_an_alarm_is_open_until_somebody_settles_it(pool: Pool, ops: Ops) -> None:
    assert (await ops("alarms")).status == 0
    for text in ("一", "二"):
        await raise_alarm(pool, "nobody_reached", "x", text)

    listed = await ops("alarms", "--json")
    (alarm,) = json.loads(listed.out)
    unsigned = await ops("alarms", "--settle", str(alarm["id"]))
    settled = await ops("alarms", "--settle", str(alarm["id"]), "--by", "op-1")
    again = await ops("alarms", "--settle", str(alarm["id"]), "--by", "op-1")

    assert (listed.status, alarm["times"], alarm["text"]) == (1, 2, "二")
    assert (unsigned.status, settled.status, again.status) == (1, 0, 1)
    assert (await ops("alarms")).status == 0


async def test_an_alarm_that_was_settled_and_comes_again_is_another(pool: Pool, ops: Ops) -> None:
    await raise_alarm(pool, "nobody_reached", "x", "一")
    (first,) = json.loads((await ops("alarms", "--json")).out)
    await ops("alarms", "--settle", str(first["id"]), "--by", "op-1")

    await raise_alarm(pool, "nobody_reached", "x", "二")

    (second,) = json.loads((await ops("alarms", "--json")).out)
    assert second["id"] != first["id"]
    assert second["times"] == 1


async def test_a_burden_can_be_read_by_person_and_day(staffed: Pool, ops: Ops) -> None:
    await reach(staffed)
    for issue in range(1, 8):
        await put(staffed, issue=issue)
    await desk(staffed, None).turns(2)

    (day,) = json.loads((await ops("burden", "--day", "2026-11-04", "--json")).out)
    nobody = json.loads((await ops("burden", "--day", "2026-11-04", "--person", "H-99", "--json")).out)
    shown = await ops("burden", "--day", "2026-11-04", columns=120)

    assert local_day(TEN).isoformat() == "2026-11-04"
    assert (day["person"], day["budget"], day["pushes"], day["waiting"]) == ("H-1", 6, 5, 2)
    assert nobody == []
    assert "H-1" in shown.out


async def test_an_inbox_shows_how_its_persons_were_reached_and_who_signed(staffed: Pool, ops: Ops) -> None:
    line = await put(staffed)
    await desk(staffed, None).turns(1)
    await sign_for(staffed, line, [TOWN_CHIEF], "H-1", datetime(2026, 11, 4, tzinfo=UTC))
    await sign_for(staffed, line, [TOWN_CHIEF], "H-7", datetime(2026, 11, 5, tzinfo=UTC))

    (shown,) = json.loads((await ops("inbox", TOWN_CHIEF, "--json")).out)

    assert shown["reached"] == ["H-1 read"]
    assert shown["signed_by"] == ["H-1", "H-7"]
