"""`ops repair`: each repair un-sticks what it is for, changes nothing in a preview, is on record."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from domain.issue import clocks
from domain.issue import commands as say
from domain.issue import decide as rules
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.model import Label
from domain.refusals import AlreadyDone
from domain.terms import Stage
from ops import repair_acts, repairing
from store import journal, proof
from store.pool import connected
from tests.ops.mending import Yard, yard
from tests.ops.terminal import Ops, ops_on
from tests.workflows.ahead import record_words
from tests.workflows.shell import Living, eventually, fresh_issue_id
from tests.workflows.words import TOWNSHIP_CHIEF, opening, word

DAY = timedelta(days=1)
BEFORE_IT_IS_DUE = 4.0
"""Seconds: sooner than the server itself would have tried a failing task or letter again."""


class OutOfOrder(Exception):
    """What a bug of ours raises."""


@pytest_asyncio.fixture(loop_scope="session")
async def here(temporal_env: WorkflowEnvironment, database: str) -> AsyncIterator[Yard]:
    """Give a yard on a fresh database."""
    async with yard(temporal_env, database) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def served(here: Yard) -> AsyncIterator[Yard]:
    """Give a yard with a worker."""
    async with here.working():
        yield here


def broken(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let time's own rule be wrong: no task of any issue ends well any more."""

    def let_time_pass(*_: Any) -> Any:
        raise OutOfOrder("a rule was deployed that is wrong")

    monkeypatch.setattr(rules, "let_time_pass", let_time_pass)
    return monkeypatch


async def _fails(issue: Living) -> bool:
    described = (await issue.handle.describe()).raw_description
    return described.pending_workflow_task.attempt > 1


async def _closes(issue: Living) -> None:
    await issue.handle.terminate("the test is over")


async def _is_whole(yard: Yard, issue: Living, *kinds: str) -> None:
    """The journal holds these facts, is a chain, and is what the issue knows; nothing troubles it."""
    lines = await issue.journal()
    assert [line.kind for line in lines] == list(kinds)
    assert retell([read_fact(line.body) for line in lines]) == await issue.issue()
    assert (await proof.verify_chain(yard.pool, issue.issue_id)).breaks == ()
    assert "Trouble" not in await issue.shown()


