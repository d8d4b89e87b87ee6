"""The board: what is open, the overdue first, page by page and counted; what is over is not on it."""

import pytest

from domain.issue import commands as say
from domain.terms import Stage
from store.board import Count, Place, Wanted, counts, page
from store.journal import record
from store.pool import Pool
from tests.store.letters import COUNTY, DIGEST, TOWN, UNIT, Life, closed, escalated

CITY, NEIGHBOUR = "512000000000", "512021000000"


def stopped(running: int) -> Life:
    """An issue that was stopped in time and waits to be assigned."""
    life = Life(running)
    life.hear(say.RecordStop, 1, photos=1)
    return life


def verifying(running: int) -> Life:
    """An issue whose rectification was reported in time."""
    life = stopped(running)
    life.hear(say.Assign, 2, unit=UNIT)
    life.hear(say.ReportRectified, 3, UNIT, before=1, after=1, manifest=DIGEST)
    return life


async def _keep(pool: Pool, *lives: Life) -> None:
    for life in lives:
        await record(pool, life.letter())


async def _numbers(pool: Pool, wanted: Wanted) -> list[int]:
    return [int(row.issue_id[-6:]) for row in await page(pool, wanted)]


async def test_the_overdue_come_first_and_what_is_over_not_at_all(pool: Pool) -> None:
    await _keep(pool, stopped(1), closed(2), escalated(3))

    assert await _numbers(pool, Wanted(COUNTY)) == [3, 1]


async def test_pages_continue_where_the_last_one_ended(pool: Pool) -> None:
    await _keep(
        pool, *(stopped(running) for running in (1, 2, 3)), *(escalated(running) for running in (4, 5))
    )

    first = await page(pool, Wanted(COUNTY), limit=3)
    second = await page(pool, Wanted(COUNTY), Place.of(first[-1]), limit=3)
    third = await page(pool, Wanted(COUNTY), Place.of(second[-1]), limit=3)

    assert [[int(row.issue_id[-6:]) for row in rows] for rows in (first, second, third)] == [
        [4, 5, 1],
        [2, 3],
        [],
    ]


@pytest.mark.parametrize("division", [TOWN, COUNTY, CITY])
async def test_an_issue_is_seen_from_its_division_and_all_above(division: str, pool: Pool) -> None:
    await _keep(pool, stopped(1))

    assert await _numbers(pool, Wanted(division)) == [1]


async def test_an_issue_is_not_seen_from_a_neighbouring_division(pool: Pool) -> None:
    await _keep(pool, stopped(1))

    assert await _numbers(pool, Wanted(NEIGHBOUR)) == []
    assert await counts(pool, NEIGHBOUR) == []


async def test_a_page_can_be_of_one_stage(pool: Pool) -> None:
    await _keep(pool, stopped(1), verifying(2))

    assert await _numbers(pool, Wanted(COUNTY, stage=Stage.VERIFYING)) == [2]


async def test_a_page_can_be_of_the_overdue_or_of_the_others(pool: Pool) -> None:
    await _keep(pool, stopped(1), escalated(2))

    assert await _numbers(pool, Wanted(COUNTY, is_overdue=True)) == [2]
    assert await _numbers(pool, Wanted(COUNTY, is_overdue=False)) == [1]


async def test_what_is_open_is_counted_by_division_stage_and_lateness(pool: Pool) -> None:
    await _keep(pool, stopped(1), stopped(2), escalated(3), closed(4))

    assert await counts(pool, CITY) == [
        Count(TOWN, Stage.DISCOVERED, is_overdue=True, issues=1),
        Count(TOWN, Stage.STOPPED, is_overdue=False, issues=2),
    ]
