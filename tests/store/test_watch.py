"""值守: what waits is counted cheaply, shown with bounded labels, and what is not known is shown as such."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.runtime import Runtime

from activities.courier import Courier
from activities.watch import Seen, Watch
from domain.issue.evolve import retell
from domain.issue.ladder import advance
from domain.issue.letter import Letter, write
from domain.issue.opening import open_issue
from domain.stuck import Kind
from machine.ports import any_free_port
from metrics import CannotShow, Meters, runtime_for
from settings import Settings
from store import alarms, watch
from store.journal import record
from store.pool import Pool, connected
from store.watch import Counted, Waiting
from tests.rules.given import opening
from tests.store.letters import TOWN_CHIEF
from tests.store.test_canary import walking
from tests.stories.scraped import Series, scrape
from tests.workflows.shell import eventually


def settings_at(address: str | None, **more: object) -> Settings:
    return Settings.model_validate(
        {"database_url": "postgresql://nobody@127.0.0.1:1/none", "metrics": address, **more}
    )


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{any_free_port()}"


@pytest.fixture
def meters(address: str) -> Iterator[Meters]:
    settings = settings_at(address, build_id="abc")
    runtime = runtime_for(settings)
    yield Meters(runtime, settings, "worker")
    del runtime


def lapsed(said_at: datetime) -> Letter:
    """Return the letter of an issue that nobody stopped for ten days."""
    facts = open_issue(opening(said_at=said_at), said_at)
    passed = advance(retell(facts), said_at + timedelta(days=10), inclusive=True)
    return write(None, (*facts, *passed))[0]


async def nobody() -> Mapping[str, int]:
    return {}


async def none_stuck(pool: Pool, now: datetime) -> Mapping[Kind, int]:
    return {}


async def is_away() -> Mapping[str, int]:
    raise TimeoutError


async def test_a_mark_is_measured_from_its_moment_to_its_record(meters: Meters, address: str) -> None:
    letter = lapsed(datetime.now(UTC) - timedelta(days=12))

    meters.kept(letter, len(letter.lines))
    shown = await scrape(address)

    rungs = {dict(labels)["rung"] for name, labels in shown if name == "river_mark_lateness_seconds_count"}
    assert rungs >= {"reminder", "order", "escalation"}
    assert shown["river_mark_lateness_seconds_sum", (("rung", "reminder"),)] > 3600
    assert shown["river_journal_facts_total", ()] == len(letter.lines)


async def test_a_letter_that_comes_again_is_not_measured_again(meters: Meters, address: str) -> None:
    letter = lapsed(datetime.now(UTC) - timedelta(days=12))

    meters.kept(letter, 0)
    shown = await scrape(address)

    assert not [name for name, _ in shown if name.startswith("river_mark_lateness")]


async def test_the_canary_is_not_among_the_marks(meters: Meters, address: str) -> None:
    letter = walking()

    meters.kept(letter, len(letter.lines))
    shown = await scrape(address)

    assert not [name for name, _ in shown if name.startswith("river_mark_lateness")]


async def test_what_waits_is_counted(staffed: Pool) -> None:
    await record(staffed, lapsed(datetime.now(UTC) - timedelta(days=12)))
    await alarms.raise_alarm(staffed, "unknown_post", TOWN_CHIEF, "…")
    await staffed.execute(
        "INSERT INTO commands (issue_id, key, command, digest, subject, said_at, body)"
        " VALUES ('512022-2026-000001', 'k', 'assign', $1, 's', now() - interval '90 seconds', '{}')",
        "0" * 64,
    )

    waiting, stages, _ = await watch.counted(staffed)

    assert waiting.effects_due == waiting.effects_queued > 0
    assert waiting.drafts > 0
    assert (waiting.alarms_open, waiting.commands_waiting) == (1, 1)
    assert 90 <= waiting.commands_oldest < 120
    assert {stage: count for stage, count in stages.items() if count} == {"discovered": 1}


async def test_what_is_stuck_is_counted_no_more_than_once_a_minute(
    meters: Meters, database: str, pool: Pool
) -> None:
    began = datetime.now(UTC)
    looks_at = [began + timedelta(seconds=seconds) for seconds in (0, 15, 59, 60, 75)]
    counted_at: list[datetime] = []

    async def stuck(pool: Pool, now: datetime) -> Mapping[Kind, int]:
        counted_at.append(now)
        return {Kind.RUN_MISSING: len(counted_at)}

    moments = iter(looks_at)
    look = Watch(database, meters.show, stuck, nobody, lambda: next(moments))

    shown = [(await look.look(pool)).stuck[Kind.RUN_MISSING] for _ in looks_at]

    assert counted_at == [looks_at[0], looks_at[3]]
    assert shown == [1, 1, 1, 2, 2]


async def test_who_does_not_answer_is_shown_as_not_reached(
    meters: Meters, address: str, database: str, pool: Pool
) -> None:
    look = Watch(database, meters.show, none_stuck, is_away, lambda: datetime.now(UTC))

    meters.show(await look.look(pool))
    shown = await scrape(address)

    assert shown["river_reached", (("server", "postgres"),)] == 1
    assert shown["river_reached", (("server", "temporal"),)] == 0


async def test_what_postgres_does_not_tell_keeps_its_last_figure(meters: Meters, address: str) -> None:
    meters.show(Seen(Counted(Waiting(alarms_open=3), {}, None), {}, {}))

    meters.show(Seen(None, {}, {}))
    shown = await scrape(address)

    assert shown["river_alarms_open", ()] == 3
    assert shown["river_reached", (("server", "postgres"),)] == 0


async def test_what_is_stuck_keeps_its_figure_until_it_is_counted_again(meters: Meters, address: str) -> None:
    counted = Counted(Waiting(), {}, None)
    meters.show(Seen(counted, {Kind.RUN_MISSING: 2}, {}))

    meters.show(Seen(counted, {}, {}))
    untold = await scrape(address)
    meters.show(Seen(counted, {Kind.RUN_MISSING: 0}, {}))
    counted_again = await scrape(address)

    series = "river_stuck", (("kind", "run_missing"),)
    assert (untold[series], counted_again[series]) == (2, 0)


async def test_a_loop_that_hangs_is_seen_and_one_that_goes_round_is_not(
    meters: Meters, address: str, staffed: Pool, database: str
) -> None:
    async def hang(issue_id: str, post: str) -> None:
        await asyncio.sleep(60)

    good = Courier(database, hang, look_every=0.05, beat=meters.beat("good"))
    hung = Courier(database, hang, look_every=0.05, beat=meters.beat("hung"))
    going = asyncio.create_task(good.run())
    begun = await scrape(address)

    async def goes_round() -> bool:
        shown = await scrape(address)
        return shown[_beat("good")] > begun[_beat("good")]

    await eventually("the loop goes round", goes_round)
    # Somebody holds the ledger's table: the couriers wait for it, and beat no more.
    async with connected(staffed) as connection, connection.transaction():
        await connection.execute("LOCK TABLE effects IN ACCESS EXCLUSIVE MODE")
        hanging = asyncio.create_task(hung.run())

        async def both_wait() -> bool:
            return bool(await staffed.fetchval("SELECT count(*) = 2 FROM pg_locks WHERE NOT granted"))

        await eventually("both wait", both_wait)
        before = await scrape(address)
        await asyncio.sleep(0.2)
        after = await scrape(address)
    for task in (going, hanging):
        task.cancel()
    await asyncio.gather(going, hanging, return_exceptions=True)

    assert after[_beat("hung")] == before[_beat("hung")] == begun[_beat("hung")]
    assert after[_beat("good")] == before[_beat("good")] > begun[_beat("good")]


def _beat(loop: str) -> Series:
    return "river_loop_beat_timestamp_seconds", (("loop", loop),)


async def test_the_build_is_shown(meters: Meters, address: str) -> None:
    shown = await scrape(address)

    labels = (("build_id", "abc"), ("deployment", ""), ("process", "worker"))
    assert shown["river_build_info", labels] == 1


async def test_without_an_address_nothing_is_served_and_counting_costs_nothing() -> None:
    settings = settings_at(None)

    assert runtime_for(settings) is None
    Meters(None, settings, "worker").beat("courier")()


async def test_a_name_is_an_address_as_well() -> None:
    port = any_free_port()
    settings = settings_at(f"localhost:{port}")
    runtime = runtime_for(settings)
    Meters(runtime, settings, "worker")

    assert isinstance(runtime, Runtime)
    assert await scrape(f"localhost:{port}")


@pytest.mark.parametrize("bad", ["127.0.0.1:99999", "no-such-host.invalid:9464"])
async def test_an_address_that_cannot_be_used_is_refused_by_name(bad: str) -> None:
    with pytest.raises(CannotShow, match="RIVER_METRICS"):
        runtime_for(settings_at(bad))


async def test_a_port_that_is_taken_is_refused_by_name(meters: Meters, address: str) -> None:
    with pytest.raises(CannotShow, match=address):
        runtime_for(settings_at(address))


@pytest.mark.parametrize("name", ["counted", "open_by_stage"])
async def test_nothing_that_is_done_is_walked_over(name: str, pool: Pool) -> None:
    """On a filled database: each table of which most is done is read by the index of what is not."""
    await pool.execute(
        "INSERT INTO issue_facts (issue_id, number, kind, at, said_at, body, hash)"
        " SELECT '512022-2026-' || lpad(i::text, 6, '0'), 1, 'Opened', now(), now(), '{}',"
        " md5(i::text) || md5(i::text) FROM generate_series(1, 20000) AS i"
    )
    await pool.execute(
        "INSERT INTO effects (issue_id, number, effect, addressee, text, state)"
        " SELECT issue_id, 1, 'notice', 'office:512022000000', '…', 'delivered' FROM issue_facts"
    )
    await pool.execute(
        "INSERT INTO commands"
        " (issue_id, key, command, digest, subject, said_at, body, state, fact, stage, answered_at)"
        " SELECT issue_id, 'k', 'assign', repeat('0', 64), 's', now(), '{}', 'done', 2, 'planning', now()"
        " FROM issue_facts"
    )
    for table in ("issue_facts", "effects", "commands"):
        await pool.execute(f"VACUUM ANALYZE {table}")

    rows = await pool.fetch(f"EXPLAIN {watch.SQL[name]}")
    plan = "\n".join(row[0] for row in rows)

    assert "Seq Scan on effects" not in plan
    assert "Seq Scan on commands" not in plan
