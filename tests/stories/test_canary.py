"""哨兵 on real servers with the real worker: it walks the whole ladder, and only the operator sees it."""

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client

from activities.rounds import take_all
from domain.canary import CANARY_DIVISION
from domain.terms import Rung
from machine.ports import any_free_port
from machine.temporal import TemporalServer
from ops.canary_schedule import hourly, keep_hourly
from reading.roster import read_roster
from reading.triggers import read_trigger_rules
from store import alarms, board, bulletins, canaries, documents, figures, journal, numbers, turns
from store.board import Wanted
from store.pool import Pool, close, open_pool
from store.roster import keep_roster
from tests.ops.terminal import Ops, ops_on
from tests.servers import TestPostgres, connect, server_on_file
from tests.shape.shown import NOT_OURS, SHOWN
from tests.stories.outage import ROOT, TASK_QUEUE, AtWork, reaching
from tests.stories.scraped import scrape
from tests.workflows.shell import begin, eventually, fresh_issue_id
from tests.workflows.words import opening
from workflows.names import CANARY_SCHEDULE, issue_workflow_id


@dataclass
class Watched:
    """A worker whose metrics are shown, and a canary that it has walked."""

    client: Client
    pool: Pool
    server: TemporalServer
    dsn: str
    ops: Ops
    metrics: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def watched(tmp_path_factory: pytest.TempPathFactory, postgres: TestPostgres) -> AsyncIterator[Watched]:
    folder, dsn = tmp_path_factory.mktemp("watched"), await postgres.fresh_database()
    server = server_on_file(folder)
    await server.start()
    pool = await open_pool(dsn, 2)
    await keep_roster(pool, read_roster(ROOT / "registry" / "ziyang"), "ziyang")
    address = f"127.0.0.1:{any_free_port()}"
    settings = {**reaching(dsn, server), "RIVER_METRICS": address}
    worker = AtWork("worker", [str(ROOT / "worker.py")], folder, settings)
    await worker.start()
    ops = ops_on(
        dsn,
        temporal_address=server.address,
        temporal_namespace=server.namespace,
        task_queue=TASK_QUEUE,
    )
    yield Watched(await connect(server), pool, server, dsn, ops, address)
    await worker.stop()
    await close(pool)
    await server.stop()
    await postgres.drop(dsn)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def walked(watched: Watched) -> dict[str, object]:
    ran = await watched.ops("canary", "--now", "--json")
    assert ran.status == 0, (ran.out, ran.err)
    first, *_ = json.loads(ran.out)
    return dict(first)


async def test_it_walks_every_rung_by_itself_in_time(walked: dict[str, object]) -> None:
    steps = walked["steps"]

    assert isinstance(steps, list)
    assert [step["rung"] for step in steps] == list(Rung)
    assert walked["troubles"] == []
    assert all(step["recorded"] >= 0 for step in steps)
    assert [step["rung"] for step in steps if step["noticed"] is None] == [Rung.ORDER, Rung.BULLETIN]


async def test_nothing_of_it_stays_open(watched: Watched, walked: dict[str, object]) -> None:
    issue_id = str(walked["issue_id"])

    described = await watched.client.get_workflow_handle(issue_workflow_id(issue_id)).describe()

    assert described.status is not None
    assert described.status.name == "COMPLETED"
    assert await canaries.still_open(watched.pool, "", timedelta()) == []
    states = await watched.pool.fetch("SELECT DISTINCT state FROM effects WHERE issue_id = $1", issue_id)
    assert {row["state"] for row in states} <= {"delivered", "countermanded", "queued"}
    assert await watched.pool.fetchval("SELECT count(*) FROM documents WHERE state = 'draft'") == 0


async def test_no_person_hears_of_it(watched: Watched, walked: dict[str, object]) -> None:
    for table in ("deliveries", "pushes", "alarms"):
        assert await watched.pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - our own tables
    assert await watched.pool.fetchval("SELECT count(*) FROM inbox WHERE holder IS NOT NULL") == 0
    posts = await watched.pool.fetch("SELECT DISTINCT split_part(addressee, ':', 2) AS at FROM inbox")
    assert [row["at"] for row in posts] == [CANARY_DIVISION]