async def test_an_issue_whose_task_failed_is_woken_at_once_when_the_rule_is_mended(
    served: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await served.open()
    await issue.journal()
    command = await issue.word(say.RecordStop)
    broken(monkeypatch)
    unanswered = asyncio.create_task(issue.send(command))
    await eventually("its task fails", lambda: _fails(issue), 30)
    before = await served.everything(issue)
    foreseen = await served.preview(issue, "wake")
    assert await served.everything(issue) == before
    monkeypatch.undo()

    begun = time.monotonic()
    done = await served.repair(issue, "wake")
    took = time.monotonic() - begun

    assert foreseen.standing == "stuck"
    assert foreseen.redone is not None
    assert foreseen.redone.again == ()
    assert done.is_well
    assert took < BEFORE_IT_IS_DUE, took
    unanswered.cancel()
    await issue.send(command)  # as intake does until it is answered
    assert sorted(await issue.kinds()) == ["Opened", "Repaired", "Stopped"]
    assert await served.steps(issue) == ["done"]
    await _closes(issue)


async def test_a_task_that_todays_code_would_not_end_so_is_decided_again(
    served: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a bad build commanded cannot be replayed by the mended one: it is gone back behind it."""
    next_mark = clocks.next_mark

    def forgetful(issue: Issue) -> Any:
        """A bad build forgets that time passes while something is rectified."""
        return None if issue.stage is Stage.RECTIFYING else next_mark(issue)

    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    with monkeypatch.context() as patch:
        patch.setattr(clocks, "next_mark", forgetful)
        await issue.say(say.Assign)
        await issue.journal()
        await issue.say(say.AttachReport)
        await issue.journal()
    await issue.handle.signal("nudge")
    await eventually("its task fails", lambda: _fails(issue), 30)

    woken = await served.repair(issue, "wake")
    done = await served.repair(issue, "reset", before_bad_task=True)

    assert woken.outcome is not None
    assert not woken.outcome.is_mended
    assert done.is_well
    assert "NextMark" in await issue.shown()
    await _is_whole(served, issue, "Opened", "Stopped", "Assigned", "ReportAttached", "Repaired")
    await _closes(issue)


async def test_a_sound_issue_is_neither_woken_nor_settled_nor_reset_before_a_bad_task(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    before = (await issue.handle.describe()).run_id

    plans = [
        (await served.repair(issue, "wake")).plan,
        (await served.repair(issue, "settle")).plan,
        (await served.repair(issue, "reset", before_bad_task=True)).plan,
        (await served.repair(issue, "retry")).plan,
        (await served.repair(issue, "skip")).plan,
    ]

    assert [plan.standing for plan in plans] == ["sound"] * 5
    assert (await issue.handle.describe()).run_id == before
    assert await issue.kinds() == ["Opened", "Stopped"]
    await _closes(issue)


async def test_a_letter_that_waits_is_sent_at_once(served: Yard) -> None:
    issue = await served.open()
    await issue.journal()
    served.mail.is_stopped = True
    await issue.say(say.RecordStop)
    await eventually("it is tried again", lambda: _tried(issue, 4), 30)
    before = await served.everything(issue)
    foreseen = await served.preview(issue, "retry")
    assert await served.everything(issue) == before
    served.mail.is_stopped = False

    begun = time.monotonic()
    done = await served.repair(issue, "retry")

    assert [each.kind for each in foreseen.pending] == ["record_until_done"]
    assert done.is_well
    assert time.monotonic() - begun < BEFORE_IT_IS_DUE
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired")
    await _closes(issue)


async def _tried(issue: Living, times: int) -> bool:
    pending = (await issue.handle.describe()).raw_description.pending_activities
    return bool(pending) and pending[0].attempt >= times


async def _state(yard: Yard, issue: Living, state: str) -> None:
    async with connected(yard.pool) as connection:
        await connection.execute(
            "UPDATE effects SET state = $2, attempts = 8, last_error = 'unknown_post' "
            "WHERE issue_id = $1 AND number = 1 AND addressee = $3",
            *(issue.issue_id, state, TOWNSHIP_CHIEF),
        )


async def test_an_undeliverable_notice_is_queued_again_or_given_up_by_name(served: Yard) -> None:
    issue = await served.open()
    await issue.journal()
    await _state(served, issue, "undeliverable")
    before = await served.everything(issue)
    foreseen = await served.preview(issue, "redeliver", fact=1, to=TOWNSHIP_CHIEF)
    assert await served.everything(issue) == before

    again = await served.repair(issue, "redeliver", fact=1, to=TOWNSHIP_CHIEF)
    queued = [row[6] for row in (await served.everything(issue))["acts"] if row[3] == TOWNSHIP_CHIEF]
    await _state(served, issue, "undeliverable")
    given_up = await served.repair(issue, "skip")
    skipped = [row[6] for row in (await served.everything(issue))["acts"] if row[3] == TOWNSHIP_CHIEF]

    assert [act.name for act in foreseen.acts] == [f"notice 1 {TOWNSHIP_CHIEF}"]
    assert (queued, skipped) == (["queued"], ["skipped"])
    assert again.is_well
    assert given_up.is_well
    repaired = [read_fact(line.body) for line in await issue.journal() if line.kind == "Repaired"]
    assert [fact.what for fact in repaired] == ["redeliver", "skip"]
    assert repaired[1].about == (f"notice 1 {TOWNSHIP_CHIEF}",)
    await _closes(issue)


async def test_what_has_gone_out_is_not_given_up(served: Yard) -> None:
    issue = await served.open()
    await issue.journal()
    await _state(served, issue, "delivered")

    done = await served.repair(issue, "skip", fact=1, to=TOWNSHIP_CHIEF)

    assert (done.plan.standing, done.outcome) == ("sound", None)
    await _closes(issue)


async def test_a_run_that_was_ended_by_hand_goes_on_from_the_journal(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    before = await issue.journal()
    await issue.handle.terminate("by hand")
    still = await served.everything(issue)
    foreseen = await served.preview(issue, "settle")
    assert await served.everything(issue) == still

    done = await served.repair(issue, "settle")

    assert (foreseen.standing, foreseen.redone and foreseen.redone.kept) == ("stuck", 2)
    assert done.is_well
    assert (await issue.journal())[:2] == before
    await issue.say(say.Assign)
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired", "Assigned")
    assert (await issue.shown())["Stage"]
    await _closes(issue)


async def test_a_run_that_the_server_knows_nothing_of_goes_on_from_the_journal(served: Yard) -> None:
    """Its retention is over, or the server was restored from before it began."""
    issue = Living(served.client, served.pool, fresh_issue_id(), served.env)
    opened = open_issue(opening(issue.issue_id, datetime.now(UTC)), datetime.now(UTC))
    known = retell(opened)
    await record_words(
        served.pool, None, known, [word(known, say.RecordStop, datetime.now(UTC), "1")], opened
    )

    done = await served.repair(issue, "settle")

    assert done.is_well
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired")
    await _closes(issue)


async def test_words_that_were_accepted_and_never_recorded_are_said_again_in_order(served: Yard) -> None:
    issue = await served.open()
    await issue.journal()
    served.mail.is_stopped = True
    words = [await issue.word(say.RecordStop)]
    await issue.send(words[0])
    words.append(await issue.word(say.Assign))
    await issue.send(words[1])
    await issue.handle.terminate("by hand")
    served.mail.is_stopped = False
    foreseen = await served.preview(issue, "settle")

    done = await served.repair(issue, "settle")

    assert foreseen.redone is not None
    assert [(word.command, word.fate) for word in foreseen.redone.words] == [
        (word, "heard") for word in words
    ]
    assert {told.state for told in foreseen.told} == {"new"}
    assert done.is_well
    assert done.outcome is not None
    assert [name for name, _ in done.outcome.answers] == [
        f"{type(word).__name__} {word.id}" for word in words
    ]
    await _is_whole(served, issue, "Opened", "Stopped", "Assigned", "Repaired")
    assert [read_fact(line.body).command for line in await issue.journal()][1:3] == [w.id for w in words]
    assert await issue.send(words[0])  # whoever insists is still answered
    await _closes(issue)


async def test_a_word_that_the_run_accepts_just_before_it_is_ended_is_said_again(
    served: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who said it was told that it is heard, and the preview could not know it."""
    issue = await served.open()
    await issue.journal()
    served.mail.is_stopped = True
    late = await issue.word(say.RecordStop)
    end, open_successor = repair_acts._end, repair_acts._open_successor

    async def meanwhile(*planned: Any) -> None:
        await issue.send(late)
        await end(*planned)

    async def recovered(*planned: Any) -> None:
        served.mail.is_stopped = False
        await open_successor(*planned)

    monkeypatch.setattr(repair_acts, "_end", meanwhile)
    monkeypatch.setattr(repair_acts, "_open_successor", recovered)
    monkeypatch.setattr(repairing, "agrees", _never)

    done = await served.repair(issue, "settle")

    assert done.plan.words == ()
    assert done.is_well
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired")
    await _closes(issue)


async def _never(*_: Any) -> bool:
    return False


async def test_an_accepted_word_that_is_refused_now_is_named_with_its_reason(served: Yard) -> None:
    issue = await served.open()
    told = await issue.journal()
    served.mail.is_stopped = True
    lost = await issue.word(say.RecordStop)
    await issue.send(lost)
    await issue.handle.terminate("by hand")
    other = await _heard_instead(served, issue, told)
    served.mail.is_stopped = False

    done = await served.repair(issue, "settle")

    assert not done.is_well
    assert done.outcome is not None
    ((word, answer),) = done.outcome.lost
    assert word == f"RecordStop {lost.id}"
    assert answer.reason is not None
    assert "制止" in answer.reason.zh
    assert other in [read_fact(line.body).command for line in await issue.journal()]
    await _closes(issue)


async def _heard_instead(yard: Yard, issue: Living, told: Any) -> str:
    """Record another life in the journal than the one that the run lived, as a restored server leaves it."""
    known = retell([read_fact(line.body) for line in told])
    word = say.NothingToStop(id="elsewhere", by=known.chief, said_at=datetime.now(UTC), reason="行为早已停止")
    await record_words(yard.pool, known, known, [word])
    return word.id


async def test_a_journal_that_ran_ahead_of_its_run_is_settled(served: Yard) -> None:
    issue = await served.open()
    told = await issue.journal()
    ahead = await _heard_instead(served, issue, told)
    await issue.send(await issue.word(say.RecordStop))
    await eventually("it is seen", lambda: _shows(issue, "diverged"), 30)

    done = await served.repair(issue, "settle")

    assert done.outcome is not None
    assert done.outcome.is_mended
    assert [name.split()[0] for name, _ in done.outcome.lost] == ["RecordStop"]
    assert [read_fact(line.body).command for line in await issue.journal()][1] == ahead
    await _is_whole(served, issue, "Opened", "StoppingNotNeeded", "Repaired")
    await _closes(issue)


async def _shows(issue: Living, trouble: str) -> bool:
    return (await issue.shown()).get("Trouble") == trouble


DIES = """
import os, signal
from ops import repair_acts

async def dies(*_):
    os.kill(os.getpid(), signal.SIGKILL)

repair_acts._open_successor = dies
from ops.__main__ import main
main()
"""


async def test_an_operator_who_is_killed_between_the_end_and_the_successor_goes_on(served: Yard) -> None:
    issue = await served.open()
    await issue.journal()
    served.mail.is_stopped = True
    await issue.send(await issue.word(say.RecordStop))
    settle = ("repair", "settle", issue.issue_id, *SIGNED)
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DIES, *settle), env=_environment(served), stderr=asyncio.subprocess.PIPE
    )
    _, err = await killed.communicate()
    served.mail.is_stopped = False
    half_way = await served.steps(issue), (await issue.handle.describe()).status
    listed = await _ops(served)("repairs", "--json")
    with served.env.with_time_skipping_disabled():
        ran = await _ops(served)(*settle)

    assert killed.returncode == -signal.SIGKILL, err
    assert half_way == (["begun"], WorkflowExecutionStatus.TERMINATED)
    assert [step["step"] for step in json.loads(listed.out)[0]["steps"]] == ["begun"]
    assert ran.status == 0, ran
    assert (await served.steps(issue)) == ["done"]
    lines = await issue.journal()
    assert [line.kind for line in lines].count("Repaired") == 1
    assert [line.kind for line in lines][:2] == ["Opened", "Stopped"]
    await _closes(issue)


