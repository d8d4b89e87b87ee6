"""读面: a hundred thousand issues, a million facts: how lists, counts and the journal's append bear them."""

import asyncio
import itertools
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from bench.appending import CALLERS, Appending, Rate
from bench.figures import Detail, Figure, Section, at_least, figure, percentile
from bench.filling import fill
from bench.ground import CONNECTIONS, REGISTRY
from bench.pairs import one_round
from bench.past import opened, pasts
from bench.rules import ZIYANG
from bench.session import Session
from domain.issue.fact_base import Event
from domain.posts import Division, at_level
from domain.rulebook import RuleBook
from domain.terms import Level, Stage
from reading.registry import Registry, read_registry
from reading.rulebook import read_editions
from store.board import Place, Wanted, counts, page
from store.migrate import migrate
from store.pool import Pool, close, open_pool
from store.proof import verify_chain

STAGES = (None, None, Stage.STOPPED, Stage.RECTIFYING, Stage.ACCEPTED)
OVERDUE = (None, None, True, False)


class Size(NamedTuple):
    """How much is filled, asked and appended."""

    many: int = 100_000
    few: int = 1_000
    lives: int = 600
    asks: int = 200
    letters: int = 800


class Asked(NamedTuple):
    """How many milliseconds each question took, by level of the office that asks, and of the board."""

    pages: defaultdict[Level, list[float]]
    boards: list[float]

    @property
    def page(self) -> float:
        """The median page of all offices."""
        return statistics.median(itertools.chain.from_iterable(self.pages.values()))

    @property
    def board(self) -> float:
        """The median board."""
        return statistics.median(self.boards)


async def measure(session: Session) -> tuple[Section, ...]:
    """Measure G13."""
    return (await read_side(session, Size()),)


async def read_side(session: Session, size: Size) -> Section:
    """Fill two databases, ask both the same in turn, and append to the larger one."""
    registry, book = read_registry(REGISTRY), read_editions(ZIYANG)[-1]
    lives = await asyncio.to_thread(pasts, book, registry, datetime.now(UTC), size.lives, session.dice)
    pools = {name: await _fresh(session, name) for name in ("few", "many")}
    try:
        await fill(pools["few"], lives, size.few, session.tell)
        await _is_as_the_service_writes(pools["few"])
        await fill(pools["many"], lives, size.many, session.tell)
        facts = await pools["many"].fetchval("SELECT count(*) FROM issue_facts")
        asked = await _ask_in_pairs(session, pools, [life.head.division for life in lives], size.asks)
        begin = partial(_begin, book, registry, session.dice)
        kept = await _append_in_pairs(session, pools["many"], size.letters, begin)
    finally:
        for pool in pools.values():
            await close(pool)
    return _section(asked, kept, size, facts)


async def _fresh(session: Session, name: str) -> Pool:
    dsn = await session.ground.database(f"read_{name}")
    await migrate(dsn)
    return await open_pool(dsn, CONNECTIONS)


async def _is_as_the_service_writes(pool: Pool) -> None:
    """Verify every chain, and every row of the read model against what its journal retells."""
    if breaks := (await verify_chain(pool)).breaks:
        raise RuntimeError(f"装入的日志不成链 (what was filled is no chain): {breaks[0]}")


async def _ask_in_pairs(
    session: Session, pools: Mapping[str, Pool], divisions: Sequence[Division], asks: int
) -> list[dict[str, Asked]]:
    rounds = []
    for pair in range(session.pairs + 1):
        questions = _questions(divisions, asks, session.dice)
        variants = {name: partial(_ask, pool, questions) for name, pool in pools.items()}
        rounds.append(await one_round(variants, session.dice))
        session.tell(f"查询 asked: {pair}/{session.pairs}")
    return rounds[1:]  # the first warms up


def _questions(divisions: Sequence[Division], asks: int, dice: random.Random) -> list[tuple[Level, Wanted]]:
    levels = itertools.islice(itertools.cycle((Level.CITY, Level.COUNTY, Level.TOWNSHIP)), asks)
    return [
        (level, Wanted(at_level(dice.choice(divisions), level), dice.choice(STAGES), dice.choice(OVERDUE)))
        for level in levels
    ]


async def _ask(pool: Pool, questions: Sequence[tuple[Level, Wanted]]) -> Asked:
    asked = Asked(defaultdict(list), [])
    for level, wanted in questions:
        begun = time.perf_counter()
        rows = await page(pool, wanted)
        asked.pages[level].append(_since(begun))
        if rows:
            begun = time.perf_counter()
            await page(pool, wanted, Place.of(rows[-1]))
            asked.pages[level].append(_since(begun))
        begun = time.perf_counter()
        await counts(pool, wanted.division)
        await page(pool, Wanted(wanted.division))
        asked.boards.append(_since(begun))
    return asked


