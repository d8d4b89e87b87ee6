"""送达: give each effect to whoever acts for its addressee now; announce a chief's post that is vacant."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from temporalio.exceptions import TemporalError

from domain.canary import is_of_the_canary
from domain.fallback import is_nobody_above, is_received
from domain.posts import Post
from domain.roster import Roster, line
from store import alarms, effects, pushes, turns
from store.effects import Handed, Receiver
from store.pool import Pool
from store.roster import roster_and_time
from store.turns import Answer

Announce = Callable[[str, Post], Awaitable[Answer]]
"""Tell an issue that nobody holds a post; returns what it answered, raises when it was not reached."""

AT_A_TIME = 100
LOAN = timedelta(seconds=30)
ANNOUNCE_WITHIN = 15.0
TRIES_FOR_AN_UNKNOWN_POST = 8
UNTOLD, UNKNOWN = 2, 4
"""Tries before an alarm, for a vacancy that cannot be told and for a post that the roster lacks: with their
pauses and time-outs the operator is told within a minute, and not of every hiccup."""

log = structlog.get_logger()


async def deliver_due(pool: Pool, announce_vacancy: Announce, loan: timedelta = LOAN) -> int:
    """Deliver what is due, up to AT_A_TIME effects; return how many were looked at. Raises Away."""
    roster, now = await roster_and_time(pool)
    handed = await effects.hand_out(pool, AT_A_TIME, loan, lambda post: _receiver(roster, post, now), now)
    for effect in handed:
        if effect.is_delivered:
            log.info("effect_delivered", **_about(effect))
        elif not effect.is_known:
            await _wait_for_the_roster(pool, effect)
    if any(effect.is_delivered for effect in handed):
        await pushes.ring(pool)
    vacant = [effect for effect in handed if effect.is_known and not effect.is_delivered]
    await asyncio.gather(*(_pass_on(pool, effect, announce_vacancy, roster, now) for effect in vacant))
    return len(handed)


def _receiver(roster: Roster, post: Post, now: datetime) -> Receiver:
    if is_of_the_canary(post):
        return Receiver(is_known=True, is_received=True)
    acting = line(roster, post, now)
    person = acting[0].person if acting else None
    return Receiver(post in roster.posts, is_received(roster, post, acting), person)


async def _wait_for_the_roster(pool: Pool, effect: Handed) -> None:
    """A post the roster lacks is not a vacant one: the roster may yet be loaded, or the post be wrong."""
    if effect.attempts >= UNKNOWN:
        text = f"名册中没有岗位 {effect.key.addressee},有告知等待送达,请导入名册或核对岗位。"
        await alarms.raise_alarm(pool, "unknown_post", effect.key.addressee, text)
    if effect.attempts < TRIES_FOR_AN_UNKNOWN_POST:
        await effects.try_again(pool, effect.key, "unknown_post")
        return
    await effects.give_up(pool, effect.key, "unknown_post")
    log.error("effect_undeliverable", reason="unknown_post", **_about(effect))


async def _pass_on(
    pool: Pool, effect: Handed, announce_vacancy: Announce, roster: Roster, now: datetime
) -> None:
    """Announce first and mark then: what is marked was certainly announced, once or more."""
    issue_id, addressee = effect.key.issue_id, effect.key.addressee
    about = f"{issue_id} {addressee}"
    if is_nobody_above(roster, addressee, now):
        text = f"问题 {issue_id}:{addressee} 空缺,以上各级均无人履职,提级将无人可达,请立即补齐名册。"
        await alarms.raise_alarm(pool, "nobody_above", about, text)
    if untold := await _untold(pool, announce_vacancy, issue_id, addressee):
        if effect.attempts >= UNTOLD:
            text = f"问题 {issue_id}:{addressee} 空缺,未能告知该问题,提级受阻,请检查流程引擎和 worker。"
            await alarms.raise_alarm(pool, "vacancy_untold", about, text)
        await effects.try_again(pool, effect.key, f"vacancy not announced: {untold}")
        log.warning("vacancy_not_announced", **_about(effect))
        return
    await effects.give_up(pool, effect.key, "vacant")
    await alarms.settle_subject(pool, "vacancy_untold", about, "courier")
    log.warning("effect_undeliverable", reason="vacant", **_about(effect))


async def _untold(pool: Pool, announce_vacancy: Announce, issue_id: str, post: Post) -> str:
    """Tell an issue that a post is vacant; return why it did not hear that, if it did not."""
    try:
        async with asyncio.timeout(ANNOUNCE_WITHIN):
            answer = await announce_vacancy(issue_id, post)
    except (TemporalError, OSError, TimeoutError) as error:
        return type(error).__name__
    # While a broken run is settled none runs, and its successor must be told.
    return "no workflow runs" if answer == "over" and await turns.is_open(pool, issue_id) else ""


def _about(effect: Handed) -> dict[str, object]:
    """Return the fields of a log line; what time alone did has no command."""
    return {**effect.key._asdict(), "command_id": effect.command_id}
