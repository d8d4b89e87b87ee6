"""The courier: each effect arrives once, in order, whoever is killed and whatever goes away."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import structlog

from activities.courier import Courier, deliver_all
from activities.deliver import TRIES_FOR_AN_UNKNOWN_POST, _receiver, deliver_due
from activities.record import Records
from domain.issue import wording
from domain.posts import Post
from store import alarms, effects, inbox
from store.effects import Receiver
from store.journal import record
from store.pool import Pool
from store.roster import load_posts, roster_and_time
from store.turns import Answer
from tests.servers import TestPostgres
from tests.store.conftest import ROSTER
from tests.store.letters import COUNTY_CHIEF, TOWN_CHIEF, TOWN_OFFICE, Life, escalated

MINUTE = timedelta(minutes=1)


class Ear:
    """An issue's ear: remembers which vacancies were announced, and can be deaf for a while."""

    def __init__(self, deaf_for: int = 0, answer: Answer = "heard") -> None:
        self.heard: list[tuple[str, Post]] = []
        self._deaf_for = deaf_for
        self._answer = answer

    async def __call__(self, issue_id: str, post: Post) -> Answer:
        self.heard.append((issue_id, post))
        if len(self.heard) <= self._deaf_for:
            raise OSError("Temporal is away")
        return self._answer


async def until(happened: Callable[[], Awaitable[object]], within: float = 15.0) -> None:
    async with asyncio.timeout(within):
        while not await happened():  # noqa: ASYNC110 - another process changes the ledger
            await asyncio.sleep(0.02)


async def vacate(pool: Pool, post: Post) -> None:
    rows = [row._replace(holder=None, deputy=None) for row in ROSTER if row.post == post]
    await load_posts(pool, rows)


async def receivers(pool: Pool) -> Callable[[Post], Receiver]:
    """Return who receives, as the courier asks the roster."""
    roster, now = await roster_and_time(pool)
    return lambda post: _receiver(roster, post, now)


async def make_due(pool: Pool) -> None:
    await pool.execute("UPDATE effects SET next_try_at = now() WHERE state = 'queued'")


async def test_a_notice_arrives_with_whoever_acts_for_the_post(staffed: Pool) -> None:
    await record(staffed, escalated().letter())

    await deliver_all(staffed, Ear())

    assert {line.holder for line in await inbox.inbox_of(staffed, TOWN_CHIEF)} == {"H-1"}
    assert {line.holder for line in await inbox.inbox_of(staffed, COUNTY_CHIEF)} == {"H-2"}
    assert {line.holder for line in await inbox.inbox_of(staffed, TOWN_OFFICE)} == {None}
    assert await effects.counts(staffed) == {"delivered": 7, "unsigned": 1}


async def test_notices_of_an_issue_arrive_in_order(staffed: Pool) -> None:
    await record(staffed, escalated().letter())

    await deliver_all(staffed, Ear())

    numbers = [line.number for line in await inbox.inbox_of(staffed, TOWN_CHIEF)]
    assert numbers == sorted(numbers)
    assert len(numbers) > 2


async def test_a_later_notice_waits_for_the_earlier_one(staffed: Pool) -> None:
    await record(staffed, escalated().letter())

    first = await effects.hand_out(staffed, 100, MINUTE, await receivers(staffed), datetime.now(UTC))

    assert sorted(each.key.addressee for each in first) == [COUNTY_CHIEF, TOWN_CHIEF, TOWN_OFFICE]
    assert all(each.is_delivered for each in first)