SIGNED = ("--reason", "演练", "--ticket", "T-7", "--by", "OP-1", "--apply", "--json")


def _settings(yard: Yard) -> dict[str, str]:
    config = yard.client.service_client.config
    return {
        "temporal_address": config.target_host,
        "temporal_namespace": yard.client.namespace,
        "task_queue": yard.world.settings.task_queue,
    }


def _environment(yard: Yard) -> dict[str, str]:
    own = {f"RIVER_{name.upper()}": value for name, value in _settings(yard).items()}
    return {**os.environ, **own, "RIVER_DATABASE_URL": yard.dsn}


def _ops(yard: Yard) -> Ops:
    return ops_on(yard.dsn, **_settings(yard))


async def test_several_issues_are_repaired_only_when_another_person_approves(served: Yard) -> None:
    issues = [await served.open() for _ in range(3)]
    for issue in issues:
        await issue.journal()
    for issue in issues[:2]:
        await _state(served, issue, "undeliverable")
    before = [await served.everything(issue) for issue in issues]
    ops = _ops(served)
    named = [issue.issue_id for issue in issues]

    previewed = await ops("repair", "skip", *named)
    unchanged = [await served.everything(issue) for issue in issues] == before
    asked = await ops("repair", "skip", *named, *SIGNED)
    request = str(json.loads(asked.out)["request"])
    await _state(served, issues[1], "delivered")  # meanwhile it went out
    by_himself = await ops("approve", request, "--by", "OP-1", "--apply")
    spelt_otherwise = await ops("approve", request, "--by", "op-1", "--apply")
    looked = await ops("approve", request, "--by", "OP-2")
    still = [await served.steps(issue) for issue in issues]
    approved = await ops("approve", request, "--by", "OP-2", "--apply", "--json")
    again = await ops("approve", request, "--by", "OP-3", "--apply", "--json")

    assert (previewed.status, unchanged, asked.status, looked.status) == (0, True, 0, 0)
    assert (by_himself.status, "另一人" in by_himself.err or "以外的人" in by_himself.err) == (1, True)
    assert (spelt_otherwise.status, spelt_otherwise.err) == (1, by_himself.err)
    assert still == [[], [], []]
    told = {each["issue_id"]: each for each in json.loads(approved.out)["issues"]}
    assert [told[issue]["standing"] for issue in named] == ["stuck", "sound", "sound"]
    assert [await served.steps(issue) for issue in issues] == [["done"], ["skipped"], ["skipped"]]
    assert json.loads(again.out)["issues"] == []
    (repaired,) = [read_fact(line.body) for line in await issues[0].journal() if line.kind == "Repaired"]
    assert (repaired.operator, repaired.approved_by, repaired.ticket) == ("OP-1", "OP-2", "T-7")
    for issue in issues:
        await _closes(issue)


