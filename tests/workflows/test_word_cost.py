"""一句话的代价: what each word about a clock, a dispute or the rules adds to a history: at most 13 events."""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from domain.issue.commands import COMMANDS
from domain.issue.letter import Line
from store import journal
from tests.servers import TestPostgres
from tests.workflows.shell import Living, Shell, eventually, shell

AT_MOST = 13
"""Events: the word, its task, its letter, the timer that it moves, the screens that it changes."""

TO_RECTIFYING = (say.RecordStop, say.Assign)
DISPUTED = (*TO_RECTIFYING, say.HandBack, say.Reassign, say.HandBack)

SPOKEN: dict[type[say.Command], Sequence[type[say.Command]]] = {
    say.RequestExtension: TO_RECTIFYING,
    say.GrantExtension: (*TO_RECTIFYING, say.RequestExtension),
    say.DenyExtension: (*TO_RECTIFYING, say.RequestExtension),
    say.SuspendClock: TO_RECTIFYING,
    say.UpholdSuspension: (*TO_RECTIFYING, say.SuspendClock),
    say.ResumeClock: (*TO_RECTIFYING, say.SuspendClock),
    say.HandBack: (*TO_RECTIFYING, say.HandBack, say.Reassign),  # the one that opens a ruling
    say.RuleOnDispute: DISPUTED,
    say.Regrade: TO_RECTIFYING,
    say.SetDate: TO_RECTIFYING,
    say.TransferToEnforcement: TO_RECTIFYING,
    say.RecordInterview: TO_RECTIFYING,
    say.AdoptEdition: TO_RECTIFYING,
    say.AdoptCalendar: TO_RECTIFYING,
    say.ReportUndeliverable: TO_RECTIFYING,
    say.RecordRepair: TO_RECTIFYING,
    say.ReportRectified: (*TO_RECTIFYING, say.SuspendClock),  # the one that ends a suspension
}
"""Each of these words, and what is said before it."""


@pytest_asyncio.fixture(loop_scope="session")
async def idle_shell(temporal_env: WorkflowEnvironment, postgres: TestPostgres) -> AsyncIterator[Shell]:
    """Give a shell that nobody else uses: a crowded one puts two words into one task and flatters itself."""
    dsn = await postgres.fresh_database()
    async with shell(temporal_env, dsn, "issues-word-cost") as one:
        await _told(await one.open())  # the first letter waits for a connection
        yield one


async def _told(issue: Living) -> list[Line]:
    # Nothing is asked of the workflow while a task is at work: a question would cost another task.
    async def is_at_rest() -> bool:
        described = (await issue.handle.describe()).raw_description
        return not described.HasField("pending_workflow_task") and bool(
            await journal.facts(issue.pool, issue.issue_id)
        )

    await eventually("it is at rest", is_at_rest)
    return await issue.journal()


async def _length(issue: Living) -> int:
    described = (await issue.handle.describe()).raw_description
    return int(described.workflow_execution_info.history_length)


def test_every_new_word_has_its_cost_measured() -> None:
    assert set(COMMANDS[COMMANDS.index(say.RequestExtension) :]) <= set(SPOKEN)


@pytest.mark.parametrize("kind", SPOKEN, ids=lambda kind: kind.__name__)
async def test_a_word_costs_at_most_thirteen_events(idle_shell: Shell, kind: type[say.Command]) -> None:
    issue = await idle_shell.open()
    for before in SPOKEN[kind]:
        await issue.say(before)
        await _told(issue)
    command = await issue.word(kind)
    facts, length = len(await _told(issue)), await _length(issue)

    await issue.send(command)

    assert len(await _told(issue)) > facts
    assert await _length(issue) - length <= AT_MOST
