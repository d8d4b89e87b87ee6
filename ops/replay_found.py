"""重放之源: the lives that Temporal still has the histories of: every run of an issue, and its journal."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.difference import Record
from domain.model import Label
from ops.replay_lives import Life, packed
from store.lives import kept
from store.pool import Pool
from workflows.names import ISSUE_WORKFLOW, issue_id_of, issue_workflow_id

ALL_OPEN = 'ExecutionStatus = "Running"'
_FETCHED_AHEAD = 8
_UNKNOWN = Label(
    "Temporal 没有此问题的历史(已过保留期或从未立案)", "Temporal has no history of it (any more)"
)
_GONE = Label(
    "较早的运行已过保留期,只重放其后的", "earlier runs are past their retention; only later ones are replayed"
)


def issues_only(query: str) -> str:
    """Return a visibility query that finds nothing but issues."""
    return f'WorkflowType = "{ISSUE_WORKFLOW}" AND ({query})'


async def found(client: Client, query: str) -> AsyncIterator[str]:
    """Yield the number of each issue that a query finds, once, however many runs it has."""
    seen: set[str] = set()
    async for execution in client.list_workflows(issues_only(query)):
        if execution.id not in seen:
            seen.add(execution.id)
            yield issue_id_of(execution.id)


async def lives(client: Client, pool: Pool, issues: AsyncIterable[str]) -> AsyncIterator[Life]:
    """Yield the life of each issue, a few fetched ahead. Raises RPCError, Away."""
    under_way: deque[asyncio.Task[Life]] = deque()
    try:
        async for issue_id in issues:
            under_way.append(asyncio.create_task(life_of(client, pool, issue_id)))
            if len(under_way) >= _FETCHED_AHEAD:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


async def life_of(client: Client, pool: Pool, issue_id: str) -> Life:
    """Return one life; the histories are fetched first, so that the journal is never behind them."""
    runs = await chain(client, issue_id)
    if not runs:
        return Life(issue_id, trouble=_UNKNOWN)
    recorded = await kept(pool, issue_id)
    is_whole = _run_before(runs[0]) is None
    return Life(
        issue_id,
        tuple(packed(run) for run in runs),
        recorded.record if recorded else Record(()),
        None if is_whole else _GONE,
    )


async def chain(client: Client, issue_id: str) -> list[WorkflowHistory]:
    """Return every run of an issue that is kept, oldest first.

    It may have been continued as new, reset, or begun anew from the journal. Empty when Temporal knows none.
    Raises RPCError when it does not answer.
    """
    workflow_id = issue_workflow_id(issue_id)
    last = await _fetched(client, workflow_id, None)
    if last is None:
        return []
    runs = [last]
    while (before := _run_before(runs[0])) and (earlier := await _fetched(client, workflow_id, before)):
        runs.insert(0, earlier)
    if _run_before(runs[0]) is None and not await _is_opening(client, runs[0]):
        runs = [*await _predecessors(client, workflow_id, runs[0]), *runs]
    return runs


async def _fetched(client: Client, workflow_id: str, run_id: str | None) -> WorkflowHistory | None:
    try:
        return await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


def _run_before(run: WorkflowHistory) -> str | None:
    """Which run this one was reset from, or else continued; a reset one begins with a copy of the other."""
    for event in reversed(run.events):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            if failed.cause == WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW:
                return failed.base_run_id
    started = run.events[0].workflow_execution_started_event_attributes
    return started.continued_execution_run_id or None


async def _is_opening(client: Client, run: WorkflowHistory) -> bool:
    given = run.events[0].workflow_execution_started_event_attributes.input.payloads
    beginning, *_ = await client.data_converter.decode(given)
    return bool(beginning.get("opening"))


async def _predecessors(
    client: Client, workflow_id: str, first: WorkflowHistory
) -> Sequence[WorkflowHistory]:
    """The runs before one that was begun from the journal: no history names them."""
    began = first.events[0].event_time.ToDatetime()
    earlier = [
        execution
        async for execution in client.list_workflows(f'WorkflowId = "{workflow_id}"')
        if execution.start_time.replace(tzinfo=None) < began
    ]
    earlier.sort(key=lambda execution: execution.start_time)
    fetched = [await _fetched(client, workflow_id, execution.run_id) for execution in earlier]
    return [run for run in fetched if run]
