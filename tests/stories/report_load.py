"""报送的人们: reports at a steady rate, of things that differ and things that do not, sent until answered."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx
from PIL import Image

from domain.posts import level_of
from domain.terms import Category, Level, Source
from reading.callers import Role
from reading.registry import Registry, read_registry
from tests.intake.passes import bearer, token
from tests.intake.photo_files import written
from tests.stories.report_site import REGISTRY, Site

A_SECOND = 20
PAUSE = 0.5
ENOUGH = 90.0
"""Seconds after which a sender who was never answered fails the test."""
CENTRES = {"512002": (104.59, 30.06), "512021": (105.27, 30.04), "512022": (104.96, 30.23)}
"""South-west corners of squares that lie well inside the three counties."""
STEP, A_ROW = 0.003, 40
"""Degrees between two things, farther than any radius below; so many in a row of the square."""
KINDS = (Category.DUMPING, Category.BUILDING, Category.SEWAGE, Category.OCCUPATION)
UNCLEAR, KNOWN, TWICE, NAMED, SHOWN, GIVE_UP = 0.1, 0.35, 0.12, 0.15, 0.08, 0.2
"""Which part of the reports names no clear place, tells what was told, is sent twice at once, names its
reporter, brings photos, and is not sent again when it was not taken."""
UNKNOWN = 0.02
"""Which part is sent without a token; all of these come from one address."""
LATELY = 6
SPREAD = ("512002",) * 5 + ("512021",) * 3 + ("512022",) * 2
"""How the reports of a city are spread over its counties."""


class Answer(NamedTuple):
    """What the front door said to one try; a status of 0 where nobody answered."""

    at: float
    status: int
    form: str = ""
    retry_after: str | None = None
    kind: str = ""
    receipt: str = ""
    secret: str = ""

    @property
    def is_yes(self) -> bool:
        return self.status in (200, 201)


class Thing(NamedTuple):
    """What is to be seen somewhere, however many report it."""

    county: str
    number: int
    reach: str
    lon: float
    lat: float
    kind: Category

    @property
    def where_and_what(self) -> dict[str, Any]:
        point = {"lon": self.lon, "lat": self.lat}
        return {"where": {"reach": self.reach, "point": point}, "category": self.kind}


@dataclass
class Sent:
    """One report under one key; `thing` is what it is about, nothing when a person must find out."""

    key: str
    sender: str | None
    told: dict[str, Any]
    thing: Thing | None = None
    photos: tuple[bytes, ...] = ()
    times: int = 1
    gives_up: bool = False
    answers: list[Answer] = field(default_factory=list)

    @property
    def receipt(self) -> str | None:
        """The receipt it was acknowledged with."""
        return next((answer.receipt for answer in self.answers if answer.is_yes), None)


class People:
    """Who reports; the n-th report of a run is the same in every run."""

    def __init__(self, site: Site) -> None:
        self.sent: list[Sent] = []
        self._site = site
        self._reaches = _by_county(read_registry(REGISTRY))
        self._draw = random.Random(20261123)  # noqa: S311 - the same reports every time
        self._things: dict[str, list[Thing]] = {county: [] for county in CENTRES}
        self._passes = {
            county: token(Role.REPORTER, None, subject=f"hotline-{county}") for county in self._things
        }

    @asynccontextmanager
    async def reporting(self, *, some_give_up: bool = False) -> AsyncIterator[None]:
        """Report at a steady rate meanwhile; afterwards everybody has been answered, or has given up."""
        over = asyncio.Event()
        tasks: list[asyncio.Task[None]] = []
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(timeout=30, limits=limits) as http:

            async def talk() -> None:
                due = time.monotonic()
                while not over.is_set():
                    one = self._next(some_give_up=some_give_up)
                    self.sent.append(one)
                    tasks.extend(asyncio.create_task(self._insist(http, one)) for _ in range(one.times))
                    due += 1 / A_SECOND
                    await asyncio.sleep(max(0.0, due - time.monotonic()))

            talking = asyncio.create_task(talk())
            try:
                yield
            finally:
                over.set()
                await talking
                async with asyncio.timeout(ENOUGH):
                    await asyncio.gather(*tasks)

    def _next(self, *, some_give_up: bool) -> Sent:
        number, draw = len(self.sent), self._draw
        county = draw.choice(SPREAD)
        is_public = draw.random() < UNKNOWN
        one = Sent(
            key=f"outage-{number:06d}",
            sender=None if is_public else county,
            told={"source": Source.PUBLIC if is_public else Source.HOTLINE},
            times=2 if draw.random() < TWICE else 1,
            gives_up=some_give_up and draw.random() < GIVE_UP,
        )
        if draw.random() < UNCLEAR:
            one.told |= {"text": f"河里有油污漂浮,第{number}次看到。", "where": {"name": "沱江边"}}
        else:
            known = self._things[county]
            if not (known and draw.random() < KNOWN):
                known.append(self._something_else(county))
            one.thing = draw.choice(known[-LATELY:])
            one.told |= {"text": f"桥下倒了几车垃圾,第{number}个人看到。", **one.thing.where_and_what}
        if draw.random() < SHOWN:
            one.photos = (_photo(2 * number), _photo(2 * number + 1))
        if draw.random() < NAMED:
            one.told["reporter"] = {"name": f"报送人{number}", "phone": f"139{number:08d}"}
        return one

    def _something_else(self, county: str) -> Thing:
        number = len(self._things[county])
        up, along = divmod(number, A_ROW)
        lon, lat = CENTRES[county]
        reach = self._reaches[county][number % len(self._reaches[county])]
        kind = KINDS[number % len(KINDS)]
        return Thing(county, number, reach, round(lon + along * STEP, 6), round(lat + up * STEP, 6), kind)

    async def _insist(self, http: httpx.AsyncClient, one: Sent) -> None:
        """Send it, under the same key, until it is taken; wait as long as the front door asks for."""
        doors = self._site.addresses
        turn = int(one.key[-6:])
        while True:
            answer = await self._try(http, doors[turn % len(doors)], one)
            one.answers.append(answer)
            if answer.is_yes or one.gives_up:
                return
            turn += 1
            await asyncio.sleep(float(answer.retry_after or PAUSE))

    async def _try(self, http: httpx.AsyncClient, door: str, one: Sent) -> Answer:
        headers = {"Idempotency-Key": one.key}
        if one.sender:
            headers |= bearer(self._passes[one.sender])
        try:
            if one.photos:
                files = [("photos", ("a.jpg", photo, "image/jpeg")) for photo in one.photos]
                said = {"report": json.dumps(one.told)}
                answer = await http.post(
                    f"{door}/reports/with-photos", data=said, files=files, headers=headers
                )
            else:
                answer = await http.post(f"{door}/reports", json=one.told, headers=headers)
        except httpx.TransportError:
            return Answer(time.monotonic(), 0)
        said = answer.json() if answer.headers["content-type"].endswith("json") else {}
        return Answer(
            time.monotonic(),
            answer.status_code,
            answer.headers["content-type"],
            answer.headers.get("retry-after"),
            *(said.get(name, "") for name in ("type", "receipt", "secret")),
        )


def _by_county(registry: Registry) -> dict[str, list[str]]:
    reaches: dict[str, list[str]] = {}
    for reach in registry.reaches.values():
        if level_of(reach.division) is not Level.CITY:
            reaches.setdefault(reach.division[:6], []).append(reach.reach_id)
    return reaches


def _photo(number: int) -> bytes:
    return written(Image.new("RGB", (16, 16), (number % 256, number // 256 % 256, 90)))
