"""G1 立案: accepting a report (a durable row and a started issue) against a raw start of the yardstick."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bench.figures import Detail, Section, at_least, figure
from bench.lives import BareLives, Lives, ServiceLives
from bench.pairs import one_round
from bench.rules import write_rules
from bench.script import Part, parts
from bench.session import Session

IN_FLIGHT = 32
STARTS = 240
WARM_UP = 30

HOW = (
    "32 callers, 240 reports of 968 bytes each time. The service: the desk's own way, a row with its number, "
    "then the start. The yardstick: a bare start with the report as its argument, on the same server (file, "
    "synchronous=1) with no worker, then with its own worker alive. Workers without sandbox."
)

ALONE = "立案 ÷ 无工作进程时的空启动 accepts ÷ raw starts without a worker"
SERVED = "立案 ÷ 有工作进程时的空启动 accepts ÷ raw starts with a worker"


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
            await begin_all(ServiceLives(served), parts("warm", WARM_UP, one_lapses_in=0))
            for site in (served, alone):
                await begin_all(BareLives(site.client), parts("warm-bare", WARM_UP, one_lapses_in=0))
            variants: dict[str, Callable[[], Awaitable[float]]] = {
                "accept": partial(_rate, ServiceLives(served), f"a{pair}"),
                "start, no worker": partial(_rate, BareLives(alone.client), f"n{pair}"),
                "start, worker alive": partial(_rate, BareLives(served.client), f"w{pair}"),
            }
            rates.append(await one_round(variants, session.dice))
        told = ", ".join(f"{name} {rate:.0f}/s" for name, rate in rates[-1].items())
        session.tell(f"{pair + 1}/{session.pairs}: {told}")
    return (_section(rates),)


async def _rate(lives: Lives, run: str) -> float:
    return await begin_all(lives, parts(run, STARTS, one_lapses_in=0))


def _section(rates: Sequence[dict[str, float]]) -> Section:
    accepts = [each["accept"] for each in rates]
    alone = [accept / each["start, no worker"] for accept, each in zip(accepts, rates, strict=True)]
    served = [accept / each["start, worker alive"] for accept, each in zip(accepts, rates, strict=True)]
    return Section(
        id="G1",
        title="立案 accept",
        how=HOW,
        figures=(
            figure(
                "G1a",
                "立案 ÷ 无工作进程的空启动 accepts ÷ raw starts without a worker",
                alone,
                at_least(0.60, 0.75),
            ),
            figure(
                "G1b",
                "立案 ÷ 有工作进程的空启动 accepts ÷ raw starts with a worker",
                served,
                at_least(0.80, 0.90),
            ),
        ),
        details=tuple(
            Detail(variant=name, numbers={"每秒 per second": sum(each[name] for each in rates) / len(rates)})
            for name in rates[0]
        ),
    )
