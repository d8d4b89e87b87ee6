"""时限说明书 on the running issue: the same account that an auditor makes of the journal alone."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.issue import commands as say
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.explain import Account, explain
from domain.issue.statement import statement
from domain.terms import Clock
from tests.workflows.shell import Living, Shell, eventually
from tests.workflows.words import OTHER_UNIT

TO_RECTIFYING = (say.RecordStop, say.Assign)


async def _suspended(shell: Shell) -> Living:
    issue = await shell.open()
    for kind in (*TO_RECTIFYING, say.RequestExtension, say.GrantExtension, say.SuspendClock):
        await issue.say(kind)
    return issue


async def test_the_running_issue_gives_the_account_that_its_journal_gives(a_shell: Shell) -> None:
    issue = await _suspended(a_shell)
    await issue.pass_time(timedelta(days=3))
    await issue.say(say.ResumeClock)
    facts = [read_fact(line.body) for line in await issue.journal()]
    as_of = (await issue.now()) + timedelta(hours=1)

    account: Account = await issue.handle.query("explain", as_of, result_type=Account)
    words: str = await issue.handle.query("statement", as_of, result_type=str)

    assert account == explain(retell(facts), as_of)
    assert words == statement(account)
    assert f"时限说明书 {issue.issue_id}" in words
    rectify = next(clock for clock in account.clocks if clock.clock is Clock.RECTIFY)
    assert rectify.stood_still >= timedelta(days=3)
    assert rectify.ran + rectify.stood_still == rectify.elapsed


async def test_a_question_without_a_moment_is_answered_as_of_the_last_task(a_shell: Shell) -> None:
    issue = await _suspended(a_shell)

    account: Account = await issue.handle.query("explain", result_type=Account)

    assert [clock.standing for clock in account.clocks if clock.clock is Clock.RECTIFY] == ["suspended"]


async def test_a_suspended_issue_is_found_as_suspended_and_reaches_no_mark(a_shell: Shell) -> None:
    issue = await _suspended(a_shell)
    limit = (await issue.issue()).still[0].limit_at

    await issue.pass_until(limit + timedelta(days=30))

    shown = await issue.shown()
    assert (shown["Suspended"], shown["Overdue"], shown["Rung"]) == (True, False, 0)
    assert "Lapsed" not in await issue.kinds()
    await issue.say(say.ResumeClock)
    assert "Suspended" not in await issue.shown()


async def test_suspended_issues_can_be_listed(a_shell: Shell) -> None:
    issue = await _suspended(a_shell)
    wanted = f"Suspended = true AND WorkflowId = '{issue.handle.id}'"

    async def is_listed() -> bool:
        return bool([one async for one in a_shell.client.list_workflows(wanted)])

    await eventually("the issue is listed as suspended", is_listed)


async def test_a_review_wakes_a_suspended_issue(a_shell: Shell) -> None:
    issue = await _suspended(a_shell)

    await issue.pass_time(timedelta(days=100))

    assert (await issue.kinds()).count("SuspensionReviewDue") == 1
    assert "停止计时" in str(await issue.metadata())


async def test_a_second_return_is_ruled_on_and_a_third_refused(a_shell: Shell) -> None:
    issue = await a_shell.open()
    for kind in (*TO_RECTIFYING, say.HandBack, say.Reassign, say.HandBack, say.RuleOnDispute):
        await issue.say(kind)

    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await issue.say(say.HandBack)

    assert isinstance(refused.value.cause, ApplicationError)
    assert "裁定" in refused.value.cause.details[0]["zh"]
    assert OTHER_UNIT not in (await issue.shown())["Unit"]
