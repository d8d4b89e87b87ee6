"""修复: carries out what was previewed; whatever dies half way is run again, and nothing is done twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest, ResetWorkflowExecutionRequest
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.views import attributes
from domain.issue.wording import subject
from domain.model import Label
from ops.repair_plan import Plan, World
from ops.repair_record import PATIENCE, Outcome, as_json, heard, in_time, named, put_on_record
from ops.repair_runs import trace
from ops.repairing import agrees, known_to_run
from ops.saying import Answer, say_once
from store import journal, repairs
from store.repairs import Filed
from workflows.issue import Beginning, IssueWorkflow
from workflows.names import BY_NAME, TASK_TIMEOUT, issue_workflow_id

NOT_YET = Label(
    "尚未恢复:流程没有应答,或与日志不一致;若仍如此,请用 settle",
    "it does not answer yet, or differs from its journal: if it goes on so, settle it",
)
FAILS_STILL = Label("重试后仍失败", "it was tried again and fails still")


async def carry_out(world: World, plan: Plan, filed: Filed, by: str) -> Outcome:
    """Repair one issue as it was previewed, wait until it lives again, and put the repair on record.

    `by` is who carries it out. A plan that finds nothing stuck only finishes what was begun before. Raises
    Away, RPCError; then the same may be run again.
    """
    await repairs.take_step(world.pool, filed.id, plan.issue_id, "begun", by)
    outcome = await _MENDS[plan.wanted.what](world, plan, filed)
    if outcome.is_mended:
        outcome = await put_on_record(world, plan, filed, outcome)
    await repairs.take_step(
        *(world.pool, filed.id, plan.issue_id),
        "done" if outcome.is_mended else "failed",
        by,
        as_json(outcome),
    )
    return outcome


async def _reset(world: World, plan: Plan, filed: Filed) -> Outcome:
    if plan.standing == "stuck" and plan.event is not None:
        await world.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=world.client.namespace,
                workflow_execution=_execution(plan),
                reason=f"ops repair {filed.asked.what} {filed.id}, {filed.asked.ticket}",
                workflow_task_finish_event_id=plan.event,
                # The server knows a reset that it has done already by this.
                request_id=f"repair/{filed.id}/{plan.issue_id}",
            )
        )
    return await _lives_again(world, plan, lambda word: f"{word.id}/repair-{filed.id}")


async def _settle(world: World, plan: Plan, filed: Filed) -> Outcome:
    if plan.standing == "stuck":
        await _end(world, plan, filed)
        issue = await journal.retell_issue(world.pool, plan.issue_id)
        if not issue.is_over:
            await _open_successor(world, issue)
    return await _lives_again(world, plan, lambda word: word.id)


async def _end(world: World, plan: Plan, filed: Filed) -> None:
    """Terminate the run that was previewed, and no other: somebody may have opened its successor since."""
    if not (plan.run and plan.run_is_open):
        return
    handle = world.client.get_workflow_handle(issue_workflow_id(plan.issue_id), run_id=plan.run)
    try:
        await handle.terminate(reason=f"ops repair settle {filed.id}, {filed.asked.ticket}")
    except RPCError as trouble:
        if trouble.status is not RPCStatusCode.NOT_FOUND:  # it has ended meanwhile
            raise


async def _open_successor(world: World, issue: Issue) -> None:
    """承继: start with the same id from what the journal tells; whoever came first has opened it."""
    shown = [
        SearchAttributePair(BY_NAME[name], value)
        for name, value in attributes(issue).items()
        if value is not None
    ]
    try:
        await world.client.start_workflow(
            IssueWorkflow.run,
            Beginning(issue=issue),
            id=issue_workflow_id(issue.issue_id),
            task_queue=world.settings.task_queue,
            task_timeout=TASK_TIMEOUT,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            search_attributes=TypedSearchAttributes(shown),
            static_summary=subject(issue),
        )
    except WorkflowAlreadyStartedError:
        return


async def _lives_again(world: World, plan: Plan, update_id: Callable[[Command], str]) -> Outcome:
    """Wait until the issue lives, say what it lacks, name what it refuses; then it agrees with its journal.

    What a reset let in again and a validator refused is in no history and raises no error: it is asked for.
    """
    if not await in_time(lambda: _lives(world, plan.issue_id), PATIENCE):
        return Outcome(is_mended=False, why=NOT_YET)
    plan = await _with_late_words(world, plan)
    lacking = await _lacking(world, plan)
    answers = [
        (named(word), await say_once(world.client, plan.issue_id, word, update_id(word))) for word in lacking
    ]
    for unread in plan.unread:
        why = Label("原话无法读出", "the word cannot be read")
        answers.append((f"{unread.name} {unread.id}", Answer(plan.issue_id, "refused", why)))
    is_reached = all(answer.result != "not_reached" for _, answer in answers)
    agrees_now = is_reached and await _agrees_in_the_end(world, plan.issue_id)
    return Outcome(agrees_now, None if agrees_now else NOT_YET, tuple(answers))


async def _with_late_words(world: World, plan: Plan) -> Plan:
    """Add what the run accepted after it was looked at: whoever said it was told that it is heard."""
    traced = await trace(world.client, plan.issue_id, plan.run)
    known = {*(word.id for word in plan.words), *(word.id for word in plan.unread)}
    told = known | await heard(world, plan.issue_id)
    late = [word for run in traced.runs if run.id == plan.run for word in run.words if word.id not in told]
    return plan._replace(
        words=(*plan.words, *(word.command for word in late if word.command)),
        unread=(*plan.unread, *(word for word in late if word.command is None)),
    )


async def _lacking(world: World, plan: Plan) -> Sequence[Command]:
    """Return the words that are no fact, or that a run which is behind its journal has not heard."""
    told = await heard(world, plan.issue_id)
    issue = await journal.retell_issue(world.pool, plan.issue_id)
    if issue.is_over:
        return []
    lives = await known_to_run(world, plan.issue_id)
    is_behind = lives is not None and lives.number < issue.number
    known = lives.heard if lives and is_behind else told
    return [word for word in plan.words if word.id not in known]


async def _lives(world: World, issue_id: str) -> bool:
    """Tell whether an issue has a journal, its workflow answers, and no task of it is under way."""
    if not await journal.has_begun(world.pool, issue_id) or await _is_at_work(world, issue_id):
        return False
    issue = await journal.retell_issue(world.pool, issue_id)
    return issue.is_over or await known_to_run(world, issue_id) is not None


async def _is_at_work(world: World, issue_id: str) -> bool:
    described = await world.client.get_workflow_handle(issue_workflow_id(issue_id)).describe()
    return described.raw_description.HasField("pending_workflow_task")


async def _agrees_in_the_end(world: World, issue_id: str) -> bool:
    """Tell whether an issue comes to agree with its journal, or is over in it."""

    async def does() -> bool:
        issue = await journal.retell_issue(world.pool, issue_id)
        at_work = await _is_at_work(world, issue_id)
        return not at_work and (issue.is_over or await agrees(world, issue))

    return await in_time(does, PATIENCE)


async def _retry(world: World, plan: Plan, _: Filed) -> Outcome:
    """Try the pending activities now; the server forgets how long it meant to wait."""
    for each in plan.pending:
        try:
            await world.client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=world.client.namespace,
                    execution=_execution(plan),
                    id=each.id,
                    reset_heartbeat=True,
                )
            )
        except RPCError as trouble:
            if trouble.status is not RPCStatusCode.NOT_FOUND:  # it has ended meanwhile
                raise
    handle = world.client.get_workflow_handle(issue_workflow_id(plan.issue_id))
    ids = {each.id for each in plan.pending}

    async def is_through() -> bool:
        described = (await handle.describe()).raw_description
        return not ids & {each.activity_id for each in described.pending_activities}

    if await in_time(is_through, PATIENCE / 3):
        return Outcome(is_mended=True, acts=tuple(f"{each.kind} {each.id}" for each in plan.pending))
    return Outcome(is_mended=False, why=FAILS_STILL)


async def _redeliver(world: World, plan: Plan, _: Filed) -> Outcome:
    changed = await repairs.redeliver(world.pool, plan.acts)
    return Outcome(is_mended=True, acts=tuple(act.name for act in changed))


async def _skip(world: World, plan: Plan, filed: Filed) -> Outcome:
    changed = await repairs.skip(world.pool, plan.acts, f"skipped: {filed.asked.ticket}")
    return Outcome(is_mended=True, acts=tuple(act.name for act in changed))


def _execution(plan: Plan) -> WorkflowExecution:
    return WorkflowExecution(workflow_id=issue_workflow_id(plan.issue_id), run_id=plan.run or "")


_MENDS: Mapping[str, Callable[[World, Plan, Filed], Awaitable[Outcome]]] = {
    "wake": _reset,
    "reset": _reset,
    "retry": _retry,
    "redeliver": _redeliver,
    "skip": _skip,
    "settle": _settle,
}
