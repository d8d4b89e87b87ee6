"""地板: how late a deadline of the bare workflow is on record: no service on this server can be earlier."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

from bench.lateness import LIMIT, Late, open_loop
from bench.lives import BareLives

FIRST = LIMIT - timedelta(seconds=0.5)
"""As long as a report of the service still has when it comes."""
SETTLED_AFTER = 2.0
"""Seconds after the last deadline; what is not on record by then raises."""
STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
FIRED = EventType.EVENT_TYPE_TIMER_FIRED
COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


@dataclass(frozen=True)
class NoLapse(Exception):
    """A deadline of the yardstick left no trace."""

    life: str


async def bare_late_lives(client: Client, run: str, count: int) -> Late:
    """Bring in bare lives as `late_lives` does; return how late the server's own history has each lapse.

    From the deadline, as the workflow's code reckons it, to the completed task that heard it. Raises NoLapse.
    """
    accepted = await open_loop(BareLives(client, lapses_after=FIRST.total_seconds()), run, count)
    await asyncio.sleep(FIRST.total_seconds() + SETTLED_AFTER)
    late = [await _late(client.get_workflow_handle(life)) for life in accepted.lives]
    return Late(tuple(late), accepted.took)


async def _late(life: WorkflowHandle[object, object]) -> float:
    events = (await life.fetch_history()).events
    due = _first(events, STARTED) + FIRST
    fired = next((place for place, event in enumerate(events) if event.event_type == FIRED), None)
    if fired is None:
        raise NoLapse(life.id)
    return (_first(events[fired:], COMPLETED) - due) / timedelta(milliseconds=1)


def _first(events: Sequence[HistoryEvent], kind: EventType.ValueType) -> datetime:
    return next(_at(event) for event in events if event.event_type == kind)


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime()
