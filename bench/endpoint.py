"""受理窗口: reports through the real front door, until each has its receipt and until each is an issue."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Self

from bench.crowd import by
from bench.ground import REGISTRY, Site
from bench.script import REACH, REPORT_BYTES
from domain.posts import office
from domain.terms import Category, Level, Severity, Source
from machine.ports import LOOPBACK, any_free_port
from ops.signing import keep_keys, read_signing_key
from reading.callers import Role
from reading.registry import read_registry

CITY = "512000000000"
SENTENCE = "桥下有人倾倒建筑垃圾,堆了好几车,天黑以后还有车来。"
AN_HOUR = timedelta(hours=1)
PATIENCE = 120.0
OPENED = """
SELECT count(*) FROM leads JOIN issue_facts USING (issue_id)
WHERE leads.receipt = ANY ($1::text[]) AND leads.state = 'opened' AND issue_facts.number = 1
"""
CREATED = 201
_keys = itertools.count(1)


class NotTaken(Exception):
    """The front door answered something else than a receipt; carries what it said."""


class Received(NamedTuple):
    """How many reports a second had their receipt, and how many were issues."""

    receipts: float
    issues: float


@dataclass
class Line:
    """One kept connection to the front door: a client that costs next to nothing of the two cores."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def post(self, head: str, body: bytes) -> tuple[int, bytes]:
        """Send one request and return status and body of its answer."""
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answered = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in answered[1:] if line)
        return int(answered[0].split(" ")[1]), await self.reader.readexactly(int(headers["content-length"]))


@dataclass
class Endpoint:
    """The front door of a site, with what is sent to it."""

    site: Site
    port: int
    head: str
    untold: list[bytes] = field(default_factory=list)
    """Reports that nobody has sent yet: each of another reach or of another kind, so that each opens."""

    @classmethod
    async def at(cls, site: Site, dice: random.Random) -> Self:
        """Start the front door of a site as `make up` starts it."""
        port = any_free_port()
        keys = keep_keys(site.folder / "keys")
        await site.start_worker(
            "intake",
            ("-m", "intake"),
            task_queue="issues",
            log_level="info",
            http_port=str(port),
            jwks=keys["RIVER_JWKS"],
            photos=str(site.folder / "photos"),
        )
        token = _token(site, keys["RIVER_TOKEN_KEY"])
        head = (
            f"POST /reports HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {token}\r\n"
        )
        return cls(site, port, head, reports_of_their_own(dice))

    async def report(self, reports: int, callers: int) -> Received:
        """Send so many reports by so many callers; return once the last one is an issue in the journal."""
        receipts: list[str] = []
        # Kept for this run only: the front door hangs up on whoever says nothing for five seconds.
        lines = [Line(*await asyncio.open_connection(LOOPBACK, self.port)) for _ in range(callers)]

        async def send() -> None:
            line = lines.pop()
            status, said = await line.post(
                f"{self.head}Idempotency-Key: bench-{next(_keys):07d}\r\n", self.untold.pop()
            )
            if status != CREATED:
                raise NotTaken(f"{status} {said.decode()}")
            receipts.append(json.loads(said)["receipt"])
            lines.append(line)

        begun = time.perf_counter()
        await by(callers, send, reports)
        received = time.perf_counter() - begun
        for line in lines:
            line.writer.close()
        await self._wait_for_issues(receipts)
        return Received(reports / received, reports / (time.perf_counter() - begun))

    async def _wait_for_issues(self, receipts: Sequence[str]) -> None:
        async with asyncio.timeout(PATIENCE):
            # Rows set no event of this loop.
            while await self.site.pool.fetchval(OPENED, receipts) < len(receipts):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def _token(site: Site, key: str) -> str:
    """Return what the city's office shows."""
    settings, now = site.settings("issues"), datetime.now(UTC)
    claims = {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "iat": now,
        "exp": now + AN_HOUR,
        "sub": "bench-hotline-1",
        "river_roles": [Role.OFFICE],
        "river_division": CITY,
        "river_posts": [office(CITY, Level.CITY)],
    }
    return read_signing_key(Path(key)).sign(claims)


def reports_of_their_own(dice: random.Random) -> list[bytes]:
    """Return a report of 968 bytes for every reach and kind, but the one that the desk's reports are of."""
    pairs = list(itertools.product(read_registry(REGISTRY).reaches, Category))
    pairs.remove((REACH, Category.FLOATING_DEBRIS))
    dice.shuffle(pairs)
    return [_report(reach, category) for reach, category in pairs]


def _report(reach: str, category: Category) -> bytes:
    told = {
        "text": "",
        "source": Source.HOTLINE,
        "where": {"reach": reach},
        "category": category,
        "severity": Severity.GENERAL,
        "seen_at": datetime.now(UTC).isoformat(),
    }
    missing = REPORT_BYTES - len(_written(told))
    text = (SENTENCE * missing)[: missing // 3]
    text += "." * (missing - len(text.encode()))
    return _written({**told, "text": text})


def _written(told: Mapping[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()
