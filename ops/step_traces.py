"""历史之迹: where Temporal's histories show each fact: its word heard, its timer fired, its letter taken."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter

from domain.issue.fact_base import Event
from domain.issue.steps import Trace
from workflows.names import RECORD_UNTIL_DONE

_LOCAL = "core_local_activity"


class _Seen(NamedTuple):
    """An event of a run, and the moment at which it entered the history."""

    run: int
    event: int
    at: datetime


class _Taken(NamedTuple):
    seen: _Seen
    first: int
    last: int


class _Reading:
    """What one reading of the histories has found so far."""

    def __init__(self, converter: DataConverter) -> None:
        self._converter = converter
        self.heard: dict[str, _Seen] = {}
        self.fired: list[_Seen] = []
        self.taken: list[_Taken] = []

    async def read(self, number: int, run: WorkflowHistory) -> None:
        """Read one run: what is seen twice, as after a reset, counts where it was first."""
        told = 0
        slow: set[int] = set()
        for event in run.events:
            seen = _Seen(number, event.event_id, event.event_time.ToDatetime(UTC))
            match event.event_type:
                case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                    beginning = await self._value(event.workflow_execution_started_event_attributes.input)
                    if opening := beginning.get("opening"):
                        self.heard.setdefault(opening["id"], seen)
                    told = (beginning.get("issue") or {"number": 0})["number"]
                case EventType.EVENT_TYPE_TIMER_FIRED:
                    self.fired.append(seen)
                case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                    if event.activity_task_scheduled_event_attributes.activity_type.name == RECORD_UNTIL_DONE:
                        slow.add(event.event_id)
                case _:
                    await self._word(event, seen)
                    answer = await self._answer(event, slow)
                    if answer.get("state") == "recorded" and answer["number"] > told:
                        self.taken.append(_Taken(seen, told + 1, answer["number"]))
                        told = answer["number"]

    async def _word(self, event: HistoryEvent, seen: _Seen) -> None:
        requests = (
            event.workflow_execution_update_accepted_event_attributes.accepted_request,
            event.workflow_execution_update_admitted_event_attributes.request,
        )
        for request in requests:
            word = await self._value(request.input.args)
            if "id" in word:
                self.heard.setdefault(word["id"], seen)

    async def _answer(self, event: HistoryEvent, slow: set[int]) -> Mapping[str, Any]:
        """What the journal answered, to the fast activity or to the slow one."""
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == _LOCAL:
            return await self._value(marker.details["result"]) if "result" in marker.details else {}
        completed = event.activity_task_completed_event_attributes
        return await self._value(completed.result) if completed.scheduled_event_id in slow else {}

    async def _value(self, payloads: Payloads) -> Mapping[str, Any]:
        if not payloads.payloads:
            return {}
        value, *_ = await self._converter.decode(payloads.payloads)
        return value if isinstance(value, dict) else {}


async def traces(
    runs: Sequence[WorkflowHistory], facts: Sequence[Event], converter: DataConverter
) -> dict[int, Trace]:
    """Return the traces of the facts by number; a fact whose history is gone has none."""
    reading = _Reading(converter)
    for number, run in enumerate(runs, 1):
        await reading.read(number, run)
    found: dict[int, Trace] = {}
    before: _Seen | None = None
    for place, (seen, first, last) in enumerate(reading.taken, 1):
        since = before.event if before and before.run == seen.run else 0
        fired = [each for each in reading.fired if each.run == seen.run and since < each.event < seen.event]
        for number in range(first, min(last, len(facts)) + 1):
            if number not in found:
                found[number] = _trace(place, seen, (first, last), reading.heard, fired, facts[number - 1])
        before = seen
    return found


def _trace(
    letter: int,
    taken: _Seen,
    facts: tuple[int, int],
    heard: Mapping[str, _Seen],
    fired: Sequence[_Seen],
    fact: Event,
) -> Trace:
    word = heard.get(fact.command) if fact.command else None
    timer = fired[-1] if fired and not fact.command else None
    return Trace(
        run=taken.run,
        letter=letter,
        first=facts[0],
        last=facts[1],
        taken=taken.event,
        taken_at=taken.at,
        heard=word.event if word else None,
        heard_at=word.at if word else None,
        fired=timer.event if timer else None,
        fired_at=timer.at if timer else None,
    )
