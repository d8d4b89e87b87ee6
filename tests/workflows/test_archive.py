"""Histories of finished issues are kept before the server forgets them, whole, once, and proved."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment

from activities.archive import Archive, Became
from activities.chain import StillRunning, fetch_chain
from domain.issue import commands as say
from ops.archive import checked
from ops.examine import examine
from sandbox import runner
from store import afterwards, archive, journal
from store.alarms import open_alarms
from store.archive import SpoiledError, pack, unpack
from store.pool import Away
from store.shelf import Missing
from tests.servers import TestPostgres
from tests.store.letters import closed
from tests.workflows.shell import Living, Shell, settings_for, shell
from worker import serving
from workflows.archive_hour import ArchiveHourWorkflow, Kept
from workflows.keeping import archive_of
from workflows.names import issue_workflow_id


class Keeping(NamedTuple):
    """A shell, and an archive beside it."""

    shell: Shell
    archive: Archive
    folder: Path

    @property
    def files(self) -> list[Path]:
        return sorted(file for file in self.folder.rglob("*") if file.is_file())


@pytest_asyncio.fixture(loop_scope="session")
async def keeping(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> AsyncIterator[Keeping]:
    """Give an archive of its own with a database of its own."""
    dsn = await postgres.fresh_database()
    async with shell(temporal_env, dsn, f"archives-{dsn.rpartition('/')[2][:12]}") as one:
        kept = archive_of(temporal_env.client, dsn, str(tmp_path), runner(one.settings))
        yield Keeping(one, kept, tmp_path)
        await kept.close()
    await postgres.drop(dsn)


async def dismissed(keeping: Keeping) -> Living:
    issue = await keeping.shell.open()
    await issue.say(say.Dismiss)
    await issue.journal()
    await issue.handle.result()
    return issue


async def kinds(issue: Living) -> list[str]:
    return [line.kind for line in await journal.facts(issue.pool, issue.issue_id)]


async def test_a_finished_issue_is_kept_and_its_journal_says_where(keeping: Keeping) -> None:
    issue = await dismissed(keeping)

    tally = await keeping.archive.sweep()

    (file,) = keeping.files
    assert (tally.archived, tally.left, tally.late) == (1, 0, 0)
    assert (await kinds(issue))[-1] == "HistoryArchived"
    assert await archive.said_archived(issue.pool, issue.issue_id) == file.name
    assert file.relative_to(keeping.folder).parts[:2] == ("sha256", file.name[:2])
    kept = await archive.archive_of(issue.pool, issue.issue_id)
    assert kept
    assert (kept.unlike, kept.runs) == ("", 1)
    assert (await examine(issue.pool)).findings == ()


async def test_kept_again_it_is_the_same_file_and_no_other_fact(keeping: Keeping) -> None:
    issue = await dismissed(keeping)
    first = await keeping.archive.sweep()
    facts, files = await kinds(issue), keeping.files

    again = await keeping.archive.sweep()
    await issue.pool.execute("DELETE FROM archives")  # as if it had been killed before it was noted
    redone = await keeping.archive.sweep()

    assert (first.archived, again.archived, redone.archived) == (1, 0, 1)
    assert (await kinds(issue), keeping.files) == (facts, files)


async def test_killed_between_file_and_fact_it_goes_on(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await dismissed(keeping)

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("activities.archive.append_after_the_end", killed)
        with pytest.raises(KeyboardInterrupt):
            await keeping.archive.sweep()
    assert "HistoryArchived" not in await kinds(issue)
    await keeping.archive.sweep()

    assert (await kinds(issue)).count("HistoryArchived") == 1
    assert len(keeping.files) == 1


async def test_an_open_issue_is_left_alone_also_one_ended_by_hand(keeping: Keeping) -> None:
    living, ended = await keeping.shell.open(), await keeping.shell.open()
    for issue in (living, ended):
        await issue.journal()
    await ended.handle.terminate("by hand")

    tally = await keeping.archive.sweep()

    assert (tally.archived, keeping.files) == (0, [])
    assert await keeping.archive.keep(living.issue_id) == "open"
    assert await keeping.archive.keep(ended.issue_id) == "open"
    with pytest.raises(StillRunning):
        await fetch_chain(keeping.shell.client, living.issue_id, living.handle.id)
    await living.handle.terminate("tested")


async def test_the_whole_run_chain_is_kept_after_a_reset(keeping: Keeping) -> None:
    issue = await keeping.shell.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await issue.handle.terminate("as a broken run is")
    successor = await keeping.shell.client.start_workflow(
        "Issue",
        {"issue": (await journal.retell_issue(issue.pool, issue.issue_id)).model_dump(mode="json")},
        id=issue_workflow_id(issue.issue_id),
        task_queue=keeping.shell.settings.task_queue,
    )
    await issue.say(say.Dismiss)
    await issue.journal()
    await successor.result()

    await keeping.archive.sweep()

    kept = await archive.archive_of(issue.pool, issue.issue_id)
    assert kept
    assert (kept.runs, kept.unlike) == (2, "")
    assert kept.last_run == successor.first_execution_run_id


async def test_a_chain_that_was_reset_is_kept_with_the_run_that_was_left(keeping: Keeping) -> None:
    issue = await keeping.shell.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    tasks = [event.event_id for event in await issue.events("WORKFLOW_TASK_COMPLETED")]
    described = await issue.handle.describe()
    await keeping.shell.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=keeping.shell.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=issue.handle.id, run_id=described.run_id),
            workflow_task_finish_event_id=tasks[-1],
            reason="tested",
            request_id="tested",
        )
    )
    await issue.journal()
    await issue.say(say.Dismiss)
    await issue.journal()
    await issue.handle.result()

    await keeping.archive.sweep()

    kept = await archive.archive_of(issue.pool, issue.issue_id)
    assert kept
    assert kept.digest
    chain = await keeping.archive.read(issue.issue_id, kept.digest)
    assert [run.status for run in chain.runs] == ["TERMINATED", "COMPLETED"]
    assert kept.unlike == ""
    assert (await examine(issue.pool)).findings == ()


SPOILS = {
    "cut short": lambda file, _: file.write_bytes(file.read_bytes()[:-9]),
    "one byte": lambda file, _: file.write_bytes(file.read_bytes()[:-1] + b"x"),
    "gone": lambda file, _: file.unlink(),
    "another issue's": lambda file, other: file.write_bytes(other.read_bytes()),
}


@pytest.mark.parametrize("how", SPOILS)
async def test_a_spoiled_archive_is_found(how: str, keeping: Keeping) -> None:
    issue, other = await dismissed(keeping), await dismissed(keeping)
    await keeping.archive.sweep()
    digests = [await archive.said_archived(issue.pool, each.issue_id) for each in (issue, other)]
    files = [keeping.archive._shelf.folder / keeping.archive._shelf.where(d) for d in digests if d]  # type: ignore[operator]
    every = [each async for each in archive.archives(issue.pool)]
    assert [await checked(keeping.archive, issue.pool, each) for each in every] == [[], []]

    SPOILS[how](files[0], files[1])

    found = [one for each in every for one in await checked(keeping.archive, issue.pool, each)]
    assert [(each.subject, each.where) for each in found] == [(issue.issue_id, "file")]


async def test_a_note_that_names_another_file_is_found(keeping: Keeping) -> None:
    issue, other = await dismissed(keeping), await dismissed(keeping)
    await keeping.archive.sweep()
    digest = await archive.said_archived(issue.pool, other.issue_id)
    await issue.pool.execute("UPDATE archives SET digest = $1 WHERE issue_id = $2", digest, issue.issue_id)

    kept = await archive.archive_of(issue.pool, issue.issue_id)

    assert kept
    assert [each.where for each in await checked(keeping.archive, issue.pool, kept)] == ["digest"]
    with pytest.raises(SpoiledError, match="it is the archive of"):
        await keeping.archive.read(issue.issue_id, digest or "")
    with pytest.raises(Missing):
        await keeping.archive.read(issue.issue_id, "0" * 64)


async def test_what_is_late_is_told_and_settled_once_it_is_kept(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await dismissed(keeping)

    async def none(*_: object) -> None:
        return None

    async def hardly() -> timedelta:
        return timedelta()

    monkeypatch.setattr(keeping.archive, "_retention", hardly)
    with monkeypatch.context() as patch:
        patch.setattr(keeping.archive, "_keep", none)
        tally = await keeping.archive.sweep()
    told = [(alarm.kind, issue.issue_id in alarm.text) for alarm in await open_alarms(issue.pool)]
    after = await keeping.archive.sweep()

    assert (tally.late, told) == (1, [("archive_late", True)])
    assert (after.late, await open_alarms(issue.pool)) == (0, [])


async def test_what_the_server_has_forgotten_is_told_as_lost_once(keeping: Keeping) -> None:
    pool, life = keeping.shell.pool, closed(499_999)
    await journal.record(pool, life.letter())

    still = await keeping.archive.keep(life.issue_id)
    lost = await keeping.archive.keep(life.issue_id, forgotten_before=life.issue.at + timedelta(days=1))

    assert (still, lost) == ("running", "lost")
    assert [alarm.kind for alarm in await open_alarms(pool)] == ["archive_lost"]
    assert await archive.unarchived(pool, 10) == []


async def test_issues_that_cannot_be_kept_hold_up_no_other(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One's file cannot be read back, the server knows nothing of another; both ended before the third."""
    pool, forgotten = keeping.shell.pool, closed(499_998)
    await journal.record(pool, forgotten.letter())
    spoiled, sound = await dismissed(keeping), await dismissed(keeping)
    keep, none = keeping.archive.keep, _none_lately

    async def faulty(issue_id: str, before: datetime | None = None) -> Became:
        if issue_id == spoiled.issue_id:
            raise SpoiledError(issue_id)
        return await keep(issue_id, before)

    monkeypatch.setattr(keeping.archive, "keep", faulty)
    monkeypatch.setattr(keeping.archive, "_closed_lately", none)

    tally = await keeping.archive.sweep(limit=1)

    assert tally.archived == 1
    assert await archive.archive_of(pool, sound.issue_id)


