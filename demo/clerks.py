"""办文: who works on a bulletin: a unit replies, the office submits, whose turn it is approves."""

import asyncio
import time
from datetime import datetime

from activities.bulletins import Start
from demo.operators import operate
from domain.bulletin.order import Order, periodic
from domain.bulletin.rules import BulletinRules
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinId, BulletinKind, BulletinState
from domain.indicators import month_of
from domain.posts import Division
from domain.rulebook import RuleBook
from domain.terms import Severity
from domain.workdays import local_day
from store import bulletins, documents
from store.bulletins import Head
from store.pool import Pool

TO_NAME, AT_LATEST = 2, 60.0
"""General issues that the month's bulletin waits for, and seconds after which it begins with fewer."""
REPLY = "已组织人员和机械清理,正在抓紧整改,完成后即报请核查。"
DEMAND = "请各责任单位对照问题清单逐项落实整改措施,整改情况于收到本通报之日起3个工作日内书面报送。"


def of_this_month(city: Division, rules: BulletinRules, book: RuleBook, now: datetime) -> Order:
    """Return the order that the schedule would write after the month, for the month as far as it is told."""
    return periodic(BulletinKind.MONTHLY, month_of(local_day(now)), city, rules, book, now)


async def issue_the_months(pool: Pool, begin: Start, month: Order) -> None:
    """月度通报: begun once there is whom to name, and brought to its issue."""
    to_name, since = 0, time.monotonic()
    while to_name < TO_NAME and time.monotonic() - since < AT_LATEST:
        await asyncio.sleep(1)
        to_name = await _to_name(pool, month)
    await begin(month)
    await _bring_to_its_issue(pool, month.bulletin_id)


async def issue_one_of_a_grave_issue(pool: Pool) -> None:
    """专项通报: the first that began by itself is issued; the others wait, and somebody is reminded."""
    begun = list[Head]()
    while not begun:
        await asyncio.sleep(1)
        begun = [head for head in await bulletins.heads(pool) if head.kind == BulletinKind.AD_HOC]
    await _bring_to_its_issue(pool, begun[-1].bulletin_id)


async def _to_name(pool: Pool, month: Order) -> int:
    return sum(
        draft.kind == "bulletin" and draft.issuer == month.issuer and draft.severity == Severity.GENERAL
        for draft in await documents.drafts(pool)
    )


async def _bring_to_its_issue(pool: Pool, bulletin_id: BulletinId) -> None:
    """Say one word after the other; what is refused is said again a little later."""
    while (bulletin := await bulletins.bulletin_of(pool, bulletin_id)) is None or not _is_over(bulletin):
        if bulletin and (words := next_word(bulletin)):
            await operate("bulletin", words[0], bulletin_id, "--by", *words[1:])
        await asyncio.sleep(1)


def _is_over(bulletin: Bulletin) -> bool:
    return bulletin.state in (BulletinState.ISSUED, BulletinState.WITHDRAWN)


def next_word(bulletin: Bulletin) -> tuple[str, ...]:
    """Return the next command for a bulletin, who says it, and its options; nothing while it waits."""
    match bulletin.state:
        case BulletinState.HEARING if not bulletin.replies:
            return ("reply", bulletin.named_posts[0], "--text", REPLY)
        case BulletinState.HEARING | BulletinState.PREPARING if not bulletin.remarks:
            return ("revise", bulletin.issuer, "--remark", DEMAND)
        case BulletinState.PREPARING if not bulletin.needs_a_look:
            return ("submit", bulletin.issuer)
        case BulletinState.SUBMITTED if bulletin.wait:
            return ("approve", bulletin.wait.post)
        case _:
            return ()
