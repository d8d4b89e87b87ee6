"""The workflow of a bulletin: time moves it on, people are heard, silence ends at somebody."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.client import (
    Client,
    ScheduleBackfill,
    ScheduleOverlapPolicy,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.bulletin_desk import BulletinDesk
from activities.bulletins import Bulletins
from activities.record import Records
from connection import connect
from domain.bulletin import commands as b
from domain.bulletin.order import Order, periodic
from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinKind, BulletinState
from domain.indicators import month_of
from domain.issue import commands as say
from domain.issue.letter import write as write_issue
from domain.issue.words import Command
from domain.posts import Post
from domain.terms import Severity
from intake.bulletin_seal import answer_for_the_seal
from intake.seal import Reporter, Seal
from intake.sealing import Sealing
from ops.bulletin_schedule import keep_schedule
from settings import Settings
from store import bulletins, inbox
from store.bulletin_proof import recompute
from store.journal import record
from store.pool import Pool, close, open_pool
from store.roster import load_posts
from store.seal import Keys, fresh_key
from tests.rules.bulletins import Told, rules
from tests.rules.given import at, book
from tests.servers import TestPostgres
from tests.store.conftest import ROSTER
from tests.store.letters import COUNTY, FOUND, Life, closed, escalated
from tests.workflows.shell import eventually
from voices import bulletins_on, taken_back_to
from worker import issue_worker
from workflows.bulletin_day import BulletinDayWorkflow
from workflows.names import (
    BULLETIN_DAY_WORKFLOW,
    BULLETIN_SCHEDULE,
    bulletin_workflow_id,
    update_name,
)

CITY, CITY_OFFICE, CITY_GENERAL = "512000000000", "office:512000000000", "general:512000000000"
NOVEMBER = month_of(FOUND.date())
DAY = timedelta(days=1)
_queues = itertools.count(1)
_words = itertools.count(1)
_years = itertools.count(2027)

Handle = WorkflowHandle[Any, Any]


class House(NamedTuple):
    """A worker that serves bulletins, and a front door that answers for the seal."""

    env: WorkflowEnvironment
    pool: Pool
    records: Bulletins
    desk: BulletinDesk
    settings: Settings
    sealing: Sealing

    def order(self, division: str = COUNTY, kind: BulletinKind = BulletinKind.MONTHLY) -> Order:
        """Order a bulletin whose number no other test of this server has."""
        made = periodic(kind, NOVEMBER, division, rules(), book(), datetime.now(UTC))
        return made.model_copy(update={"bulletin_id": f"{division}-{next(_years)}-{kind}-1"})

    async def begin(self, order: Order) -> Handle:
        with self.env.with_time_skipping_disabled():
            await bulletins_on(self.env.client, self.settings)(order)
        return self.handle(order.bulletin_id)

    async def look(self) -> None:
        """Let the desk look; time goes by as it does outside for what it begins."""
        with self.env.with_time_skipping_disabled():
            await self.desk.look()

    def handle(self, bulletin_id: str) -> Handle:
        return self.env.client.get_workflow_handle(bulletin_workflow_id(bulletin_id))

    async def bulletin(self, handle: Handle) -> Bulletin | None:
        return await handle.query("bulletin", result_type=Bulletin | None)

    async def reaches(self, handle: Handle, state: BulletinState, *, looked: bool = True) -> Bulletin:
        found: list[Bulletin] = []

        async def is_there() -> bool:
            bulletin = await self.bulletin(handle)
            found[:] = [bulletin] if bulletin else []
            return bool(bulletin and bulletin.state is state and not (looked and bulletin.needs_a_look))

        await eventually(f"{handle.id} is {state}", is_there)
        return found[0]

    async def say(self, handle: Handle, kind: type[Command], by: Post, **words: Any) -> None:
        at = await self.env.get_current_time(handle)
        command = kind(id=f"word-{next(_words)}", by=by, said_at=at, **words)
        try:
            await handle.execute_update(update_name(kind), command, id=command.id)
        except WorkflowUpdateFailedError as refused:
            refused.add_note(str(refused.cause))
            raise

    async def told(self, post: Post) -> list[str]:
        return [line.text for line in await inbox.inbox_of(self.pool, post)]


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    temporal_env: WorkflowEnvironment, database: str, postgres: TestPostgres
) -> AsyncIterator[House]:
    pool = await open_pool(database, 4)
    sealed = await open_pool(postgres.as_role(database, "river_seal"), 2)
    await load_posts(pool, ROSTER)
    client = temporal_env.client
    settings = Settings(
        database_url=database,
        task_queue=f"bulletins-{next(_queues)}",
        temporal_address=client.service_client.config.target_host,
        temporal_namespace=client.namespace,
    )
    records = Records(database)
    mine = Bulletins(database, (book(),), rules(), bulletins_on(client, settings))
    sealing = Sealing(Seal(Keys.read(fresh_key("k1"))), sealed)
    seal = asyncio.create_task(
        answer_for_the_seal(partial(connect, settings), settings.task_queue, sealing), name="the seal"
    )
    async with issue_worker(client, settings, records, None, mine):
        yield House(temporal_env, pool, mine, BulletinDesk(mine, taken_back_to(client)), settings, sealing)
        await end_all(client, settings.task_queue)
    seal.cancel()
    await asyncio.wait([seal])
    await mine.close()
    await records.close()
    await close(sealed)
    await close(pool)


async def lapsed(pool: Pool, running: int = 1, severity: Severity = Severity.GENERAL) -> Life:
    life = escalated(running, severity)
    life.wait(15 * 24)
    await record(pool, life.letter())
    return life


async def test_a_bulletin_nobody_is_named_in_is_approved_and_issued(house: House) -> None:
    await record(house.pool, closed().letter())
    handle = await house.begin(house.order())
    await house.reaches(handle, BulletinState.PREPARING)

    await house.say(handle, b.SubmitBulletin, f"office:{COUNTY}")
    await house.say(handle, b.ApproveBulletin, f"office:{COUNTY}")
    out = await house.reaches(handle, BulletinState.ISSUED)

    assert out.document_number.startswith("乐河办通〔")
    assert out.document_number.endswith("〕1号")

    async def is_recorded() -> bool:
        return await bulletins.bulletin_of(house.pool, out.bulletin_id) == out

    await eventually("the journal tells the same", is_recorded)
    assert (await recompute(house.pool, out.bulletin_id)).holds
    assert any(out.document_number in line for line in await house.told(f"general:{COUNTY}"))


async def test_those_named_have_their_window_and_what_is_named_goes_out_with_the_number(house: House) -> None:
    await lapsed(house.pool)
    handle = await house.begin(house.order(CITY))
    heard = await house.reaches(handle, BulletinState.HEARING)
    (who,) = heard.named_posts
    assert any("征求意见" in line for line in await house.told(who))
    with pytest.raises(WorkflowUpdateFailedError):
        await house.say(handle, b.SubmitBulletin, CITY_OFFICE)

    await house.env.fast_forward(handle, heard.until - await house.env.get_current_time(handle) + DAY / 24)
    await house.reaches(handle, BulletinState.PREPARING)
    await house.say(handle, b.SubmitBulletin, CITY_OFFICE)
    await house.say(handle, b.ApproveBulletin, CITY_OFFICE)
    out = await house.reaches(handle, BulletinState.ISSUED)

    sent = await house.pool.fetch("SELECT state, text FROM effects WHERE effect = 'bulletin'")
    assert {row["state"] for row in sent} == {"queued"}
    assert all(row["text"].startswith(out.document_number) for row in sent)


async def test_a_reply_ends_the_hearing_early(house: House) -> None:
    await lapsed(house.pool)
    handle = await house.begin(house.order(CITY))
    heard = await house.reaches(handle, BulletinState.HEARING)

    await house.say(handle, b.ReplyToBulletin, heard.named_posts[0], text="已组织清运。")

    then = await house.reaches(handle, BulletinState.PREPARING)
    assert [reply.text for reply in then.replies] == ["已组织清运。"]


async def test_silence_is_reminded_and_goes_to_the_next_and_never_ends(house: House) -> None:
    await record(house.pool, closed().letter())
    handle = await house.begin(house.order())
    await house.reaches(handle, BulletinState.PREPARING)
    await house.say(handle, b.SubmitBulletin, f"office:{COUNTY}")

    asked: list[Post] = []
    for _ in range(45):
        await house.env.fast_forward(handle, DAY)
        bulletin = await house.bulletin(handle)
        asked += [bulletin.wait.post] if bulletin.wait.post not in asked else []
    assert asked == [
        f"office:{COUNTY}",
        f"general:{COUNTY}",
        CITY_OFFICE,
        CITY_GENERAL,
        "office:510000000000",
    ]
    before = (await house.bulletin(handle)).number
    await house.env.fast_forward(handle, 30 * DAY)

    async def was_reminded() -> bool:
        return (await house.bulletin(handle)).number >= before + 3

    await eventually("the last one is reminded again and again", was_reminded)
    assert (await house.bulletin(handle)).state is BulletinState.SUBMITTED


async def test_a_reporters_name_is_found_and_only_where_it_stands_is_said(house: House) -> None:
    await record(house.pool, closed().letter())
    seal, sealed = house.sealing.seal, house.sealing.pool
    reporter = Reporter(name=SecretStr("欧阳明澈"), phone=SecretStr("13800138000"))
    token = await seal.seal(sealed, reporter)
    handle = await house.begin(house.order())
    await house.reaches(handle, BulletinState.PREPARING)

    await house.say(handle, b.ReviseBulletin, f"office:{COUNTY}", remarks=("感谢欧阳 明澈同志反映情况。",))
    then = await house.reaches(handle, BulletinState.PREPARING)

    assert [(each.rule, each.where) for each in then.findings] == [("name", "工作要求第 1 段")]
    assert "欧阳" not in then.findings[0].model_dump_json()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await house.say(handle, b.SubmitBulletin, f"office:{COUNTY}")
    assert "举报人信息" in str(refused.value.cause.details)
    assert [opened.role for opened in await seal.openings(sealed, token)] == ["lint"]
    await house.say(handle, b.ReviseBulletin, f"office:{COUNTY}", remarks=("感谢群众反映情况。",))
    assert (await house.reaches(handle, BulletinState.PREPARING)).findings == ()


async def test_the_seal_of_whoever_is_not_named_stays_shut(house: House) -> None:
    await record(house.pool, closed().letter())
    token = await house.sealing.put_words_away("欧阳明澈", "13800138000", "")
    handle = await house.begin(house.order())
    await house.reaches(handle, BulletinState.PREPARING)

    await house.say(handle, b.ReviseBulletin, f"office:{COUNTY}", remarks=("请抓紧办理。",))
    await house.reaches(handle, BulletinState.PREPARING)

    assert await house.sealing.openings(token) == []


async def test_an_issue_disputed_after_the_cut_stops_the_bulletin_at_the_last_moment(house: House) -> None:
    told = Told(next(_numbers), severity=Severity.MAJOR).wait(at("11-27 20:00"))
    first, stands, _ = write_issue(None, tuple(told.facts))
    await record(house.pool, first)
    await house.look()
    handle = house.handle(*(await begun(house)))
    heard = await house.reaches(handle, BulletinState.HEARING)
    await house.say(handle, b.ReplyToBulletin, heard.named_posts[0], text="不归我管。")
    await house.reaches(handle, BulletinState.PREPARING)
    await house.say(handle, b.SubmitBulletin, CITY_OFFICE)
    for kind in (say.RecordStop, say.Assign, say.HandBack):
        told.say(kind, told.issue.at + DAY / 24)
    await record(house.pool, write_issue(stands, tuple(told.facts[len(first.lines) :]))[0])

    await house.say(handle, b.ApproveBulletin, CITY_GENERAL)
    then = await house.reaches(handle, BulletinState.PREPARING)

    assert [each.rule for each in then.findings] == ["disputed"]
    assert then.document_number is None
    assert await house.pool.fetchval("SELECT count(*) FROM bulletin_numbers") == 0


async def test_a_lapse_taken_back_withdraws_the_bulletin_of_a_serious_issue(house: House) -> None:
    life = await lapsed(house.pool, next(_numbers), Severity.SERIOUS)
    await house.look()
    (head,) = await begun(house)
    handle = house.handle(head)
    await house.reaches(handle, BulletinState.HEARING)

    life.hear_late(say.RecordStop, said=1, heard=15 * 24 + 1, photos=1)
    await record(house.pool, life.letter())
    await house.look()

    assert (await handle.result())["state"] == "withdrawn"
    assert await bulletins.taken_back(house.pool) == []
    await house.look()
    assert len(await begun(house)) == 1


_numbers = itertools.count(880_000)


async def begun(house: House) -> list[str]:
    """Return what was begun, once it has been drafted."""

    async def any_head() -> bool:
        return bool(await bulletins.heads(house.pool))

    await eventually("a bulletin is drafted", any_head)
    return [head.bulletin_id for head in await bulletins.heads(house.pool)]


async def test_a_day_begins_what_is_due_and_what_was_missed_and_nothing_twice(house: House) -> None:
    await record(house.pool, closed(next(_numbers)).letter())
    run = house.env.client.execute_workflow
    names = f"day-{next(_words)}"
    queue = house.settings.task_queue

    with house.env.with_time_skipping_disabled():
        first = await run(BulletinDayWorkflow.run, date(2026, 12, 9), id=names, task_queue=queue)
        await begun(house)
        again = await run(BulletinDayWorkflow.run, date(2026, 12, 10), id=f"{names}-2", task_queue=queue)

    assert f"{COUNTY}-2026-monthly-11" in first
    assert f"{CITY}-2026-monthly-11" in first
    assert not set(first) & set(again)


async def test_the_schedule_begins_what_is_due_once_however_many_mornings_it_makes_up(house: House) -> None:
    await record(house.pool, closed(next(_numbers)).letter())
    client, queue = house.env.client, house.settings.task_queue
    now = datetime.now(UTC)

    with house.env.with_time_skipping_disabled():
        await keep_schedule(client, queue)
        schedule = client.get_schedule_handle(BULLETIN_SCHEDULE)
        missed = ScheduleBackfill(start_at=now - 3 * DAY, end_at=now, overlap=ScheduleOverlapPolicy.ALLOW_ALL)
        await schedule.backfill(missed)
        await schedule.trigger(overlap=ScheduleOverlapPolicy.ALLOW_ALL)
        mornings = await ended(client, queue, 4)
        await schedule.delete()

    begun_by = [name for morning in mornings for name in morning]
    assert any(name.startswith(f"{COUNTY}-") for name in begun_by)
    assert {head.bulletin_id for head in await bulletins.heads(house.pool)} <= set(begun_by)


async def end_all(client: Client, queue: str) -> None:
    """Leave no bulletin on the server that others share: without a worker it would answer nobody."""
    query = f"TaskQueue = '{queue}' AND ExecutionStatus = 'Running'"
    async for each in client.list_workflows(query):
        with suppress(RPCError):  # it has ended by itself meanwhile
            await client.get_workflow_handle(each.id, run_id=each.run_id).terminate()


async def ended(client: Client, queue: str, runs: int) -> list[list[str]]:
    """Return what each of so many days began, once they have ended."""
    query = f"WorkflowType = '{BULLETIN_DAY_WORKFLOW}' AND TaskQueue = '{queue}'"
    over: list[Any] = []

    async def are_over() -> bool:
        listed = [each async for each in client.list_workflows(query)]
        over[:] = [each for each in listed if each.close_time]
        return len(over) >= runs

    await eventually("the mornings are over", are_over, 60)
    return [await client.get_workflow_handle(each.id, run_id=each.run_id).result() for each in over]
