"""哨兵: opens the canary, looks what came of it, ends it, and raises the alarm where it did not walk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from temporalio import activity

from activities.beats import Beat, unseen
from domain.canary import CANARY_COUNTY
from domain.canary_walk import Begun, Walked, ending, judge, lead, opening
from domain.issue.commands import Dismiss, OpenIssue
from domain.rulebook import RuleBook
from domain.workdays import local_day
from store import alarms, canaries, numbers
from store.pool import Away, Pool, close, open_pool

Begin = Callable[[OpenIssue], Awaitable[None]]
"""Start the workflow of an issue; nothing happens when it was started before."""
End = Callable[[str, Dismiss], Awaitable[object]]
"""Say to an issue that it is over; returns also when it was so before."""

FAILED, ABSENT = "canary_failed", "canary_absent"
SUBJECT = "canary"
LOOK_EVERY = 0.5
PATIENCE = timedelta(seconds=90)
"""How long after its last mark a canary may take to show all; what is late is an alarm all the same."""
WALKS_WITHIN = timedelta(minutes=10)
"""A canary that is open for longer was left so: one begun by hand must not end the hour's in the middle."""
ABSENT_AFTER = timedelta(hours=2)
COMES_WITHIN = timedelta(minutes=70)
"""What a worker that has just started gives the schedule to bring the next one."""
WATCH_EVERY = 60.0

log = structlog.get_logger()


class Canaries:
    """The activities of a canary's workflow; it connects late."""

    def __init__(self, dsn: str, book: RuleBook, begin: Begin, end: End, now: Callable[[], datetime]) -> None:
        self._dsn, self._book, self._begin, self._end, self._now = dsn, book, begin, end, now
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @activity.defn
    async def open_canary(self) -> Begun:
        """Open the canary of this run, once; end those that a broken run has left open."""
        pool = await self._connected()
        canary = sha256(str(activity.info().workflow_run_id).encode()).hexdigest()[:32]
        now = self._now()
        bound = await numbers.bind_number(pool, lead(canary), CANARY_COUNTY, local_day(now).year, now)
        await self._begin(opening(bound.issue_id, canary, self._book, bound.received_at))
        for left in await canaries.still_open(pool, bound.issue_id, WALKS_WITHIN):
            await self._end(left, ending(sha256(left.encode()).hexdigest()[:32], now))
            await canaries.withdraw(pool, left)
            log.warning("canary_swept", issue_id=left)
        return Begun(canary=canary, issue_id=bound.issue_id, began_at=bound.received_at)

    @activity.defn
    async def end_canary(self, begun: Begun) -> Walked:
        """Wait until the canary has shown all, end it, keep what it showed; raise or settle the alarm."""
        pool = await self._connected()
        walked = await self._seen(pool, begun)
        at = self._now()
        await self._end(begun.issue_id, ending(begun.canary, at))
        await canaries.withdraw(pool, begun.issue_id)
        await canaries.keep(pool, begun.canary, walked)
        await alarms.settle_subject(pool, ABSENT, SUBJECT, SUBJECT)
        if walked.troubles:
            found = "; ".join(f"{trouble.zh} ({trouble.en})" for trouble in walked.troubles)
            text = f"哨兵 {begun.issue_id} 没有走完逾期处置的每一级:{found}。请运行 python -m ops canary。"
            await alarms.raise_alarm(pool, FAILED, SUBJECT, text)
        else:
            await alarms.settle_subject(pool, FAILED, SUBJECT, SUBJECT)
        log.info("canary_ended", issue_id=begun.issue_id, recorded=walked.recorded, noticed=walked.noticed)
        return walked

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await close(self._pool)

    async def _seen(self, pool: Pool, begun: Begun) -> Walked:
        waited = 0.0
        while True:
            seen = await canaries.told(pool, begun.issue_id), await canaries.sent(pool, begun.issue_id)
            walked = judge(begun.issue_id, begun.began_at, *seen)
            if not walked.troubles or waited >= PATIENCE.total_seconds():
                return walked
            await asyncio.sleep(LOOK_EVERY)
            waited += LOOK_EVERY

    async def _connected(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self._dsn, 2)
        return self._pool


class CanaryWatch:
    """无哨告警: a loop beside the worker; it works also when Temporal's schedule is dead."""

    def __init__(self, dsn: str, look_every: float = WATCH_EVERY, beat: Beat = unseen) -> None:
        self._dsn, self._beat, self._look_every = dsn, beat, look_every
        self._since: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled; an outage of Postgres is waited out."""
        pool = await open_pool(self._dsn, 1)
        try:
            while True:
                try:
                    await self.look(pool)
                except Away as away:
                    log.warning("canary_watch_interrupted", trouble=str(away))
                self._beat()
                await asyncio.sleep(self._look_every)
        finally:
            await close(pool)

    async def look(self, pool: Pool) -> None:
        """Raise the alarm when none has ended for ABSENT_AFTER. Raises Away."""
        last_at, now = await canaries.last_at(pool)
        self._since = self._since or now
        if is_absent(last_at, self._since, now):
            text = (
                f"已超过 {ABSENT_AFTER // timedelta(hours=1)} 小时没有哨兵走完:时限可能无人计时。"
                "请检查日程和 worker,再运行 python -m ops canary --now。"
                " No canary has ended for that long: look at the schedule and the worker."
            )
            await alarms.raise_alarm(pool, ABSENT, SUBJECT, text)


def is_absent(last_at: datetime | None, since: datetime, now: datetime) -> bool:
    """Tell whether no canary has come for too long, and the worker has been there long enough to see one."""
    return now - (last_at or since) > ABSENT_AFTER and now - since > COMES_WITHIN
