"""对照: G10 and G11: the same lives in DBOS, and in a table with a poller, on the same machine."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.figures import Detail, Section, at_least, at_most, figure, percentile
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

IN_FLIGHT = 32
LIVES = 80
COMING = 60
"""Lives of the open loop, after the lives in flight."""
TABLE_LIVES = 800
KILLS = 2
BY_HAND = 2
"""Pairs in which DBOS is also run with its rows kept by hand."""
NAMES = {"service": "service", "transaction": "DBOS", "step": "DBOS by hand"}
QUICK, SLOW = 1.0, 60.0
"""Seconds between two looks of a poller."""


@dataclass(frozen=True)
class Seen:
    """What one system did in one pair: lives a second, the seconds of its words, how late its lapses were."""

    rate: float
    words: Sequence[float]
    late: Late

    def detail(self, variant: str) -> Detail:
        """Return it as a line of the details."""
        rate = {"lives/s": self.rate, "word p50 ms": 1000 * percentile(self.words, 0.5)}
        return Detail(variant=variant, numbers={**rate, **self.late.numbers})


@dataclass(frozen=True)
class Aside:
    """What was measured after the pairs."""

    quick: list[Late]
    slow: Late
    rate: float
    killed: list[Killed]


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
    return _against_dbos(pairs, aside), _against_table([pair["service"] for pair in pairs], aside)


async def _service(session: Session, rules: dict[str, Path], run: str) -> Seen:
    async with session.ground.site(rules["quick"], Keeping.FSYNC) as site:
        await site.start_service()
        patient = patient_lives(site, rules["patient"])
        return await _seen(ServiceLives(site), patient, site.pool, SERVICE_LAPSES, run)


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


def _against_dbos(pairs: Sequence[dict[str, Seen]], aside: Aside) -> Section:
    by_hand = [pair for pair in pairs if DbosKeeping.STEP in pair]
    return Section(
        id="G10",
        title="与 DBOS 对照 against DBOS with a result",
        how=f"两者每次提交都落盘(fsync)。同一剧本,{IN_FLIGHT} 件在办、{LIVES} 件一轮,五分之一到期;"
        f"随后每秒 {RATE:g} 件看迟到。DBOS 3.4.0 的执行进程单独成一进程,由 DBOSClient 入队、send、get_event,"
        "队列每 0.2 秒看一次。各行用它推荐的事务写(数据源,恰好一次);另列手写的一步一条语句(可能重复),"
        "更省,只在前两对。强杀与 G7 同一做法。Both durable. Case life, then an open loop. DBOS as documented "
        "for callers outside its process: executor in a process of its own; enqueue, send and get_event by "
        "DBOSClient with notifications; queue polled each 0.2 s; rows in transactions of its datasource, "
        "as it recommends for databases (exactly once). Told beside it: rows by hand in a step that may come "
        "twice, which is cheaper, in the first two pairs. Its kills are made as in G7.",
        figures=(
            figure("G10.rate", "每秒件数 lives/s ÷ DBOS", _rates(pairs, "transaction"), at_least(2.0, 2.5)),
            figure(
                "G10.late",
                "迟到 p99 lateness p99 ÷ DBOS",
                _lates(pairs, "transaction"),
                at_most(1 / 2, 1 / 3),
            ),
            figure("G10.rate.step", "每秒件数 lives/s ÷ DBOS by hand", _rates(by_hand, "step"), None),
            figure("G10.late.step", "迟到 p99 lateness p99 ÷ DBOS by hand", _lates(by_hand, "step"), None),
        ),
        details=(
            *(
                pair[name].detail(f"{NAMES[name]} {number}")
                for name in NAMES
                for number, pair in enumerate(pairs, 1)
                if name in pair
            ),
            *(one.detail(f"DBOS kill -9 {number}") for number, one in enumerate(aside.killed, 1)),
        ),
        series={
            NAMES[name]: tuple(ms for pair in pairs if name in pair for ms in pair[name].late.late)
            for name in NAMES
        },
    )


def _rates(pairs: Sequence[dict[str, Seen]], peer: str) -> list[float]:
    return [pair["service"].rate / pair[peer].rate for pair in pairs]


def _lates(pairs: Sequence[dict[str, Seen]], peer: str) -> list[float]:
    return [pair["service"].late.p99 / pair[peer].late.p99 for pair in pairs]


def _against_table(ours: Sequence[Seen], aside: Aside) -> Section:
    quick = [own.late.p99 / polled.p99 for own, polled in zip(ours, aside.quick, strict=True)]
    slow = [own.late.p99 / aside.slow.p99 for own in ours]
    rate = percentile([own.rate for own in ours], 0.5)
    rates = {"table lives/s": aside.rate, "service lives/s": rate, "table ÷ service": aside.rate / rate}
    return Section(
        id="G11",
        title="与表加轮询对照 against a table with a poller",
        how=f"表加轮询的吞吐远高于本服务(此处每秒 {aside.rate:.0f} 件对 {rate:.0f} 件)。这并不要紧:"
        "全国每年一千万次制止,平均每秒只有 0.3 件;要紧的是到期之后多久有人知道。轮询 60 秒者只跑一轮,"
        f"到期时刻铺满整整一个间隔。The table's throughput is far higher ({aside.rate:.0f} against "
        f"{rate:.0f} lives a second here). That does not matter at real loads: ten million stops a year are "
        "0.3 a second; what matters is how soon somebody knows of a lapse. The lateness of the service is "
        "that of G10, fsync for fsync; the table was measured after those pairs, one run of the 60 s poller "
        "beside all runs of the 1 s poller, its deadlines spread over one whole interval.",
        figures=(
            figure("G11.1s", "迟到 p99 ÷ 每秒轮询 poller of 1 s", quick, at_most(1 / 5, 1 / 8)),
            figure("G11.60s", "迟到 p99 ÷ 每分钟轮询 poller of 60 s", slow, at_most(1 / 200, 1 / 400)),
        ),
        details=(
            Detail(variant="吞吐 throughput", numbers=rates),
            *(
                Detail(variant=f"轮询 poller 1 s {number}", numbers=polled.numbers)
                for number, polled in enumerate(aside.quick, 1)
            ),
            Detail(variant="轮询 poller 60 s", numbers=aside.slow.numbers),
        ),
        series={
            "service": tuple(ms for own in ours for ms in own.late.late),
            "table, 1 s": tuple(ms for polled in aside.quick for ms in polled.late),
        },
    )
