"""内存: what a worker needs for an issue that it holds in memory, and for one that it does not."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from bench.crowd import Crowd
from bench.figures import Detail, Section, at_most, figure
from bench.rules import write_rules
from bench.session import Session
from memory import LOOK_EVERY

STEPS = 5
SMALL_CACHE = 100


class Weight(NamedTuple):
    """How many bytes a worker had at so many open issues."""

    issues: int
    memory: int


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G9."""
    return (await memory(session),)


async def memory(session: Session, first: int = 100, last: int = 1_500) -> Section:
    """Open issues at a worker that holds them all, and at one that holds few; weigh both as they grow."""
    beyond = first + 3 * SMALL_CACHE
    rules = write_rules(session.folder, "memory")
    async with session.ground.site(rules) as site:
        held = await _weigh(await Crowd.at(site, cached=2 * last), first, last, session)
    async with session.ground.site(rules) as site:
        let_go = await _weigh(await Crowd.at(site, SMALL_CACHE), beyond, last, session)
    return Section(
        id="G9",
        title="内存 worker memory",
        how=(
            f"真正立案 {last:,} 件,分 {STEPS} 步;每步等工作进程闲下来并打扫过,看其独占内存(USS)。"
            "第一步之前已有若干件,迟到的导入不计在内。"
            f"一个工作进程全部留在内存,另一个只留 {SMALL_CACHE} 件。"
            f" {last:,} issues really opened in {STEPS} steps; after each, once the worker is idle and has"
            f" swept, its memory (USS). {first} came before the first step (with the small cache {beyond}),"
            f" so that late imports do not count. One worker holds all of them, the other {SMALL_CACHE}."
        ),
        figures=(
            figure("G9.cached", "每件在内存的问题 a cached issue", _growth(held), at_most(100, 80), "KB"),
            figure("G9.uncached", "缓存之外每件 one beyond the cache", _slope(let_go), at_most(3, 1), "KB"),
        ),
        details=(*_details("all", held), *_details(f"{SMALL_CACHE}", let_go)),
    )


def _details(cached: str, weights: Sequence[Weight]) -> list[Detail]:
    return [
        Detail(variant=f"{cached} held, {each.issues} open", numbers={"MB": each.memory / 1e6})
        for each in weights
    ]


async def _weigh(crowd: Crowd, first: int, last: int, session: Session) -> list[Weight]:
    """Return the bytes of the worker after the first issues, and after each step."""
    weights = []
    for step in range(STEPS + 1):
        await crowd.grow(first + (last - first) * step // STEPS, session.tell)
        await crowd.drained()
        await asyncio.sleep(2 * LOOK_EVERY)  # an idle worker sweeps at its next look
        weights.append(Weight(len(crowd.silent), crowd.site.spent()["issues"].memory))
    return weights


def _growth(weights: Sequence[Weight]) -> list[float]:
    """Return the KB that each further issue took, step by step."""
    steps = itertools.pairwise(weights)
    return [(after.memory - before.memory) / (after.issues - before.issues) / 1e3 for before, after in steps]


def _slope(weights: Sequence[Weight]) -> list[float]:
    """Return the KB that each further issue took over all steps: what the allocator keeps comes in bursts."""
    return _growth((weights[0], weights[-1]))
