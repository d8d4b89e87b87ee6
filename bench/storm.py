"""风暴: G12: ten thousand marks at one instant, and two thousand that fell into an outage of the worker."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from bench.bare import BARE, LATER, BareOpening
from bench.figures import Asked, Detail, Figure, Section, at_most, figure, percentile
from bench.ground import Site
from bench.marks import (
    OPENED_AT_ONCE,
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
from bench.outage import OUTAGE, Outage, live_through
from bench.persons import Persons, Waits
from bench.rules import write_rules
from bench.script import REPORT_BYTES
from bench.session import Session
from workflows.names import TASK_TIMEOUT

MARKS = 10_000
OTHERS = 200
"""Issues without a mark in the storm, to which people speak as well."""
BARE_TASKS = 1_500
IN_WORKING_DAYS, IN_HOURS = "2cd", "48h"
"""A limit in days has its wake-up spread by the rule book's jitter, one in hours has not."""
COLLAPSE = 6.6
"""What a bare server without any care came to: 10,000 timers at 300 tasks a second, the last 220 s late."""
WORST_WAIT = at_most(5.0, 2.0)
NONE = at_most(0, 0)


class Storm(NamedTuple):
    """What came of marks at one instant."""

    counted: Counted
    waits: Waits
    bare_rate: float
    last: float
    """Seconds from the instant to the last mark's fact in the journal."""

    @property
    def rate(self) -> float:
        """Marks recorded a second until the last."""
        return len(self.counted.kept) / self.last

    @property
    def slowness(self) -> float:
        """The last page's lateness ÷ what the bare rate would need for as many workflow tasks."""
        return self.last * self.bare_rate / len(self.counted.kept)


async def measure(
    session: Session, marks: int = MARKS, outage: Outage = OUTAGE, limit: str = IN_WORKING_DAYS
) -> tuple[Section, ...]:
    """G12: nothing missing, nothing doubled, and nobody's word waits while thousands of marks drain."""
    storm = await one_storm(session, marks, limit)
    session.tell(f"G12 {marks} marks at once: last {storm.last:.0f} s, {storm.rate:.0f}/s")
    counted, waits, whole = await live_through(session, outage)
    session.tell(f"G12 {outage.marks} marks over an outage: recorded after {whole:.0f} s")
    return (
        Section(
            id="G12",
            title="风暴与停机 storm and outage",
            how=f"{marks} 件在同一时刻到提前提醒;另 {outage.marks} 件的提醒落在工作进程停机的"
            f" {outage.seconds:g} 秒里;其间每 0.5 秒有人对其中或其外的问题说一句话。"
            f"{marks} reminders at one instant; {outage.marks} over {outage.seconds:g} s without a worker; "
            "meanwhile somebody speaks every 0.5 s, in turn to an issue of the storm and to one beside it.",
            figures=(
                *_counts("storm", storm.counted, storm.waits),
                figure(
                    "G12.storm.last",
                    "末件 ÷ N/裸速率 last ÷ N/bare rate",
                    [storm.slowness],
                    at_most(COLLAPSE, 1.3),
                ),
                *_counts("outage", counted, waits),
                _told("G12.outage.whole", "全部补记 all recorded after the restart", whole),
            ),
            details=(
                Detail(
                    variant="风暴 storm",
                    numbers={
                        "marks": len(storm.counted.kept),
                        "last s": storm.last,
                        "p50 s": percentile(_latenesses(storm.counted), 0.5),
                        "marks/s": storm.rate,
                        "bare workflow tasks/s": storm.bare_rate,
                        **storm.waits.numbers(),
                    },
                ),
                Detail(
                    variant="停机 outage",
                    numbers={"marks": len(counted.kept), "whole after s": whole, **waits.numbers()},
                ),
            ),
        ),
    )


