"""修复的场地: a world to repair in, a post that can be stopped, and all that a preview must leave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from activities.answers import Answer
from activities.record import Records
from domain.issue.letter import Letter
from ops.repair_plan import Plan, Wanted, World
from ops.repair_round import Done, repair_one
from ops.repairing import preview
from store import repairs
from store.pool import Pool, close, connected, open_pool
from store.repairs import Asked
from tests.workflows.shell import Living, begin, fresh_issue_id, settings_for
from tests.workflows.words import opening
from worker import issue_worker

EVERYTHING = {
    "facts": "SELECT * FROM issue_facts WHERE issue_id = $1 ORDER BY number",
    "acts": "SELECT * FROM effects WHERE issue_id = $1 ORDER BY number, effect, addressee",
    "inbox": "SELECT * FROM inbox WHERE issue_id = $1 ORDER BY number, effect, addressee",
    "head": "SELECT * FROM issues WHERE issue_id = $1",
    "repairs": "SELECT * FROM repairs WHERE $1 = ANY (issues)",
}


class Mail(Records):
    """The journal's post, which can be stopped, wholly or for one kind of fact, as if Postgres were away."""

    is_stopped = False
    stopped_for = ""

    def _stops(self, letter: Letter) -> bool:
        return self.is_stopped or any(line.kind == self.stopped_for for line in letter.lines)

    @activity.defn(name="record_now")
    async def record_now(self, letter: Letter) -> Answer:
        if self._stops(letter):
            return Answer(state="away", trouble="stopped")
        return await super().record_now(letter)

    @activity.defn(name="record_until_done")
    async def record_until_done(self, letter: Letter, shown: str = "diverged") -> Answer:
        if self._stops(letter):
            raise ApplicationError("stopped", type="Away")
        return await super().record_until_done(letter, shown)


@dataclass
class Yard:
    """One journal and one task queue on a server; workers come and go."""

    env: WorkflowEnvironment
    world: World
    mail: Mail
    dsn: str

    @property
    def client(self) -> Client:
        return self.env.client

    @property
    def pool(self) -> Pool:
        return self.world.pool

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Run a worker that keeps no issue in memory, so that a mended rule reaches each at its next task."""
        settings = self.world.settings.model_copy(update={"max_cached_issues": 0})
        async with issue_worker(self.client, settings, self.mail):
            yield

    async def open(self, **changes: Any) -> Living:
        issue_id = fresh_issue_id()
        command = opening(issue_id, datetime.now(UTC), **changes)
        with self.env.with_time_skipping_disabled():
            await begin(self.client, command, self.world.settings.task_queue)
        return Living(self.client, self.pool, issue_id, self.env)

    async def preview(self, issue: Living, what: Any, **options: Any) -> Plan:
        return await preview(self.world, issue.issue_id, Wanted(what, options), datetime.now(UTC))

    async def repair(self, issue: Living, what: Any, *, by: str = "OP-1", **options: Any) -> Done:
        asked = Asked(what, options, (issue.issue_id,), "修正后恢复", "T-7", by)
        with self.env.with_time_skipping_disabled():
            return await repair_one(self.world, issue.issue_id, asked, by)

    async def everything(self, issue: Living) -> dict[str, Any]:
        """Return all that a preview must leave as it is: journal, ledger, inboxes, runs and their lengths."""
        told: dict[str, Any] = {}
        async with connected(self.pool) as connection:
            for name, query in EVERYTHING.items():
                told[name] = [tuple(row) for row in await connection.fetch(query, issue.issue_id)]
        runs = self.client.list_workflows(f"WorkflowId = '{issue.handle.id}'")
        told["runs"] = sorted([run.run_id async for run in runs])
        told["events"] = [event.event_id for event in await issue.events()]
        return told

    async def steps(self, issue: Living) -> list[str]:
        return [
            each.step
            for _, steps in await repairs.latest(self.pool)
            for each in steps
            if each.issue_id == issue.issue_id
        ]


@asynccontextmanager
async def yard(env: WorkflowEnvironment, dsn: str) -> AsyncIterator[Yard]:
    """Give a journal and a queue of their own."""
    queue = f"mending-{dsn.partition('?')[0].rpartition('/')[2]}"
    mail, pool = Mail(dsn), await open_pool(dsn, 6)
    try:
        yield Yard(env, World(pool, env.client, settings_for(dsn, queue)), mail, dsn)
    finally:
        await mail.close()
        await close(pool)


async def is_working(issue: Living) -> bool:
    """Tell whether a task of an issue waits or runs."""
    await asyncio.sleep(0)
    return (await issue.handle.describe()).raw_description.HasField("pending_workflow_task")
