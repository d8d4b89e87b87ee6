"""Fixtures: a pool on a fresh database, and a roster for the place the letters speak of."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest_asyncio

from domain.terms import Level
from store.pool import Pool, close, open_pool
from store.roster import load_posts
from tests.store.letters import COUNTY, COUNTY_CHIEF, OFFICE, TOWN_CHIEF, TOWN_OFFICE, UNIT


class Row(NamedTuple):
    """One line of a roster."""

    post: str
    name_zh: str
    level: Level
    holder: str | None
    deputy: str | None = None


ROSTER = (
    Row(TOWN_CHIEF, "蟠龙镇级河长", Level.TOWNSHIP, "H-1"),
    Row(TOWN_OFFICE, "蟠龙镇河长办", Level.TOWNSHIP, None),
    Row(COUNTY_CHIEF, "乐至县级河长", Level.COUNTY, None, "H-2"),
    Row(OFFICE, "乐至县河长办", Level.COUNTY, "H-3"),
    Row(UNIT, "乐至县水务局", Level.COUNTY, "H-4"),
    Row(f"general:{COUNTY}", "乐至县总河长", Level.COUNTY, "H-5"),
    Row("government:512022000000", "乐至县人民政府", Level.COUNTY, "H-6"),
    Row("government:512022113000", "蟠龙镇人民政府", Level.TOWNSHIP, "H-7"),
    Row("general:512000000000", "资阳市总河长", Level.CITY, "H-8"),
    Row("office:512000000000", "资阳市河长办", Level.CITY, "H-9"),
    Row("chief:512000000000:R03-01", "资阳市级河长", Level.CITY, "H-10"),
    Row("office:510000000000", "四川省河长办", Level.PROVINCE, "H-11"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database: str) -> AsyncIterator[Pool]:
    """Give a pool on a fresh, migrated database."""
    pool = await open_pool(database, 12)
    yield pool
    await close(pool)


@pytest_asyncio.fixture(loop_scope="session")
async def staffed(pool: Pool) -> Pool:
    """Give a pool on a fresh database with a roster."""
    await load_posts(pool, ROSTER)
    return pool
