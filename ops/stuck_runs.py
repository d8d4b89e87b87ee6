"""运行中的流程: what Temporal tells in the raw form: one listing of all that runs, a closer look at few."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from sys import intern
from typing import Any, NamedTuple, TypeVar

import temporalio.api.workflowservice.v1 as api
from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, TaskQueueType, WorkflowExecutionStatus, WorkflowTaskFailedCause
from temporalio.api.failure.v1 import Failure as RawFailure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import PendingActivityInfo, WorkflowExecutionInfo
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.stuck import OPERATORS
from domain.stuck_rules import Failure
from workflows.names import (
    BULLETIN_WORKFLOW,
    DIVISION,
    ISSUE_WORKFLOW,
    NEXT_MARK,
    POST,
    TROUBLE,
    issue_id_of,
)

A_PAGE = 500
AT_ONCE = 32
ANSWER_WITHIN = timedelta(seconds=10)
"""With retries: a server that is busy with ten thousand issues hiccups."""
LAST_EVENTS = 100
"""How far back the failed task, or the beginning of an activity, is looked for."""
PROBLEMS = "TemporalReportedProblems"

T = TypeVar("T")
R = TypeVar("R")


class Run(NamedTuple):
    """运行中的流程, as one listing shows it."""

    workflow_id: str
    run_id: str
    kind: str
    queue: str
    started_at: datetime
    post: str = OPERATORS
    division: str = ""
    trouble: str = ""
    next_mark: datetime | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_issue(self) -> bool:
        """Whether it is the life of an issue."""
        return self.kind == ISSUE_WORKFLOW

    @property
    def subject(self) -> str:
        """How operators name what it is about."""
        if self.is_issue:
            return issue_id_of(self.workflow_id)
        name = self.workflow_id.partition("/")[2] or self.workflow_id
        return name.replace("/", "-") if self.kind == BULLETIN_WORKFLOW else name


class Close(NamedTuple):
    """细看: what the server tells of one run now, and the end of its history, the newest event first."""

    run: Run
    told: api.DescribeWorkflowExecutionResponse
    events: Sequence[HistoryEvent]

    @property
    def activities(self) -> Sequence[PendingActivityInfo]:
        """What it waits for."""
        return self.told.pending_activities

    def since(self, activity: PendingActivityInfo) -> datetime:
        """Return when an activity was first scheduled; a retry is scheduled anew."""
        for event in self.events:
            scheduled = event.activity_task_scheduled_event_attributes
            is_one = event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
            if is_one and scheduled.activity_id == activity.activity_id:
                return moment_of(event.event_time)
        return moment_of(activity.scheduled_time)

    def failed(self) -> tuple[datetime, Failure]:
        """Return when its task failed first, and why; a task that failed again leaves no further event."""
        for event in self.events:
            failed = event.workflow_task_failed_event_attributes
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
                cause = WorkflowTaskFailedCause.Name(failed.cause)
                return moment_of(event.event_time), _failure(cause, failed.failure)
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
                return moment_of(event.event_time), Failure("TIMED_OUT")
        return moment_of(self.told.pending_workflow_task.original_scheduled_time), Failure("")


def _failure(cause: str, raw: RawFailure) -> Failure:
    trace, within = raw.stack_trace, raw
    while within.HasField("cause"):
        within = within.cause
        trace += within.stack_trace
    return Failure(cause, raw.application_failure_info.type, raw.message, trace)


async def running(client: Client, queue: str | None = None) -> tuple[Run, ...]:
    """Return all that runs, or what runs by one task queue. Raises RPCError.

    Asked for in the raw form: a status that this SDK does not know yet cannot end the listing.
    """
    query = "ExecutionStatus = 'Running'" + (f" AND TaskQueue = '{queue}'" if queue else "")
    runs: list[Run] = []
    token = b""
    while True:
        asked = api.ListWorkflowExecutionsRequest(
            namespace=client.namespace, page_size=A_PAGE, query=query, next_page_token=token
        )
        page = await client.workflow_service.list_workflow_executions(
            asked, timeout=ANSWER_WITHIN, retry=True
        )
        runs += map(_run, page.executions)
        token = page.next_page_token
        if not token:
            return tuple(runs)


def _run(info: WorkflowExecutionInfo) -> Run:
    fields = info.search_attributes.indexed_fields

    def shown(name: str) -> Any:
        return json.loads(fields[name].data) if name in fields else None

    mark = shown(NEXT_MARK.name)
    return Run(
        info.execution.workflow_id,
        info.execution.run_id,
        intern(info.type.name),  # ten thousand runs share a few of these
        intern(info.task_queue),
        moment_of(info.start_time),
        intern(shown(POST.name) or OPERATORS),
        intern(shown(DIVISION.name) or ""),
        intern(shown(TROUBLE.name) or ""),
        datetime.fromisoformat(mark) if mark else None,
        tuple(shown(PROBLEMS) or ()),
    )


async def described(client: Client, workflow_id: str) -> api.DescribeWorkflowExecutionResponse | None:
    """Return what the server tells of the last run of a workflow, if it knows it. Raises RPCError."""
    asked = api.DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        return await client.workflow_service.describe_workflow_execution(
            asked, timeout=ANSWER_WITHIN, retry=True
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def standing(client: Client, workflow_id: str) -> tuple[str, datetime | None]:
    """Return `RUNNING`, `TERMINATED` … and when it ended; nothing of what the server does not know.

    Raises RPCError.
    """
    told = await described(client, workflow_id)
    if told is None:
        return "", None
    info = told.workflow_execution_info
    known = WorkflowExecutionStatus.DESCRIPTOR.values_by_number.get(info.status)
    name = known.name.removeprefix("WORKFLOW_EXECUTION_STATUS_") if known else str(info.status)
    return name, moment_of(info.close_time) if info.HasField("close_time") else None


async def closely(client: Client, run: Run) -> Close | None:
    """Look at one run closely; nothing if it is over, or is another one by now. Raises RPCError."""
    told = await described(client, run.workflow_id)
    if told is None or told.workflow_execution_info.execution.run_id != run.run_id:
        return None
    retried = any(activity.attempt > 1 for activity in told.pending_activities)
    events = await _last_events(client, run) if retried or run.problems else ()
    return Close(run, told, events)


async def _last_events(client: Client, run: Run) -> Sequence[HistoryEvent]:
    asked = api.GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=run.workflow_id, run_id=run.run_id),
        maximum_page_size=LAST_EVENTS,
    )
    ask = client.workflow_service.get_workflow_execution_history_reverse
    return (await ask(asked, timeout=ANSWER_WITHIN, retry=True)).history.events


async def polled_at(client: Client, queue: str, kind: "TaskQueueType.ValueType") -> datetime | None:
    """Return when a task queue was last asked for work, if it was. Raises RPCError."""
    asked = api.DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    told = await client.workflow_service.describe_task_queue(asked, timeout=ANSWER_WITHIN, retry=True)
    return max((moment_of(poller.last_access_time) for poller in told.pollers), default=None)


async def each_of(wanted: Iterable[T], ask: Callable[[T], Awaitable[R]]) -> list[R]:
    """Ask of each, some at a time, in order."""
    place = asyncio.Semaphore(AT_ONCE)

    async def one(each: T) -> R:
        async with place:
            return await ask(each)

    return await asyncio.gather(*map(one, wanted))


def moment_of(stamp: Timestamp) -> datetime:
    """Return a moment as the service writes it."""
    return stamp.ToDatetime(tzinfo=UTC)
