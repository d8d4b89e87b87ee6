"""通报的时限: the marks of a bulletin: a hearing ends, somebody is reminded, the next one is asked."""

from datetime import datetime
from typing import NamedTuple

from domain.bulletin.facts import BulletinFact, HearingClosed, PassedOn, Reminded
from domain.bulletin.state import Bulletin, evolve
from domain.bulletin.terms import BulletinState
from domain.limits import SourcedLimit


class BulletinMark(NamedTuple):
    """节点: what time demands, and when."""

    at: datetime
    fact: type[BulletinFact]


def next_mark(bulletin: Bulletin) -> BulletinMark | None:
    """无回音: a reminder after the first limit, the next in the chain after the second.

    The last of the chain is reminded each time the second has run: silence always ends at somebody.
    Rule: R-BULLETIN-SILENCE
    """
    if bulletin.state is BulletinState.HEARING and bulletin.until:
        return BulletinMark(bulletin.until, HearingClosed)
    wait = bulletin.wait
    if wait is None:
        return None
    if wait.reminded_at is None:
        return BulletinMark(_ends(bulletin, bulletin.rules.reminder, wait.since), Reminded)
    if wait.is_last:
        return BulletinMark(_ends(bulletin, bulletin.rules.next_approver, wait.reminded_at), Reminded)
    return BulletinMark(
        max(_ends(bulletin, bulletin.rules.next_approver, wait.since), wait.reminded_at), PassedOn
    )


def hearing_ends(bulletin: Bulletin, opened_at: datetime) -> datetime:
    """征求意见期限. Rule: R-BULLETIN-HEARING."""
    return _ends(bulletin, bulletin.rules.reply_window, opened_at)


def let_time_pass(bulletin: Bulletin, now: datetime) -> list[BulletinFact]:
    """Return the facts of every mark that has come, oldest first."""
    told: list[BulletinFact] = []
    while (mark := next_mark(bulletin)) and mark.at <= now:
        event = _fact_of(bulletin, mark)
        told.append(event)
        bulletin = evolve(bulletin, event)
    return told


def _fact_of(bulletin: Bulletin, mark: BulletinMark) -> BulletinFact:
    at, wait = max(mark.at, bulletin.at), bulletin.wait
    if mark.fact is HearingClosed or wait is None:
        return HearingClosed(at=at, said_at=mark.at, rule="R-BULLETIN-HEARING")
    if mark.fact is Reminded:
        limit = bulletin.rules.next_approver if wait.reminded_at else bulletin.rules.reminder
        return Reminded(
            at=at,
            said_at=mark.at,
            rule="R-BULLETIN-SILENCE",
            awaited=wait.awaited,
            to=wait.post,
            source=limit.source,
        )
    return PassedOn(
        at=at,
        said_at=mark.at,
        rule="R-BULLETIN-SILENCE",
        awaited=wait.awaited,
        silent=wait.post,
        to=wait.chain[wait.turn + 1],
        source=bulletin.rules.next_approver.source,
    )


def _ends(bulletin: Bulletin, limit: SourcedLimit, since: datetime) -> datetime:
    return bulletin.counting.ends(limit.limit, since).at