def _begin(book: RuleBook, registry: Registry, dice: random.Random, number: str) -> list[Event]:
    return opened(book, registry, datetime.now(UTC), number, dice)


async def _append_in_pairs(
    session: Session, pool: Pool, lives: int, begin: Callable[[str], list[Event]]
) -> list[dict[str, Rate]]:
    appending = await Appending.to(pool, session.ground.postgres.pid, lives, begin, session.dice)
    rounds = []
    for pair in range(session.pairs + 1):
        written = await asyncio.to_thread(appending.letters)
        variants = {
            "bare": lambda: appending.written_bare(written),  # noqa: B023 - called in this round
            "record": lambda: appending.recorded(written),  # noqa: B023 - the same
        }
        rounds.append(await one_round(variants, session.dice))
        session.tell(f"添记 appended: {pair}/{session.pairs}")
    return rounds[1:]  # the first warms up: a connection plans its first five statements anew


def _since(begun: float) -> float:
    return 1000 * (time.perf_counter() - begun)


def _section(
    asked: Sequence[Mapping[str, Asked]], kept: Sequence[Mapping[str, Rate]], size: Size, facts: int
) -> Section:
    figures = (
        figure(
            "G13.append",
            "日志添记的速率 ÷ 直写 append of a letter ÷ raw asyncpg",
            [each["record"].letters / each["bare"].letters for each in kept],
            at_least(0.4, 0.6),
        ),
        _told(
            "G13.list",
            f"列表 p50:{size.many:,} ÷ {size.few:,} 件 a page",
            [each["many"].page / each["few"].page for each in asked],
        ),
        _told(
            "G13.board",
            "看板 board (counts and first page), the same",
            [each["many"].board / each["few"].board for each in asked],
        ),
        _told("G13.list.p50", "列表 a page", [each["many"].page for each in asked], "ms"),
        _told("G13.board.p50", "看板 a board", [each["many"].board for each in asked], "ms"),
    )
    return Section(
        id="G13",
        title="读面 read side",
        how=(
            f"{size.many:,} 件问题、{facts:,} 条事实:由规则本身作出的 {size.lives} 段往事换号复制,哈希链真实,"
            f"其中 {size.few:,} 件全部复核。添记:案件一生的信(一次立案、四句话、五生一次逾期;事实、告知、"
            f"读模型)÷ 一条语句写两行,{CALLERS} 路并发,同一连接池,表同样大。"
            f" {size.lives} lives made by the rule book, copied under new numbers, with a real chain of"
            " hashes; the letters are those of the case life (an opening, four words, one deadline in five"
            " that lapses) with their effects; the yardstick upserts a row and appends one, in one statement"
            " and one commit, into tables of the same size. Lists and boards are asked alike of both"
            " databases: by city, county, township; by stage, by lateness;"
            " the next page, too. Bars: a page within 10 ms, a city's board within 50 ms; a count grows with"
            " what is open."
        ),
        figures=figures,
        details=(*_asked_details(asked), *_kept_details(kept)),
    )


def _told(name: str, what: str, values: Sequence[float], unit: str = "ratio") -> Figure:
    return figure(name, what, values, None, unit)


def _asked_details(asked: Sequence[Mapping[str, Asked]]) -> list[Detail]:
    details = []
    for name in ("few", "many"):
        took = {
            f"list, {level.name.lower()}": list(
                itertools.chain.from_iterable(each[name].pages[level] for each in asked)
            )
            for level in asked[0][name].pages
        }
        took["board"] = list(itertools.chain.from_iterable(each[name].boards for each in asked))
        details += [
            Detail(
                variant=f"{question}, {name}",
                numbers={"p50 ms": percentile(values, 0.5), "p99 ms": percentile(values, 0.99)},
            )
            for question, values in took.items()
        ]
    return details


def _kept_details(kept: Sequence[Mapping[str, Rate]]) -> list[Detail]:
    return [
        Detail(
            variant=name,
            numbers={
                "per second": statistics.median(each[name].letters for each in kept),
                "Postgres CPU ms": statistics.median(each[name].postgres for each in kept),
                "caller CPU ms": statistics.median(each[name].caller for each in kept),
            },
        )
        for name in ("bare", "record")
    ]
