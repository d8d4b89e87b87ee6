"""The sender: what lies in an inbox rings once, by the next channel, at the next person, or an alarm."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from activities.channels import Channels, Ways
from activities.courier import deliver_all
from activities.pushing import MOST_TRIES, TRIES, Pushing
from activities.sender import AT_ONCE, Sender
from domain.posts import Post
from domain.roster import Capacity, Channel, ChannelKind, Tenure
from domain.terms import Severity
from domain.workdays import CHINA, Calendar
from reading.notices import read_notice_rules
from store import alarms, burdens, inbox, pushes
from store.journal import record
from store.pool import Pool, close, open_pool
from store.roster import keep_roster, load_posts, roster_now
from tests.servers import TestPostgres
from tests.store.conftest import ROSTER
from tests.store.letters import OFFICE, TOWN_CHIEF, TOWN_OFFICE, escalated
from tests.store.receivers import (
    DROPPED,
    NOTHING,
    REFUSES_ALL,
    SILENCE,
    TOO_OFTEN,
    closed_port,
    endpoint,
    fine,
    plain,
    post_office,
)

RULES = read_notice_rules(Path(__file__).parents[2] / "rules" / "notices.yaml")
CALENDAR = Calendar(name="of-tests", version="1", published=(2026, 2026))
TEN = datetime(2026, 11, 4, 10, 0, tzinfo=CHINA).astimezone(UTC)
HOUR = timedelta(hours=1)
WECOM, SMS, EMAIL = ChannelKind.WECOM, ChannelKind.SMS, ChannelKind.EMAIL
_numbers = itertools.count(1)
MUCH_TOO_OFTEN = plain("429 Too Many Requests", "Retry-After: 60")


def channel(kind: ChannelKind, address: str = "key-1", *, works: bool = True) -> Channel:
    return Channel(kind=kind, address=address, works=works)


@dataclass
class Desk:
    """A sender whose time is moved by hand, and what it works on."""

    pool: Pool
    sender: Sender
    clock: list[datetime]

    async def turns(self, count: int = 12) -> None:
        """Let it look again and again, with no pause left to wait for."""
        for _ in range(count):
            await self.sender.turn(self.pool)
            await self.sender.settled()
            await self.pool.execute("UPDATE pushes SET next_try_at = now() WHERE state = 'queued'")

    async def states(self) -> list[tuple[str, str, str | None]]:
        """Return who was to be told, what came of it, and by which channel it went last."""
        rows = await self.pool.fetch(
            "SELECT deliveries.person, deliveries.state, channel FROM deliveries"
            " LEFT JOIN pushes ON pushes.id = push ORDER BY line, since, deliveries.person"
        )
        return [tuple(row) for row in rows]

    async def pushes(self) -> list[tuple[str | None, str, str]]:
        rows = await self.pool.fetch("SELECT channel, kind, state FROM pushes ORDER BY number, answered_at")
        return [tuple(row) for row in rows]


def desk(pool: Pool, channels: Channels | None, at: datetime = TEN) -> Desk:
    clock = [at]
    sender = Sender("", Pushing(RULES, CALENDAR, channels, "https://river.example"), now=lambda _: clock[0])
    return Desk(pool, sender, clock)


@asynccontextmanager
async def live(pool: Pool, within: float = 0.5, **ways: str) -> AsyncIterator[Desk]:
    channels = Channels(Ways(**ways), lambda: TEN, within)
    one = desk(pool, channels)
    yield one
    await one.sender.settled()
    await channels.close()


async def reach(pool: Pool, **channels: Sequence[Channel]) -> None:
    """Say by what persons are reached: `H_1=[...]`."""
    roster = await roster_now(pool)
    named = {person.replace("_", "-"): tuple(each) for person, each in channels.items()}
    await keep_roster(pool, roster.model_copy(update={"channels": named}), "test")


async def appoint_deputy(pool: Pool, post: Post, person: str) -> None:
    roster = await roster_now(pool)
    deputy = Tenure(post=post, person=person, capacity=Capacity.DEPUTY)
    await keep_roster(pool, roster.model_copy(update={"tenures": (*roster.tenures, deputy)}), "test")


async def put(
    pool: Pool, text: str = "告知", post: Post = TOWN_CHIEF, at: datetime = TEN, issue: int = 1
) -> int:
    """Put a line into an inbox as the courier does, of a fact that nobody knows: it is ordinary."""
    line: int = await pool.fetchval(
        "INSERT INTO inbox (addressee, issue_id, number, effect, text, received_at)"
        " VALUES ($1, $2, $3, 'notice', $4, $5) RETURNING line",
        *(post, f"512022-2026-{issue:06d}", next(_numbers), text, at),
    )
    return line


async def alarmed(pool: Pool) -> list[tuple[str, str]]:
    return [(each.kind, each.subject) for each in await alarms.open_alarms(pool)]


async def test_a_notice_rings_at_whoever_acts_for_the_post(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed, "【催办】请办理。")

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

        (asked,) = there.asked

    assert asked.body["text"]["content"] == "【催办】请办理。\n查看:https://river.example/inbox"
    assert await here.states() == [("H-1", "delivered", "wecom")]


HOPELESS = {
    "refuses": None,
    "500": REFUSES_ALL,
    "429": TOO_OFTEN,
    "silent": SILENCE,
    "drops": DROPPED,
    "hangs up": NOTHING,
    "404": plain("404 Not Found"),
    "says no": fine(b'{"errcode": 93000}'),
    "nonsense": fine(b"hello"),
}


@pytest.mark.parametrize("behaviour", HOPELESS)
async def test_what_a_channel_does_not_take_goes_by_the_next_one(behaviour: str, staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(EMAIL, "h1@example.org")])
    await put(staffed)

    async with (
        endpoint() as there,
        post_office() as (smtp, post),
        live(
            staffed,
            0.3,
            wecom=closed_port() if behaviour == "refuses" else there.address,
            smtp=smtp,
            mail_from="river@river.example",
        ) as here,
    ):
        there.otherwise = HOPELESS[behaviour]
        await here.turns()

    tries = {"refuses": 0, "404": 1, "says no": 1}.get(behaviour, TRIES)
    assert (len(there.asked), len(there.acts)) == (tries, min(tries, 1))
    assert len(post.mail) == 1
    assert await here.states() == [("H-1", "sent", "email")]
    assert await here.pushes() == [("wecom", "ordinary", "failed"), ("email", "ordinary", "sent")]
    assert await alarmed(staffed) == []


@pytest.mark.parametrize("behaviour", [REFUSES_ALL, TOO_OFTEN, SILENCE, DROPPED, NOTHING], ids=str)
async def test_a_channel_that_comes_to_itself_gets_the_same_act_again(
    behaviour: bytes | None, staffed: Pool
) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(SMS, "13900000000")])
    await put(staffed)

    async with (
        endpoint(behaviour, behaviour) as there,
        live(staffed, 0.3, wecom=there.address, sms=there.address) as here,
    ):
        await here.turns()

    assert len(there.asked) == 3
    assert len(there.acts) == 1
    assert await here.states() == [("H-1", "delivered", "wecom")]


async def test_what_waits_for_a_channel_that_was_closed_meanwhile_goes_by_the_next_one(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(SMS, "13900000000")])
    await put(staffed)
    async with live(staffed, wecom="http://127.0.0.1:1/") as before:
        await before.sender._pushing.route(staffed, await roster_now(staffed), TEN)
        await before.sender._pushing.plan(staffed, await roster_now(staffed), TEN)

    async with endpoint() as there, live(staffed, sms=there.address) as here:
        await here.turns(3)

    assert await here.states() == [("H-1", "sent", "sms")]


async def test_a_digest_goes_to_who_acts_when_it_is_sent_not_to_who_has_left_meanwhile(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM, "old")], H_99=[channel(WECOM, "new")])
    night = datetime(2026, 11, 3, 23, 0, tzinfo=CHINA).astimezone(UTC)
    await put(staffed, at=night)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        here.clock[0] = night
        await here.turns(2)
        roster = await roster_now(staffed)
        others = tuple(tenure for tenure in roster.tenures if tenure.post != TOWN_CHIEF)
        follows = Tenure(post=TOWN_CHIEF, person="H-99", capacity=Capacity.HOLDER)
        await keep_roster(staffed, roster.model_copy(update={"tenures": (*others, follows)}), "test")
        here.clock[0] = TEN
        await here.turns(3)

    assert [asked.query for asked in there.asked] == [{"key": ["new"]}]


async def test_without_a_roster_a_line_waits_for_it(pool: Pool) -> None:
    await put(pool)
    here = desk(pool, None)
    await here.turns(2)
    waits = await pool.fetchval("SELECT count(*) FROM inbox WHERE NOT is_routed")

    await load_posts(pool, ROSTER)
    await here.turns(2)

    assert waits == 1
    assert await here.states() == [("H-1", "sandbox", None)]


async def test_an_inbox_of_an_institution_that_the_roster_lacks_is_the_operators(staffed: Pool) -> None:
    await put(staffed, post="government:512021000000")
    await put(staffed, post=TOWN_OFFICE)

    await desk(staffed, None).turns(2)

    assert await alarmed(staffed) == [("nobody_reached", "government:512021000000")]


async def test_what_no_sender_survives_goes_by_the_next_channel_in_the_end(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(SMS, "13900000000")])
    await put(staffed)

    async with (
        endpoint() as deadly,
        endpoint() as there,
        live(staffed, wecom=deadly.address, sms=there.address) as here,
    ):
        await here.sender._pushing.route(staffed, await roster_now(staffed), TEN)
        await here.sender._pushing.plan(staffed, await roster_now(staffed), TEN)
        await staffed.execute("UPDATE pushes SET attempts = $1", MOST_TRIES)
        await here.turns(3)

    assert deadly.asked == []
    assert await here.pushes() == [("wecom", "ordinary", "failed"), ("sms", "ordinary", "sent")]


async def test_pauses_grow_and_a_channel_may_ask_for_a_longer_one(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed)
    pauses = []

    async with (
        endpoint(REFUSES_ALL, REFUSES_ALL, MUCH_TOO_OFTEN) as there,
        live(staffed, wecom=there.address) as here,
    ):
        for _ in range(3):
            await here.turns(0)
            await here.sender.turn(staffed)
            await here.sender.settled()
            row = await staffed.fetchrow("SELECT next_try_at - now() AS pause, last_error FROM pushes")
            pauses.append((round(row["pause"].total_seconds()), row["last_error"]))
            await staffed.execute("UPDATE pushes SET next_try_at = now()")

    assert pauses == [(1, "HTTP 500"), (4, "HTTP 500"), (60, "HTTP 429")]


async def test_when_no_channel_is_left_the_deputy_is_told_and_then_the_operator(staffed: Pool) -> None:
    await appoint_deputy(staffed, TOWN_CHIEF, "H-20")
    await reach(staffed, H_1=[channel(WECOM)], H_20=[channel(SMS, "13900000000")])
    await put(staffed)

    async with endpoint() as there:
        there.otherwise = plain("404 Not Found")
        async with live(staffed, wecom=there.address, sms=there.address) as here:
            await here.turns()

    assert [asked.body.get("to", "wecom") for asked in there.asked] == ["wecom", "13900000000"]
    assert await here.states() == [("H-1", "failed", "wecom"), ("H-20", "failed", "sms")]
    assert await alarmed(staffed) == [("nobody_reached", f"512022-2026-000001 {TOWN_CHIEF}")]


async def test_a_deputy_who_is_reached_ends_the_search(staffed: Pool) -> None:
    await appoint_deputy(staffed, TOWN_CHIEF, "H-20")
    await reach(staffed, H_1=[channel(WECOM, works=False)], H_20=[channel(WECOM, "key-2")])
    await put(staffed)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

    assert [asked.query for asked in there.asked] == [{"key": ["key-2"]}]
    assert await here.states() == [("H-1", "failed", None), ("H-20", "delivered", "wecom")]
    assert await alarmed(staffed) == []


async def test_a_channel_that_the_operator_has_not_set_up_is_none(staffed: Pool) -> None:
    unset = channel(SMS, "13900000000")
    await reach(staffed, H_1=[unset, channel(WECOM), unset, channel(ChannelKind.FEISHU)])
    await put(staffed)

    async with (
        endpoint(plain("404 Not Found")) as there,
        live(staffed, wecom=there.address, feishu=there.address) as here,
    ):
        await here.turns()

    assert await here.pushes() == [("wecom", "ordinary", "failed"), ("feishu", "ordinary", "delivered")]


async def test_an_office_without_a_named_person_has_its_inbox_and_no_alarm(staffed: Pool) -> None:
    await put(staffed, post=TOWN_OFFICE)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

    assert await here.states() == []
    assert await alarmed(staffed) == []


async def test_a_chief_without_any_channel_alarms_the_operator_once_an_issue_and_an_office_once(
    staffed: Pool,
) -> None:
    for issue in (1, 2, 2):
        await put(staffed, issue=issue)
        await put(staffed, post=OFFICE, issue=issue)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

    assert sorted(await alarmed(staffed)) == [
        ("nobody_reached", f"512022-2026-000001 {TOWN_CHIEF}"),
        ("nobody_reached", f"512022-2026-000002 {TOWN_CHIEF}"),
        ("nobody_reached", OFFICE),
    ]


async def test_in_the_sandbox_nothing_goes_out_and_everything_shows(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed)
    await put(staffed, post=OFFICE)  # its holder has no channel
    here = desk(staffed, None)

    with structlog.testing.capture_logs() as logs:
        await here.turns()

    assert await here.states() == [("H-1", "sandbox", "wecom"), ("H-3", "sandbox", None)]
    assert await alarmed(staffed) == []
    assert {line["person"] for line in logs if line["event"] == "push_made"} == {"H-1", "H-3"}


async def test_what_the_sandbox_has_shown_is_not_sent_once_it_is_live(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed)
    await desk(staffed, None).turns()

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()

    assert there.asked == []


async def test_several_senders_send_each_push_once(staffed: Pool, database: str) -> None:
    await reach(
        staffed, H_1=[channel(WECOM)], H_3=[channel(WECOM, "key-3")], H_4=[channel(SMS, "13900000000")]
    )
    for issue in range(1, 6):
        for post in (TOWN_CHIEF, OFFICE, "unit:512022000000:water"):
            await put(staffed, f"告知{issue}", post, issue=issue)
    pools = [await open_pool(database, 4) for _ in range(3)]

    async with endpoint() as there:
        channels = [Channels(Ways(wecom=there.address, sms=there.address), lambda: TEN) for _ in pools]
        desks = [desk(pool, each) for pool, each in zip(pools, channels, strict=True)]
        for _ in range(8):
            await asyncio.gather(*(one.sender.turn(one.pool) for one in desks))
            await asyncio.gather(*(one.sender.settled() for one in desks))
        for pool, each in zip(pools, channels, strict=True):
            await each.close()
            await close(pool)

    assert len(there.asked) == len(there.acts) == 15
    states = await desk(staffed, None).states()
    assert {state for _, state, _ in states} == {"delivered", "sent"}


async def test_a_channel_that_never_answers_holds_up_nobody_else(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)], H_3=[channel(SMS, "13900000000")])
    for issue in range(1, 5):
        await put(staffed, issue=issue)
    began = asyncio.get_running_loop().time()

    async with endpoint() as silent, endpoint() as there:
        silent.otherwise = SILENCE
        async with live(staffed, 3.0, wecom=silent.address, sms=there.address) as here:
            await here.sender.turn(staffed)
            await put(staffed, post=OFFICE, issue=9)
            await here.sender.turn(staffed)
            while not there.asked:  # noqa: ASYNC110 - the endpoint sets no event
                await asyncio.sleep(0.02)
            took = asyncio.get_running_loop().time() - began

    assert len(silent.asked) == 4
    assert took < 1.5


async def test_the_order_of_an_issue_is_kept_while_an_earlier_push_is_tried_again(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])

    async with endpoint(REFUSES_ALL) as there, live(staffed, wecom=there.address) as here:
        await put(staffed, "一", issue=1)
        await here.sender.turn(staffed)
        await here.sender.settled()
        await put(staffed, "二", issue=1)
        await put(staffed, "三", issue=2)
        await here.sender.turn(staffed)
        await here.sender.settled()
        await here.turns()

    assert [asked.body["text"]["content"][0] for asked in there.asked] == ["一", "三", "一", "二"]


async def test_the_next_channel_takes_over_the_place_in_the_order(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(SMS, "13900000000")])
    for text in "一二":
        await put(staffed, text)

    async with (
        endpoint(plain("404 Not Found")) as there,
        live(staffed, wecom=there.address, sms=there.address) as here,
    ):
        await here.turns()

    told = [
        asked.body["text"] if "to" in asked.body else asked.body["text"]["content"] for asked in there.asked
    ]
    assert [text[0] for text in told] == ["一", "一", "二"]


async def test_one_channel_has_so_many_tries_under_way_and_no_more(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    line = await put(staffed)
    await staffed.execute(
        "INSERT INTO pushes (id, person, channel, kind, lines, about, made_at, made_on, state)"
        " SELECT lpad(n::text, 32, '0'), 'H-1', 'wecom', 'urgent', $1, ARRAY[n::text], now(), now(), 'queued'"
        " FROM generate_series(1, 30) AS n",
        [line],
    )

    async with endpoint() as there, live(staffed, 2.0, wecom=there.address) as here:
        there.otherwise = SILENCE
        for _ in range(5):
            await here.sender.turn(staffed)
        await asyncio.sleep(0.3)
        asked = len(there.asked)

    assert asked == AT_ONCE


async def test_what_one_person_gets_is_decided_by_one_sender_at_a_time(staffed: Pool) -> None:
    await put(staffed)
    here = desk(staffed, None)

    async with staffed.acquire() as other, other.transaction():
        await other.execute("SELECT pg_advisory_xact_lock(hashtextextended('H-1', 14))")
        deciding = asyncio.create_task(here.sender.turn(staffed))
        await asyncio.sleep(0.3)
        assert not deciding.done()
    await deciding

    assert len(await here.pushes()) == 1


async def test_beyond_the_budget_all_waits_for_one_digest(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    for issue in range(1, 10):
        await put(staffed, f"第{issue}件", issue=issue)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()
        before = len(there.asked)
        here.clock[0] = TEN + 6 * HOUR + timedelta(minutes=49)
        await here.turns()
        assert len(there.asked) == before
        here.clock[0] = TEN + 6 * HOUR + timedelta(minutes=50)
        await here.turns()

    assert before == 5
    digest = there.asked[-1].body["text"]["content"]
    assert digest.startswith("【汇总】4 件告知待阅\n1. 第6件\n2. 第7件\n3. 第8件\n4. 第9件\n")
    (day,) = await burdens.burden(staffed, datetime(2026, 11, 4, tzinfo=CHINA).date(), 6)
    assert (day.person, day.pushes, day.urgent, day.digests, day.items, day.waiting) == ("H-1", 6, 0, 1, 9, 0)


async def test_what_does_not_get_through_uses_no_budget(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM), channel(SMS, "13900000000")])

    async with (
        endpoint() as refusing,
        endpoint() as there,
        live(staffed, wecom=refusing.address, sms=there.address) as here,
    ):
        refusing.otherwise = plain("404 Not Found")
        for issue in range(1, 6):
            await put(staffed, issue=issue)
            await here.turns(3)

    assert len(there.asked) == 5
    (day,) = await burdens.burden(staffed, datetime(2026, 11, 4, tzinfo=CHINA).date(), 6)
    assert day.pushes == 5


async def test_a_major_issue_rings_at_night_through_the_whole_path(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)], H_2=[channel(WECOM, "key-2")])
    await record(staffed, escalated(severity=Severity.MAJOR).letter())
    await record(staffed, escalated(2).letter())
    await deliver_all(staffed, _nobody_hears)
    night = TEN + 16 * HOUR
    await staffed.execute("UPDATE inbox SET received_at = $1", night)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        here.clock[0] = night
        await here.turns()

    told = "".join(asked.body["text"]["content"] for asked in there.asked)
    assert "512022-2026-000001" in told
    assert "512022-2026-000002" not in told
    assert {kind for _, kind, _ in await here.pushes()} == {"urgent"}


async def _nobody_hears(issue_id: str, post: Post) -> None:
    raise AssertionError((issue_id, post))


async def test_what_was_signed_for_is_not_pushed_any_more(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    night = TEN - 8 * HOUR
    line = await put(staffed, at=night)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        here.clock[0] = night
        await here.turns()
        await inbox.sign_for(staffed, line, [TOWN_CHIEF], "H-1", night)
        here.clock[0] = TEN
        await here.turns()

    assert there.asked == []
    assert await here.states() == [("H-1", "read", None)]


async def test_what_was_signed_for_while_it_rang_stays_read(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    line = await put(staffed)
    here = desk(staffed, Channels(Ways(wecom="http://127.0.0.1:9"), lambda: TEN))
    await here.sender._pushing.route(staffed, await roster_now(staffed), TEN)
    await here.sender._pushing.plan(staffed, await roster_now(staffed), TEN)
    (lent,) = await pushes.lend(staffed, WECOM, AT_ONCE, HOUR)

    await inbox.sign_for(staffed, line, [TOWN_CHIEF], "H-1", TEN)
    await pushes.went_out(staffed, lent.push, "delivered")

    assert await here.states() == [("H-1", "read", "wecom")]


async def test_a_sender_waits_for_no_push_that_another_one_has_in_hand(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed)
    here = desk(staffed, Channels(Ways(wecom="http://127.0.0.1:9"), lambda: TEN))
    await here.sender._pushing.route(staffed, await roster_now(staffed), TEN)
    await here.sender._pushing.plan(staffed, await roster_now(staffed), TEN)

    async with staffed.acquire() as other, other.transaction():
        assert await other.fetch("SELECT FROM pushes FOR UPDATE")
        async with asyncio.timeout(5):
            assert await pushes.lend(staffed, WECOM, AT_ONCE, HOUR) == []
    assert len(await pushes.lend(staffed, WECOM, AT_ONCE, HOUR)) == 1


async def test_a_receipt_stays_though_the_push_fails_afterwards(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    line = await put(staffed)

    async with endpoint() as there:
        there.otherwise = REFUSES_ALL
        async with live(staffed, wecom=there.address) as here:
            await here.sender.turn(staffed)
            await here.sender.settled()
            await inbox.sign_for(staffed, line, [TOWN_CHIEF], "H-1", TEN)
            await staffed.execute("UPDATE pushes SET next_try_at = now()")
            await here.turns()

    assert await here.states() == [("H-1", "read", "wecom")]
    assert await alarmed(staffed) == []


async def test_what_a_killed_sender_had_in_hand_goes_out_again_under_the_same_key(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    await put(staffed)

    async with endpoint(SILENCE) as there, live(staffed, 30.0, wecom=there.address) as killed:
        await killed.sender.turn(staffed)
        while not there.asked:  # noqa: ASYNC110 - the endpoint sets no event
            await asyncio.sleep(0.02)
        async with live(staffed, wecom=there.address) as other:
            await other.sender.turn(staffed)
            await other.sender.settled()
            assert len(there.asked) == 1  # it is on loan
            await other.turns()
        for task in itertools.chain.from_iterable(killed.sender._busy.values()):
            task.cancel()

    assert len(there.asked) == 2
    assert len(there.acts) == 1
    assert await other.states() == [("H-1", "delivered", "wecom")]


async def test_a_clock_that_jumps_back_rings_nothing_twice(staffed: Pool) -> None:
    await reach(staffed, H_1=[channel(WECOM)])
    for issue in range(1, 8):
        await put(staffed, issue=issue)

    async with endpoint() as there, live(staffed, wecom=there.address) as here:
        await here.turns()
        here.clock[0] = TEN - timedelta(days=1)
        await here.turns()
        here.clock[0] = TEN + 7 * HOUR
        await here.turns()

    told = "\n".join(asked.body["text"]["content"] for asked in there.asked)
    assert told.count("告知") == 7 + 1  # and the word stands once in the digest's heading
    assert len(there.asked) == len(there.acts) == 6


async def test_an_outage_of_postgres_is_waited_out(
    staffed: Pool, database: str, postgres: TestPostgres
) -> None:
    await reach(staffed, H_1=[channel(WECOM)])

    async with endpoint() as there:
        channels = Channels(Ways(wecom=there.address), lambda: TEN)
        pushing = Pushing(RULES, CALENDAR, channels)
        running = asyncio.create_task(Sender(database, pushing, look_every=0.1, now=lambda _: TEN).run())
        await put(staffed, "一", issue=1)
        await _until(lambda: len(there.asked) == 1)
        await postgres.server.stop()
        await asyncio.sleep(0.5)  # long enough to notice
        assert not running.done()
        await postgres.server.start()
        await put(staffed, "二", issue=2)
        await _until(lambda: len(there.asked) == 2)
        running.cancel()
        await asyncio.wait({running}, timeout=5)

    assert len(there.acts) == 2


async def test_the_bell_wakes_the_sender_long_before_it_looks_by_itself(staffed: Pool, database: str) -> None:
    await reach(staffed, H_1=[channel(WECOM)])

    async with endpoint() as there:
        channels = Channels(Ways(wecom=there.address), lambda: TEN)
        pushing = Pushing(RULES, CALENDAR, channels)
        running = asyncio.create_task(Sender(database, pushing, look_every=3600, now=lambda _: TEN).run())
        await asyncio.sleep(0.5)  # it looks once, and then listens
        await record(staffed, escalated(severity=Severity.MAJOR).letter())
        await deliver_all(staffed, _nobody_hears)
        await _until(lambda: len(there.asked) >= 1)
        running.cancel()
        await asyncio.wait({running}, timeout=5)


async def _until(happened: Callable[[], bool], within: float = 15.0) -> None:
    async with asyncio.timeout(within):
        while not happened():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
