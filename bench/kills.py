"""强杀: G7: kill -9 of the only worker under load: nothing lost, missing or twice, and nothing very late."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.figures import Asked, Detail, Figure, Section, at_most
from bench.ground import Keeping
from bench.lateness import (
    ALL_WITHIN,
    PEER_LAPSES,
    RATE,
    SERVICE_LAPSES,
    Lapse,
    lapses_of,
    late_lives,
    open_loop,
    patient_rules,
)
from bench.lives import Lives, ServiceLives, live
from bench.script import Part, a_report
from bench.session import Session
from machine.service import ProgramAtWork
from store.pool import Pool

COMING = 80
"""Lives of one repetition: eight seconds of load, of which the worker is away for about three."""
SPOKEN_TO = 2.0
"""Lives a second beside them to which four words are said, so that words too are under way at the kill."""
KILLED_BETWEEN = (3.7, 5.2)
"""Seconds after the first life: the first deadlines lapse, and lives still come."""
AWAY = 2.0
"""Seconds from the kill to the start of the new worker."""


@dataclass(frozen=True)
class Witness:
    """Where one system's lapses, losses and doubles are seen; each question is asked about $1, its lives."""

    lapses: str
    lost: str
    doubled: str
    unfinished: str


SERVICE = Witness(
    lapses=SERVICE_LAPSES,
    lost="""
        SELECT count(*) FROM unnest($1::text[]) AS accepted (id)
        WHERE NOT EXISTS (SELECT FROM issue_facts WHERE issue_id = accepted.id)
    """,
    # No fact of these lives may come twice, and nobody may find the same message twice in the inbox.
    doubled="""
        SELECT
            (SELECT coalesce(sum(times - 1), 0) FROM (
                SELECT count(*) AS times FROM issue_facts WHERE issue_id = ANY($1) GROUP BY issue_id, kind
            ) AS facts)
            + (SELECT coalesce(sum(times - 1), 0) FROM (
                SELECT count(*) AS times FROM inbox JOIN issue_facts USING (issue_id, number)
                WHERE issue_id = ANY($1) GROUP BY issue_id, kind, effect, addressee
            ) AS messages)
    """,
    unfinished="SELECT count(*) FROM issues WHERE issue_id = ANY($1) AND stage <> 'closed'",
)
PEER = Witness(
    lapses=PEER_LAPSES,
    lost="""
        SELECT count(*) FROM unnest($1::text[]) AS accepted (id)
        WHERE NOT EXISTS (SELECT FROM audit WHERE case_id = accepted.id)
    """,
    doubled="""
        SELECT coalesce(sum(times - 1), 0) FROM (
            SELECT count(*) AS times FROM pages WHERE case_id = ANY($1) GROUP BY case_id
        ) AS paged
    """,
    unfinished="SELECT count(*) FROM cases WHERE case_id = ANY($1) AND stage <> 'closed'",
)


@dataclass(frozen=True)
class Killed:
    """What one kill did; `latest`: seconds after the new worker was healthy, or after the mark if later."""

    accepted: int
    lost: int
    missing: int
    doubled: int
    unfinished: int
    latest: float
    starting: float
    longest_word: float

    def detail(self, variant: str) -> Detail:
        """Return it as a line of the details."""
        return Detail(variant=variant, numbers={name: float(value) for name, value in vars(self).items()})


async def kill_once(
    lives: Lives, worker: ProgramAtWork, pool: Pool, witness: Witness, run: str, dice: random.Random
) -> Killed:
    """Load, kill -9 in the middle of it, start anew two seconds later, count when all is quiet."""
    await _warm_up(lives, pool, witness, run)
    async with asyncio.TaskGroup() as group:
        coming = group.create_task(open_loop(lives, run, COMING))
        words = group.create_task(_speak(lives, f"{run}-words", COMING / RATE))
        await asyncio.sleep(dice.uniform(*KILLED_BETWEEN))
        worker.kill()
        await asyncio.sleep(AWAY)
        started_at = datetime.now(UTC)
        await worker.start()
        healthy_at = datetime.now(UTC)
    accepted, (spoken_to, took) = coming.result(), words.result()
    lapsed = await lapses_of(pool, witness.lapses, accepted.lives)
    everyone = [*accepted.lives, *spoken_to]
    return Killed(
        accepted=len(everyone),
        lost=await pool.fetchval(witness.lost, everyone),
        missing=len(set(accepted.lives) - {lapse.life for lapse in lapsed}),
        doubled=int(await pool.fetchval(witness.doubled, everyone)),
        unfinished=await pool.fetchval(witness.unfinished, spoken_to),
        latest=_latest(lapsed, healthy_at),
        starting=(healthy_at - started_at).total_seconds(),
        longest_word=max(took),
    )


