"""The whole front door over a fresh database, for tests that speak Open311 to it; nothing is carried on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import httpx
import jwt
from obstore.store import MemoryStore
from temporalio.client import Client

from domain.model import Frozen, Label
from domain.place import Candidate, Located, UnknownPlace, Where
from domain.terms import Category, Severity
from intake.app import front_door
from intake.assess import Assessor
from intake.desk import Desk
from intake.door import Door
from intake.hall import Hall
from intake.house import House
from intake.photos import Photos
from intake.pressure import Pressure
from intake.problems import Problem
from intake.relay import Relay
from intake.seal import Seal
from intake.sealing import Sealing
from reading.callers import Caller, Role
from reading.registry import Registry, read_registry
from reading.rulebook import read_editions
from reading.triage import read_triage_rules
from store.pool import Pool, close, open_pool
from store.seal import Keys, fresh_key

ROOT = Path(__file__).parents[2]
REGISTRY = read_registry(ROOT / "registry" / "ziyang")
EDITIONS = read_editions(ROOT / "rules" / "ziyang.yaml")
RULES = read_triage_rules(ROOT / "rules" / "triage.yaml")
TOP = "512000000000"
KEY = "a key of tests, long enough to sign with"


def parsed(answer: str | bytes) -> Element:
    """Read XML of our own; what others send is never read as XML."""
    return fromstring(answer)  # noqa: S314 - the service under test wrote it


class ByName:
    """地名 by a reach's code, or by words that hold its name; a point far away lies outside."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def locate(self, where: Where) -> Located:
        if where.point and not (103 < where.point.lon < 107 and 28 < where.point.lat < 32):
            return Located(outside=True)
        if where.reach and where.reach not in self._registry.reaches:
            raise UnknownPlace("reach", Label("名录中没有这个河段", "the registry has no such reach"))
        rows = self._registry.reaches.values()
        meant = [row for row in rows if row.reach_id == where.reach or row.name in (where.name or "")]
        why = Label("点到编号或名称", "its code or its name was said")
        candidates = [Candidate(division=row.division, reach=row.reach_id, why=why) for row in meant]
        return Located(candidates=tuple(candidates))


class Suggested(Frozen):
    """建议 that knows nothing."""

    category: Category | None = None
    severity: Severity = Severity.GENERAL


class Signed:
    """通行证 signed with one key."""

    async def caller(self, token: str) -> Caller:
        try:
            claims = jwt.decode(token, KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            raise Problem(401, "invalid", Label("通行证无效", "the token is not valid")) from None
        return Caller(subject=claims["sub"], roles=frozenset({Role.REPORTER}))


def key_of(subject: str) -> str:
    return jwt.encode({"sub": subject}, KEY, algorithm="HS256")


@dataclass
class Watch:
    """A clock that a test sets."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.at

    def go_on(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True)
class Window:
    """A client of the front door, and what lies behind it."""

    http: httpx.AsyncClient
    pool: Pool
    watch: Watch
    relay: Relay
    sealing: Sealing

    async def post(self, form: str = "json", **fields: str) -> httpx.Response:
        asked = {"service_code": "DUMPING", "address_id": "R02-01", "description": "桥下倒了渣土"}
        said = {name: value for name, value in (asked | fields).items() if value}
        return await self.http.post(f"/open311/v2/requests.{form}", data=said)

    async def posted(self, **fields: str) -> str:
        answer = await self.post(**fields)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()[0]["service_request_id"])

    async def listed(self, **asked: str) -> list[str]:
        answer = await self.http.get("/open311/v2/requests.json", params=asked)
        assert answer.status_code == 200, answer.text
        return [one["service_request_id"] for one in answer.json()]


@asynccontextmanager
async def window(
    dsn: str, sealed_dsn: str | None = None, a_minute: int = 1_000_000, temporal: Client | None = None
) -> AsyncIterator[Window]:
    """Open the front door; Temporal is never asked when a report is received."""
    pool, watch = await open_pool(dsn), Watch()
    client = temporal or await Client.connect("127.0.0.1:1", lazy=True)
    queue = f"nobody-{dsn.rpartition('/')[2].partition('?')[0]}"
    desk, door = Desk(client, pool, EDITIONS, REGISTRY, queue), Door(client)
    assessor = Assessor(ByName(REGISTRY), lambda _: Suggested(), RULES, TOP)
    relay, pressure = Relay(desk, door, assessor), Pressure(door, a_minute)
    sealed = await open_pool(sealed_dsn, 2) if sealed_dsn else None
    sealing = Sealing(Seal(Keys.read(fresh_key("of-tests-1"))), sealed)
    photos = Photos(MemoryStore())  # none come by this interface
    hall = Hall(pool, desk, assessor, relay, pressure, photos, sealing, watch.now, 6)
    house = House(client, pool, REGISTRY, desk, door, Signed(), watch.now)
    transport = httpx.ASGITransport(front_door(house, hall), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://river.example") as http:
        yield Window(http, pool, watch, relay, sealing)
    await close(pool)
    if sealed is not None:
        await close(sealed)
