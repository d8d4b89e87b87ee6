"""What Postgres alone can tell of what is stuck: the borders of each query, and silence while all is well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from domain.canary import CANARY_DIVISION
from domain.issue.clocks import next_mark
from domain.issue.letter import write
from domain.stuck import HUMAN, Kind
from domain.stuck_rules import PATIENCE, Source, unlooked
from store import archive, retelling, stuck
from store.journal import record
from store.pool import Pool
from tests.rules.strategies import Lived, lives
from tests.store.letters import COUNTY, COUNTY_CHIEF, UNIT, Life, closed, escalated
from tests.store.test_leads import keep

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WRONG_ROWS = (
    "UPDATE issues SET number = number - 1",
    "UPDATE issues SET number = number + 2",
    "UPDATE issues SET tail = repeat('0', 64)",
    "DELETE FROM issues",
)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


async def kinds(pool: Pool, now: datetime = NOW) -> list[tuple[Kind, str]]:
    return [(each.kind, each.subject) for each in await stuck.find(pool, now)]


async def told(pool: Pool) -> Life:
    """Record a life whose notices have arrived."""
    life = Life(1)
    await record(pool, life.letter())
    await pool.execute("UPDATE effects SET state = 'delivered'")
    return life


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lived=lives())
async def test_while_a_life_goes_its_way_no_machine_is_named(pool: Pool, lived: Lived) -> None:
    running: int = 900_000 + await pool.fetchval("SELECT count(*) FROM issues")
    letter = write(None, tuple(lived.facts))[0]
    renamed = letter.model_copy(update={"issue_id": f"512022-2026-{running:06d}"})
    await record(pool, renamed)
    await pool.execute("UPDATE effects SET state = 'delivered'")
    if lived.issue.is_over:
        await archive.note_lost(pool, renamed.issue_id)
    mark = next_mark(lived.issue)
    now = mark.at if mark else lived.clock

    named = await stuck.find(pool, now)

    assert [each for each in named if each.kind not in HUMAN and each.subject == renamed.issue_id] == []


async def test_a_mark_is_passed_only_after_the_widest_spread_of_wake_ups(pool: Pool) -> None:
    life = await told(pool)
    mark = next_mark(life.issue)
    assert mark is not None

    on_its_way = await kinds(pool, mark.at + PATIENCE.mark)
    passed = await kinds(pool, mark.at + PATIENCE.mark + SECOND)

    assert on_its_way == []
    assert passed == [(Kind.MARK_PASSED, life.issue.issue_id)]


async def test_a_row_that_is_ahead_behind_missing_or_a_stray_is_no_end_of_a_journal(pool: Pool) -> None:
    life = await told(pool)
    issue_id = life.issue.issue_id

    found = []
    for change in WRONG_ROWS:
        await pool.execute(change)
        found.append(await kinds(pool, life.issue.at))
        await retelling.rebuild_read_model(pool)
        found.append(await kinds(pool, life.issue.at))
    await pool.execute("UPDATE issues SET issue_id = '512022-2026-999999'")
    strays = await kinds(pool, life.issue.at)

    assert found == [[(Kind.HEAD_BEHIND, issue_id)], []] * len(WRONG_ROWS)
    assert strays == [(Kind.HEAD_BEHIND, issue_id), (Kind.HEAD_BEHIND, "512022-2026-999999")]


async def test_only_the_first_effect_in_its_order_is_late(pool: Pool) -> None:
    life = escalated(1)
    await record(pool, life.letter())
    whose = await pool.fetchval(
        "SELECT addressee FROM effects WHERE state = 'queued' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    await pool.execute(
        "UPDATE effects SET state = 'delivered' WHERE state = 'queued' AND addressee <> $1", whose
    )
    queued = await pool.fetchval("SELECT count(*) FROM effects WHERE state = 'queued'")
    now = datetime.now(UTC)

    fresh = [each for each in await stuck.find(pool, now) if each.kind is Kind.EFFECT_LATE]
    (late,) = (each for each in await stuck.find(pool, now + DAY) if each.kind is Kind.EFFECT_LATE)
    await pool.execute(
        "UPDATE effects SET next_try_at = now() + interval '2 days', attempts = 10 WHERE state = 'queued'"
    )
    (tried,) = (each for each in await stuck.find(pool, now + DAY) if each.kind is Kind.EFFECT_LATE)

    assert queued > 1
    assert fresh == []
    assert (late.whose, late.why.zh[:5]) == (whose, "1 项告知")
    assert tried.subject == late.subject


@pytest.mark.parametrize(("reason", "named"), [("vacant", 0), ("unknown_post", 1), (None, 1)])
async def test_what_was_given_up_is_named_unless_the_next_level_has_it(
    pool: Pool, reason: str | None, named: int
) -> None:
    life = await told(pool)
    await pool.execute("UPDATE effects SET state = 'undeliverable', last_error = $1", reason)

    found = await kinds(pool, life.issue.at)

    assert found == [(Kind.EFFECT_UNDELIVERABLE, life.issue.issue_id)] * named


async def test_a_lead_that_waits_for_a_machine_is_a_word_and_one_past_its_limit_is_a_persons(
    pool: Pool,
) -> None:
    waiting, parked = await keep(pool), await keep(pool, parked=True)
    await pool.execute("UPDATE leads SET is_watched = true WHERE receipt = $1", parked.receipt)
    await pool.execute("UPDATE leads SET register_by = $1", NOW)
    await pool.execute("UPDATE leads SET next_try_at = $1, received_at = $1", NOW)

    in_time = await kinds(pool, NOW)
    late = await kinds(pool, NOW + PATIENCE.machine + SECOND)

    assert in_time == []
    assert late == [(Kind.WORD_WAITING, waiting.receipt), (Kind.LEAD_UNASSESSED, parked.receipt)]


async def test_an_order_that_nobody_signed_for_is_named_until_it_is_signed_or_the_issue_is_over(
    pool: Pool,
) -> None:
    life = await told(pool)
    issue_id, received = life.issue.issue_id, life.issue.at
    await pool.execute(
        "INSERT INTO inbox (addressee, issue_id, number, effect, text, received_at) "
        "VALUES ($1, $3, 1, 'order', '督办单', $4), ($1, $3, 2, 'notice', '催办', $4), "
        "($2, $3, 1, 'order', '督办单', $4)",
        *(UNIT, COUNTY_CHIEF, issue_id, received),
    )
    now = received + PATIENCE.person + SECOND
    patient = PATIENCE._replace(mark=DAY * 99)

    in_time = await stuck.find(pool, now - 2 * SECOND, patient)
    late = await stuck.find(pool, now, patient)
    await pool.execute("UPDATE inbox SET read_at = now() WHERE addressee = $1", UNIT)
    signed = await stuck.find(pool, now, patient)
    await pool.execute("UPDATE issues SET next_mark_at = NULL")
    over = await stuck.find(pool, now, patient)

    assert in_time == []
    assert sorted(each.whose for each in late) == sorted([COUNTY_CHIEF, UNIT])
    assert {each.kind for each in late} == {Kind.NO_RECEIPT}
    assert [each.whose for each in signed] == [COUNTY_CHIEF]
    assert over == []


async def test_people_are_not_asked_about_the_canary(pool: Pool) -> None:
    life = await told(pool)
    await pool.execute(
        "INSERT INTO inbox (addressee, issue_id, number, effect, text, received_at) "
        "VALUES ($1, $2, 1, 'order', '', $3)",
        *(UNIT, life.issue.issue_id, life.issue.at),
    )
    lead = await keep(pool, parked=True)
    await pool.execute(
        "UPDATE leads SET is_watched = true, register_by = $1 WHERE receipt = $2", life.issue.at, lead.receipt
    )
    now, patient = life.issue.at + 9 * DAY, PATIENCE._replace(mark=DAY * 99)

    real = {each.kind for each in await stuck.find(pool, now, patient)}
    await pool.execute("UPDATE issues SET division = $1", CANARY_DIVISION)
    await pool.execute("UPDATE leads SET division = $1", CANARY_DIVISION)
    canary = {each.kind for each in await stuck.find(pool, now, patient)}

    assert real == {Kind.NO_RECEIPT, Kind.LEAD_UNASSESSED}
    assert canary == set()


async def test_a_post_is_vacant_only_while_nobody_acts_for_it(staffed: Pool) -> None:
    pool = staffed
    life = await told(pool)
    held = await kinds(pool, life.issue.at)
    await pool.execute("UPDATE issues SET chief = $1", f"chief:{COUNTY}:R99-01")

    vacant = await stuck.find(pool, life.issue.at)

    assert held == []
    assert [(each.kind, each.subject) for each in vacant] == [(Kind.POST_VACANT, f"chief:{COUNTY}:R99-01")]


async def test_an_issue_is_archived_late_until_it_is_on_record_where_its_history_is_or_that_it_is_lost(
    pool: Pool,
) -> None:
    life = closed(1)
    await record(pool, life.letter())
    await pool.execute("UPDATE effects SET state = 'delivered'")
    ended = datetime.now(UTC)

    in_time = await kinds(pool, ended + PATIENCE.archive - DAY)
    late = await kinds(pool, ended + PATIENCE.archive + DAY)
    await archive.note_lost(pool, life.issue_id)
    noted = await kinds(pool, ended + PATIENCE.archive + DAY)

    assert in_time == []
    assert late == [(Kind.ARCHIVE_LATE, life.issue.issue_id)]
    assert noted == []


async def test_what_is_counted_is_what_is_named_each_once(pool: Pool) -> None:
    life = await told(pool)
    nothing = await stuck.counted(pool, life.issue.at)
    await pool.execute("UPDATE issues SET number = number - 1")
    now = life.issue.at + 90 * DAY

    counted = await stuck.counted(pool, now)

    assert set(nothing) == set(Kind) - set(unlooked({Source.TEMPORAL}))
    assert set(nothing.values()) == {0}
    assert counted == {**nothing, Kind.HEAD_BEHIND: 1}
    assert {kind for kind, _ in await kinds(pool, now)} == {Kind.HEAD_BEHIND, Kind.MARK_PASSED}
