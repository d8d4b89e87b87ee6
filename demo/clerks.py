"""办文: who works on a bulletin: a unit replies, the office submits, whose turn it is approves."""

import asyncio
import time
from datetime import datetime

from activities.bulletins import Start
from demo.operators import operate
from domain.bulletin.order import Order, periodic
from domain.bulletin.rules import BulletinRules
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.indicators import month_of
from domain.posts import Division
from domain.rulebook import RuleBook
from domain.terms import Severity
from domain.workdays import local_day
from store import bulletins, documents
from store.bulletins import Head
from store.pool import Pool

AD_HOC = 2
"""So many of those that serious issues demand are issued; the others wait, and somebody is reminded."""
TO_NAME, AT_LATEST = 2, 45.0
"""General issues that the month's bulletin waits for, and seconds after which it begins with fewer."""
REPLY = "已组织人员和机械清理,正在抓紧整改,完成后即报请核查。"
DEMAND = "请各责任单位对照问题清单逐项落实整改措施,整改情况于收到本通报之日起3个工作日内书面报送。"


def of_this_month(city: Division, rules: BulletinRules, book: RuleBook, now: datetime) -> Order:
    """Return the order that the schedule would write after the month, for the month as far as it is told."""
    return periodic(BulletinKind.MONTHLY, month_of(local_day(now)), city, rules, book, now)


async def issue_bulletins(pool: Pool, begin: Start, month: Order) -> None:
    """Begin the month's bulletin once there is whom to name, and bring it and some others to their issue."""
    begun, said = time.monotonic(), set[tuple[str, str]]()
    is_begun = False
    while True:
        await asyncio.sleep(1)
        if not is_begun and (time.monotonic() - begun > AT_LATEST or await _to_name(pool, month) >= TO_NAME):
            await begin(month)
            is_begun = True
        await asyncio.gather(*(_turn(pool, head, said) for head in in_hand(await bulletins.heads(pool))))


def in_hand(heads: list[Head]) -> list[Head]:
    """Return what is brought to its issue: the month's bulletin, and the earliest of the others."""
    of_the_month = [head for head in heads if head.kind == BulletinKind.MONTHLY]
    return [*of_the_month, *[head for head in reversed(heads) if head.kind == BulletinKind.AD_HOC][:AD_HOC]]


async def _to_name(pool: Pool, month: Order) -> int:
    return sum(
        draft.kind == "bulletin" and draft.issuer == month.issuer and draft.severity == Severity.GENERAL
        for draft in await documents.drafts(pool)
    )


async def _turn(pool: Pool, head: Head, said: set[tuple[str, str]]) -> None:
    """Say the next word to a bulletin; what is refused is said again a little later."""
    match head.state:
        case BulletinState.HEARING if head.kind == BulletinKind.MONTHLY and _first("reply", head, said):
            bulletin = await bulletins.bulletin_of(pool, head.bulletin_id)
            assert bulletin is not None  # it stands in the list
            by = bulletin.named_posts[0]
            await operate("bulletin", "reply", head.bulletin_id, "--by", by, "--text", REPLY)
        case BulletinState.HEARING | BulletinState.PREPARING if _first("revise", head, said):
            await operate("bulletin", "revise", head.bulletin_id, "--by", head.issuer, "--remark", DEMAND)
        case BulletinState.PREPARING:
            await operate("bulletin", "submit", head.bulletin_id, "--by", head.issuer)
        case BulletinState.SUBMITTED if head.waits_for:
            await operate("bulletin", "approve", head.bulletin_id, "--by", head.waits_for)
        case _:
            return


def _first(word: str, head: Head, said: set[tuple[str, str]]) -> bool:
    is_first = (word, head.bulletin_id) not in said
    said.add((word, head.bulletin_id))
    return is_first
