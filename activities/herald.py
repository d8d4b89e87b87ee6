"""传令: tells the open issues when a post of their chain falls vacant or is held again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from temporalio.exceptions import TemporalError

from activities.beats import Beat, unseen
from domain.issue.commands import AnnounceHolder, AnnounceVacancy
from domain.posts import Post, division_of, roster
from domain.roster import Roster, who_acts
from domain.roster_change import next_change
from store import turns
from store.pool import Away, Pool, close, open_pool
from store.roster import notice_turns, roster_and_time
from store.turns import Answer, Turn

LOOK_EVERY = 10.0
"""Seconds between two looks: a turn is heard well within the minute in which an alarm must be raised."""
CONNECTIONS = 2
AT_A_TIME = 16
"""How many issues are told at once."""
ANNOUNCE_WITHIN = 15.0

Announcement = AnnounceVacancy | AnnounceHolder
Say = Callable[[str, Announcement], Awaitable[Answer]]
"""Say one word to an issue; returns what it answered, raises when it was not reached."""
Alarm = Callable[[Pool, str, str, str], Awaitable[object]]
"""Tell the operator: a kind and a subject, for which one alarm is open at a time, and what to do."""

UNREACHED = "reaches_nobody"
NOBODY = (
    "{post} 无人履职,上面也无人接续,有未办结问题停在此处。请任命、写明代理或代班后运行 python -m ops roster。"
    " Nobody acts for this post or above it, and open issues stand there: appoint, then load the roster."
)

log = structlog.get_logger()


class Herald:
    """A loop beside the worker; several may run, for a turn said twice to an issue is one fact."""

    def __init__(
        self, dsn: str, say: Say, alarm: Alarm, look_every: float = LOOK_EVERY, beat: Beat = unseen
    ) -> None:
        """Remember where the roster is; nothing is opened before `run`."""
        self._dsn = dsn
        self._say = say
        self._alarm = alarm
        self._look_every = look_every
        self._beat = beat
        self._silent: frozenset[Post] = frozenset()
        self._seen: Roster | None = None
        self._next_change: datetime | None = None
        self._begin_at = 0

    async def run(self) -> None:
        """Look until cancelled; an outage of Postgres is waited out."""
        pool = await open_pool(self._dsn, CONNECTIONS)
        try:
            while True:
                try:
                    await self.look(pool)
                except Away as away:
                    log.warning("herald_interrupted", trouble=str(away))
                self._beat()
                await asyncio.sleep(self._look_every)
        finally:
            await close(pool)

    async def look(self, pool: Pool) -> None:
        """Notice what the days changed; tell the issues, and the operator where nobody is. Raises Away."""
        known, now = await roster_and_time(pool)
        await self._notice(pool, known, now)
        self._begin_at = await announce_all(pool, self._say, self._begin_at)
        await self._watch(pool, known, now)

    async def _notice(self, pool: Pool, known: Roster, now: datetime) -> None:
        if known is self._seen and not (self._next_change and self._next_change <= now):
            return  # an import has noticed its own changes, and no date has come
        self._seen, count = await notice_turns(pool)
        self._next_change = next_change(self._seen, now)
        if count:
            log.info("posts_turned", count=count)

    async def _watch(self, pool: Pool, known: Roster, now: datetime) -> None:
        """Alarm the operator where an open issue climbed to a post that reaches nobody, and stays there.

        At the first look it may just be moving on; at the second nobody is left above it.
        """
        responsible = await turns.responsible_posts(pool) if known.posts else []
        silent = frozenset(post for post in responsible if who_acts(known, post, now) is None)
        for post in sorted(silent & self._silent):
            await self._alarm(pool, UNREACHED, post, NOBODY.format(post=post))
        self._silent = silent


async def announce_all(pool: Pool, say: Say, begin_at: int = 0) -> int:
    """Tell every open issue what it has not heard; when nobody answers, the others wait for the next look.

    Return where that begins: behind those who did not answer, so that issues that are stuck keep nothing from
    the others.
    """
    waiting = await turns.to_announce(pool)
    begin_at %= max(len(waiting), 1)
    ahead, tried = [*waiting[begin_at:], *waiting[:begin_at]], 0
    while some := ahead[tried : tried + AT_A_TIME]:
        tried += AT_A_TIME
        if not any(await asyncio.gather(*(_announce(pool, turn, say) for turn in some))):
            return begin_at + tried
    return 0


async def _announce(pool: Pool, turn: Turn, say: Say) -> bool:
    announced = word(turn)
    seen = {"issue_id": turn.issue_id, "command_id": announced.id, "post": turn.post}
    try:
        async with asyncio.timeout(ANNOUNCE_WITHIN):
            answer = await say(turn.issue_id, announced)
    except (TemporalError, OSError, TimeoutError) as error:
        log.warning("turn_not_announced", **seen, reason=type(error).__name__)
        return False
    if answer == "over" and await turns.is_open(pool, turn.issue_id):
        # Its run was ended by hand, or is being settled: its successor must hear the same.
        log.warning("turn_not_announced", **seen, reason="no workflow runs")
        return False
    # Said first and kept then: what is kept was certainly said, once or more.
    await turns.answered(pool, turn, answer)
    log.info("turn_announced", **seen, vacant=turn.is_vacant, answer=answer)
    return True


def word(turn: Turn) -> Announcement:
    """Return what an issue is told of a turn: the same word with the same id however often it is said."""
    announces = AnnounceVacancy if turn.is_vacant else AnnounceHolder
    by = roster(division_of(turn.post))
    return announces(id=f"turn:{turn.turn}:{turn.post}", by=by, said_at=turn.noticed_at, post=turn.post)
