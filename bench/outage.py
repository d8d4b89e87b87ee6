"""停机: marks that fall while no worker runs; how soon they are all recorded, and who must wait for it."""

import asyncio
import time
from datetime import timedelta
from typing import NamedTuple

from bench.marks import (
    REMINDED,
    SEEN_BEFORE,
    Counted,
    count_marks,
    desk_under,
    now,
    open_issues,
    recorded,
    rules_for,
)
from bench.persons import Persons, Waits
from bench.rules import write_rules
from bench.session import Session

LIMIT = "48h"
"""In hours: each mark stands as long after its seeing as every other, and is not spread."""
OTHERS = 200


class Outage(NamedTuple):
    """How many marks fall into how many seconds."""

    marks: int
    seconds: float


OUTAGE = Outage(marks=2_000, seconds=600)


async def live_through(session: Session, outage: Outage) -> tuple[Counted, Waits, float]:
    """Kill the worker before the first mark, start it after the last.

    Return what the journal holds, how long people waited from the restart on, and after how many seconds
    from the restart every mark was recorded.
    """
    folder = session.folder / "G12"
    plain = write_rules(folder, "outage-others", limits__ASSIGN__GENERAL__limit=LIMIT)
    async with session.ground.site(plain) as site:
        worker = await site.start_service()
        begun = time.monotonic()
        others = await open_issues(site, site.desk(), "beside", [now()] * OTHERS)
        opening_time = 1.25 * (time.monotonic() - begun) * outage.marks / OTHERS
        first_at = now() + timedelta(seconds=20 + opening_time)
        rules = rules_for(folder, "outage", first_at, LIMIT)
        apart = timedelta(seconds=outage.seconds / outage.marks)
        seen_at = [first_at - SEEN_BEFORE + number * apart for number in range(outage.marks)]
        struck = await open_issues(site, desk_under(site, rules), "outage", seen_at)
        left = (first_at - now()).total_seconds()
        if left < 0:
            raise RuntimeError(f"立案晚了 {-left:.0f} 秒 (the issues were open after their first mark)")
        worker.kill()
        session.tell(
            f"G12 {outage.marks} issues are open; the worker is gone for {left + outage.seconds:.0f} s"
        )
        await asyncio.sleep(left + outage.seconds)
        restarted = time.monotonic()
        await worker.start()
        async with Persons(site.client, struck, others, session.dice).speaking() as waits:
            await recorded(site.pool, REMINDED, outage.marks)
            whole = time.monotonic() - restarted
        return await count_marks(site.pool, struck), waits, whole
