"""The whole front door under test: real servers, a worker, the relay, real tokens, names and words."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from temporalio.testing import WorkflowEnvironment

from activities.bulletins import Bulletins
from activities.leads import Leads
from activities.record import Records
from domain.suggestion import suggest
from intake.app import front_door
from intake.assess import Assessor
from intake.bulletin_seal import seal_worker
from intake.desk import Desk
from intake.door import Door
from intake.hall import Hall
from intake.house import House
from intake.photos import open_photos
from intake.pressure import Pressure
from intake.relay import Relay
from intake.seal import Seal
from intake.sealing import Sealing
from intake.tokens import open_tokens
from reading.bulletins import read_bulletin_rules
from reading.keywords import read_keywords
from reading.places import Gazetteer
from reading.registry import read_registry
from reading.rulebook import read_editions
from reading.triage import read_triage_rules
from settings import Settings
from store import journal, leads, roster
from store.lead_rows import Lead
from store.pool import close, open_pool
from store.seal import Keys, fresh_key
from tests.intake.passes import AUDIENCE, ISSUER, make_keys
from tests.servers import number_apart
from tests.workflows.shell import eventually
from voices import bulletins_on
from worker import issue_worker

ROOT = Path(__file__).parents[2]
COUNTIES = ("512002", "512021", "512022")
A_MINUTE = 1_000_000
_keys = itertools.count(1)


@dataclass(frozen=True)
class Whole:
    """The front door, spoken to over HTTP."""

    http: httpx.AsyncClient
    house: House
    hall: Hall
    app: FastAPI

    async def report(self, told: dict[str, Any], key: str | None = None, **headers: str) -> httpx.Response:
        """Send a report; without a key it gets one of its own."""
        named = {"Idempotency-Key": key or f"a-key-{next(_keys):08d}", **headers}
        return await self.http.post("/reports", json=told, headers=named)

    async def kept(self, told: dict[str, Any], **headers: str) -> Lead:
        """Send a report that is taken; return its lead once no machine carries it on."""
        answer = await self.report(told, **headers)
        assert answer.status_code == 201, answer.text
        return await self.settled(answer.json()["receipt"])

    async def settled(self, receipt: str) -> Lead:
        """Return a lead once no machine carries it on any more."""

        async def is_settled() -> bool:
            lead = await leads.one(self.hall.pool, receipt)
            if lead is None or lead.state in ("received", "opening", "attaching"):
                return False
            # An opened issue is told in the journal a moment later.
            return lead.issue_id is None or bool(await journal.facts(self.hall.pool, lead.issue_id))

        await eventually(f"{receipt} is settled", is_settled)
        lead = await leads.one(self.hall.pool, receipt)
        assert lead is not None
        return lead


@asynccontextmanager
async def whole(
    env: WorkflowEnvironment, dsn: str, folder: Path, a_minute: int = A_MINUTE, sealed_dsn: str | None = None
) -> AsyncIterator[Whole]:
    """Run the whole front door on a database and a Temporal server that may be shared."""
    queue = f"whole-{dsn.rpartition('/test_')[2].partition('?')[0]}"
    registry, editions = (
        read_registry(ROOT / "registry" / "ziyang"),
        read_editions(ROOT / "rules" / "ziyang.yaml"),
    )
    keywords = read_keywords(ROOT / "rules" / "keywords.yaml")
    pool = await open_pool(dsn, 12)
    await roster.load_posts(pool, registry.posts.values())
    await number_apart(pool, COUNTIES)
    door = Door(env.client)
    desk = Desk(env.client, pool, editions, registry, queue)
    assessor = Assessor(
        places=Gazetteer.read(ROOT / "registry" / "ziyang", registry),
        suggest=lambda text: suggest(text, keywords),
        rules=read_triage_rules(ROOT / "rules" / "triage.yaml"),
        top="512000000000",
    )
    relay = Relay(desk, door, assessor)
    tokens = await open_tokens(str(make_keys(folder).jwks), ISSUER, AUDIENCE)
    house = House(env.client, pool, registry, desk, door, tokens, now)
    sealed = await open_pool(sealed_dsn, 2) if sealed_dsn else None
    sealing = Sealing(Seal(Keys.read(fresh_key("of-tests-1"))), sealed)
    photos = open_photos(str(folder / "photos"))
    hall = Hall(pool, desk, assessor, relay, Pressure(door, a_minute), photos, sealing, now, 6)
    records, beside = Records(dsn), Leads(dsn)
    settings = Settings(database_url=dsn, task_queue=queue, sandbox=False)
    rules = read_bulletin_rules(ROOT / "rules" / "bulletins.yaml")
    bulletins = Bulletins(dsn, editions, rules, bulletins_on(env.client, settings))
    app = front_door(house, hall)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        issue_worker(env.client, settings, records, beside, bulletins),
        seal_worker(env.client, queue, sealing),
        httpx.AsyncClient(transport=transport, base_url="http://door") as http,
    ):
        relaying = asyncio.create_task(relay.run())
        with env.with_time_skipping_disabled():
            yield Whole(http, house, hall, app)
        relaying.cancel()
        await asyncio.wait({relaying})
    await bulletins.close()
    await beside.close()
    await records.close()
    await close(pool)
    if sealed is not None:
        await close(sealed)


def now() -> datetime:
    return datetime.now(UTC)
