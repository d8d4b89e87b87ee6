"""The roster in Postgres: kept whole, version by version, and asked at the present moment."""

import asyncio
from datetime import datetime, timedelta

from domain.roster import Absence, Capacity, Channel, ChannelKind, Roster, Tenure, who_acts
from store.pool import Pool, close, open_pool
from store.roster import (
    holder_of,
    keep_roster,
    load_posts,
    roster_at,
    roster_now,
    vacant_among,
)
from tests.servers import TestPostgres
from tests.store.conftest import ROSTER, Row
from tests.store.letters import COUNTY_CHIEF, TOWN_CHIEF

HOUR = timedelta(hours=1)


def holds(person: str, **more: object) -> Tenure:
    return Tenure(**{"post": TOWN_CHIEF, "person": person, "capacity": Capacity.HOLDER, **more})


def roster(*tenures: Tenure, **more: object) -> Roster:
    return Roster(**{"posts": {TOWN_CHIEF: "蟠龙镇级河长"}, "tenures": tenures, **more})


async def now(pool: Pool) -> datetime:
    moment: datetime = await pool.fetchval("SELECT clock_timestamp()")
    return moment


async def test_what_is_kept_is_read_as_it_was(pool: Pool) -> None:
    mobile = {"H-1": (Channel(kind=ChannelKind.SMS, address="000"),)}
    whole = roster(holds("H-1"), absences=(Absence(person="H-1", from_at=await now(pool)),), channels=mobile)

    kept = await keep_roster(pool, whole, "ziyang")

    assert kept == (1, True)
    assert await roster_now(pool) == whole


async def test_before_the_first_import_the_roster_is_empty(pool: Pool) -> None:
    assert await roster_now(pool) == Roster()
    assert await holder_of(pool, TOWN_CHIEF) is None


async def test_the_same_roster_once_more_is_no_new_version(pool: Pool) -> None:
    await keep_roster(pool, roster(holds("H-1")), "ziyang")

    assert await keep_roster(pool, roster(holds("H-1")), "ziyang") == (1, False)
    assert await keep_roster(pool, roster(holds("H-2")), "ziyang") == (2, True)


async def test_a_roster_is_read_once_and_a_newer_one_is_noticed(pool: Pool) -> None:
    await keep_roster(pool, roster(holds("H-1")), "ziyang")

    first, again = await roster_now(pool), await roster_now(pool)
    await keep_roster(pool, roster(holds("H-2")), "ziyang")

    assert first is again
    assert await holder_of(pool, TOWN_CHIEF) == "H-2"


async def test_two_databases_do_not_see_each_others_roster(pool: Pool, postgres: TestPostgres) -> None:
    other_dsn = await postgres.fresh_database()
    other = await open_pool(other_dsn, 1)
    await keep_roster(pool, roster(holds("H-1")), "ziyang")
    await keep_roster(other, roster(holds("H-2")), "ziyang")

    assert [await holder_of(each, TOWN_CHIEF) for each in (pool, other, pool)] == ["H-1", "H-2", "H-1"]
    await close(other)
    await postgres.drop(other_dsn)


async def test_who_held_a_post_on_a_day_is_told_when_he_is_long_gone(pool: Pool) -> None:
    await keep_roster(pool, roster(holds("H-1")), "ziyang")
    then = await now(pool)
    await keep_roster(pool, roster(holds("H-2")), "ziyang")

    known_then = who_acts(await roster_at(pool, then), TOWN_CHIEF, then)

    assert known_then
    assert known_then.person == "H-1"
    assert await roster_at(pool, then - HOUR) == Roster()


async def test_by_what_somebody_was_reached_once_is_forgotten(pool: Pool) -> None:
    for number in ("0001", "0002"):
        mobile = {"H-1": (Channel(kind=ChannelKind.SMS, address=number),)}
        await keep_roster(pool, roster(holds("H-1"), channels=mobile), "ziyang")

    kept = str(await pool.fetch("SELECT * FROM roster_versions"))

    assert "0001" not in kept
    assert "0002" in kept


async def test_a_date_decides_who_acts_without_a_new_import(pool: Pool) -> None:
    soon = await now(pool) + timedelta(milliseconds=300)
    await keep_roster(pool, roster(holds("H-1", until_at=soon), holds("H-2", from_at=soon)), "ziyang")

    before = await holder_of(pool, TOWN_CHIEF)
    while await now(pool) < soon:  # noqa: ASYNC110 - the clock is that of Postgres
        await asyncio.sleep(0.02)

    assert (before, await holder_of(pool, TOWN_CHIEF)) == ("H-1", "H-2")


async def test_a_chief_who_is_away_is_covered_or_his_post_is_vacant(pool: Pool) -> None:
    since = await now(pool) - HOUR
    covered = roster(holds("H-1"), absences=(Absence(person="H-1", from_at=since, cover="H-9"),))
    alone = roster(holds("H-1"), absences=(Absence(person="H-1", from_at=since),))

    await keep_roster(pool, covered, "ziyang")
    by_cover = (await holder_of(pool, TOWN_CHIEF), await vacant_among(pool, [TOWN_CHIEF]))
    await keep_roster(pool, alone, "ziyang")

    assert by_cover == ("H-9", ())
    assert await vacant_among(pool, [TOWN_CHIEF]) == (TOWN_CHIEF,)


async def test_posts_beside_those_loaded_stay_as_they_are(staffed: Pool) -> None:
    await load_posts(staffed, [Row(TOWN_CHIEF, "蟠龙镇级河长", ROSTER[0].level, "H-99")])

    assert [await holder_of(staffed, post) for post in (TOWN_CHIEF, COUNTY_CHIEF)] == ["H-99", "H-2"]
    assert len((await roster_now(staffed)).posts) == len(ROSTER)


async def test_a_post_that_a_roster_lacks_is_held_by_nobody(staffed: Pool) -> None:
    await keep_roster(staffed, roster(holds("H-1")), "ziyang")

    assert await vacant_among(staffed, [TOWN_CHIEF, COUNTY_CHIEF]) == (COUNTY_CHIEF,)
    assert await staffed.fetchval("SELECT deputy FROM posts WHERE post = $1", COUNTY_CHIEF) is None


async def test_of_many_imports_at_once_each_is_a_version(pool: Pool) -> None:
    kept = await asyncio.gather(
        *(keep_roster(pool, roster(holds(f"H-{number}")), "ziyang") for number in range(8))
    )

    assert sorted(one.version for one in kept) == list(range(1, 9))
    newest = max(range(8), key=lambda number: kept[number].version)
    assert await holder_of(pool, TOWN_CHIEF) == f"H-{newest}"
