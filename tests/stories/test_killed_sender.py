"""A sender that is killed between the act and its record: the same key again, and no second act."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from domain.roster import Capacity, Channel, ChannelKind, Roster, Tenure
from machine.processes import Child
from store.pool import close, open_pool
from store.roster import keep_roster
from tests.servers import TestPostgres
from tests.store.receivers import SILENCE, endpoint, fine
from tests.workflows.shell import eventually

ROOT = Path(__file__).resolve().parents[2]
CHIEF = "chief:512022113000:R03-01"

PROGRAM = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from activities.channels import Channels, Ways
from activities.pushing import Pushing
from activities.sender import Sender
from domain.workdays import Calendar
from reading.notices import read_notice_rules

TEN = datetime(2026, 11, 4, 2, 0, tzinfo=UTC)
dsn, address = sys.argv[1:]
channels = Channels(Ways(wecom=address, sms=address), lambda: TEN)
calendar = Calendar(name="of-tests", version="1", published=(2026, 2026))
pushing = Pushing(read_notice_rules(Path("rules/notices.yaml")), calendar, channels)
asyncio.run(Sender(dsn, pushing, 0.1, timedelta(seconds=1.5), lambda at: TEN).run())
"""


def sender(name: str, folder: Path, dsn: str, address: str) -> Child:
    command = [sys.executable, "-c", PROGRAM, dsn, address]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Child(name, command, folder / f"{name}.log", environment, ROOT)


@pytest.mark.parametrize("senders", [1, 2])
async def test_a_killed_sender_loses_nothing_and_acts_once(
    senders: int, tmp_path: Path, postgres: TestPostgres, database: str
) -> None:
    pool = await open_pool(database, 2)
    roster = Roster(
        posts={CHIEF: "蟠龙镇级河长"},
        tenures=(Tenure(post=CHIEF, person="H-1", capacity=Capacity.HOLDER),),
        channels={"H-1": (Channel(kind=ChannelKind.WECOM, address="key-1"),)},
    )
    await keep_roster(pool, roster, "test")
    for number in range(1, 4):
        await pool.execute(
            "INSERT INTO inbox (addressee, issue_id, number, effect, text, received_at)"
            " VALUES ($1, $2, 1, 'notice', '告知', '2026-11-04T02:00Z')",
            *(CHIEF, f"512022-2026-{number:06d}"),
        )

    async with endpoint() as there:
        there.otherwise = SILENCE  # it has acted, and its answer never arrives
        first = sender("first", tmp_path, database, there.address)
        first.start()

        async def acted() -> bool:
            return len(there.acts) == 3

        await eventually("all three acts have happened", acted, 20)
        first.kill()
        before = set(there.acts)
        states = {row["state"] for row in await pool.fetch("SELECT state FROM pushes")}
        there.otherwise = fine()
        others = [sender(f"other-{number}", tmp_path, database, there.address) for number in range(senders)]
        for other in others:
            other.start()

        async def settled() -> bool:
            return await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = 'delivered'") == 3

        await eventually("all three are known to have arrived", settled, 20)
        await asyncio.sleep(2)  # whatever would still be sent twice
        for other in others:
            await other.stop()

    assert states == {"queued"}
    assert there.acts == before
    assert len(there.asked) == 6
    assert await pool.fetchval("SELECT count(*) FROM alarms") == 0
    await close(pool)
