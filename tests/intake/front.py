"""The front door under test: real Postgres, real Temporal, a real worker; only the tokens are made up."""

import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.record import Records
from domain.issue.commands import Command
from domain.model import Label
from domain.posts import Post
from intake.desk import Desk
from intake.door import Door
from intake.house import House
from intake.problems import Problem, teach
from reading.callers import Caller, Role
from reading.registry import read_registry
from store import roster
from store.pool import close, open_pool
from tests.workflows.shell import Living, begin, fresh_issue_id, settings_for
from tests.workflows.words import book, opening, update_name
from worker import issue_worker

ROOT = Path(__file__).resolve().parents[2]
PROVINCE, CITY, COUNTY, TOWNSHIP = "510000000000", "512000000000", "512022000000", "512022113000"
OTHER_COUNTY, OTHER_TOWNSHIP = "512021000000", "512022117000"

_keys = itertools.count(1)


class PlainTokens:
    """Tokens that stand for callers in a dictionary: what a test says somebody is, somebody is."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}

    def mint(
        self, *roles: Role, division: str | None = COUNTY, posts: Sequence[Post] = (), subject: str = ""
    ) -> str:
        """Return a new token for a caller."""
        token = f"token-{len(self.callers)}"
        self.callers[token] = Caller(
            subject=subject or f"H-{len(self.callers)}",
            roles=frozenset(roles),
            division=division,
            posts=tuple(posts),
        )
        return token

    async def caller(self, token: str) -> Caller:
        if token not in self.callers:
            raise Problem(401, "bad-token", Label("通行证无效", "this token is not valid"))
        return self.callers[token]


@dataclass
class Front:
    """A front door, what stands behind it, and a client before it."""

    env: WorkflowEnvironment
    house: House
    tokens: PlainTokens
    records: Records
    queue: str
    database: str
    app: FastAPI
    http: httpx.AsyncClient
    _said_by: dict[Post, str] = field(default_factory=dict)

    def worker(self) -> Worker:
        """Return a worker for the issues of this front door: `async with front.worker():`."""
        return issue_worker(self.house.client, settings_for(self.database, self.queue), self.records)

    async def open(self, at: datetime | None = None, **changes: Any) -> Living:
        """Open an issue in the township and wait until a worker has told its records of it."""
        issue_id = changes.pop("issue_id", None) or fresh_issue_id()
        with self.env.with_time_skipping_disabled():
            await begin(self.house.client, opening(issue_id, at or datetime.now(UTC), **changes), self.queue)
        issue = Living(self.house.client, self.house.pool, issue_id, self.env)
        await issue.journal()
        return issue

    def token_of(self, post: Post) -> str:
        """Return the token of whoever holds a post: every role, the whole province, that post only."""
        if post not in self._said_by:
            self._said_by[post] = self.tokens.mint(*Role, division=PROVINCE, posts=(post,))
        return self._said_by[post]

    async def post(
        self, path: str, said: dict[str, Any] | None = None, token: str = "", key: str | None = None
    ) -> httpx.Response:
        """Send a command; without a key a fresh one, with an empty one none."""
        headers = bearer(token)
        key = f"test-{next(_keys)}" if key is None else key
        if key:
            headers["Idempotency-Key"] = key
        return await self.http.post(path, json=said or {}, headers=headers)

    async def get(self, path: str, token: str = "", **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers=bearer(token))

    async def say(
        self, issue: Living, kind: type[Command], key: str | None = None, **changes: Any
    ) -> httpx.Response:
        """Say over HTTP what the right post would say now, with whatever a test wants otherwise."""
        post = changes.pop("by", None)
        command = await issue.word(kind)
        fields = command.model_dump(mode="json", exclude={"id", "by", "said_at", *FILLED_IN})
        said = {name: value for name, value in {**fields, **changes}.items() if value is not None}
        path = f"/issues/{issue.issue_id}/{update_name(kind)}"
        return await self.post(path, said, self.token_of(post or command.by), key)


FILLED_IN = ("rules", "into_reach", "into_category", "into_stage")
"""What a caller never sends."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@asynccontextmanager
async def front_door(
    env: WorkflowEnvironment, database: str, routers: Iterable[APIRouter], queue: str
) -> AsyncIterator[Front]:
    """Open a front door of some routers; its worker is the test's to start."""
    pool = await open_pool(database, 12)
    records = Records(database)
    registry = read_registry(ROOT / "registry" / "ziyang")
    await roster.load_posts(pool, registry.posts.values())
    tokens = PlainTokens()
    desk = Desk(env.client, pool, (book(),), registry, queue)
    house = House(env.client, pool, registry, desk, Door(env.client), tokens, lambda: datetime.now(UTC))
    app = FastAPI()
    app.state.house = house
    teach(app)
    for router in routers:
        app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as http:
        yield Front(env, house, tokens, records, queue, database, app, http)
    await records.close()
    await close(pool)