async def one_storm(session: Session, marks: int, limit: str) -> Storm:
    """Open so many issues with one common mark, and stay until the last is recorded."""
    plain = write_rules(session.folder / "G12", "storm-others", limits__ASSIGN__GENERAL__limit=limit)
    async with session.ground.site(plain) as site:
        bare_rate = await bare_task_rate(site)
        session.tell(f"G12 bare: {bare_rate:.0f} workflow tasks/s")
        await site.start_service()
        begun = time.monotonic()
        others = await open_issues(site, site.desk(), "beside", [now()] * OTHERS)
        due_at = now() + timedelta(seconds=20 + 1.25 * (time.monotonic() - begun) * marks / OTHERS)
        rules = rules_for(session.folder / "G12", "storm", due_at, limit)
        storm = await open_issues(site, desk_under(site, rules), "storm", [due_at - SEEN_BEFORE] * marks)
        left = (due_at - now()).total_seconds()
        if left < 0:
            raise RuntimeError(f"立案晚了 {-left:.0f} 秒 (the issues were open after their mark)")
        session.tell(f"G12 {marks} issues are open, {left:.0f} s before their mark")
        await asyncio.sleep(max(0.0, left - 2))
        async with Persons(site.client, storm, others, session.dice).speaking() as waits:
            await recorded(site.pool, REMINDED, marks)
        counted = await count_marks(site.pool, storm)
        return Storm(counted, waits, bare_rate, max(_latenesses(counted), default=0.0))


async def bare_task_rate(site: Site, tasks: int = BARE_TASKS) -> float:
    """Return how many bare workflow tasks a second are done when as many are due at one instant."""
    worker = await site.start_bare(max_cached_issues=str(2 * tasks))
    place = asyncio.Semaphore(OPENED_AT_ONCE)
    due_at = now() + timedelta(seconds=tasks / 50 + 10)

    async def start(number: int) -> str:
        name = f"bare/storm/{number}"
        async with place:
            # A timer set by the workflow would stand as late as its first task was; a delayed start does not.
            await site.client.start_workflow(
                BARE,
                BareOpening("r" * REPORT_BYTES, LATER.total_seconds()),
                id=name,
                task_queue="bare",
                task_timeout=TASK_TIMEOUT,
                start_delay=due_at - now(),
            )
        return name

    async with asyncio.TaskGroup() as group:
        started = [group.create_task(start(number)) for number in range(tasks)]
    left = (due_at - now()).total_seconds()
    if left < 0:
        raise RuntimeError(f"裸流程晚了 {-left:.0f} 秒 (the bare workflows were started after their instant)")
    await asyncio.sleep(left + tasks / 300)
    done_at = [await _done_at(site.client, task.result()) for task in started]
    await worker.stop()
    return tasks / (max(done_at) - due_at).total_seconds()


async def _done_at(client: Client, workflow: str) -> datetime:
    """Return when the first task of a workflow was done, by the server's clock; wait for it."""
    while True:
        async for event in client.get_workflow_handle(workflow).fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
                return event.event_time.ToDatetime(tzinfo=UTC)
        await asyncio.sleep(1)


def _latenesses(counted: Counted) -> Sequence[float]:
    return [(mark.kept_at - mark.due_at).total_seconds() for mark in counted.kept]


def _counts(name: str, counted: Counted, waits: Waits) -> tuple[Figure, ...]:
    return (
        _told(f"G12.{name}.missing", "未记 missing", counted.missing + counted.without_notice, NONE),
        _told(f"G12.{name}.doubled", "重复 doubled", counted.doubled, NONE),
        _told(f"G12.{name}.unanswered", "无回音的话 words never answered", waits.unanswered, NONE),
        _told(
            f"G12.{name}.wait", "最长等待 longest wait of a command", max(waits.all, default=0.0), WORST_WAIT
        ),
    )


def _told(name: str, what: str, value: float, asked: Asked | None = None) -> Figure:
    unit = "s" if asked in (None, WORST_WAIT) else "count"
    return figure(name, what, [value], asked, unit)