async def test_it_shows_in_nothing_that_counts_lists_publishes_or_ranks(
    watched: Watched, walked: dict[str, object]
) -> None:
    pool = watched.pool
    counted = await figures.figures(pool)
    rules = read_trigger_rules(ROOT / "rules" / "triggers.yaml")

    assert await journal.facts(pool, str(walked["issue_id"])) != []
    assert (counted.issues, counted.dismissed, counted.escalated, counted.bulletins) == (0, 0, 0, 0)
    assert (counted.interviews, counted.referrals, counted.facts) == (0, 0, 0)
    assert await figures.board(pool) == []
    assert await board.counts(pool, "510000000000") == []
    assert await board.page_by_number(pool, Wanted("510000000000")) == []
    assert await documents.drafts(pool) == []
    assert await turns.responsible_posts(pool) == []
    assert await journal.open_issues(pool) == []
    assert await numbers.bound_issues(pool) == []
    assert await bulletins.heads(pool, None, None) == []
    assert await take_all(pool, rules, datetime.now(UTC)) == []


async def test_no_real_countys_numbers_are_used(watched: Watched, walked: dict[str, object]) -> None:
    rows = await watched.pool.fetch("SELECT county FROM number_counters")

    assert [row["county"] for row in rows] == ["999999"]
    assert str(walked["issue_id"]).startswith("999999-")


async def test_its_journal_proves_whole_like_any_other(watched: Watched, walked: dict[str, object]) -> None:
    ran = await watched.ops("verify")

    assert ran.status == 0, ran.out + ran.err


async def test_its_lateness_is_a_metric(watched: Watched, walked: dict[str, object]) -> None:
    async def is_shown() -> bool:
        return any(name == "river_canary_well" for name, _ in await scrape(watched.metrics))

    await eventually("the canary is counted", is_shown, 20)
    shown = await scrape(watched.metrics)

    assert shown["river_canary_well", ()] == 1
    assert 0 <= time.time() - shown["river_canary_ended_timestamp_seconds", ()] < 600
    assert shown["river_canary_lateness_seconds", (("step", "journal"),)] == walked["recorded"]
    assert shown["river_canary_lateness_seconds", (("step", "inbox"),)] == walked["noticed"]
    assert not [name for name, _ in shown if name.startswith("river_mark_lateness")]


async def test_a_day_of_canaries_adds_two_hundred_facts(watched: Watched, walked: dict[str, object]) -> None:
    lines = await journal.facts(watched.pool, str(walked["issue_id"]))
    bodies = sum(len(line.body) for line in lines)

    assert len(lines) == 9
    assert bodies < 20_000


async def test_the_schedule_is_hourly_and_registering_twice_keeps_one(watched: Watched) -> None:
    first, again = [await keep_hourly(watched.client, TASK_QUEUE) for _ in range(2)]

    described = await watched.client.get_schedule_handle(CANARY_SCHEDULE).describe()
    await watched.client.get_schedule_handle(CANARY_SCHEDULE).delete()
    assert (first, again) == (True, False)
    assert described.schedule.policy == hourly(TASK_QUEUE).policy
    nearest, second, *_ = described.info.next_action_times
    assert (second - nearest).total_seconds() == 3600


async def test_there_was_no_alarm(watched: Watched, walked: dict[str, object]) -> None:
    assert await alarms.open_alarms(watched.pool) == []


async def test_every_metric_that_a_rule_or_a_panel_names_is_shown_by_a_running_worker(
    watched: Watched, walked: dict[str, object]
) -> None:
    command = opening(fresh_issue_id(), datetime.now(UTC), rules={"file": "demo.yaml"})
    await begin(watched.client, command, TASK_QUEUE)

    async def a_mark_is_counted() -> bool:
        return any(name == "river_mark_lateness_seconds_count" for name, _ in await scrape(watched.metrics))

    await eventually("a mark is counted", a_mark_is_counted, 30)
    names = {re.sub(r"_(bucket|count|sum)$", "", name) for name, _ in await scrape(watched.metrics)}

    assert {name for name in names if name.startswith("river_")} == SHOWN
    assert NOT_OURS - {"temporal_workflow_task_execution_failed_total"} <= names


async def test_no_label_names_a_person_a_post_or_a_place(watched: Watched) -> None:
    shown = await scrape(watched.metrics)

    values = {value for name, labels in shown if name.startswith("river_") for _, value in labels}
    assert not [value for value in values if re.search(r":|[0-9]{6}|[\u4e00-\u9fff]", value)]
    assert len([name for name, _ in shown if name.startswith("river_")]) < 120
