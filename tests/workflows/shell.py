"""The shell under test: real server, real journal, a worker as `worker.py` builds it, issues to speak to."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from google.protobuf.json_format import MessageToDict
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.testing import WorkflowEnvironment

from activities.record import Records
from connection import data_converter
from domain.issue.commands import Command, OpenIssue
from domain.issue.evolve import retell
from domain.issue.letter import Line
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.issue.views import attributes
from domain.issue.wording import subject
from machine.temporal import DYNAMIC_CONFIG, NAMESPACE, attribute_flags, binary, config_flags
from settings import Settings
from store import journal
from store.pool import Pool, close, open_pool
from tests.servers import search_attributes
from tests.workflows.words import opening, update_name, word
from worker import issue_worker
from workflows.issue import Beginning, IssueWorkflow, Receipt
from workflows.names import BY_NAME, TASK_TIMEOUT, issue_workflow_id

PATIENCE = 15.0
"""Seconds after which something that was to happen has not happened."""
LOOK_AGAIN = 0.02

Handle: TypeAlias = WorkflowHandle[Any, Any]
_numbers = itertools.count(500_001)  # far from those that a desk draws


async def eventually(what: str, true: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    """Wait until something is true; fail with its name when it does not become so."""
    try:
        async with asyncio.timeout(within):
            while not await true():  # noqa: ASYNC110 - servers set no event of this loop
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


@dataclass
class Living:
    """One issue that lives on a server; words to it get ids of their own and the issue's own moment."""

    client: Client
    pool: Pool
    issue_id: str
    env: WorkflowEnvironment | None = None
    _words: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def handle(self) -> Handle:
        return self.client.get_workflow_handle(issue_workflow_id(self.issue_id))

    async def now(self) -> datetime:
        """Return the moment that it is for this issue."""
        return await self.env.get_current_time(self.handle) if self.env else datetime.now(UTC)

    async def issue(self) -> Issue:
        issue: Issue = await self.handle.query("issue", result_type=Issue)
        return issue

    async def word(self, kind: type[Command], **changes: Any) -> Command:
        """Return what the right post would say now, with whatever a test wants otherwise."""
        changes = {
            "command_id": f"{self.issue_id[-6:]}:{next(self._words)}",
            "at": await self.now(),
            **changes,
        }
        return word(await self.issue(), kind, **changes)

    async def say(self, kind: type[Command], **changes: Any) -> Receipt:
        return await self.send(await self.word(kind, **changes))

    async def send(self, command: Command, update_id: str | None = None) -> Receipt:
        """Send a command as intake does: its id is the update's id."""
        receipt: Receipt = await self.handle.execute_update(
            update_name(type(command)), command, id=update_id or command.id, result_type=Receipt
        )
        return receipt

    async def pass_time(self, span: timedelta) -> None:
        """Let time go by for this issue, and for no other."""
        assert self.env is not None
        await self.env.fast_forward(self.handle, span)

    async def pass_until(self, moment: datetime) -> None:
        await self.pass_time(moment - await self.now() + timedelta(milliseconds=1))

    async def history(self) -> WorkflowHistory:
        return await self.handle.fetch_history()

    async def events(self, kind: str | None = None) -> list[HistoryEvent]:
        """Return the events of the history, or those of one kind: `TIMER_STARTED`."""
        events = list((await self.history()).events)
        wanted = EventType.Value(f"EVENT_TYPE_{kind}") if kind else None
        return [event for event in events if wanted in (None, event.event_type)]

    async def journal(self) -> list[Line]:
        """Return what the journal holds, once it holds all that the issue knows and no task is at work."""
        lines: list[Line] = []

        async def is_told() -> bool:
            # Asked anew each time: words that are heard again in another order make another tail.
            tail = (await self.issue()).tail
            lines[:] = await journal.facts(self.pool, self.issue_id)
            described = (await self.handle.describe()).raw_description
            at_work = described.HasField("pending_workflow_task")
            return not at_work and bool(lines) and lines[-1].hash == tail

        await eventually(f"the journal of {self.issue_id} is told", is_told)
        return lines

    async def kinds(self) -> list[str]:
        return [line.kind for line in await self.journal()]

    async def shown(self) -> Mapping[str, Any]:
        """Return the search attributes by name."""
        described = await self.handle.describe()
        return {pair.key.name: pair.value for pair in described.typed_search_attributes}

    async def metadata(self) -> Any:
        return await self.handle.query("__temporal_workflow_metadata", result_type=None)


