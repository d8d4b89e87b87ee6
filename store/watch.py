"""值守计数: how much waits for what, counted so cheaply that it may be asked four times a minute."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.terms import ENDS, Stage
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("watch")


class Waiting(NamedTuple):
    """What waits: acts due and queued, drafts unsigned, leads, words, alarms nobody settled."""

    effects_due: int = 0
    effects_queued: int = 0
    effects_undeliverable: int = 0
    drafts: int = 0
    leads_waiting: int = 0
    leads_parked: int = 0
    commands_waiting: int = 0
    commands_oldest: float = 0.0
    alarms_open: int = 0


class LastCanary(NamedTuple):
    """The last canary: when it ended (Unix time), whether all was well, seconds late in journal and inbox."""

    ended_at: float
    is_well: bool
    recorded: float
    noticed: float


class Counted(NamedTuple):
    """All that Postgres tells of the whole service."""

    waiting: Waiting
    open_by_stage: Mapping[Stage, int]
    canary: LastCanary | None


async def counted(pool: Pool) -> Counted:
    """Count what waits. Raises Away."""
    async with connected(pool) as connection:
        waiting = await connection.fetchrow(SQL["counted"])
        stages = {row["stage"]: row["issues"] for row in await connection.fetch(SQL["open_by_stage"])}
        canary = await connection.fetchrow(SQL["newest_canary"])
    assert waiting is not None  # counts are always told
    by_stage = {stage: stages.get(stage, 0) for stage in Stage if stage not in ENDS}
    return Counted(Waiting(*waiting), by_stage, LastCanary(*canary) if canary else None)
