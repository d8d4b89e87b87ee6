"""Whatever lies in an inbox rings: bulletins, leads, measures, objections as issues, by one budget."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from domain.objection import Objection
from domain.roster import ChannelKind
from domain.terms import Rung, Severity
from domain.triggers import Due, Measure
from store import leads, objections, triggers
from store.journal import record
from store.pool import Pool
from tests.store.letters import FOUND, OFFICE, TOWN_CHIEF, UNIT, escalated
from tests.store.receivers import endpoint
from tests.store.test_bulletins import begun, order, with_lives
from tests.store.test_leads import keep as keep_lead
from tests.store.test_sender import TEN, alarmed, channel, live, reach

WECOM = ChannelKind.WECOM
HOUR = timedelta(hours=1)


async def _of_a_bulletin(pool: Pool) -> str:
    await with_lives(pool)
    await begun(pool, order())
    return "【通报起草】"


async def _of_a_lead(pool: Pool) -> str:
    kept = await keep_lead(pool, parked=True)
    await leads.remind(pool, kept.receipt, 1, OFFICE, "【催办】线索请立即研判。")
    return "【催办】"


async def _of_a_measure(pool: Pool) -> str:
    due = Due(
        trigger="lapses",
        subject=TOWN_CHIEF,
        period="2026Q4",
        measures=(Measure.INTERVIEW,),
        by=OFFICE,
        because=(),
        source="chosen",
    )
    await triggers.take(pool, due, [OFFICE], "【约谈】请约谈。")
    return "【约谈】"


async def _of_an_objection(pool: Pool, severity: Severity = Severity.GENERAL) -> str:
    life = escalated(99, severity)
    await record(pool, life.letter())
    await objections.keep(
        pool,
        Objection(
            issue_id=life.issue_id,
            number=1,
            rung=Rung.BULLETIN,
            by=UNIT,
            reason="已办结",
            said_at=FOUND,
            decide_by=FOUND + timedelta(days=60),
            asked=OFFICE,
            involved=(OFFICE,),
        ),
    )
    return "【申诉】"


KINDS: dict[str, Callable[[Pool], Awaitable[str]]] = {
    "a bulletin": _of_a_bulletin,
    "a lead": _of_a_lead,
    "a measure": _of_a_measure,
    "an objection": _of_an_objection,
}


async def _came_at(pool: Pool, moment: datetime) -> None:
    await pool.execute("UPDATE inbox SET received_at = $1", moment)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_line_of_each_kind_finds_its_person_and_rings_once(kind: str, staffed: Pool) -> None:
    await reach(staffed, H_3=[channel(WECOM)])
    heading = await KINDS[kind](staffed)
    await _came_at(staffed, TEN)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

        (asked,) = there.asked

    assert asked.body["text"]["content"].startswith(heading)
    assert await here.states() == [("H-3", "delivered", "wecom")]
    assert await here.pushes() == [("wecom", "ordinary", "delivered")]
    assert await staffed.fetchval("SELECT count(*) FROM inbox WHERE NOT is_routed") == 0


async def test_all_of_them_share_one_budget_and_what_came_at_night_waits_for_the_morning(
    staffed: Pool,
) -> None:
    await reach(staffed, H_3=[channel(WECOM)])
    for tell in KINDS.values():
        await tell(staffed)
    night = TEN - 7 * HOUR
    await _came_at(staffed, night)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        here.clock[0] = night
        await here.turns()
        assert there.asked == []
        here.clock[0] = TEN
        await here.turns()

        (asked,) = there.asked

    assert asked.body["text"]["content"].startswith("【汇总】4 件告知待阅")
    assert await here.pushes() == [("wecom", "digest", "delivered")]


async def test_an_objection_has_days_and_wakes_nobody_though_its_issue_is_major(staffed: Pool) -> None:
    await reach(staffed, H_3=[channel(WECOM)])
    await _of_an_objection(staffed, Severity.MAJOR)
    night = TEN - 7 * HOUR
    await _came_at(staffed, night)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        here.clock[0] = night
        await here.turns()
        assert there.asked == []
        here.clock[0] = TEN
        await here.turns()

    assert len(there.asked) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_where_nobody_is_reached_the_operator_is_told(kind: str, staffed: Pool) -> None:
    await KINDS[kind](staffed)
    await _came_at(staffed, TEN)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

    assert await here.states() == [("H-3", "failed", None)]
    assert await alarmed(staffed) == [("nobody_reached", OFFICE)]
