"""寄信: what an issue does when the journal is away, holds something else, or answers something else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.api.failure.v1 import ApplicationFailureInfo, Failure
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import RespondActivityTaskFailedByIdRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.answers import Answer
from activities.record import Records
from domain.chain import GENESIS, link
from domain.issue import commands as say
from domain.issue.letter import Letter
from domain.issue.views import WIDE_BLANK
from domain.terms import Stage
from store import journal
from store.pool import Pool, transaction
from tests.servers import TestPostgres
from tests.workflows import shell as under_test
from tests.workflows.ahead import record_ahead
from tests.workflows.shell import Living, Shell, eventually, shell


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestPostgres]:
    """Give a PostgreSQL that may be stopped without anybody else noticing."""
    postgres = TestPostgres(tmp_path_factory.mktemp("own_postgres"))
    await postgres.server.start()
    yield postgres
    await postgres.server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def fragile(temporal_env: WorkflowEnvironment, own_postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give a shell on the PostgreSQL that may be stopped."""
    await own_postgres.server.start()
    dsn = await own_postgres.fresh_database()
    async with shell(temporal_env, dsn, "issues-fragile") as one:
        yield one


async def _trouble(issue: Living) -> str | None:
    return (await issue.shown()).get("Trouble")


async def test_words_are_acknowledged_while_postgres_is_away(
    fragile: Shell, own_postgres: TestPostgres
) -> None:
    issue = await fragile.open()
    await issue.journal()
    await own_postgres.server.stop()

    async with asyncio.timeout(3):
        first = await issue.say(say.RecordStop)
    async with asyncio.timeout(1):
        second = await issue.say(say.Assign)
    during = await issue.shown()
    described = (await issue.metadata()).current_details
    await own_postgres.server.start()

    assert (first.stage, second.stage) == (Stage.STOPPED, Stage.RECTIFYING)
    assert (during["Trouble"], during["Stage"]) == ("letter_waiting", "rectifying")
    assert f"| 系统提示 | {WIDE_BLANK}letter_waiting |" in described
    assert await issue.kinds() == ["Opened", "Stopped", "Assigned"]
    await eventually("the trouble is over", lambda: _is(_trouble(issue), None))
    assert "系统提示" not in (await issue.metadata()).current_details
    waited = (await issue.events("ACTIVITY_TASK_SCHEDULED"))[0]
    assert "补记第 2–2 号事实" in under_test.payloads(waited)