async def test_a_query_with_more_than_one_hit_is_a_request_and_with_one_is_not(served: Yard) -> None:
    issues = [await served.open() for _ in range(2)]
    for issue in issues:
        await issue.journal()
    ops, queue = _ops(served), served.world.settings.task_queue

    async def all_are_listed() -> bool:
        return len([run async for run in served.client.list_workflows(f"TaskQueue = '{queue}'")]) == 2

    await eventually("both are listed", all_are_listed)

    both = await ops("repair", "retry", "--query", f"TaskQueue = '{queue}'", *SIGNED)
    one = await ops("repair", "retry", "--query", f"WorkflowId = '{issues[0].handle.id}'", *SIGNED)
    nobody = await ops("repair", "retry", "--query", "WorkflowId = 'none'", *SIGNED)
    nonsense = await ops("repair", "retry", "--query", "Nonsense = 'x'", *SIGNED)

    assert json.loads(both.out)["request"] is not None
    assert [each["standing"] for each in json.loads(one.out)["issues"]] == ["sound"]
    assert json.loads(one.out)["request"] is None
    assert (nobody.status, json.loads(nobody.out)["issues"]) == (0, [])
    assert nonsense.status == 2
    for issue in issues:
        await _closes(issue)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("repair", "wake", "512022-2026-000001", "--apply", "--ticket", "T", "--by", "OP-1"), "理由"),
        (("repair", "wake", "512022-2026-000001", "--apply", "--reason", "因", "--ticket", "T"), "--by"),
        (
            ("repair", "wake", "1", "--apply", "--reason", "因", "--ticket", "T", "--by", "张三"),
            "不写姓名",
        ),
        (("repair", "wake"), "问题编号"),
        (("repair", "reset", "512022-2026-000001"), "择一"),
        (("repair", "wake", "512022-2026-000001", "--fact", "1"), "只用于"),
        (("approve", "1", "--by", "张三"), "不写姓名"),
        (("approve", "1", "--by", "\uff2f\uff30-1"), "不写姓名"),
        (("approve", "1", "--by", "zhang.san"), "不写姓名"),
        (("approve", "1", "--by", "13912345678"), "电话"),
        (("approve", "1", "--by", "11010119900307123X"), "身份证"),
    ],
)
async def test_what_is_not_said_well_changes_nothing(here: Yard, words: tuple[str, ...], said: str) -> None:
    ran = await _ops(here)(*words)

    assert (ran.status, said in ran.err) == (2, True), ran


