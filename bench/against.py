"""对照: G10 and G11: the same lives in DBOS, and in a table with a poller, on the same machine."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.against_told import IN_FLIGHT, LIVES, Aside, Seen, against_dbos, against_table
from bench.figures import Section
from bench.floor import bare_late_lives
from bench.ground import Keeping
from bench.kills import PEER, Killed, kill_once
from bench.lateness import (
    LIMIT,
    PEER_LAPSES,
    RATE,
    SERVICE_LAPSES,
    Late,
    late_lives,
    patient_lives,
    patient_rules,
)
from bench.lives import Lives, ServiceLives, live_all
from bench.pairs import one_round
from bench.peers.dbos_peer import DbosLives, dbos_at_work
from bench.peers.dbos_worker import Keeping as DbosKeeping
from bench.peers.table import TableLives, table
from bench.rules import write_rules
from bench.script import Part, parts
from bench.session import Session
from store.pool import Pool

COMING = 60
"""Lives of the open loop, after the lives in flight."""
TABLE_LIVES = 800
KILLS = 2
BY_HAND = 2
"""Pairs in which DBOS is also run with its rows kept by hand."""
QUICK, SLOW = 1.0, 60.0
"""Seconds between two looks of a poller."""


async def measure(session: Session, slow: float = SLOW) -> tuple[Section, ...]:
    """G10 and G11: pairs of the service and DBOS; then the table with either poller, and kills of DBOS."""
    folder = session.folder / "rules"
    rules = {"quick": write_rules(folder, "quick"), "patient": patient_rules(folder)}
    pairs = []
    for number in range(session.pairs):
        variants = {
            "service": partial(_service, session, rules, f"service-{number}"),
            **{
                keeping.value: partial(_dbos, session, f"dbos_{keeping}_{number}", keeping)
                for keeping in DbosKeeping
                if keeping is DbosKeeping.TRANSACTION or number < BY_HAND
            },
        }
        pairs.append(await one_round(variants, session.dice))
        seen = (f"{name} {one.rate:.1f}/s {one.late.p99:.0f} ms" for name, one in pairs[-1].items())
        session.tell(f"{number + 1}/{session.pairs}: {', '.join(seen)}")
    aside = await _aside(session, slow)
    return against_dbos(pairs, aside), against_table([pair["service"] for pair in pairs], aside)


async def _service(session: Session, rules: dict[str, Path], run: str) -> Seen:
    async with session.ground.site(rules["quick"], Keeping.FSYNC) as site:
        await site.start_service()
        patient = patient_lives(site, rules["patient"])
        seen = await _seen(ServiceLives(site), patient, site.pool, SERVICE_LAPSES, run)
        await site.start_bare()
        await bare_late_lives(site.client, f"{run}-warm", 5)
        return replace(seen, floor=await bare_late_lives(site.client, f"{run}-floor", COMING))


async def _dbos(session: Session, run: str, keeping: DbosKeeping) -> Seen:
    async with dbos_at_work(session.ground, session.folder, run, keeping) as dbos:
        return await _seen(DbosLives(dbos), DbosLives(dbos, LIMIT), dbos.pool, PEER_LAPSES, run)


async def _seen(lives: Lives, patient: Lives, pool: Pool, question: str, run: str) -> Seen:
    warm = parts(f"{run}-warm", 5)
    await live_all(lives, warm, IN_FLIGHT)
    seconds, words = await live_all(_Further(lives, len(warm)), parts(f"{run}-life", LIVES), IN_FLIGHT)
    return Seen(LIVES / seconds, words, await late_lives(patient, pool, question, f"{run}-late", COMING))


class _Further:
    """Lives of a system that has lived some already."""

    def __init__(self, lives: Lives, lived: int) -> None:
        self._lives = lives
        self._lived = lived

    async def begin(self, part: Part) -> str:
        return await self._lives.begin(part)

    async def speak(self, life: str, number: int, part: Part) -> None:
        await self._lives.speak(life, number, part)

    async def wait_for_rows(self, lives: int) -> None:
        await self._lives.wait_for_rows(self._lived + lives)


async def _aside(session: Session, slow: float) -> Aside:
    """Measure both pollers side by side, for neither works hard, and kill DBOS while the slow one sleeps."""
    ground, folder = session.ground, session.folder
    first = session.dice.uniform(0, slow)
    async with table(ground, folder, "slow_table", slow, first) as slowly, asyncio.TaskGroup() as group:
        # The deadlines of one whole interval: wherever its phase lies, every lateness comes up.
        lasting = group.create_task(_polled(slowly, "slow", int(RATE * slow), within=2 * slow + 30))
        quick = []
        async with table(ground, folder, "quick_table", QUICK, 0.0) as quickly:
            for number in range(session.pairs):
                quick.append(await _polled(quickly, f"quick-{number}", COMING))
                session.tell(f"table, poller {QUICK:g} s: p99 {quick[-1].p99:.0f} ms")
            seconds, _ = await live_all(TableLives(quickly), parts("table", TABLE_LIVES), IN_FLIGHT)
        killed = [await _kill_dbos(session, number) for number in range(min(KILLS, session.pairs))]
    return Aside(quick, lasting.result(), TABLE_LIVES / seconds, killed)


async def _polled(pool: Pool, run: str, count: int, within: float = 30.0) -> Late:
    return await late_lives(TableLives(pool, LIMIT), pool, PEER_LAPSES, run, count, within)


async def _kill_dbos(session: Session, number: int) -> Killed:
    async with dbos_at_work(session.ground, session.folder, f"killed_{number}") as dbos:
        lives = DbosLives(dbos, LIMIT)
        killed = await kill_once(lives, dbos.executor, dbos.pool, PEER, f"killed-{number}", session.dice)
    session.tell(f"DBOS kill -9: {killed}")
    return killed
