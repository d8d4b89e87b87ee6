"""平坦: what accepting and commanding cost with fifty thousand open issues, and with a thousand."""

import asyncio
import itertools
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy

from bench.crowd import CALLERS, IDLE, WINDOW, Crowd, by
from bench.figures import Detail, Figure, Section, at_most, figure, percentile
from bench.filling import fill
from bench.ground import REGISTRY, Site
from bench.pairs import one_round
from bench.past import Past, just_opened
from bench.rules import write_rules
from bench.session import Session
from domain.issue.views import attributes
from domain.issue.wording import subject
from reading.registry import read_registry
from reading.rulebook import read_editions
from workflows.issue import Beginning, IssueWorkflow
from workflows.names import BY_NAME, TASK_TIMEOUT, issue_workflow_id

CACHED = 20_000
"""The worker can hold every real issue: what is measured is many open issues, not a small cache."""
PARKED_FROM = 400_001
"""The first number of a parked issue: far above those that the desk will draw."""
DELAY = timedelta(days=30)
KINDS = 50
"""How many different issues are parked, each many times."""


class Size(NamedTuple):
    """How many issues are open at either site, and how often each is asked in one pair."""

    few: int = 1_000
    real: int = 5_000
    parked: int = 45_000
    alone: int = 30
    together: int = 80


class Cost(NamedTuple):
    """What one act cost: seconds for each alone, and CPU milliseconds a piece with all callers at once."""

    took: Sequence[float]
    cpu: float

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return 1000 * statistics.median(self.took)


class Costs(NamedTuple):
    """One block of one site."""

    accept: Cost
    command: Cost


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G8."""
    return (await flatness(session, Size()),)


async def flatness(session: Session, size: Size) -> Section:
    """Keep two sites alive, one with few and one with many open issues, and measure them in turn."""
    rules = write_rules(session.folder, "flatness")
    async with session.ground.site(rules) as small, session.ground.site(rules) as large:
        few, many = await Crowd.at(small, CACHED), await Crowd.at(large, CACHED)
        await few.grow(size.few, session.tell)
        await many.grow(size.real, session.tell)
        await _park(large, size.parked, session)
        await asyncio.gather(few.drained(), many.drained())
        rounds = []
        for pair in range(session.pairs + 1):
            variants = {
                name: partial(_costs_of, crowd, size, session.dice)
                for name, crowd in (("few", few), ("many", many))
            }
            rounds.append(await one_round(variants, session.dice))
            session.tell(f"平坦 flatness: {pair}/{session.pairs}")
        details = [_memory("few", few), _memory("many", many)]
    return _section(rounds[1:], size, details)


def _memory(name: str, crowd: Crowd) -> Detail:
    spent = crowd.site.spent()
    numbers = {"server MB": spent["server"].memory / 1e6, "worker MB": spent["issues"].memory / 1e6}
    return Detail(variant=f"{name}: memory", numbers=numbers)


async def _costs_of(crowd: Crowd, size: Size, dice: random.Random) -> Costs:
    """Measure accepts, then commands: first one at a time, then all callers at once."""
    return Costs(
        await _cost(crowd, size, crowd.open),
        await _cost(crowd, size, partial(crowd.assign, dice=dice)),
    )


async def _cost(crowd: Crowd, size: Size, act: Callable[[int, int], Awaitable[list[float]]]) -> Cost:
    took = await act(size.alone, 1)
    before = await crowd.drained()
    await act(size.together, CALLERS)
    after = await crowd.drained()
    return Cost(took, 1000 * (sum(after.values()) - sum(before.values())) / size.together)


async def _park(site: Site, issues: int, session: Session) -> None:
    """Start issues as the desk does, but not before a month has passed; fill in the rows they would have."""
    book, registry = read_editions(site.rules)[-1], read_registry(REGISTRY)
    lives = just_opened(book, registry, datetime.now(UTC), KINDS, session.dice)
    numbers = await fill(site.pool, lives, issues, session.tell, first=PARKED_FROM)
    waiting = zip(numbers, itertools.cycle(lives), strict=False)
    started = itertools.count(1)

    async def start() -> None:
        await _start_later(site, *next(waiting))
        if (number := next(started)) % 500 == 0:
            session.tell(f"停放 parked: {number}/{issues}")

    await by(CALLERS, start, issues)


async def _start_later(site: Site, issue_id: str, life: Past) -> None:
    shown = [
        SearchAttributePair(BY_NAME[name], value)
        for name, value in attributes(life.issue).items()
        if value is not None
    ]
    await site.client.start_workflow(
        IssueWorkflow.run,
        Beginning(opening=life.opening.model_copy(update={"issue_id": issue_id})),
        id=issue_workflow_id(issue_id),
        task_queue="issues",
        task_timeout=TASK_TIMEOUT,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        search_attributes=TypedSearchAttributes(shown),
        static_summary=subject(life.issue),
        start_delay=DELAY,
    )


def _section(rounds: Sequence[dict[str, Costs]], size: Size, details: Sequence[Detail]) -> Section:
    opened = size.real + size.parked
    return Section(
        id="G8",
        title="平坦 flatness",
        how=(
            f"两套服务器同时在场、轮流量:一套 {size.few:,} 件在办,一套 {opened:,} 件。后者有 {size.real:,} 件"
            f"真正立案、在工作进程中,{size.parked:,} 件是停放的:同样的启动内容,推迟 30 天开始,日志和读模型"
            "成批装入。每次等服务器和工作进程闲下来才量。"
            " Two servers side by side, measured in turn: one with"
            f" {size.few:,} open issues, one with {opened:,}. Of these {size.real:,} were really opened"
            f" through the desk and live in the worker; {size.parked:,} are parked: started with the"
            " service's own payload and a start delay of 30 days, their journal and read model filled in"
            f" bulk. Each measure waits until the backlog is drained (server and worker below {IDLE:.0%} of"
            f" a core for {WINDOW:.0f} s). The worker's cache holds all real ones. In a pair: {size.alone}"
            f" acts one after the other (p50), {size.together} by {CALLERS} callers (CPU of server, worker,"
            " Postgres and caller until all is idle again)."
        ),
        figures=tuple(_figures(rounds)),
        details=(*details, *_costs(rounds)),
    )


def _figures(rounds: Sequence[dict[str, Costs]]) -> list[Figure]:
    bar = at_most(1.3, 1.15)
    accepts = [(each["many"].accept, each["few"].accept) for each in rounds]
    commands = [(each["many"].command, each["few"].command) for each in rounds]
    named = (("accept", "立案 accept", accepts), ("command", "指令 command", commands))
    return [
        made
        for name, what, costs in named
        for made in (
            figure(f"G8.{name}.p50", f"{what}: p50", [many.p50 / few.p50 for many, few in costs], bar),
            figure(f"G8.{name}.cpu", f"{what}: CPU", [many.cpu / few.cpu for many, few in costs], bar),
        )
    ]


def _costs(rounds: Sequence[dict[str, Costs]]) -> list[Detail]:
    details = []
    for name in ("few", "many"):
        for act in ("accept", "command"):
            costs: list[Cost] = [getattr(each[name], act) for each in rounds]
            took = [1000 * each for cost in costs for each in cost.took]
            numbers = {
                "p50 ms": percentile(took, 0.5),
                "p99 ms": percentile(took, 0.99),
                "CPU ms": statistics.median(cost.cpu for cost in costs),
            }
            details.append(Detail(variant=f"{name}: {act}", numbers=numbers))
    return details
