"""线索的时限: what waits for a person is never silent, and nobody is told twice of one mark."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest_asyncio
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.leads import Leads
from activities.record import Records
from domain.lead import LeadState, Told
from domain.model import Label
from domain.place import Where
from domain.registering import LeadMark
from domain.terms import Rung
from settings import Settings
from store import inbox, leads
from store.lead_rows import NewLead, Step
from store.pool import Pool, close, open_pool
from tests.workflows.shell import eventually
from worker import issue_worker
from workflows.lead import LeadWorkflow, Waiting
from workflows.names import lead_workflow_id

COUNTY_OFFICE, CITY_OFFICE = "office:512022000000", "office:512000000000"
HOUR = timedelta(hours=1)
QUEUE = "leads"
_letters = itertools.count(1)


class Watch(NamedTuple):
    """What watches leads: a server whose time can be moved, records, a worker."""

    env: WorkflowEnvironment
    pool: Pool

    async def parked(self) -> str:
        """Keep a lead that waits for a person."""
        receipt = f"261124-{next(_letters):08d}"
        now = datetime.now(UTC)
        await leads.keep(
            self.pool,
            NewLead(
                receipt=receipt,
                secret="-",
                sender="public",
                key=receipt,
                digest="-",
                told=Told(text="河边有垃圾。", where=Where(name="桥下")),
                reporter=None,
                received_at=now,
                register_by=now,
                division="512022000000",
                candidates=(),
                suggestion=None,
                parked_for=Label("地点不明", "no place"),
            ),
        )
        return receipt

    async def watch(self, receipt: str) -> WorkflowHandle[LeadWorkflow, int]:
        """Let a workflow keep the lead's clock: due in an hour, then twice, then every ten hours."""
        now = datetime.now(UTC)
        mark = LeadMark(at=now + HOUR, rung=Rung.REMINDER, addressee=COUNTY_OFFICE)
        up = LeadMark(at=now + 4 * HOUR, rung=Rung.ESCALATION, addressee=CITY_OFFICE)
        return await self.env.client.start_workflow(
            LeadWorkflow.run,
            Waiting(receipt=receipt, marks=(mark, up), each=10 * HOUR),
            id=lead_workflow_id(receipt),
            task_queue=QUEUE,
        )

    async def told(self, receipt: str, addressee: str) -> list[str]:
        """Return what an office was told of a lead."""
        return [row.text for row in await inbox.inbox_of(self.pool, addressee) if row.issue_id == receipt]

    async def decide(self, receipt: str) -> None:
        """Let a person refuse the lead."""
        step = Step(LeadState.REFUSED, "H-512022-001", reason=Label("重复", "again"))
        assert await leads.take(self.pool, receipt, (LeadState.PARKED,), step, datetime.now(UTC))


@pytest_asyncio.fixture(loop_scope="session")
async def watching(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Watch]:
    """Give a worker that serves leads on the session's Temporal."""
    pool = await open_pool(database, 4)
    records, beside = Records(database), Leads(database)
    settings = Settings(database_url=database, task_queue=QUEUE)
    async with issue_worker(temporal_env.client, settings, records, beside):
        yield Watch(temporal_env, pool)
    await beside.close()
    await records.close()
    await close(pool)


async def test_an_undecided_lead_climbs_and_is_never_silent(watching: Watch) -> None:
    receipt = await watching.parked()
    lead = await watching.watch(receipt)

    async def the_city_was_told(times: int) -> bool:
        return len(await watching.told(receipt, CITY_OFFICE)) == times

    await watching.env.fast_forward(lead, 5 * HOUR)
    await eventually("the city was told", lambda: the_city_was_told(1))
    await watching.env.fast_forward(lead, 10 * HOUR)
    await eventually("the city was told again", lambda: the_city_was_told(2))

    assert len(await watching.told(receipt, COUNTY_OFFICE)) == 1
    assert "催办" in (await watching.told(receipt, COUNTY_OFFICE))[0]
    await watching.decide(receipt)
    await lead.signal(LeadWorkflow.decided)
    assert await lead.result() == 3


async def test_nobody_is_told_of_a_lead_that_was_decided_in_time(watching: Watch) -> None:
    receipt = await watching.parked()
    lead = await watching.watch(receipt)
    await watching.decide(receipt)
    await lead.signal(LeadWorkflow.decided)

    assert await lead.result() == 0
    assert await watching.told(receipt, COUNTY_OFFICE) == []


async def test_a_decision_whose_signal_was_lost_is_seen_at_the_next_mark(watching: Watch) -> None:
    receipt = await watching.parked()
    lead = await watching.watch(receipt)
    await watching.decide(receipt)

    await watching.env.fast_forward(lead, 2 * HOUR)

    assert await lead.result() == 1
    assert await watching.told(receipt, COUNTY_OFFICE) == []


async def test_the_same_reminder_is_put_into_an_inbox_once(watching: Watch) -> None:
    receipt = await watching.parked()
    for _ in range(3):
        assert await leads.remind(watching.pool, receipt, 1, COUNTY_OFFICE, "请研判")

    assert await watching.told(receipt, COUNTY_OFFICE) == ["请研判"]
