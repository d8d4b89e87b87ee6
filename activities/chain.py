"""全链: all runs of an issue fetched from the server, and what they posted held against the journal."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.letter import Letter
from store.archive import Chain, Run

Relive = Callable[[WorkflowHistory], Awaitable[tuple[Sequence[Letter], Exception | None]]]
"""Lives one run again with today's code: the letters that it posts, and why it could not be lived."""

ENDED_BY_HAND = "TERMINATED"
_ENDING = frozenset({"Closed", "Dismissed", "Merged"})


class StillRunning(Exception):
    """A run of the issue has not ended: its last events do not exist yet."""


async def fetch_chain(
    client: Client, issue_id: str, workflow_id: str, *, closed: bool = True
) -> Chain | None:
    """Return every run of an issue, the first one first; nothing when the server knows none.

    Visibility may lag or miss a run: the newest is asked by name, and each run names the one before it.
    Raises StillRunning, if it must be `closed`; RPCError.
    """
    newest = await _described(client, workflow_id)
    if newest is None:
        return None
    listed = client.list_workflows(f"WorkflowId = '{workflow_id}'")
    wanted = [newest.run_id, *[seen.run_id async for seen in listed]]
    runs: dict[str, Run] = {}
    while wanted:
        run_id = wanted.pop()
        if run_id in runs:
            continue
        described = newest if run_id == newest.run_id else await _described(client, workflow_id, run_id)
        if described is None:
            continue  # past its retention: what is left is kept all the same
        if closed and described.status is WorkflowExecutionStatus.RUNNING:
            raise StillRunning(f"{issue_id}: {run_id}")
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        runs[run_id] = _run(described, history)
        wanted += _named_by(history)
    ordered = sorted(runs.values(), key=lambda run: (run.started_at, run.run_id))
    return Chain(issue_id, workflow_id, tuple(ordered))


async def _described(
    client: Client, workflow_id: str, run_id: str | None = None
) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(workflow_id, run_id=run_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def _run(described: WorkflowExecutionDescription, history: WorkflowHistory) -> Run:
    status, closed = described.status, described.close_time
    return Run(
        run_id=described.run_id,
        status=status.name if status is not None else "",
        started_at=described.start_time.isoformat(),
        closed_at=closed.isoformat() if closed else None,
        history=json.loads(history.to_json()),
    )


def _named_by(history: WorkflowHistory) -> list[str]:
    """Return the runs before and after that a history names."""
    named = []
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            named.append(event.workflow_execution_started_event_attributes.continued_execution_run_id)
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
            named.append(event.workflow_execution_continued_as_new_event_attributes.new_execution_run_id)
    return [each for each in named if each]


class _Line(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def hash(self) -> str: ...


def of_the_life(lines: Sequence[_Line]) -> list[str]:
    """Return the hashes of the facts up to the end of an issue: what comes after, no run has posted."""
    end = next((number for number, line in enumerate(lines, 1) if line.kind in _ENDING), len(lines))
    return [line.hash for line in lines[:end]]


async def unlike_journal(chain: Chain, hashes: Sequence[str], relive: Relive) -> str:
    """Say where the runs, lived again, post another fact than the journal holds; empty when nowhere.

    `hashes` are those of the journal's facts, in order. A run that was ended by hand may have been ended
    because it differed: what it posted counts where it agrees.
    """
    covered: set[int] = set()
    for run in chain.runs:
        letters, fault = await relive(WorkflowHistory.from_json(chain.workflow_id, dict(run.history)))
        if fault is not None:
            return f"run {run.run_id}: {type(fault).__name__}"
        for line in (line for letter in letters for line in letter.lines):
            known = hashes[line.number - 1] if line.number <= len(hashes) else None
            if known == line.hash:
                covered.add(line.number)
            elif run.status != ENDED_BY_HAND:
                return f"run {run.run_id}: fact {line.number} ({line.kind}) is another one in the journal"
    missing = set(range(1, len(hashes) + 1)) - covered
    return f"facts {_listed(missing)} are posted by no run" if missing else ""


def _listed(numbers: set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))