async def measure(session: Session) -> tuple[Section, ...]:
    """G7: kill -9 of the only worker, as often as there are pairs."""
    killed = []
    rules = patient_rules(session.folder / "rules")
    async with session.ground.site(rules, Keeping.FILE) as site:
        worker = await site.start_service()
        lives = ServiceLives(site)
        for number in range(session.pairs):
            killed.append(await kill_once(lives, worker, site.pool, SERVICE, f"kill-{number}", session.dice))
            session.tell(f"{number + 1}/{session.pairs}: {killed[-1]}")
    none = at_most(0, 0)
    return (
        Section(
            id="G7",
            title="工作进程被强杀 kill -9 of the only worker",
            how=f"每秒 {RATE:g} 件到期件、另有 {SPOKEN_TO:g} 件在办;途中 kill -9,{AWAY:g} 秒后重启,来件不停。"
            "丢失、缺漏、重复为各轮之和,最迟为各轮最大(自新进程就绪起算)。Under an open loop of lapsing "
            f"lives and of lives with words, killed at a drawn moment, started again {AWAY:g} s later while "
            "lives still come; lost, missing and doubled are summed over the kills, the latest is the worst, "
            "counted from when the new worker is healthy.",
            figures=(
                _sum("G7.lost", "丢失 accepted, not in the journal", [one.lost for one in killed], none),
                _sum(
                    "G7.missing", "缺漏 deadlines without their fact", [one.missing for one in killed], none
                ),
                _sum("G7.doubled", "重复 facts or messages twice", [one.doubled for one in killed], none),
                _worst("G7.latest", "重启后最迟 latest after the restart", killed, at_most(4.0, 2.5)),
            ),
            details=tuple(
                one.detail(f"第 {number} 次 kill {number}") for number, one in enumerate(killed, 1)
            ),
        ),
    )


async def _warm_up(lives: Lives, pool: Pool, witness: Witness, run: str) -> None:
    place = asyncio.Semaphore(1)
    await live(lives, Part(a_report(f"{run}-first"), lapses=False), 4, place, [])
    await late_lives(lives, pool, witness.lapses, f"{run}-early", 2)


async def _speak(lives: Lives, run: str, seconds: float) -> tuple[list[str], list[float]]:
    """Live whole lives at a steady rate; return them, and the seconds that each of their words took."""
    noted = _Noted(lives)
    took: list[float] = []
    everywhere = asyncio.Semaphore(COMING)
    async with asyncio.TaskGroup() as group:
        for _ in range(int(SPOKEN_TO * seconds)):
            group.create_task(live(noted, Part(a_report(run), lapses=False), 4, everywhere, took))
            await asyncio.sleep(1 / SPOKEN_TO)
    return noted.begun, took


class _Noted:
    """Lives that remember which were begun."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self.begun: list[str] = []

    async def begin(self, part: Part) -> str:
        life = await self._lives.begin(part)
        self.begun.append(life)
        return life

    async def speak(self, life: str, number: int, part: Part) -> None:
        await self._lives.speak(life, number, part)

    async def wait_for_rows(self, lives: int) -> None:
        await self._lives.wait_for_rows(lives)


def _latest(lapsed: Sequence[Lapse], healthy_at: datetime) -> float:
    after = [lapse.kept_at - max(lapse.due_at, healthy_at) for lapse in lapsed]
    return max(after).total_seconds() if after else ALL_WITHIN


def _sum(name: str, what: str, values: Sequence[int], asked: Asked) -> Figure:
    """A median would hide the one kill that lost something."""
    return Figure(
        id=name,
        what=what,
        unit="",
        value=sum(values),
        low=min(values),
        high=max(values),
        pairs=len(values),
        asked=asked,
    )


def _worst(name: str, what: str, killed: Sequence[Killed], asked: Asked) -> Figure:
    values = [one.latest for one in killed]
    return Figure(
        id=name,
        what=what,
        unit="s",
        value=max(values),
        low=min(values),
        high=max(values),
        pairs=len(values),
        asked=asked,
    )
