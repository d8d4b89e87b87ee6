"""线索的记录: kept once, lent to one relay at a time, decided in sight of each other, every step a row."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.lead import LeadState, Told
from domain.model import Label
from domain.place import Point, Where
from domain.report import Report
from domain.terms import Category, Severity, Source
from domain.triage import Nearby
from store import leads
from store.lead_rows import Kept, Kind, Lead, NewLead, Step
from store.numbers import bind_number
from store.photos import Kept as Photo
from store.photos import photos_of
from store.pool import Pool

LOAN = timedelta(seconds=30)
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TOWN, REACH = "512022113000", "R03-01"
_letters = itertools.count(1)


async def keep(
    pool: Pool,
    key: str | None = None,
    *,
    digest: str = "d",
    division: str = "512022000000",
    point: Point | None = None,
    parked: bool = False,
    photos: Sequence[Photo] = (),
) -> Kept:
    number = next(_letters)
    return await leads.keep(
        pool,
        NewLead(
            receipt=f"261124-{number:08d}",
            secret=f"{number:016d}",
            sender="public",
            key=key or f"key-{number}",
            digest=digest,
            told=Told(text="河边有垃圾。", where=Where(name="桥下", point=point)),
            reporter=None,
            received_at=AT,
            register_by=AT,
            division=division,
            candidates=(),
            suggestion={"category": "DUMPING"},
            parked_for=Label("地点不明", "no place") if parked else None,
            photos=tuple(photos),
        ),
    )


def kind(point: Point | None = None, reach: str = REACH) -> Kind:
    return Kind(Category.DUMPING, reach, TOWN, point, radius=100)


def opens(reach: str = REACH) -> Step:
    return Step(
        LeadState.OPENING,
        "triage",
        place=TOWN,
        reach=reach,
        category=Category.DUMPING,
        severity=Severity.GENERAL,
    )


async def lent(pool: Pool, receipt: str) -> Lead:
    lead = await leads.one(pool, receipt)
    assert lead is not None
    return lead


async def test_the_same_key_fifty_times_at_once_is_one_lead(pool: Pool) -> None:
    kept = await asyncio.gather(*(keep(pool, "same") for _ in range(50)))

    assert Counter(one.is_new for one in kept) == {True: 1, False: 49}
    assert len({(one.receipt, one.secret) for one in kept}) == 1


async def test_other_content_under_a_key_is_noticed_and_keeps_the_first(pool: Pool) -> None:
    first = await keep(pool, "once")
    other = await keep(pool, "once", digest="other")

    assert other.differs
    assert other.receipt == first.receipt


async def test_what_is_lent_to_one_relay_is_lent_to_no_other(pool: Pool) -> None:
    kept = {(await keep(pool)).receipt for _ in range(20)}

    batches = await asyncio.gather(*(leads.hand_out(pool, 8, LOAN) for _ in range(6)))

    receipts = [lead.receipt for batch in batches for lead in batch]
    assert len(receipts) == len(set(receipts))
    rest = [lead.receipt for lead in await leads.hand_out(pool, 20, LOAN)]
    assert sorted([*receipts, *rest]) == sorted(kept)


async def test_what_a_dead_relay_was_lent_is_due_again_when_the_loan_ends(pool: Pool) -> None:
    receipt = (await keep(pool)).receipt

    assert [lead.receipt for lead in await leads.hand_out(pool, 8, timedelta(0))] == [receipt]
    (again,) = await leads.hand_out(pool, 8, LOAN)
    assert again.attempts == 2
    assert await leads.hand_out(pool, 8, LOAN) == []


async def test_one_countys_flood_holds_up_no_other_county(pool: Pool) -> None:
    for _ in range(40):
        await keep(pool, division="512022000000")
    for _ in range(2):
        await keep(pool, division="512021000000")

    first = await leads.hand_out(pool, 4, LOAN)

    assert Counter(lead.division[:6] for lead in first) == {"512022": 2, "512021": 2}


async def test_two_that_come_at_once_see_each_other(pool: Pool) -> None:
    one, other = (await keep(pool)).receipt, (await keep(pool)).receipt

    def choose(nearby: Sequence[Nearby]) -> Step | None:
        return None if nearby else opens()

    async def decide(receipt: str) -> Step | None:
        return await leads.decide(pool, await lent(pool, receipt), kind(), choose, AT)

    steps = await asyncio.gather(decide(one), decide(other))

    assert sorted(step is None for step in steps) == [False, True]


async def test_a_lead_sees_what_is_near_it_and_nothing_else(pool: Pool) -> None:
    here, near = Point(lon=105.0, lat=30.0), Point(lon=105.0005, lat=30.0005)
    far = Point(lon=105.1, lat=30.1)
    for point, reach in ((near, "R02-01"), (far, "R02-01"), (None, REACH), (None, "R05-01")):
        receipt = (await keep(pool, point=point)).receipt
        await leads.decide(pool, await lent(pool, receipt), None, lambda _, to=reach: opens(to), AT)
    asked = await lent(pool, (await keep(pool, point=here)).receipt)
    seen: list[Nearby] = []

    await leads.decide(pool, asked, kind(here), seen.extend, AT)

    assert {(one.reach, one.point) for one in seen} == {("R02-01", near), (REACH, None)}


async def test_an_issue_whose_lead_does_not_know_its_number_yet_stands_where_the_lead_does(
    pool: Pool,
) -> None:
    far, here = Point(lon=105.1, lat=30.1), Point(lon=105.0, lat=30.0)
    opening = (await keep(pool, point=far)).receipt
    await leads.decide(pool, await lent(pool, opening), None, lambda _: opens(), AT)
    await _told_by_the_journal(pool, opening)
    asked = await lent(pool, (await keep(pool, point=here)).receipt)
    seen: list[Nearby] = []

    await leads.decide(pool, asked, kind(here), seen.extend, AT)

    assert seen == [Nearby(receipt=opening, issue_id=None, reach=REACH, point=far)]


async def _told_by_the_journal(pool: Pool, receipt: str) -> None:
    """Let the issue of a lead be opened, as it is a moment before the relay writes that down."""
    report = Report(
        id=receipt,
        text="河边有垃圾。",
        category=Category.DUMPING,
        severity=Severity.GENERAL,
        source=Source.PUBLIC,
        reach=REACH,
        division=TOWN,
    )
    issue_id = (await bind_number(pool, report, TOWN[:6], 2026, AT)).issue_id
    await pool.execute(
        "INSERT INTO issues (issue_id, number, tail, stage, category, severity, origin, source, reach,"
        " division, title, chief, level, rung, is_overdue, next_mark_at, opened_at, look_backs_on, edition)"
        " VALUES ($1, 1, '', 'discovered', 'DUMPING', 'GENERAL', 'NEW', 'PUBLIC', $2, $3,"
        " '', '', 2, 0, false, $4, $4, '{}', '')",
        *(issue_id, REACH, TOWN, AT),
    )


async def test_photos_are_kept_with_their_lead_or_neither_is(pool: Pool) -> None:
    whole = [_photo("a"), _photo("b")]

    kept = await keep(pool, photos=whole)
    with pytest.raises(asyncpg.CheckViolationError):
        await keep(pool, "torn", photos=[_photo("a"), _photo("b").model_copy(update={"bytes": 0})])

    assert [photo.digest for photo in await photos_of(pool, kept.receipt)] == [one.digest for one in whole]
    assert await leads.kept_before(pool, "public", "torn", "d") is None
    assert await pool.fetchval("SELECT count(*) FROM photos") == len(whole)


def _photo(letter: str) -> Photo:
    return Photo(digest=letter * 64, public_digest=letter * 64, bytes=1, media_type="image/jpeg")


async def test_every_step_is_a_row_that_stays(pool: Pool) -> None:
    receipt = (await keep(pool)).receipt
    await leads.take(pool, receipt, (LeadState.RECEIVED,), opens(), AT)
    await leads.take(
        pool,
        receipt,
        (LeadState.OPENING,),
        Step(LeadState.OPENED, "triage", issue_id="512022-2026-000001"),
        AT,
    )

    assert [step.state for step in await leads.steps(pool, receipt)] == ["received", "opening", "opened"]
    for statement in ("DELETE FROM lead_steps", "UPDATE lead_steps SET by = 'nobody'", "TRUNCATE lead_steps"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pool.execute(statement)


async def test_a_step_from_another_state_is_not_taken(pool: Pool) -> None:
    receipt = (await keep(pool)).receipt
    refused = Step(LeadState.REFUSED, "H-512022-001", reason=Label("重复", "again"))

    taken = await asyncio.gather(
        *(leads.take(pool, receipt, (LeadState.RECEIVED,), refused, AT) for _ in range(5))
    )

    assert sorted(taken) == [False] * 4 + [True]
    assert not await leads.take(pool, receipt, (LeadState.PARKED,), opens(), AT)
    assert len(await leads.steps(pool, receipt)) == 2


async def test_a_parked_lead_is_handed_out_until_somebody_watches_it(pool: Pool) -> None:
    receipt = (await keep(pool, parked=True)).receipt

    assert [lead.receipt for lead in await leads.hand_out(pool, 8, timedelta(0))] == [receipt]
    await leads.watched(pool, receipt)
    assert await leads.hand_out(pool, 8, timedelta(0)) == []


async def test_what_waits_is_counted_by_county_and_listed_by_jurisdiction(pool: Pool) -> None:
    for division in ("512022000000", "512022000000", "512021000000"):
        await keep(pool, division=division)
        await keep(pool, division=division, parked=True)

    assert await leads.waiting(pool, 100) == {"512022": 2, "512021": 1}
    first = (datetime(2000, 1, 1, tzinfo=UTC), "")
    assert len(await leads.parked(pool, "512022000000", first, 50)) == 2
    assert len(await leads.parked(pool, "512000000000", first, 50)) == 3
    assert await leads.parked(pool, "512002000000", first, 50) == []
