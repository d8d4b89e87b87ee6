"""巡查触发: looks again and again for what has added up, for as long as the worker lives."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from activities.beats import Beat, unseen
from domain.measures import (
    concerned,
    lapses_due,
    majors_due,
    observed_due,
    overdue_of,
    quarter_begins,
    raised_in,
    silent_due,
    told,
)
from domain.triggers import Due, TriggerRules
from store import objections, triggers
from store.pool import Away, Pool, close, open_pool

EVERY = 600.0
"""Seconds: what adds up over months may wait ten minutes."""

log = structlog.get_logger()


async def due_now(pool: Pool, rules: TriggerRules, now: datetime) -> list[Due]:
    """Return the measures that are due by a moment and were not before. Raises Away."""
    # What was raised in a quarter's last minutes is looked at in the next one.
    begin = quarter_begins(quarter_begins(now) - timedelta(days=1))
    lives = await triggers.lives_raised_since(pool, begin)
    raised = [one for life in lives for one in raised_in(life) if begin <= one.at <= now]
    overdue = [overdue_of(issue, rules) for issue in await triggers.overdue_majors(pool)]
    due = [
        *lapses_due(raised, rules),
        *majors_due((one for one in overdue if one), rules, now),
        *observed_due(await triggers.observations(pool), rules),
        *silent_due(await objections.undecided(pool, now), now),
    ]
    return await triggers.new_among(pool, due)


async def take_all(pool: Pool, rules: TriggerRules, now: datetime) -> list[Due]:
    """Record every measure that is due and tell whom it concerns, each once; return the new ones."""
    return [
        one
        for one in await due_now(pool, rules, now)
        if await triggers.take(pool, one, concerned(one), told(one))
    ]


class Rounds:
    """A loop beside the worker; several may run, and a measure is due once all the same."""

    def __init__(
        self,
        dsn: str,
        rules: TriggerRules,
        now: Callable[[], datetime],
        every: float = EVERY,
        beat: Beat = unseen,
    ) -> None:
        """Remember where the records are; nothing is opened before `run`."""
        self._dsn, self._rules, self._now, self._every, self._beat = dsn, rules, now, every, beat

    async def run(self) -> None:
        """Look until cancelled; an outage of Postgres is waited out."""
        pool = await open_pool(self._dsn, 1)
        try:
            while True:
                try:
                    for due in await take_all(pool, self._rules, self._now()):
                        log.info("measure_due", key=due.key, by=due.by, issues=list(due.because))
                except Away as away:
                    log.warning("round_interrupted", trouble=str(away))
                self._beat()
                await asyncio.sleep(self._every)
        finally:
            await close(pool)