async def _none_lately(*_: object) -> list[str]:
    return []


async def test_where_the_archive_cannot_be_used_issues_live_on_and_the_operator_is_alarmed(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk is not mounted when the worker starts; it is the very moment at which all is late."""
    issue, one = await dismissed(keeping), keeping.shell
    (keeping.folder / "file").write_text("a file is no folder")
    place = str(keeping.folder / "file" / "archive")
    unmounted = archive_of(one.client, one.settings.database_url, place, runner(one.settings))

    async def hardly() -> timedelta:
        return timedelta()

    monkeypatch.setattr(unmounted, "_retention", hardly)
    with pytest.raises(Away, match="RIVER_ARCHIVE"):
        await unmounted.sweep()
    told = [(alarm.kind, issue.issue_id in alarm.text) for alarm in await open_alarms(issue.pool)]
    await unmounted.close()

    assert told == [("archive_late", True)]


async def test_an_hour_archives_what_has_ended(keeping: Keeping) -> None:
    await dismissed(keeping)
    settings = settings_for("postgresql://nowhere", f"{keeping.shell.settings.task_queue}-hour")

    async with serving(
        keeping.shell.client, settings, [ArchiveHourWorkflow], [keeping.archive.archive_closed]
    ):
        kept: Kept = await keeping.shell.client.execute_workflow(
            ArchiveHourWorkflow.run, id=f"archive-{keeping.folder.name}", task_queue=settings.task_queue
        )

    assert (kept.archived, kept.late, len(keeping.files)) == (1, 0, 1)


async def test_a_file_is_the_same_whenever_it_is_made(keeping: Keeping) -> None:
    issue = await dismissed(keeping)

    chains = [await fetch_chain(keeping.shell.client, issue.issue_id, issue.handle.id) for _ in range(2)]

    files = {pack(chain) for chain in chains if chain}
    assert len(files) == 1
    assert unpack(files.pop(), issue.issue_id) == chains[0]


async def test_nobody_writes_an_archive_into_an_open_journal(keeping: Keeping) -> None:
    issue = await keeping.shell.open()
    await issue.journal()

    with pytest.raises(afterwards.StillOpenError):
        await afterwards.append_after_the_end(issue.pool, issue.issue_id, lambda _: [])
    await issue.handle.terminate("tested")
