"""迟到: G6: how late a lapse is in the journal, when lives come at a steady rate, whoever keeps up."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bench.figures import Detail, Section, at_most, figure, percentile
from bench.ground import Keeping, Site
from bench.lives import Lives, ServiceLives
from bench.rules import write_rules
from bench.script import Part, a_report
from bench.session import Session
from reading.rulebook import read_editions
from store.pool import Pool

RATE = 10.0
LIVES = 110
"""With a hundred the 99th percentile would be the maximum."""
LIMIT = timedelta(seconds=4)
"""The first deadline; the report is half a second old when it comes, so it lapses 3.5 s after."""
ALL_WITHIN = 60.0
"""Seconds after which what has not lapsed is missing."""

SERVICE_LAPSES = """
SELECT issue_id AS life, said_at AS due_at, recorded_at AS kept_at
FROM issue_facts WHERE kind = 'Lapsed' AND issue_id = ANY($1)
"""
PEER_LAPSES = "SELECT case_id AS life, due_at, paged_at AS kept_at FROM pages WHERE case_id = ANY($1)"


class Lapse(NamedTuple):
    """One deadline that lapsed: when it should have, and when that was written down."""

    life: str
    due_at: datetime
    kept_at: datetime

    @property
    def late(self) -> float:
        """Milliseconds from the one to the other."""
        return (self.kept_at - self.due_at) / timedelta(milliseconds=1)


@dataclass(frozen=True)
class Accepted:
    """What an open loop brought in: the lives in order, and the seconds that each acknowledgement took."""

    lives: tuple[str, ...]
    took: tuple[float, ...]


@dataclass(frozen=True)
class Late:
    """How late the lapses of one open loop were, in milliseconds, and the seconds of its acknowledgements."""

    late: tuple[float, ...]
    took: tuple[float, ...]

    @property
    def p99(self) -> float:
        """Return the lateness that one in a hundred exceeds."""
        return percentile(self.late, 0.99)

    @property
    def numbers(self) -> dict[str, float]:
        """Return it as the numbers of a detail."""
        return {
            "late p50 ms": percentile(self.late, 0.5),
            "late p99 ms": self.p99,
            "late max ms": max(self.late),
            "accept p50 ms": 1000 * percentile(self.took, 0.5),
            "accept p99 ms": 1000 * percentile(self.took, 0.99),
        }


async def open_loop(lives: Lives, run: str, count: int, rate: float = RATE) -> Accepted:
    """Begin so many lives with a deadline that lapses, `rate` a second, however long each takes."""

    async def accept() -> tuple[str, float]:
        begun = time.perf_counter()
        life = await lives.begin(Part(a_report(run, lapses=True), lapses=True))
        return life, time.perf_counter() - begun

    first = time.perf_counter()
    coming = []
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, first + number / rate - time.perf_counter()))
            coming.append(group.create_task(accept()))
    accepted = [task.result() for task in coming]
    return Accepted(tuple(life for life, _ in accepted), tuple(seconds for _, seconds in accepted))


async def lapses_of(
    pool: Pool, question: str, lives: Sequence[str], within: float = ALL_WITHIN
) -> list[Lapse]:
    """Return the lapses of these lives once each has one, or those that came within so many seconds."""
    patience = time.monotonic() + within
    # Not before the last can be due: looking costs what is measured.
    await asyncio.sleep(LIMIT.total_seconds() / 2)
    while True:
        rows = [Lapse(*row) for row in await pool.fetch(question, list(lives))]
        if len({row.life for row in rows}) == len(lives) or time.monotonic() > patience:
            return rows
        await asyncio.sleep(0.2)


async def late_lives(
    lives: Lives, pool: Pool, question: str, run: str, count: int, within: float = ALL_WITHIN
) -> Late:
    """Bring so many lives in and return how late each lapse was; raises RuntimeError where one is missing."""
    accepted = await open_loop(lives, run, count)
    rows = {lapse.life: lapse.late for lapse in await lapses_of(pool, question, accepted.lives, within)}
    if len(rows) < count:
        raise RuntimeError(f"{run}: {count - len(rows)} 个时限没有到期 (deadlines never lapsed)")
    return Late(tuple(rows[life] for life in accepted.lives), accepted.took)


def patient_rules(folder: Path) -> Path:
    """Write the rule book whose first deadline of a serious issue is LIMIT: seconds, so without jitter."""
    seconds = f"{LIMIT.total_seconds():g}s"
    return write_rules(folder, "patient", limits__ASSIGN__SERIOUS__limit=seconds)


def patient_lives(site: Site, rules: Path) -> ServiceLives:
    """Return lives of the service under that rule book, whichever the site itself was given."""
    return ServiceLives(site, desk=replace(site.desk(), editions=read_editions(rules)))


async def measure(session: Session, lives: int = LIVES) -> tuple[Section, ...]:
    """G6: the lateness of an escalation, from its mark to its fact in the journal."""
    runs = []
    rules = patient_rules(session.folder / "rules")
    async with session.ground.site(rules, Keeping.FILE) as site:
        await site.start_service()
        speaking = ServiceLives(site)
        await late_lives(speaking, site.pool, SERVICE_LAPSES, "warm", 5)
        for number in range(session.pairs):
            runs.append(await late_lives(speaking, site.pool, SERVICE_LAPSES, f"late-{number}", lives))
            session.tell(f"{number + 1}/{session.pairs}: p99 {runs[-1].p99:.0f} ms")
    p99 = [one.p99 for one in runs]
    longest = [max(one.late) for one in runs]
    return (
        Section(
            id="G6",
            title="提级迟到 lateness of an escalation",
            how=f"每秒 {RATE:g} 件、每轮 {lives} 件,不等前件;每件 3.5 秒后到期。从时限节点到事实写入台账"
            f"(recorded_at − said_at)。Open loop, {RATE:g} lives a second, {lives} a repetition, each with a "
            "deadline 3.5 s away; from the mark to its fact in the journal. Server on file, one worker.",
            figures=(
                figure("G6.p99", "迟到 p99 lateness p99", p99, at_most(250, 150), "ms"),
                figure("G6.max", "最迟 lateness max", longest, at_most(500, 250), "ms"),
            ),
            details=tuple(
                Detail(variant=f"第 {number} 轮 repetition {number}", numbers=one.numbers)
                for number, one in enumerate(runs, 1)
            ),
            series={"service": tuple(ms for one in runs for ms in one.late)},
        ),
    )