async def begin(client: Client, command: OpenIssue, task_queue: str, **options: Any) -> Handle:
    """Start an issue as the desk does."""
    issue = retell(open_issue(command, command.said_at))
    shown = [
        SearchAttributePair(BY_NAME[name], value)
        for name, value in attributes(issue).items()
        if value is not None
    ]
    return await client.start_workflow(
        IssueWorkflow.run,
        Beginning(opening=command),
        id=issue_workflow_id(command.issue_id),
        task_queue=task_queue,
        task_timeout=TASK_TIMEOUT,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        search_attributes=TypedSearchAttributes(shown),
        static_summary=subject(issue),
        **options,
    )


def fresh_issue_id() -> str:
    return f"512022-2026-{next(_numbers):06d}"


@dataclass
class Shell:
    """A server and a journal, and a worker between them."""

    env: WorkflowEnvironment
    pool: Pool
    settings: Settings
    records: Records

    @property
    def client(self) -> Client:
        return self.env.client

    async def open(self, **changes: Any) -> Living:
        """Open an issue for which time goes by as it does outside, unless a test lets more of it pass."""
        issue_id = changes.pop("issue_id", None) or fresh_issue_id()
        options = changes.pop("options", {})
        command = opening(issue_id, changes.pop("at", datetime.now(UTC)), **changes)
        with self.env.with_time_skipping_disabled():
            await begin(self.client, command, self.settings.task_queue, **options)
        return Living(self.client, self.pool, issue_id, self.env)


async def impatient_server(events: int = 15) -> WorkflowEnvironment:
    """Start a server with virtual clocks that finds so many events long enough to continue as new."""
    config = {
        **DYNAMIC_CONFIG,
        "frontend.WorkflowTimeSkippingEnabled": True,
        "system.workflowTimeSkippingEnabled": True,
        "limit.historyCount.suggestContinueAsNew": events,
    }
    return await WorkflowEnvironment.start_time_skipping_v2(
        namespace=NAMESPACE,
        data_converter=data_converter,
        dev_server_existing_path=str(binary()),
        dev_server_startup_timeout=timedelta(seconds=30),
        dev_server_extra_args=[*config_flags(config), *attribute_flags(search_attributes())],
    )


async def has_rolled(issue: Living) -> bool:
    """Tell whether an issue was continued as new."""
    started = (await issue.events())[0].workflow_execution_started_event_attributes
    return bool(started.continued_execution_run_id)


def settings_for(dsn: str, task_queue: str, **changes: Any) -> Settings:
    return Settings.model_validate({"database_url": dsn, "task_queue": task_queue, **changes})


@asynccontextmanager
async def shell(env: WorkflowEnvironment, dsn: str, task_queue: str, **changes: Any) -> AsyncIterator[Shell]:
    """Run a worker on a task queue of its own; `changes` are settings of the worker."""
    settings = settings_for(dsn, task_queue, **changes)
    records = Records(dsn)
    pool = await open_pool(dsn, 2)
    try:
        async with issue_worker(env.client, settings, records):
            yield Shell(env, pool, settings, records)
    finally:
        await records.close()
        await close(pool)


def payloads(event: HistoryEvent) -> str:
    """Return everything that an event holds, decoded, as one text."""
    return str(MessageToDict(event)) + "".join(_decoded(event))


def _decoded(event: Any) -> Sequence[str]:
    found: list[str] = []
    for descriptor, value in event.ListFields():
        if descriptor.message_type is None:
            continue
        parts = value.values() if descriptor.message_type.GetOptions().map_entry else value
        if not descriptor.is_repeated:
            parts = [value]
        for part in parts:
            if descriptor.message_type.full_name == "temporal.api.common.v1.Payload" or (
                getattr(part, "DESCRIPTOR", None) is not None
                and part.DESCRIPTOR.full_name == "temporal.api.common.v1.Payload"
            ):
                found.append(part.data.decode(errors="replace"))
            elif hasattr(part, "ListFields"):
                found += _decoded(part)
    return found
