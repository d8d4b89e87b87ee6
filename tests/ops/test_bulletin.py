"""`ops bulletin`: list, show, open a figure, count anew; the schedule; words that a bulletin hears."""

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from ops.bulletin_schedule import keep_schedule
from store import bulletins
from store.pool import Pool
from store.roster import load_posts
from tests.ops.terminal import Ops, ops_on
from tests.store.conftest import ROSTER
from tests.store.letters import COUNTY
from tests.store.test_bulletins import approved, begun, issue, order, with_lives
from workflows.names import BULLETIN_SCHEDULE, bulletin_workflow_id


async def an_issued_one(pool: Pool) -> str:
    """A monthly bulletin of six issues, three of them closed."""
    await load_posts(pool, ROSTER)
    await with_lives(pool)
    return (await issue(pool, await approved(pool, await begun(pool, order())))).bulletin_id


async def test_bulletins_are_listed_and_shown_by_either_number(pool: Pool, ops: Ops) -> None:
    bulletin_id = await an_issued_one(pool)

    listed = await ops("bulletin", "list", "--json")
    shown = await ops("bulletin", "show", "乐河办通〔2026〕1号", "--json")
    plain = await ops("bulletin", "show", bulletin_id)

    assert [head["bulletin_id"] for head in json.loads(listed.out)] == [bulletin_id]
    assert json.loads(shown.out)["bulletin"]["bulletin_id"] == bulletin_id
    assert "已印发" in plain.out
    assert (listed.status, shown.status, plain.status) == (0, 0, 0)


async def test_a_figure_opens_its_issues(pool: Pool, ops: Ops) -> None:
    bulletin_id = await an_issued_one(pool)

    one = json.loads((await ops("bulletin", "figure", bulletin_id, "closed", "--json")).out)
    plain = await ops("bulletin", "figure", bulletin_id, "on_time")
    every = await ops("bulletin", "figure", bulletin_id)
    none = await ops("bulletin", "figure", bulletin_id, "patrols")

    assert one[0]["issues"] == [f"512022-2026-{n:06d}" for n in (1, 3, 5)]
    assert "3/3" in plain.out
    assert "512022-2026-000001" in plain.out
    assert "新发现" in every.out
    assert none.status == 1


async def test_counting_anew_agrees_and_names_the_one_figure_that_was_changed(pool: Pool, ops: Ops) -> None:
    bulletin_id = await an_issued_one(pool)
    assert (await ops("bulletin", "recompute", bulletin_id)).status == 0
    await pool.execute("ALTER TABLE bulletin_figures DISABLE TRIGGER append_only")
    await pool.execute("UPDATE bulletin_figures SET count = 2 WHERE figure = 'closed'")

    plain = await ops("bulletin", "recompute", "乐河办通〔2026〕1号")
    told = await ops("bulletin", "recompute", bulletin_id, "--json")

    assert (plain.status, told.status) == (1, 1)
    assert "closed: 存 kept 2 ≠ 算 recomputed 3" in plain.out
    assert [each["figure"] for each in json.loads(told.out)["differing"]] == ["closed"]


async def test_what_is_unknown_is_said_to_be_unknown(pool: Pool, ops: Ops) -> None:
    for words in (("show", "nothing"), ("recompute", "nothing")):
        ran = await ops("bulletin", *words)
        assert ran.status == 1
        assert "没有通报" in ran.err


async def test_the_schedule_fires_each_morning_in_china_and_catches_up_more_than_a_month(
    temporal_env: WorkflowEnvironment,
) -> None:
    client: Client = temporal_env.client

    first, again = await keep_schedule(client, "issues"), await keep_schedule(client, "issues")
    described = await client.get_schedule_handle(BULLETIN_SCHEDULE).describe()

    assert (first, again) == (True, False)
    schedule = described.schedule
    assert schedule.policy.catchup_window >= timedelta(days=30)
    assert schedule.policy.overlap is ScheduleOverlapPolicy.BUFFER_ONE
    assert schedule.spec.time_zone_name == "Asia/Shanghai"
    assert described.info.next_action_times[0].hour == 0
    await client.get_schedule_handle(BULLETIN_SCHEDULE).delete()


async def test_a_dry_run_asks_no_server(ops: Ops) -> None:
    ran = await ops("bulletin", "schedule", "--dry-run", "--json")

    assert json.loads(ran.out)["schedule"] == BULLETIN_SCHEDULE


@pytest.mark.parametrize("word", ["submit", "approve"])
async def test_a_word_to_a_bulletin_that_does_not_run_is_answered(
    word: str, pool: Pool, database: str, temporal_env: WorkflowEnvironment
) -> None:
    bulletin_id = await an_issued_one(pool)
    with suppress(RPCError):  # another test's of the same number may still run on the server that all share
        await temporal_env.client.get_workflow_handle(bulletin_workflow_id(bulletin_id)).terminate()
    address = temporal_env.client.service_client.config.target_host
    ops = ops_on(database, temporal_address=address)

    ran = await ops("bulletin", word, bulletin_id, "--by", f"office:{COUNTY}")

    assert ran.status == 1
    assert "没有通报" in ran.err
    assert await bulletins.bulletin_of(pool, bulletin_id) is not None


async def test_a_bulletin_is_printed_as_docx_and_html(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    bulletin_id = await an_issued_one(pool)

    for form in ("docx", "html"):
        ran = await ops("bulletin", "paper", bulletin_id, "--as", form, "-o", str(tmp_path / f"b.{form}"))
        assert ran.status == 0, ran.err
    unknown = await ops("bulletin", "paper", "nothing")

    page = (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "乐河办通〔2026〕1号" in page
    assert "关于2026年11月河湖问题办理情况的通报" in page
    assert "512022-2026-000001" in page
    assert (tmp_path / "b.docx").read_bytes()[:2] == b"PK"
    assert unknown.status == 1
