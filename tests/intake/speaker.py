"""A front door at which bulletins are spoken to: real servers, a worker that drafts and issues."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.bulletins import Bulletins
from domain.bulletin.commands import (
    ApproveBulletin,
    ApproveCorrection,
    ProposeCorrection,
    ReplyToBulletin,
    ReturnBulletin,
    ReturnCorrection,
    ReviseBulletin,
    SignForBulletin,
    SubmitBulletin,
    WithdrawBulletin,
)
from domain.bulletin.order import periodic
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.indicators import month_of
from domain.issue.words import Command
from domain.posts import Post
from intake import bulletin_commands, bulletins, issues, objections
from intake.bulletin_seal import seal_worker
from intake.sealing import Sealing
from settings import Settings
from store.bulletins import bulletin_of
from tests.intake.front import Front, front_door
from tests.rules.bulletins import rules
from tests.rules.given import book
from tests.store.letters import FOUND
from tests.workflows.shell import eventually
from voices import bulletins_on
from worker import issue_worker
from workflows.names import bulletin_workflow_id

ROUTERS = (issues.router, objections.router, bulletins.router, bulletin_commands.router)
NOVEMBER = month_of(FOUND.date())
_years = itertools.count(2200)

PATHS: dict[type[Command], str] = {
    ReplyToBulletin: "reply",
    ReviseBulletin: "revise",
    SubmitBulletin: "submit",
    ApproveBulletin: "approve",
    ReturnBulletin: "send_back",
    WithdrawBulletin: "withdraw",
    ProposeCorrection: "correct",
    ApproveCorrection: "approve_correction",
    ReturnCorrection: "return_correction",
    SignForBulletin: "receive",
}


@dataclass
class Speaker:
    """Somebody before the front door, whichever post is meant."""

    front: Front
    settings: Settings
    mine: Bulletins

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """Let bulletins be served; the seal answers that nobody is sealed."""
        client = self.front.house.client
        async with (
            issue_worker(client, self.settings, self.front.records, None, self.mine),
            seal_worker(client, self.settings.task_queue, Sealing(None, None)),
        ):
            yield

    async def begin(self, division: str) -> str:
        """Begin a bulletin of a number that no other test of this server has; return that number."""
        order = periodic(BulletinKind.MONTHLY, NOVEMBER, division, rules(), book(), datetime.now(UTC))
        order = order.model_copy(update={"bulletin_id": f"{division}-{next(_years)}-monthly-1"})
        with self.front.env.with_time_skipping_disabled():
            await bulletins_on(self.front.house.client, self.settings)(order)
        return order.bulletin_id

    def handle(self, bulletin: str) -> WorkflowHandle[Any, Any]:
        return self.front.house.client.get_workflow_handle(bulletin_workflow_id(bulletin))

    async def reaches(self, bulletin: str, state: BulletinState) -> Bulletin:
        """Return a bulletin once it is at a state, looked through, and its records show it so."""
        found: list[Bulletin] = []

        async def is_there() -> bool:
            one = await self.handle(bulletin).query("bulletin", result_type=Bulletin | None)
            found[:] = [one] if one else []
            is_ready = one and one.state is state and not one.needs_a_look
            return bool(is_ready and one == await bulletin_of(self.front.house.pool, bulletin))

        await eventually(f"{bulletin} is {state}", is_there)
        return found[0]

    async def say(
        self, bulletin: str, kind: type[Command], by: Post, key: str | None = None, **words: Any
    ) -> httpx.Response:
        return await self.front.post(
            f"/bulletins/{bulletin}/{PATHS[kind]}", words, self.front.token_of(by), key
        )

    async def done(self, bulletin: str, kind: type[Command], by: Post, **words: Any) -> dict[str, Any]:
        """Say something that is heard; return what came of it."""
        answer = await self.say(bulletin, kind, by, **words)
        assert answer.status_code == 200, answer.text
        outcome: dict[str, Any] = answer.json()
        return outcome


@asynccontextmanager
async def speaker(env: WorkflowEnvironment, database: str, queue: str) -> AsyncIterator[Speaker]:
    """Open such a front door; its worker is the test's to start."""
    async with front_door(env, database, ROUTERS, queue) as front:
        settings = Settings(database_url=database, task_queue=queue)
        mine = Bulletins(database, (book(),), rules(), bulletins_on(env.client, settings))
        yield Speaker(front, settings, mine)
        await mine.close()
