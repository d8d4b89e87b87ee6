"""送达: give each effect to whoever acts for its addressee now; announce a chief's post that is vacant."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from temporalio.exceptions import TemporalError

from domain.posts import Post
from domain.terms import PostKind
from store import effects
from store.effects import Handed
from store.pool import Pool

Announce = Callable[[str, Post], Awaitable[None]]
"""Tell an issue that nobody holds a post; returns once that was accepted or refused, raises when neither."""

AT_A_TIME = 100
LOAN = timedelta(seconds=30)
ANNOUNCE_WITHIN = 15.0
TRIES_FOR_AN_UNKNOWN_POST = 8

_PERSONS = (PostKind.CHIEF, PostKind.GENERAL_CHIEF)
"""空缺: an office or a unit is an institution and receives in any case; a chief is a person or nobody."""

log = structlog.get_logger()


async def deliver_due(pool: Pool, announce_vacancy: Announce, loan: timedelta = LOAN) -> int:
    """Deliver what is due, up to AT_A_TIME effects; return how many were looked at. Raises Away."""
    handed = await effects.hand_out(pool, AT_A_TIME, loan, _PERSONS)
    for effect in handed:
        if effect.is_delivered:
            log.info("effect_delivered", **effect.key._asdict())
        elif not effect.is_known:
            await _wait_for_the_roster(pool, effect)
    vacant = [effect for effect in handed if effect.is_known and not effect.is_delivered]
    await asyncio.gather(*(_pass_on(pool, effect, announce_vacancy) for effect in vacant))
    return len(handed)


async def _wait_for_the_roster(pool: Pool, effect: Handed) -> None:
    """A post the roster lacks is not a vacant one: the roster may yet be loaded, or the post be wrong."""
    if effect.attempts < TRIES_FOR_AN_UNKNOWN_POST:
        await effects.try_again(pool, effect.key, "unknown_post")
        return
    await effects.give_up(pool, effect.key, "unknown_post")
    log.error("effect_undeliverable", reason="unknown_post", **effect.key._asdict())


async def _pass_on(pool: Pool, effect: Handed, announce_vacancy: Announce) -> None:
    """Announce first and mark then: what is marked was certainly announced, once or more."""
    issue_id, addressee = effect.key.issue_id, effect.key.addressee
    try:
        async with asyncio.timeout(ANNOUNCE_WITHIN):
            await announce_vacancy(issue_id, addressee)
    except (TemporalError, OSError, TimeoutError) as error:
        await effects.try_again(pool, effect.key, f"vacancy not announced: {type(error).__name__}")
        log.warning("vacancy_not_announced", issue_id=issue_id, addressee=addressee)
        return
    await effects.give_up(pool, effect.key, "vacant")
    log.warning("effect_undeliverable", reason="vacant", **effect.key._asdict())
