"""Numbers: one for each report, none twice, none left out."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.report import Report
from domain.terms import Category, Severity, Source
from store.numbers import Bound, bind_number, issue_of_report
from store.pool import Pool
from store.roster import RosterIsEmpty, holder_of, vacant_among
from tests.store.letters import COUNTY_CHIEF, TOWN, TOWN_CHIEF, TOWN_OFFICE

NOW = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


def report(report_id: str, text: str = "河边有人倾倒建筑垃圾") -> Report:
    return Report(
        id=report_id,
        text=text,
        category=Category.DUMPING,
        severity=Severity.GENERAL,
        source=Source.HOTLINE,
        reach="R03-01",
        division=TOWN,
    )


async def bind(pool: Pool, one: Report, county: str = "512022", year: int = 2026) -> Bound:
    return await bind_number(pool, one, county, year, NOW)


async def test_a_report_gets_a_number_and_keeps_it(pool: Pool) -> None:
    assert await bind(pool, report("LS001")) == ("512022-2026-000001", True, NOW, False)
    assert await bind(pool, report("LS001")) == ("512022-2026-000001", False, NOW, False)
    assert await issue_of_report(pool, "LS001") == "512022-2026-000001"
    assert await issue_of_report(pool, "LS404") is None


async def test_a_report_sent_again_with_other_words_keeps_its_first(pool: Pool) -> None:
    await bind(pool, report("LS001", "第一次说的话"))

    again = await bind(pool, report("LS001", "第二次说的话"))

    assert again == ("512022-2026-000001", False, NOW, True)
    assert "第一次说的话" in await pool.fetchval("SELECT body FROM reports")


async def test_each_county_and_each_year_counts_for_itself(pool: Pool) -> None:
    bound = [
        await bind(pool, report("a")),
        await bind(pool, report("b"), county="512021"),
        await bind(pool, report("c"), year=2027),
        await bind(pool, report("d")),
    ]

    assert [each.issue_id for each in bound] == [
        "512022-2026-000001",
        "512021-2026-000001",
        "512022-2027-000001",
        "512022-2026-000002",
    ]


async def test_fifty_reports_at_once_get_fifty_numbers_without_a_gap(pool: Pool) -> None:
    bound = await asyncio.gather(*(bind(pool, report(f"LS{n}")) for n in range(50)))

    assert sorted(each.issue_id for each in bound) == [f"512022-2026-{n:06d}" for n in range(1, 51)]
    assert all(each.is_new for each in bound)


async def test_one_report_from_fifty_hands_at_once_is_one_issue(pool: Pool) -> None:
    bound = await asyncio.gather(*(bind(pool, report("LS001")) for _ in range(50)))

    assert {each.issue_id for each in bound} == {"512022-2026-000001"}
    assert sum(each.is_new for each in bound) == 1


async def test_a_few_reports_from_many_hands_at_once_leave_no_gap(pool: Pool) -> None:
    await asyncio.gather(*(bind(pool, report(f"LS{n % 7}")) for n in range(50)))

    numbers = [row["running"] for row in await pool.fetch("SELECT running FROM issue_numbers ORDER BY 1")]
    assert numbers == list(range(1, 8))
    assert await pool.fetchval("SELECT last FROM number_counters") == 7


async def test_a_binding_that_is_given_back_leaves_no_gap(pool: Pool) -> None:
    await pool.execute("ALTER TABLE issue_numbers ADD CONSTRAINT fails CHECK (report_id <> 'bad')")
    with pytest.raises(Exception, match="fails"):
        await bind(pool, report("bad"))

    bound = await bind(pool, report("good"))

    assert bound.issue_id == "512022-2026-000001"
    assert await pool.fetchval("SELECT count(*) FROM reports") == 1


async def test_a_post_is_acted_for_by_its_holder_else_its_deputy_else_nobody(staffed: Pool) -> None:
    acting = [await holder_of(staffed, post) for post in (TOWN_CHIEF, COUNTY_CHIEF, TOWN_OFFICE)]

    assert acting == ["H-1", "H-2", None]


async def test_a_post_is_vacant_when_nobody_acts_for_it_or_nobody_knows_it(staffed: Pool) -> None:
    unknown = "chief:512022113201:R03-01"

    assert await vacant_among(staffed, [unknown, TOWN_CHIEF, COUNTY_CHIEF, TOWN_OFFICE]) == (
        unknown,
        TOWN_OFFICE,
    )


async def test_an_empty_roster_is_not_a_county_without_chiefs(pool: Pool) -> None:
    with pytest.raises(RosterIsEmpty, match="ops roster"):
        await vacant_among(pool, [TOWN_CHIEF])