async def test_what_is_not_there_is_refused(here: Yard) -> None:
    unknown = await _ops(here)("repair", "settle", "512022-2026-000404")
    no_request = await _ops(here)("approve", "404", "--by", "OP-2")

    assert (unknown.status, "没有该问题的日志" in unknown.out) == (1, True)
    assert (no_request.status, "没有第 404 号" in no_request.err) == (1, True)


async def test_two_operators_at_once_open_one_successor(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    await issue.handle.terminate("by hand")
    runs = len((await served.everything(issue))["runs"])

    both = await asyncio.gather(
        served.repair(issue, "settle", by="OP-1"), served.repair(issue, "settle", by="OP-2")
    )

    assert sum(done.outcome is not None for done in both) >= 1

    async def is_listed() -> bool:
        return len((await served.everything(issue))["runs"]) == runs + 1

    await eventually("one more run", is_listed)
    kinds = await issue.kinds()
    assert kinds[:2] == ["Opened", "Stopped"]
    assert kinds.count("Repaired") == sum(done.outcome is not None for done in both)
    await _closes(issue)


async def test_settle_refuses_a_broken_chain_and_an_issue_that_is_over(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    over = await served.open()
    await over.say(say.Dismiss)
    await over.handle.result()
    await issue.handle.terminate("by hand")
    async with connected(served.pool) as connection:
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER ALL")
        await connection.execute(
            "UPDATE issue_facts SET body = replace(body::text, 'R-STOP', 'R-STOPS')::json "
            "WHERE issue_id = $1 AND number = 2",
            issue.issue_id,
        )

    broken_one = await served.repair(issue, "settle")
    ended = await served.repair(over, "settle")

    assert (broken_one.plan.standing, ended.plan.standing) == ("refused", "refused")
    assert broken_one.plan.why is not None
    assert "核验" in broken_one.plan.why.zh
    assert broken_one.outcome is ended.outcome is None


async def test_a_run_that_outlived_its_issue_is_ended_and_gets_no_successor(served: Yard) -> None:
    """A server that was restored from before the end lives on what the journal knows as over."""
    issue = await served.open()
    told = await issue.journal()
    known = retell([read_fact(line.body) for line in told])
    ending = word(known, say.Dismiss, datetime.now(UTC), "elsewhere")
    await record_words(served.pool, known, known, [ending])
    foreseen = await served.preview(issue, "settle")

    done = await served.repair(issue, "settle")
    again = await served.repair(issue, "settle")

    assert (foreseen.standing, done.is_well) == ("stuck", True)
    assert (await issue.handle.describe()).status is WorkflowExecutionStatus.TERMINATED
    lines = await journal.facts(served.pool, issue.issue_id)
    assert [line.kind for line in lines] == ["Opened", "Dismissed", "Repaired"]
    assert again.plan.standing == "refused"
    assert (await proof.verify_chain(served.pool, issue.issue_id)).breaks == ()


async def test_a_history_that_is_near_its_limit_gets_a_successor_though_it_agrees(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.journal()
    long = (await issue.handle.describe()).run_id

    done = await served.repair(issue, "settle", anew=True)

    assert done.is_well
    assert (await issue.handle.describe()).run_id != long
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired")
    await _closes(issue)


async def test_after_the_end_a_repair_goes_behind_it(served: Yard) -> None:
    issue = await served.open()
    await issue.say(say.Dismiss)
    await issue.handle.result()
    await _state(served, issue, "undeliverable")

    done = await served.repair(issue, "redeliver")
    again = await served.repair(issue, "redeliver")

    assert done.is_well
    assert again.is_well
    lines = await journal.facts(served.pool, issue.issue_id)
    assert [line.kind for line in lines] == ["Opened", "Dismissed", *["Repaired"] * (len(lines) - 2)]
    assert (await proof.verify_chain(served.pool, issue.issue_id)).breaks == ()


async def test_a_word_that_a_reset_would_lose_is_foreseen_and_reported(served: Yard) -> None:
    """The new run's clock begins anew on this server: what was said later comes from its future."""
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.pass_time(DAY / 24)
    await issue.say(say.Assign)
    await issue.journal()

    foreseen = await served.preview(issue, "reset", to_fact=2)

    assert foreseen.redone is not None
    assert [type(word.command).__name__ for word in foreseen.redone.refused] == ["Assign"]
    assert foreseen.standing == "refused"
    assert foreseen.why is not None
    assert "settle" in foreseen.why.zh
    await _closes(issue)


async def test_a_word_that_the_reset_run_refused_without_a_sound_is_said_again(
    served: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    await issue.say(say.Assign)
    before = await issue.journal()
    permit, refused = rules.permit, list[str]()

    def permits_the_second_time(known: Issue, command: say.Command) -> None:
        permit(known, command)
        if isinstance(command, say.Assign) and workflow.in_workflow() and not refused:
            refused.append(command.id)
            raise AlreadyDone(command=Label("交办", "assign"), what=Label("演练", "a drill"))

    with monkeypatch.context() as patch:
        patch.setattr(rules, "permit", permits_the_second_time)
        done = await served.repair(issue, "reset", to_fact=2)

    assert done.outcome is not None
    assert [name.split()[0] for name, _ in done.outcome.answers] == ["Assign"]
    assert done.is_well
    assert refused
    assert (await issue.journal())[:3] == before
    await _is_whole(served, issue, "Opened", "Stopped", "Assigned", "Repaired")
    await _closes(issue)


async def test_a_word_that_the_reset_run_goes_on_refusing_is_reported(
    served: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = await served.open()
    await issue.say(say.RecordStop)
    served.mail.stopped_for = "Assigned"
    lost = await issue.word(say.Assign)
    await issue.send(lost)
    permit = rules.permit

    def permits_no_more(known: Issue, command: say.Command) -> None:
        permit(known, command)
        if isinstance(command, say.Assign) and workflow.in_workflow():
            raise AlreadyDone(command=Label("交办", "assign"), what=Label("演练", "a drill"))

    with monkeypatch.context() as patch:
        patch.setattr(rules, "permit", permits_no_more)
        done = await served.repair(issue, "reset", to_fact=2)

    assert done.outcome is not None
    ((name, answer),) = done.outcome.lost
    assert (name, done.is_well) == (f"Assign {lost.id}", False)
    assert answer.reason is not None
    assert "演练" in answer.reason.zh
    await _is_whole(served, issue, "Opened", "Stopped", "Repaired")
    await _closes(issue)
