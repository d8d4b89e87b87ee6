"""受理窗口: `python -m intake` serves the front door until it is told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import structlog
import uvicorn
import uvloop
from temporalio.client import Client

from connection import connect
from domain.posts import Division, at_level
from domain.rulebook import RuleBook
from domain.suggestion import suggest
from intake import speaking
from intake.app import front_door
from intake.assess import Assessor
from intake.bulletin_seal import answer_for_the_seal
from intake.connections import LARGEST_HEAD, Connection
from intake.desk import Desk
from intake.door import Door
from intake.hall import Hall
from intake.house import House
from intake.photos import open_photos
from intake.pressure import LOOKED_AT, Pressure
from intake.relay import Relay
from intake.seal import Seal
from intake.sealing import Sealing
from intake.tokens import open_tokens
from logs import set_up_logs
from metrics import CannotShow, Meters, runtime_for
from reading.errors import Unreadable
from reading.keywords import read_keywords
from reading.notices import read_notice_rules
from reading.places import Gazetteer
from reading.registry import Registry, read_registry
from reading.rulebook import read_editions
from reading.triage import read_triage_rules
from settings import Settings, read_settings
from store import leads
from store.pool import Away, Pool, close, open_pool
from store.seal import BadKeys, Keys
from store.sealed import NotLetIn
from store.shelf import NoShelf
from traces import traces_for

MOST_AT_ONCE = 500
"""Requests that are served at a time; more are answered 503."""
LOOK_EVERY = 1.0
SOON = 0.05
FORGET_EVERY = 3600.0

log = structlog.get_logger()


async def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; what was acknowledged is kept, the rest was not taken."""
    runtime, traces = runtime_for(settings), traces_for(settings, "intake")
    meters = Meters(runtime, settings, "intake")
    # Reports are taken while Temporal is away, also when this starts before it does.
    client = await connect(settings, "intake", lazy=True, runtime=runtime, traces=traces)
    pool = await open_pool(settings.database_url, settings.postgres_connections)
    sealed = await open_pool(settings.seal_database_url, 2) if settings.seal_database_url else None
    try:
        house, hall = await _furnished(settings, pool, sealed, meters, client)
        app = front_door(house, hall)
        server = uvicorn.Server(
            uvicorn.Config(
                traces.around(app) if traces else app,
                host=settings.http_host,
                port=settings.http_port,
                lifespan="off",
                access_log=False,  # a reporter's address is nobody's business
                log_config=None,
                server_header=False,
                http=Connection,
                h11_max_incomplete_event_size=LARGEST_HEAD,
                limit_concurrency=MOST_AT_ONCE,
                proxy_headers=True,
                forwarded_allow_ips=settings.http_proxies,
            )
        )
        beside = [
            asyncio.create_task(hall.relay.run()),
            asyncio.create_task(speaking.relay(house, meters.beat("speaking"))),
            asyncio.create_task(_see_what_waits(hall)),
            asyncio.create_task(_forget_the_unclaimed(hall)),
            asyncio.create_task(
                answer_for_the_seal(partial(connect, settings, "seal"), settings.task_queue, hall.sealing)
            ),
            asyncio.create_task(_stay_healthy(server, settings)),
        ]
        # The server says the signal again once it has stopped: the process would end before its goodbyes.
        signal.signal(signal.SIGTERM, lambda *_: None)
        serving = asyncio.create_task(server.serve())
        try:
            await asyncio.wait({serving, *beside}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server.should_exit = True
            await asyncio.wait({serving})
            for task in beside:
                task.cancel()
            await speaking.fall_silent()
            ended = await asyncio.gather(serving, *beside, return_exceptions=True)
    finally:
        await close(pool)
        if sealed is not None:
            await close(sealed)
        if traces:
            await asyncio.to_thread(traces.close)
    broken = [why for why in ended if isinstance(why, BaseException) and not isinstance(why, _TOLD)]
    if broken:
        # A front door without its relay must not look well: it ends, and says why.
        raise broken[0]
    return 0 if server.started else 1


_TOLD = (asyncio.CancelledError, KeyboardInterrupt, SystemExit)


async def _furnished(
    settings: Settings, pool: Pool, sealed: "Pool | None", meters: Meters, client: Client
) -> tuple[House, Hall]:
    """Read what is read once; raises what `main` tells, for a file or a setting that cannot be used."""
    registry, editions = read_registry(settings.registry), read_editions(settings.rules)
    keywords = read_keywords(settings.keywords)
    assessor = Assessor(
        places=Gazetteer.read(settings.registry, registry),
        suggest=lambda text: suggest(text, keywords),
        rules=read_triage_rules(settings.triage),
        top=top_of(registry, editions),
    )
    door = Door(client)
    desk = Desk(client, pool, editions, registry, settings.task_queue)
    tokens = await open_tokens(settings.jwks, settings.token_issuer, settings.token_audience)
    house = House(client, pool, registry, desk, door, tokens, _now)
    keys = Keys.read(settings.seal_keys.get_secret_value() if settings.seal_keys else None)
    sealing = Sealing(Seal(keys), sealed) if keys.ids else Sealing()
    relay, photos = Relay(desk, door, assessor, meters.beat("relay")), open_photos(settings.photos)
    notices = read_notice_rules(settings.notices)
    hall = Hall(pool, desk, assessor, relay, Pressure(door), photos, sealing, _now, notices.budget.pushes)
    return house, hall


def top_of(registry: Registry, editions: Sequence[RuleBook]) -> Division:
    """Return the division at the top of the deployment: where nobody knows the place, its office decides."""
    return at_level(next(iter(registry.reaches.values())).division, editions[-1].top.value)


async def _see_what_waits(hall: Hall) -> None:
    while True:
        try:
            hall.pressure.see(await leads.waiting(hall.pool, LOOKED_AT))
        except Away:
            log.warning("waiting_not_counted")
        await asyncio.sleep(LOOK_EVERY)


async def _forget_the_unclaimed(hall: Hall) -> None:
    while True:
        try:
            await hall.sealing.forget_unclaimed()
        except (Away, NotLetIn) as trouble:
            log.warning("unclaimed_reporters_stay", trouble=type(trouble).__name__)
        await asyncio.sleep(FORGET_EVERY)


async def _stay_healthy(server: uvicorn.Server, settings: Settings) -> None:
    """Touch the health file, if there is one, for as long as requests are served."""
    while True:
        if server.started and settings.health_file:
            settings.health_file.touch()
        await asyncio.sleep(settings.health_every.total_seconds() if server.started else SOON)


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Serve, or say what is wrong with a file or a setting."""
    settings = read_settings()
    set_up_logs(settings.log_format, settings.log_level)
    try:
        return uvloop.run(serve(settings))
    except (Unreadable, NoShelf, BadKeys, CannotShow) as faulty:
        sys.stderr.write(f"{faulty}\n")
        return 2


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit sometimes aborts in the SDK's threads and looks like a crash
