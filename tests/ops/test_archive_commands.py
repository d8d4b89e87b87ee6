"""The commands about histories and exports, as an operator types them; and the schedule."""

import json
from pathlib import Path

from temporalio.client import ScheduleActionStartWorkflow
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from machine.ports import any_free_port
from ops.archive_schedule import EVERY, keep_archive_schedule
from store.journal import record
from store.pool import Pool
from tests.ops.terminal import ops_on
from tests.store.letters import closed
from tests.workflows.shell import shell
from workflows.names import ARCHIVE_SCHEDULE

ISSUE = "512022-2026-000001"


async def test_without_a_server_what_waits_is_listed_and_nothing_is_exported(
    pool: Pool, database: str, tmp_path: Path
) -> None:
    await record(pool, closed().letter())
    ops = ops_on(database, archive=str(tmp_path / "archive"), temporal_address=f"127.0.0.1:{any_free_port()}")

    listed = await ops("archive", "--json", "--check")
    now = await ops("archive", "--now")
    words = ("export", ISSUE, "--to", str(tmp_path / "out"), "--key", str(tmp_path / "key.jwk"))
    exported = await ops(*words, "--json")
    brought = await ops("import", str(tmp_path / "out"), "--check")

    told = json.loads(listed.out)
    assert (listed.status, [each["issue_id"] for each in told["waiting"]]) == (0, [ISSUE])
    assert (told["kept"], told["findings"]) == ([], [])
    assert (now.status, "Nothing could be archived" in now.err) == (2, True)
    assert exported.status == 1
    assert "Temporal does not answer" in json.loads(exported.out)["exported"][0]["reason"]
    assert not (tmp_path / "out" / ISSUE).exists()
    assert (brought.status, "There is no export" in brought.err) == (2, True)


async def test_what_has_ended_is_archived_checked_exported_and_brought_in(
    temporal_env: WorkflowEnvironment, pool: Pool, database: str, tmp_path: Path
) -> None:
    client = temporal_env.client
    ops = ops_on(
        database,
        archive=str(tmp_path / "archive"),
        temporal_address=client.service_client.config.target_host,
        temporal_namespace=client.namespace,
    )
    async with shell(temporal_env, database, f"commands-{tmp_path.name}") as one:
        ended, living = await one.open(), await one.open()
        await ended.say(say.Dismiss)
        for issue in (ended, living):
            await issue.journal()
        await ended.handle.result()

        now = await ops("archive", "--now", "--check", "--json")
        words = ("--to", str(tmp_path / "out"), "--key", str(tmp_path / "key.jwk"))
        exported = await ops("export", ended.issue_id, living.issue_id, *words)
        again = await ops("export", ended.issue_id, *words)
        verified = await ops("verify", "--live", "--json")
        await living.handle.terminate("tested")
    brought = await ops("import", str(tmp_path / "out"), "--check", "--json")

    assert (now.status, json.loads(now.out)["now"]["archived"]) == (0, 1), now.err
    assert (exported.status, again.status) == (0, 1), exported.out
    looked = json.loads(verified.out)["looked"]
    assert (verified.status, looked["live"], looked["archives"]) == (0, 1, 1), verified.out
    assert [each["findings"] for each in json.loads(brought.out)] == [[], []]
    assert brought.status == 0


async def test_the_schedule_is_set_once_and_whoever_paused_it_keeps_it_paused(
    temporal_env: WorkflowEnvironment,
) -> None:
    client = temporal_env.client
    handle = client.get_schedule_handle(ARCHIVE_SCHEDULE)

    is_new = await keep_archive_schedule(client, "nobody")
    await handle.pause(note="maintenance")
    again = await keep_archive_schedule(client, "somebody")

    described = await handle.describe()
    await handle.delete()
    assert (is_new, again) == (True, False)
    assert described.schedule.state.paused
    assert described.schedule.spec.intervals[0].every == EVERY
    action = described.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert action.task_queue == "somebody"
