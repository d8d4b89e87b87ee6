"""G1 立案: accepting a report (a durable row and a started issue) against a raw start of the yardstick."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from bench.crowd import drained
from bench.endpoint import Endpoint
from bench.figures import Detail, Section, at_least, figure
from bench.ground import Site
from bench.lives import BareLives, Lives, ServiceLives
from bench.pairs import one_round
from bench.rules import write_rules
from bench.script import Part, parts
from bench.session import Session

IN_FLIGHT = 32
STARTS = 240
WARM_UP = 30

HOW = (
    "32 路并发,每轮 240 件 968 字节的线索;每一变体之前等服务器和工作进程闲下来。受理(HTTP):与 make up 相"
    "同的受理窗口进程,带河长办通行证 POST /reports,各件河段或类别不同,因而各自立案。受理算到最后一张回执,"
    "线索已落盘(fsync),流程由中继随后启动;报送至立案算到最后一件的立案事实进入日志,裸启动没有这一步。"
    " 32 callers, 240 reports of 968 bytes each time, each variant once server and workers are idle. The "
    "service: the desk's own way, a row with its number, then the start. The yardstick: a bare start with "
    "the report as its argument, on the same server (file, synchronous=1) with no worker, then with its "
    "own worker alive. Over HTTP: python -m intake as make up runs it, POST /reports with an office's "
    "token, each of another reach or kind, so that each opens; the caller writes HTTP by hand, as httpx "
    "would take 3 ms of the same cores. A receipt: the lead is on the disk (fsync), and the relay "
    "starts its workflow meanwhile or later. An issue: the opening is a fact in the journal, which no "
    "bare start comes to. Workers without sandbox."
)

ACCEPT, ALONE, SERVED, HTTP = "accept", "start, no worker", "start, worker alive", "HTTP"
RECEIPT, ISSUE = "HTTP: until the receipt", "HTTP: until the issue"

Rates: TypeAlias = Mapping[str, float]


async def begin_all(lives: Lives, some: Sequence[Part]) -> float:
    """Begin lives, 32 at a time; return how many a second."""
    place = asyncio.Semaphore(IN_FLIGHT)

    async def begin(part: Part) -> None:
        async with place:
            await lives.begin(part)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for part in some:
            group.create_task(begin(part))
    return len(some) / (time.perf_counter() - begun)


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G1: accepts against raw starts without and with a worker, in pairs."""
    rules = write_rules(session.folder / "rules-accept")
    rates: list[dict[str, float]] = []
    for pair in range(session.pairs):
        async with session.ground.site(rules) as alone, session.ground.site(rules) as served:
            await served.start_service()
            await served.start_bare()
            endpoint = await Endpoint.at(served, session.dice)
            await begin_all(ServiceLives(served), parts("warm", WARM_UP, one_lapses_in=0))
            for site in (served, alone):
                await begin_all(BareLives(site.client), parts("warm-bare", WARM_UP, one_lapses_in=0))
            await endpoint.report(WARM_UP, IN_FLIGHT)
            variants: dict[str, Callable[[], Awaitable[Rates]]] = {
                ACCEPT: partial(_rate, ACCEPT, ServiceLives(served), f"a{pair}", served),
                ALONE: partial(_rate, ALONE, BareLives(alone.client), f"n{pair}", served),
                SERVED: partial(_rate, SERVED, BareLives(served.client), f"w{pair}", served),
                HTTP: partial(_rate_of_http, endpoint, served),
            }
            given = await one_round(variants, session.dice)
        rates.append({name: rate for some in given.values() for name, rate in some.items()})
        told = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates[-1].items())
        session.tell(f"{pair + 1}/{session.pairs}: {told}")
    return (_section(rates),)


async def _rate(name: str, lives: Lives, run: str, busy: Site) -> Rates:
    await drained(busy)
    return {name: await begin_all(lives, parts(run, STARTS, one_lapses_in=0))}


async def _rate_of_http(endpoint: Endpoint, busy: Site) -> Rates:
    await drained(busy)
    received = await endpoint.report(STARTS, IN_FLIGHT)
    return {RECEIPT: received.receipts, ISSUE: received.issues}


def _section(rates: Sequence[dict[str, float]]) -> Section:
    def ratio(name: str, yardstick: str) -> list[float]:
        return [each[name] / each[yardstick] for each in rates]

    without, beside = "÷ 无工作进程的空启动", "÷ 有工作进程的空启动"
    return Section(
        id="G1",
        title="立案 accept",
        how=HOW,
        figures=(
            figure(
                "G1a",
                f"立案 {without} accepts ÷ raw starts without a worker",
                ratio(ACCEPT, ALONE),
                at_least(0.60, 0.75),
            ),
            figure(
                "G1b",
                f"立案 {beside} accepts ÷ raw starts with a worker",
                ratio(ACCEPT, SERVED),
                at_least(0.80, 0.90),
            ),
            figure(
                "G1c",
                f"受理(HTTP) {beside} receipts over HTTP ÷ raw starts with a worker",
                ratio(RECEIPT, SERVED),
                at_least(0.80, 0.90),
            ),
            figure(
                "G1d",
                f"报送至立案(HTTP) {beside} reports over HTTP that are issues ÷ raw starts with a worker",
                ratio(ISSUE, SERVED),
                asked=None,
            ),
        ),
        details=tuple(
            Detail(variant=name, numbers={"每秒 per second": sum(each[name] for each in rates) / len(rates)})
            for name in rates[0]
        ),
    )
