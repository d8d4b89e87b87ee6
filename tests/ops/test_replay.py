"""`python -m ops replay`: living issues lived again by today's code, compared with what is recorded."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.common import WorkflowIDReusePolicy
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from domain.issue.decide import decide
from domain.issue.letter import write
from store import journal
from store.pool import connected
from tests.histories import golden
from tests.ops.terminal import Ops, Ran, ops_on
from tests.workflows.shell import Living, Shell, eventually, has_rolled, impatient_server, shell
from workflows.issue import Beginning, IssueWorkflow
from workflows.names import TASK_TIMEOUT, issue_workflow_id

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "512022-2026-000404"
PATCH = """
from domain import posts
from domain.issue import ladder
from domain.terms import Level

old = ladder.next_chief


def next_chief(issue):
    passed, chief = old(issue)
    if posts.post_level(chief) is Level.COUNTY:
        return passed, posts.chief(issue.division, Level.CITY, issue.reach)
    return passed, chief


ladder.next_chief = next_chief
"""
"""A rung that points to another level: it passes the county, though its chief is there."""


@pytest_asyncio.fixture(loop_scope="session")
async def served(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Shell]:
    """Give a worker on a journal of the test's own."""
    async with shell(temporal_env, database, f"replay-{uuid.uuid4().hex[:8]}") as one:
        yield one


@pytest.fixture
def ops(served: Shell) -> Ops:
    """Give the operators' commands on it."""
    return ops_at(served)


def ops_at(served: Shell) -> Ops:
    address = served.client.service_client.config.target_host
    return ops_on(
        served.settings.database_url, temporal_address=address, temporal_namespace=served.client.namespace
    )


@pytest.fixture
def nowhere(tmp_path: Path) -> Ops:
    """Give the operators' commands where there is neither a database nor Temporal."""
    return ops_on("", temporal_address="127.0.0.1:1")


def told(ran: Ran) -> Any:
    return json.loads(ran.out)


async def escalated(served: Shell) -> Living:
    """Return an issue that nobody stopped in time: the county's chief has it now."""
    issue = await served.open()
    limit = (await issue.issue()).clocks[0].limit_at
    await issue.pass_until(limit + timedelta(hours=13))
    assert "Escalated" in await issue.kinds()
    return issue


async def run_of(issue: Living) -> str:
    return (await issue.handle.describe()).run_id or ""


async def reset(issue: Living, to: int) -> None:
    """Reset an issue to the end of a workflow task, as `temporal workflow reset --event-id` does."""
    before = await run_of(issue)
    await issue.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=issue.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=issue.handle.id, run_id=before),
            workflow_task_finish_event_id=to,
            request_id=uuid.uuid4().hex,
            reason="a test",
        )
    )

    async def is_another() -> bool:
        return await run_of(issue) != before

    await eventually("another run has begun", is_another)


async def succeeded(served: Shell, issue: Living) -> None:
    """End an issue's run by hand, and begin another from the journal."""
    await issue.handle.terminate("broken")
    stands = await journal.retell_issue(served.pool, issue.issue_id)
    with served.env.with_time_skipping_disabled():
        await served.client.start_workflow(
            IssueWorkflow.run,
            Beginning(issue=stands),
            id=issue_workflow_id(issue.issue_id),
            task_queue=served.settings.task_queue,
            task_timeout=TASK_TIMEOUT,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )


async def test_a_living_issue_is_lived_again_and_nothing_differs(served: Shell, ops: Ops) -> None:
    issue = await escalated(served)
    facts = len(await issue.journal())

    ran = await ops("replay", issue.issue_id, "--json")
    in_words = await ops("replay", issue.issue_id)

    assert ran.status == 0, ran
    totals = told(ran)["totals"]
    assert (totals["same"], totals["facts"], totals["commands_only"]) == (1, facts, 0)
    assert (in_words.status, "一致 the same 1" in in_words.out) == (0, True)