async def test_a_later_notice_waits_while_nobody_receives_the_earlier_one(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    await record(staffed, escalated().letter())

    rounds = [
        await effects.hand_out(staffed, 100, MINUTE, await receivers(staffed), datetime.now(UTC))
        for _ in range(4)
    ]

    lent = [each.key for each in itertools.chain.from_iterable(rounds) if not each.is_delivered]
    assert [(key.number, key.addressee) for key in lent] == [(1, TOWN_CHIEF)]
    assert await inbox.inbox_of(staffed, TOWN_CHIEF) == []


async def test_several_couriers_deliver_each_effect_once(staffed: Pool) -> None:
    for running in range(1, 31):
        await record(staffed, escalated(running).letter())

    with structlog.testing.capture_logs() as logs:
        await asyncio.gather(*(deliver_all(staffed, Ear()) for _ in range(4)))
        await make_due(staffed)
        await deliver_all(staffed, Ear())

    said = [line for line in logs if line["event"] == "effect_delivered"]
    assert len(said) == await staffed.fetchval("SELECT count(*) FROM inbox") == 30 * 7
    assert await effects.counts(staffed) == {"delivered": 30 * 7, "unsigned": 30}


async def test_the_log_names_an_effect_and_never_quotes_it(staffed: Pool) -> None:
    await record(staffed, Life().letter())

    with structlog.testing.capture_logs() as logs:
        await deliver_all(staffed, Ear())

    fields = {"event", "log_level", "issue_id", "number", "effect", "addressee", "command_id"}
    assert {frozenset(line) for line in logs} == {frozenset(fields)}


async def test_a_vacancy_is_told_until_a_workflow_of_the_open_issue_hears_it(staffed: Pool) -> None:
    """Between the end of a broken run and its successor nobody hears, and the issue is not over."""
    await vacate(staffed, TOWN_CHIEF)
    life, successor = Life(), Ear()
    await record(staffed, life.letter())

    await deliver_all(staffed, Ear(answer="over"))
    while_none_runs = await effects.counts(staffed)
    await make_due(staffed)
    await deliver_all(staffed, successor)

    assert while_none_runs == {"delivered": 1, "queued": 1}
    assert successor.heard == [(life.issue_id, TOWN_CHIEF)]
    assert await effects.counts(staffed) == {"delivered": 1, "undeliverable": 1}


async def test_what_a_killed_courier_had_borrowed_is_announced_by_the_next(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    life, ear = Life(), Ear()
    await record(staffed, life.letter())
    handed = await effects.hand_out(
        staffed, 100, timedelta(milliseconds=50), await receivers(staffed), datetime.now(UTC)
    )
    assert [each.key.addressee for each in handed if not each.is_delivered] == [TOWN_CHIEF]
    await deliver_all(staffed, ear)
    assert ear.heard == []

    await asyncio.sleep(0.1)  # the loan of the one that was killed ends
    await deliver_all(staffed, ear)

    assert ear.heard == [(life.issue_id, TOWN_CHIEF)]
    assert await effects.counts(staffed) == {"delivered": 1, "undeliverable": 1}


async def test_a_courier_that_is_killed_has_delivered_all_it_took_or_nothing(
    staffed: Pool, database: str
) -> None:
    await record(staffed, Life().letter())
    killed = await asyncpg.connect(database)
    await killed.transaction().start()
    took = await killed.fetch(effects.SQL["take_due"], 100)
    columns = [[row[name] for row in took] for name in ("issue_id", "number", "effect", "addressee")]
    await killed.execute(effects.SQL["deliver"], *columns, [True, True], ["H-1", None], MINUTE, ["", ""])
    assert await killed.fetchval("SELECT count(*) FROM inbox") == 2
    assert await effects.counts(staffed) == {"queued": 2}
    assert (
        await effects.hand_out(staffed, 100, MINUTE, await receivers(staffed), datetime.now(UTC)) == []
    )  # they are in the other's hands

    killed.terminate()
    await until(lambda: deliver_due(staffed, Ear()))

    assert await effects.counts(staffed) == {"delivered": 2}
    assert await staffed.fetchval("SELECT count(*) FROM inbox") == 2


async def test_an_office_receives_though_nobody_is_named_for_it(staffed: Pool) -> None:
    await vacate(staffed, TOWN_OFFICE)
    await record(staffed, Life().letter())

    await deliver_all(staffed, Ear())

    assert [line.holder for line in await inbox.inbox_of(staffed, TOWN_OFFICE)] == [None]


async def test_a_chiefs_post_that_nobody_holds_is_told_to_the_issue(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    life, ear = Life(), Ear()
    await record(staffed, life.letter())

    await deliver_all(staffed, ear)

    assert ear.heard == [(life.issue_id, TOWN_CHIEF)]
    row = await staffed.fetchrow("SELECT state, last_error FROM effects WHERE addressee = $1", TOWN_CHIEF)
    assert tuple(row) == ("undeliverable", "vacant")


async def test_a_vacancy_is_told_until_the_issue_hears_it(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    life, ear = Life(), Ear(deaf_for=2)
    await record(staffed, life.letter())

    for _ in range(4):
        await deliver_due(staffed, ear)
        await make_due(staffed)

    assert len(ear.heard) == 3
    assert await effects.counts(staffed) == {"delivered": 1, "undeliverable": 1}


async def test_a_post_that_the_roster_lacks_is_not_vacant(pool: Pool) -> None:
    ear = Ear()
    await record(pool, Life().letter())

    await deliver_due(pool, ear)

    assert ear.heard == []
    assert await effects.counts(pool) == {"queued": 2}
    assert await pool.fetchval("SELECT min(next_try_at) > now() FROM effects")


async def test_a_roster_that_comes_late_is_in_time_for_the_notices(pool: Pool) -> None:
    await record(pool, Life().letter())
    await deliver_due(pool, Ear())

    await load_posts(pool, ROSTER)
    await make_due(pool)
    await deliver_all(pool, Ear())

    assert await effects.counts(pool) == {"delivered": 2}


async def test_a_post_that_stays_unknown_is_shown_to_the_operator(pool: Pool) -> None:
    await record(pool, Life().letter())

    for _ in range(TRIES_FOR_AN_UNKNOWN_POST):
        await make_due(pool)
        await deliver_due(pool, Ear())

    assert await effects.counts(pool) == {"undeliverable": 2}
    assert set(await pool.fetch("SELECT last_error FROM effects")) == {("unknown_post",)}


async def test_what_was_given_up_for_an_unknown_post_goes_out_once_the_roster_has_it(pool: Pool) -> None:
    await record(pool, Life().letter())
    for _ in range(TRIES_FOR_AN_UNKNOWN_POST):
        await make_due(pool)
        await deliver_due(pool, Ear())

    await load_posts(pool, ROSTER)
    await deliver_all(pool, Ear())

    assert await effects.counts(pool) == {"delivered": 2}


async def test_the_bell_wakes_the_courier_long_before_it_looks_by_itself(
    staffed: Pool, database: str
) -> None:
    courier = asyncio.create_task(Courier(database, Ear(), look_every=3600).run())
    records = Records(database)
    await records.record_now(Life(1).letter())
    await until(lambda: _is_delivered(staffed, 2))

    await records.record_now(Life(2).letter())
    await until(lambda: _is_delivered(staffed, 4))

    await _end(courier)
    await records.close()


@pytest.mark.parametrize("look_every", [0.2, 3600])
async def test_the_courier_waits_an_outage_out(
    look_every: float, staffed: Pool, database: str, postgres: TestPostgres
) -> None:
    courier = asyncio.create_task(Courier(database, Ear(), look_every=look_every).run())
    records = Records(database)
    await records.record_now(Life(1).letter())
    await until(lambda: _is_delivered(staffed, 2))

    await postgres.server.stop()
    await asyncio.sleep(0.5)  # long enough to notice
    assert not courier.done()
    await postgres.server.start()
    await records.record_until_done(Life(2).letter())

    await until(lambda: _is_delivered(staffed, 4))
    await _end(courier)
    await records.close()


async def _is_delivered(pool: Pool, count: int) -> bool:
    return (await effects.counts(pool)).get("delivered") == count


async def _end(courier: "asyncio.Task[None]") -> None:
    courier.cancel()
    await asyncio.wait({courier}, timeout=5)
    assert courier.cancelled()


async def test_a_vacancy_that_cannot_be_told_alarms_the_operator_until_it_is_told(staffed: Pool) -> None:
    await vacate(staffed, TOWN_CHIEF)
    life, ear = Life(), Ear(deaf_for=2)
    await record(staffed, life.letter())

    seen = []
    for _ in range(4):
        await deliver_due(staffed, ear)
        await make_due(staffed)
        seen.append([(each.kind, each.subject) for each in await alarms.open_alarms(staffed)])

    assert seen == [[], [("vacancy_untold", f"{life.issue_id} {TOWN_CHIEF}")], [], []]


async def test_a_vacancy_with_nobody_above_alarms_the_operator_at_once(staffed: Pool) -> None:
    for post in [row.post for row in ROSTER if row.post.startswith(("chief:", "general:"))]:
        await vacate(staffed, post)
    life = Life()
    await record(staffed, life.letter())

    await deliver_due(staffed, Ear())

    (alarm,) = await alarms.open_alarms(staffed)
    assert (alarm.kind, alarm.subject) == ("nobody_above", f"{life.issue_id} {TOWN_CHIEF}")


async def test_a_post_that_the_roster_lacks_alarms_the_operator_within_a_minute(pool: Pool) -> None:
    await record(pool, Life().letter())
    waited = timedelta()

    while not await alarms.open_alarms(pool):
        await make_due(pool)
        await deliver_due(pool, Ear())
        waited += await pool.fetchval("SELECT max(next_try_at) - now() FROM effects")

    assert timedelta(seconds=10) < waited < MINUTE
    assert {each.kind for each in await alarms.open_alarms(pool)} == {"unknown_post"}


async def test_what_was_due_long_ago_says_so_in_the_inbox_and_a_signed_paper_does_not(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    await deliver_all(staffed, Ear())

    rows = await staffed.fetch(
        "SELECT effect, text, said_at FROM inbox JOIN issue_facts USING (issue_id, number)"
    )

    assert rows
    assert {row["effect"] for row in rows} == {"notice"}
    for row in rows:
        assert f"(本告知应于 {wording.moment(row['said_at'])} 发出,迟至 " in row["text"]
