"""添记: what the journal's append costs beside the smallest durable write that Postgres can make of it."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.filling import PATIENCE
from bench.past import next_word
from bench.processes import spent
from domain.issue.clocks import next_mark
from domain.issue.decide import let_time_pass
from domain.issue.fact_base import Event
from domain.issue.letter import Letter, write
from domain.issue.state import Issue
from store import journal
from store.pool import Pool, connected

CALLERS = 8
LAPSES_OF_STEPS = 1 / 26
"""A case life is an opening and four words, and one in five has a deadline that lapses besides."""

_BARE_TABLES = """
CREATE TABLE bare_cases AS
    SELECT issue_id AS case_id, number AS seq, stage AS state, next_mark_at AS deadline FROM issues;
ALTER TABLE bare_cases ADD PRIMARY KEY (case_id);
CREATE INDEX bare_deadlines ON bare_cases (deadline) WHERE deadline IS NOT NULL;
CREATE TABLE bare_audit AS SELECT issue_id AS case_id, number AS seq, at, body FROM issue_facts;
ALTER TABLE bare_audit ADD PRIMARY KEY (case_id, seq);
VACUUM (ANALYZE) bare_cases;
VACUUM (ANALYZE) bare_audit;
"""
_BARE_WRITE = """
WITH moved AS (
    INSERT INTO bare_cases (case_id, seq, state, deadline) VALUES ($1, $2, $3, $4)
    ON CONFLICT (case_id) DO UPDATE
        SET seq = excluded.seq, state = excluded.state, deadline = excluded.deadline
        WHERE bare_cases.seq < excluded.seq
)
INSERT INTO bare_audit (case_id, seq, at, body) VALUES ($1, $2, $5, $6) ON CONFLICT DO NOTHING
"""


class Rate(NamedTuple):
    """Letters a second, and the CPU of one in milliseconds."""

    letters: float
    postgres: float
    caller: float


@dataclass
class Appending:
    """A filled database, and lives in it that go on step by step: each step is a letter."""

    pool: Pool
    postgres: int
    issues: dict[str, Issue]
    begin: Callable[[str], list[Event]]
    dice: random.Random
    begun: int = 0

    @classmethod
    async def to(
        cls, pool: Pool, postgres: int, lives: int, begin: Callable[[str], list[Event]], dice: random.Random
    ) -> "Appending":
        """Choose so many open issues, retell each from its journal, and lay the yardstick's tables beside.

        `begin` returns the first facts of a new issue under a number.
        """
        async with connected(pool, PATIENCE) as connection:
            for statement in filter(str.strip, _BARE_TABLES.split(";")):
                await connection.execute(statement, timeout=PATIENCE)
        chosen = "SELECT issue_id FROM issues WHERE next_mark_at IS NOT NULL ORDER BY md5(issue_id) LIMIT $1"
        ids = [row["issue_id"] for row in await pool.fetch(chosen, lives)]
        issues = {each: await journal.retell_issue(pool, each) for each in ids}
        return cls(pool, postgres, issues, begin, dice)

    def letters(self) -> list[Letter]:
        """Let every life go on by one step of the case life; what is closed makes room for a new issue."""
        return [self._go_on(issue) for issue in list(self.issues.values())]

    def _go_on(self, issue: Issue) -> Letter:
        mark = next_mark(issue)
        if mark is None:
            del self.issues[issue.issue_id]
            self.begun += 1
            return self._written(None, self.begin(f"512002-2099-{self.begun:06d}"))
        lapses = self.dice.random() < LAPSES_OF_STEPS
        return self._written(issue, let_time_pass(issue, mark.at) if lapses else next_word(issue))

    def _written(self, issue: Issue | None, facts: list[Event]) -> Letter:
        letter, then, _ = write(issue, tuple(facts))
        self.issues[then.issue_id] = then
        return letter

    async def recorded(self, letters: Sequence[Letter]) -> Rate:
        """Append by the service's own way."""
        return await self._rate(letters, self._record)

    async def written_bare(self, letters: Sequence[Letter]) -> Rate:
        """Upsert one row and append one, in one statement."""
        return await self._rate(letters, self._write_bare)

    async def _record(self, letter: Letter) -> None:
        await journal.record(self.pool, letter)

    async def _write_bare(self, letter: Letter) -> None:
        line, head = letter.lines[-1], letter.head
        written = (letter.issue_id, line.number, head.stage, head.next_mark_at, line.at, line.body)
        async with connected(self.pool) as connection:
            await connection.execute(_BARE_WRITE, *written)

    async def _rate(self, letters: Sequence[Letter], keep: Callable[[Letter], Awaitable[None]]) -> Rate:
        waiting = iter(letters)

        async def call() -> None:
            for letter in waiting:
                await keep(letter)

        postgres, caller, begun = spent(self.postgres).cpu, _own_cpu(), time.perf_counter()
        async with asyncio.TaskGroup() as calling:
            for _ in range(CALLERS):
                calling.create_task(call())
        seconds = time.perf_counter() - begun
        each = 1000 / len(letters)
        return Rate(
            len(letters) / seconds,
            (spent(self.postgres).cpu - postgres) * each,
            (_own_cpu() - caller) * each,
        )


def _own_cpu() -> float:
    return spent(os.getpid(), with_children=False).cpu