async def test_a_rung_that_points_to_another_level_is_caught_and_the_field_is_named(
    served: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await escalated(served)
    (tmp_path / "sitecustomize.py").write_text(PATCH)  # also read by the processes that replay
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    ops = ops_at(served)

    ran = await ops("replay", issue.issue_id, "--json")
    in_words = await ops("replay", issue.issue_id)

    (found,) = told(ran)["found"]
    first = found["differences"][0]
    number = (await issue.kinds()).index("Escalated") + 1
    assert ran.status == in_words.status == 1
    assert (first["what"], first["fact"], first["kind"], first["field"]) == (
        "fact",
        number,
        "Escalated",
        "chief",
    )
    assert (first["recorded"], first["today"]) == ("chief:512022000000:R03-01", "chief:512000000000:R03-01")
    assert found["broken"][0]["event"] == first["event"] > 1
    assert "chief: chief:512022000000:R03-01 → chief:512000000000:R03-01" in in_words.out


async def test_a_second_timeline_is_no_difference(served: Shell, ops: Ops) -> None:
    issue = await served.open()
    for kind in (say.RecordStop, say.Assign, say.ReportRectified):
        await issue.say(kind)
    await issue.journal()
    (_, second, *_) = await issue.events("WORKFLOW_TASK_COMPLETED")
    await reset(issue, second.event_id)
    await issue.journal()
    await issue.say(say.RejectRectification)
    await issue.journal()

    ran = await ops("replay", issue.issue_id, "--json")

    assert ran.status == 0, ran
    totals = told(ran)["totals"]
    assert (totals["runs"], totals["facts"]) == (2, 5)
    assert totals["letters"] > totals["facts"]  # the first ones were written by both runs


async def test_a_successor_from_the_journal_is_no_difference(served: Shell, ops: Ops) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await succeeded(served, issue)
    await issue.say(say.Assign)
    await issue.journal()

    async def both_are_seen() -> bool:
        ran = await ops("replay", issue.issue_id, "--json")
        assert ran.status == 0, ran
        return [told(ran)["totals"][name] for name in ("runs", "letters", "facts")] == [2, 3, 3]

    await eventually("visibility knows both runs", both_are_seen, within=60)


async def test_every_run_of_a_chain_is_lived_again(database: str) -> None:
    async with await impatient_server() as env, shell(env, database, "replay-impatient") as served:
        issue = await served.open()
        for kind in (say.RecordStop, say.Assign):
            await issue.say(kind)
        await eventually("it continues as new", lambda: has_rolled(issue))
        await issue.say(say.ReportRectified)
        await issue.journal()

        ran = await ops_at(served)("replay", issue.issue_id, "--json")

    assert ran.status == 0, ran
    assert told(ran)["totals"]["runs"] > 1
    assert told(ran)["totals"]["facts"] == 4


async def test_a_query_finds_each_issue_once_and_nothing_else(served: Shell, ops: Ops) -> None:
    issues = [await served.open() for _ in range(3)]
    await issues[0].say(say.RecordStop)
    await issues[0].journal()
    (first, *_) = await issues[0].events("WORKFLOW_TASK_COMPLETED")
    await reset(issues[0], first.event_id)
    for issue in issues:
        await issue.journal()
    query = f'TaskQueue = "{served.settings.task_queue}"'

    async def all_are_seen() -> bool:
        ran = await ops("replay", "--query", query, "--json")
        return ran.status == 0 and told(ran)["totals"]["issues"] == 3

    await eventually("visibility knows them", all_are_seen, within=60)


@pytest.mark.parametrize(
    ("column", "change", "what", "field"),
    [
        ("effects", "text = text || '!'", "effect", "text"),
        ("effects", "addressee = 'office:510000000000'", "effect", "addressee"),
        ("issues", "unit = 'unit:512022000000:water'", "row", "unit"),
    ],
)
async def test_what_stands_otherwise_in_the_ledger_or_the_read_model_is_named(
    served: Shell, ops: Ops, column: str, change: str, what: str, field: str
) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    await issue.journal()
    numbered = "AND number = 2" if column == "effects" else ""
    async with connected(served.pool) as connection:
        await connection.execute(
            f"UPDATE {column} SET {change} WHERE issue_id = $1 {numbered}",  # noqa: S608 - a test's own
            issue.issue_id,
        )

    ran = await ops("replay", issue.issue_id, "--json")

    (found,) = told(ran)["found"]
    assert ran.status == 1
    assert [(each["what"], each["field"]) for each in found["differences"]] == [(what, field)]


async def test_an_issue_whose_journal_ran_ahead_otherwise_is_told_apart(served: Shell, ops: Ops) -> None:
    issue = await served.open()
    await issue.journal()
    stands = await issue.issue()
    other = await issue.word(say.RecordStop, command_id="another-voice", photos=7)
    now = await issue.now()
    letter, _, _ = write(stands, tuple(decide(stands, other, now)))
    await journal.record(served.pool, letter)
    await issue.say(say.RecordStop)

    async def shows_it() -> bool:
        return (await issue.shown()).get("Trouble") == "diverged"

    await eventually("it shows that it diverged", shows_it)
    ran = await ops("replay", issue.issue_id, "--json")

    (found,) = told(ran)["found"]
    assert (ran.status, found["standing"]) == (1, "diverged")
    named = {each["field"]: (each["recorded"], each["today"]) for each in found["differences"]}
    assert named["photos"] == (7, 1)
    assert named["command"][0] == "another-voice"

    await succeeded(served, issue)
    await issue.say(say.Assign)
    await issue.journal()

    async def is_settled() -> bool:
        ran = await ops("replay", issue.issue_id, "--json")
        return ran.status == 0 and told(ran)["totals"]["runs"] == 2

    await eventually("what the broken run was about to write counts no more", is_settled, within=60)


async def test_what_temporal_does_not_know_is_not_replayed(ops: Ops) -> None:
    ran = await ops("replay", NOBODY)

    assert ran.status == 2
    assert "Temporal 没有此问题的历史" in ran.out


@pytest.mark.parametrize("words", [(), ("--all-open", NOBODY), ("--query", "Stage = 'x'", "--all-open")])
async def test_one_thing_must_be_named(words: tuple[str, ...], nowhere: Ops) -> None:
    ran = await nowhere("replay", *words)

    assert (ran.status, "--all-open" in ran.err) == (2, True)


async def test_without_temporal_nothing_is_replayed(database: str) -> None:
    ran = await ops_on(database, temporal_address="127.0.0.1:1")("replay", "--all-open")

    assert ran.status == 2
    assert "重放没有完成" in ran.err


async def test_a_query_that_temporal_refuses_is_told(ops: Ops) -> None:
    ran = await ops("replay", "--query", "Stage ~ 1")

    assert (ran.status, "重放没有完成" in ran.err) == (2, True)


async def test_goldens_are_replayed_without_any_server(nowhere: Ops) -> None:
    files = [str(golden.FOLDER / f"{name}.json") for name in golden.NAMES]

    ran = await nowhere("replay", "--json", "--file", *files)

    assert ran.status == 0, ran
    assert told(ran)["totals"]["same"] == len(golden.NAMES)


async def test_the_history_of_a_run_is_compared_with_the_journal_if_there_is_one(
    served: Shell, ops: Ops, nowhere: Ops, tmp_path: Path
) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    file = tmp_path / "run.json"
    file.write_text((await issue.history()).to_json(), encoding="utf-8")

    with_journal = await ops("replay", "--json", "--file", str(file))
    without = await nowhere("replay", "--file", str(file))

    assert (with_journal.status, told(with_journal)["totals"]["commands_only"]) == (0, 0)
    assert (without.status, "只比较命令次序" in without.out) == (0, True)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "no JSON", '{"events": []}', '{"events": [{"x": 1}]}', '{"histories": 1}']
)
async def test_a_file_that_is_no_history_is_told_and_the_others_are_replayed(
    text: str, nowhere: Ops, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)

    ran = await nowhere("replay", "--json", "--file", str(file), str(golden.FOLDER / "merged.json"))

    assert ran.status == 2, ran
    totals = told(ran)["totals"]
    assert (totals["same"], totals["not_replayed"]) == (1, 1)
    assert str(file) in told(ran)["found"][0]["remark"]["zh"]
