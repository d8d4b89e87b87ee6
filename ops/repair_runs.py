"""修复所见: what Temporal holds of an issue: its runs, the words it accepted, and the tasks that decided."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.commands import COMMANDS, Command, OpenIssue
from domain.issue.fact_base import Event
from workflows.issue import Beginning
from workflows.names import issue_workflow_id, update_name

COMMAND_OF: Mapping[str, type[Command]] = {update_name(kind): kind for kind in COMMANDS}

_STARTED = EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
_COMPLETED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_BAD = (EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
_RESET = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW


class Said(NamedTuple):
    """听到的话: one accepted word as the history holds it; without a command when it cannot be read."""

    id: str
    name: str
    event: int
    command: Command | None


class Run(NamedTuple):
    """一段流程: one run with its history."""

    id: str
    is_open: bool
    began_at: datetime
    begins_after: int
    events: tuple[HistoryEvent, ...]
    words: tuple[Said, ...]
    opening: OpenIssue | None = None

    @property
    def before(self) -> str:
        """The run that it was continued from, or nothing."""
        return self.events[0].workflow_execution_started_event_attributes.continued_execution_run_id

    @property
    def tasks(self) -> list[HistoryEvent]:
        """The events that ended its tasks well."""
        return [event for event in self.events if event.event_type == _COMPLETED]

    @property
    def bad_task(self) -> HistoryEvent | None:
        """The first task that failed since one ended well, if one did."""
        bad = None
        for event in self.events:
            if event.event_type == _COMPLETED:
                bad = None
            elif event.event_type in _BAD and bad is None and not _is_a_reset(event):
                bad = event
        return bad

    def looked_at(self, end: HistoryEvent) -> datetime:
        """Return the moment that a task had: time is let pass up to it."""
        starts = [event for event in self.events if event.event_type == _STARTED]
        own = [event for event in starts if event.event_id < end.event_id]
        return _moment(own[-1]) if own else self.began_at


class Traced(NamedTuple):
    """所有流程 of one issue, oldest first."""

    runs: tuple[Run, ...]

    @property
    def current(self) -> Run | None:
        """The latest run, if there is one."""
        return self.runs[-1] if self.runs else None

    @property
    def chain(self) -> list[Run]:
        """The latest run and those that it was continued from, newest first."""
        by_id = {run.id: run for run in self.runs}
        chain: list[Run] = []
        run = self.current
        while run and run not in chain:
            chain.append(run)
            run = by_id.get(run.before)
        return chain

    @property
    def accepted(self) -> dict[str, Said]:
        """Every word that any of the runs accepted, each where it was accepted first."""
        return {word.id: word for run in self.runs for word in run.words}


async def trace(client: Client, issue_id: str, known_run: str | None = None) -> Traced:
    """Fetch all that Temporal still holds of an issue; raises RPCError when Temporal does not answer.

    A run that is known is asked for by name, whatever the listing shows by now.
    """
    workflow = issue_workflow_id(issue_id)
    latest = await latest_run(client, issue_id)
    known = {run.run_id async for run in client.list_workflows(f"WorkflowId = '{workflow}'")}
    known |= {known_run} if known_run else set()
    wanted = [*(known - {latest[0]} if latest else known), *([latest[0]] if latest else [])]
    runs: dict[str, Run] = {}
    while wanted:
        run_id = wanted.pop()
        if not run_id or run_id in runs:
            continue
        if run := await _fetch(client, workflow, run_id, is_open=bool(latest) and latest == (run_id, True)):
            runs[run_id] = run
            wanted.append(run.before)
    ordered = sorted(
        runs.values(), key=lambda run: (latest is not None and run.id == latest[0], run.began_at)
    )
    return Traced(tuple(ordered))


async def latest_run(client: Client, issue_id: str) -> tuple[str, bool] | None:
    """Return the latest run of an issue and whether it goes on; nothing when Temporal knows none."""
    try:
        described = await client.get_workflow_handle(issue_workflow_id(issue_id)).describe()
    except RPCError as trouble:
        if trouble.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described.run_id, described.status is WorkflowExecutionStatus.RUNNING


async def _fetch(client: Client, workflow: str, run_id: str, *, is_open: bool) -> Run | None:
    try:
        history = await client.get_workflow_handle(workflow, run_id=run_id).fetch_history()
    except RPCError as trouble:
        if trouble.status is RPCStatusCode.NOT_FOUND:
            return None  # its retention is over
        raise
    events = tuple(history.events)
    begun = await _beginning(client, events[0])
    after = begun.issue.number if begun.issue else 0
    words = await _words(client, events)
    return Run(run_id, is_open, _moment(events[0]), after, events, words, begun.opening)


async def _beginning(client: Client, started: HistoryEvent) -> Beginning:
    """Return with what a run was begun; a beginning that cannot be read tells nothing."""
    given = started.workflow_execution_started_event_attributes.input.payloads
    try:
        (beginning,) = await client.data_converter.decode(list(given), [Beginning])
    except Exception:  # noqa: BLE001 - whatever the reason is, the journal is the truth
        return Beginning()
    return Beginning.model_validate(beginning)


async def _words(client: Client, events: Sequence[HistoryEvent]) -> tuple[Said, ...]:
    """Read the accepted words, also those that a reset let in again and that were not heard since."""
    found: dict[str, tuple[int, Any]] = {}
    admitted: dict[int, Any] = {}
    sayings: dict[int, str] = {}
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED:
            request = event.workflow_execution_update_admitted_event_attributes.request
            admitted[event.event_id] = request
            found.setdefault(request.meta.update_id, (event.event_id, request))
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            accepted = event.workflow_execution_update_accepted_event_attributes
            own = accepted.accepted_request
            # One that a reset let in again stands in full where it was let in.
            asked = admitted.get(accepted.accepted_request_sequencing_event_id, own)
            found[asked.meta.update_id] = (event.event_id, asked)
            sayings[event.event_id] = asked.meta.update_id
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            completed = event.workflow_execution_update_completed_event_attributes
            if completed.outcome.HasField("failure"):
                found.pop(sayings.get(completed.accepted_event_id, ""), None)  # refused after all
    words = [await _said(client, *each) for each in found.values()]
    return tuple(sorted((word for word in words if word), key=lambda word: word.event))


async def _said(client: Client, event: int, request: Any) -> Said | None:
    name, kind = request.input.name, COMMAND_OF.get(request.input.name)
    if kind is None:
        return Said(request.meta.update_id, name, event, None)
    try:
        (command,) = await client.data_converter.decode(list(request.input.args.payloads), [kind])
    except Exception:  # noqa: BLE001 - whatever the reason is, the word is named and not lost
        return Said(request.meta.update_id, name, event, None)
    return Said(command.id, name, event, command)


def task_of(run: Run, facts: Sequence[Event], number: int) -> HistoryEvent | None:
    """Return the end of the task that decided a fact: earlier rather than later, where that is not certain.

    A word's fact was decided in the task that accepted the word; what time made, in the first task that
    looked at a clock which had come so far, and never after the next word's.
    """
    tasks = run.tasks
    words = {word.id: word.event for word in run.words}
    fact = facts[number - 1]
    later = [words[each.command] for each in facts[number - 1 :] if each.command in words]
    bound = min(later, default=run.events[-1].event_id + 1)
    before = [task for task in tasks if task.event_id < bound]
    if fact.command or not before:
        return before[-1] if before and (fact.command in words or number == 1) else None
    due = [task for task in before if run.looked_at(task) >= fact.said_at]
    return due[0] if due else before[-1]


def heard_before(run: Run, facts: Sequence[Event], event: int) -> frozenset[str]:
    """Return the ids of the words that were heard before an event of a run, by it or before it began."""
    earlier = {fact.command for fact in facts[: run.begins_after] if fact.command}
    return frozenset({*earlier, *(word.id for word in run.words if word.event < event)})


def last_look(run: Run, event: int) -> datetime:
    """Return the moment up to which time was let pass before an event of a run."""
    before = [task for task in run.tasks if task.event_id < event]
    return run.looked_at(before[-1]) if before else run.began_at


def _is_a_reset(event: HistoryEvent) -> bool:
    return event.workflow_task_failed_event_attributes.cause == _RESET


def _moment(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)
