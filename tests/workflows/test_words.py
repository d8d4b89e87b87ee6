"""听: what happens to a word: heard once, acknowledged, refused without a trace."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from domain.issue import commands as say
from domain.terms import Stage
from tests.workflows.shell import Living, Shell, begin, fresh_issue_id, payloads
from tests.workflows.words import SHA, TOWNSHIP_CHIEF, UNIT, opening, update_name, word
from workflows.issue import Beginning, IssueWorkflow, Receipt
from workflows.names import issue_workflow_id


async def test_a_word_is_acknowledged_with_its_number_and_the_stage(a_shell: Shell) -> None:
    issue = await a_shell.open()

    receipt = await issue.say(say.RecordStop)

    assert receipt == Receipt(fact=2, stage=Stage.STOPPED)
    assert await issue.kinds() == ["Opened", "Stopped"]


async def test_a_whole_life_ends_by_itself(a_shell: Shell) -> None:
    issue = await a_shell.open()

    for kind in (say.RecordStop, say.Assign, say.ReportRectified, say.AcceptRectification, say.Close):
        await issue.say(kind)

    receipt = await issue.handle.result()
    assert Receipt.model_validate(receipt) == Receipt(fact=6, stage=Stage.CLOSED)
    assert (await issue.kinds())[-1] == "Closed"


async def test_a_refusal_says_why_and_leaves_no_event(a_shell: Shell) -> None:
    issue = await a_shell.open()
    await issue.journal()
    before = len(await issue.events())

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await issue.say(say.Assign)

    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == ("NotAtThisStage", True)
    assert cause.details == ({"zh": "问题处于“发现”,不能办理“交办”", "status": 409},)
    assert len(await issue.events()) == before


@pytest.mark.parametrize(
    ("changes", "name", "status"),
    [
        ({"by": UNIT}, "NotYours", 403),
        ({"photos": 0}, "Incomplete", 422),
        ({"ahead": timedelta(seconds=60)}, "TooEarly", 409),
    ],
)
async def test_a_refusal_has_its_name_and_status(
    the_shell: Shell, changes: dict[str, object], name: str, status: int
) -> None:
    issue = await the_shell.open()
    ahead = changes.pop("ahead", timedelta()) if "ahead" in changes else timedelta()
    assert isinstance(ahead, timedelta)

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await issue.say(say.RecordStop, at=await issue.now() + ahead, **changes)

    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == name
    assert refused.value.cause.details[0]["status"] == status


async def test_a_word_that_cannot_be_read_is_refused_and_the_issue_lives_on(a_shell: Shell) -> None:
    issue = await a_shell.open()
    await issue.journal()
    before = len(await issue.events())

    with pytest.raises(WorkflowUpdateFailedError):
        await issue.handle.execute_update("record_stop", {"id": "x", "photos": "many"}, id="unreadable")
    with pytest.raises(WorkflowUpdateFailedError):
        await issue.handle.execute_update("no_such_word", {"id": "x"}, id="unknown")

    assert len(await issue.events()) == before
    assert (await issue.say(say.RecordStop)).stage is Stage.STOPPED


async def test_the_same_update_twice_is_one_fact(a_shell: Shell) -> None:
    issue = await a_shell.open()
    command = await issue.word(say.RecordStop)

    first = await issue.send(command)
    second = await issue.send(command)

    assert first == second
    assert await issue.kinds() == ["Opened", "Stopped"]


async def test_the_same_command_under_another_update_id_is_one_fact(a_shell: Shell) -> None:
    issue = await a_shell.open()
    command = await issue.word(say.RecordStop)
    await issue.send(command)

    again = await issue.send(command, update_id="sent-by-another-door")

    assert again == Receipt(fact=2, stage=Stage.STOPPED)
    assert await issue.kinds() == ["Opened", "Stopped"]


async def test_a_word_may_arrive_with_the_opening_in_the_first_task(a_shell: Shell) -> None:
    issue_id = fresh_issue_id()
    issue = Living(a_shell.client, a_shell.pool, issue_id, a_shell.env)
    command = opening(issue_id, datetime.now(UTC))
    stop = say.RecordStop(id="first-word", by=TOWNSHIP_CHIEF, said_at=command.said_at, photos=1, manifest=SHA)
    with a_shell.env.with_time_skipping_disabled():
        start = WithStartWorkflowOperation(
            IssueWorkflow.run,
            Beginning(opening=command),
            id=issue_workflow_id(issue_id),
            task_queue=a_shell.settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        receipt = await a_shell.client.execute_update_with_start_workflow(
            "record_stop", stop, id=stop.id, start_workflow_operation=start, result_type=Receipt
        )

    assert receipt == Receipt(fact=2, stage=Stage.STOPPED)
    assert await issue.kinds() == ["Opened", "Stopped"]
    accepted = (await issue.events("WORKFLOW_EXECUTION_UPDATE_ACCEPTED"))[0]
    first_task = (await issue.events("WORKFLOW_TASK_COMPLETED"))[0]
    assert accepted.event_id == first_task.event_id + 1


async def test_forty_words_at_once_are_all_heard(the_shell: Shell) -> None:
    issue = await the_shell.open()
    one, at = await issue.issue(), await issue.now()
    words = [word(one, say.AttachReport, at, f"clue:{n}") for n in range(40)]

    receipts = await asyncio.gather(*(issue.send(command) for command in words))

    lines = await issue.journal()
    assert max(receipt.fact for receipt in receipts) == 41
    assert [line.number for line in lines] == list(range(1, 42))
    assert (await issue.issue()).reports == 41


async def test_an_issue_that_is_over_hears_nothing_more(the_shell: Shell) -> None:
    issue = await the_shell.open()
    command = await issue.word(say.AttachReport)
    await issue.say(say.Dismiss)
    await issue.handle.result()

    with pytest.raises(Exception, match="already completed"):
        await issue.send(command)

    assert await issue.kinds() == ["Opened", "Dismissed"]


async def test_what_a_reporter_wrote_is_nowhere_in_temporal(
    the_shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    planted = ("王小丫", "13800138000")
    issue = await the_shell.open()
    letter = {"id": "leak", "by": TOWNSHIP_CHIEF, "photos": 1, "text": f"我是{planted[0]},电话{planted[1]}"}

    with pytest.raises(WorkflowUpdateFailedError):
        # A front door that forgot itself: an unknown field is refused, and what it held is not repeated.
        await issue.handle.execute_update("record_stop", letter, id="leak")

    texts = [payloads(event) for event in await issue.events()]
    texts += [str(await issue.metadata()), str(await issue.shown()), caplog.text]
    assert [text for text in texts for secret in planted if secret in text] == []


async def test_every_command_has_an_update_with_its_chinese_name(the_shell: Shell) -> None:
    issue = await the_shell.open()

    listed = {each.name: each.description for each in (await issue.metadata()).definition.update_definitions}

    assert listed == {update_name(kind): say.NAMES[kind.__name__].zh for kind in say.COMMANDS}


async def test_nobody_opens_the_same_number_twice(the_shell: Shell) -> None:
    issue = await the_shell.open()

    with pytest.raises(Exception, match="already started"):
        await begin(the_shell.client, opening(issue.issue_id, await issue.now()), "elsewhere")