async def test_an_activity_that_was_ended_by_hand_does_not_end_the_issue(the_shell: Shell) -> None:
    issue = await the_shell.open()
    await issue.journal()
    async with transaction(the_shell.pool) as connection:
        # Somebody else writes for a long time: the letter waits for the same row.
        await connection.execute("SELECT FROM issues WHERE issue_id = $1 FOR UPDATE", issue.issue_id)
        await issue.say(say.RecordStop)
        await eventually("the letter waits", lambda: _is(_trouble(issue), "letter_waiting"))

        await the_shell.client.workflow_service.respond_activity_task_failed_by_id(
            RespondActivityTaskFailedByIdRequest(
                namespace=the_shell.client.namespace,
                workflow_id=issue.handle.id,
                activity_id=(await _pending(issue)).activity_id,
                failure=Failure(
                    application_failure_info=ApplicationFailureInfo(type="ByHand", non_retryable=True)
                ),
            )
        )
        await eventually("it is ended", lambda: _has(issue, "ACTIVITY_TASK_FAILED"))
    await issue.pass_time(timedelta(seconds=10))

    assert await issue.kinds() == ["Opened", "Stopped"]
    assert (await issue.handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_a_journal_that_holds_another_fact_is_trouble_and_never_overwritten(the_shell: Shell) -> None:
    issue = await the_shell.open()
    before = await issue.journal()
    foreign = before[0].body.replace("蟠龙河", "沱江")
    await _write(the_shell.pool, issue.issue_id, before[-1].hash, foreign)

    receipt = await issue.say(say.RecordStop)
    await eventually("it is seen", lambda: _is(_trouble(issue), "diverged"))
    later = await issue.say(say.Assign)

    waiting = (await issue.handle.describe()).raw_description.pending_activities[0]
    await eventually("it is tried again", lambda: _is_tried_again(issue))
    assert (receipt.fact, later.fact) == (2, 3)
    assert waiting.activity_type.name == "record_until_done"
    assert "fact 2 is" in (await _pending(issue)).last_failure.message
    assert [line.body for line in await journal.facts(the_shell.pool, issue.issue_id)][1] == foreign
    await issue.handle.terminate()


class OtherTail(Records):
    """A journal that answers another tail: what a rule changed under a running issue looks like."""

    lies = True

    @activity.defn
    async def record_now(self, letter: Letter) -> Answer:
        answer = await super().record_now(letter)
        return answer.model_copy(update={"tail": GENESIS}) if self.lies else answer


async def test_a_journal_that_answers_another_tail_suspends_the_issue_and_does_not_end_it(
    temporal_env: WorkflowEnvironment, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_test, "Records", OtherTail)
    async with shell(temporal_env, database, "issues-other-tail") as one:
        issue = await one.open()
        await eventually("its task fails", lambda: _has(issue, "WORKFLOW_TASK_FAILED"))

        failed = (await issue.events("WORKFLOW_TASK_FAILED"))[0].workflow_task_failed_event_attributes
        status = (await issue.handle.describe()).status
        assert isinstance(one.records, OtherTail)
        one.records.lies = False

        assert "journal has 0000" in failed.failure.message
        assert status is WorkflowExecutionStatus.RUNNING
        await eventually("it hears again", lambda: _is_heard(issue))
        assert await issue.kinds() == ["Opened", "Stopped"]


async def test_a_journal_that_ran_ahead_does_not_hold_the_issue_up(the_shell: Shell) -> None:
    """A worker recorded two words in a task that the server then lost; only the first comes again at once."""
    issue = await the_shell.open()
    stop = await issue.word(say.RecordStop)
    clue = await issue.word(say.AttachReport)
    await record_ahead(the_shell, issue, [stop, clue])

    first = await issue.send(stop)
    ahead = await journal.facts(the_shell.pool, issue.issue_id)
    second = await issue.send(clue)

    assert (first.fact, second.fact) == (2, 3)
    assert [line.kind for line in ahead] == ["Opened", "Stopped", "ReportAttached"]
    assert await issue.kinds() == ["Opened", "Stopped", "ReportAttached"]
    assert await _trouble(issue) is None
    assert await issue.events("WORKFLOW_TASK_FAILED") == []
    assert await issue.events("ACTIVITY_TASK_SCHEDULED") == []


async def test_a_letter_may_hold_more_than_what_was_recorded_of_it(the_shell: Shell) -> None:
    issue = await the_shell.open()
    stop = await issue.word(say.RecordStop)
    await record_ahead(the_shell, issue, [stop])

    await asyncio.gather(issue.send(stop), issue.say(say.AttachReport))

    assert await issue.kinds() == ["Opened", "Stopped", "ReportAttached"]
    assert await _trouble(issue) is None


async def _write(pool: Pool, issue_id: str, before: str, body: str) -> None:
    async with transaction(pool) as connection:
        await connection.execute(
            "INSERT INTO issue_facts (issue_id, number, kind, at, said_at, body, hash)"
            " VALUES ($1, 2, 'Opened', now(), now(), $2, $3)",
            issue_id,
            body,
            link(before, 2, body),
        )


async def _is(value: Awaitable[object], wanted: object) -> bool:
    return await value == wanted


async def _pending(issue: Living) -> PendingActivityInfo:
    return (await issue.handle.describe()).raw_description.pending_activities[0]


async def _is_tried_again(issue: Living) -> bool:
    return (await _pending(issue)).attempt >= 2


async def _has(issue: Living, kind: str) -> bool:
    return bool(await issue.events(kind))


async def _is_heard(issue: Living) -> bool:
    try:
        return (await issue.issue()).stage is Stage.STOPPED or bool(await issue.say(say.RecordStop))
    except RPCError:
        return False  # a failing task answers neither words nor questions
