"""台账与活动: what of an issue waits to be delivered or to be done, and may be pushed on or given up."""

from temporalio.service import RPCError, RPCStatusCode

from domain.issue.state import Issue
from ops.repair_plan import NO_RUN, SOUND, UNKNOWN, Pending, Plan, Wanted, World, awake
from ops.repair_runs import trace
from store import repairs
from store.repairs import Act
from workflows.names import issue_workflow_id


async def about_acts(world: World, issue: Issue, wanted: Wanted) -> Plan:
    """Return which outward acts a redelivery or a skip is about: all that wait, or those that are named."""
    acts = await repairs.acts_of(world.pool, issue.issue_id)
    named = [act for act in acts if _is_named(act, wanted) and _waits(act, wanted)]
    plan = Plan(issue.issue_id, wanted, "stuck", issue=issue, acts=tuple(named))
    return plan if named else plan._replace(standing="sound", why=SOUND)


def _is_named(act: Act, wanted: Wanted) -> bool:
    asked = (wanted.options.get("fact"), wanted.options.get("effect"), wanted.options.get("to"))
    return all(name in (None, is_) for name, is_ in zip(asked, act.key[1:], strict=True))


def _waits(act: Act, wanted: Wanted) -> bool:
    """What was never tried is on its way: it may be named to be given up, and not be swept up with others."""
    if act.state == "undeliverable":
        return True
    is_one = {"fact", "to"} <= {name for name, value in wanted.options.items() if value is not None}
    return act.state == "queued" and (act.attempts > 0 or is_one or wanted.what == "redeliver")


async def about_a_beginning(world: World, issue_id: str, wanted: Wanted) -> Plan:
    """An issue whose first letter has not come can be woken, and its letter be sent."""
    if wanted.what == "retry":
        return await about_activities(world, issue_id, wanted)
    traced = await trace(world.client, issue_id) if wanted.what == "wake" else None
    if traced and traced.current and traced.current.is_open:
        return awake(issue_id, wanted, traced.current)
    return Plan(issue_id, wanted, "refused", UNKNOWN)


async def about_activities(world: World, issue_id: str, wanted: Wanted) -> Plan:
    """Return which activities of an issue are tried again and again, so that they may be tried now."""
    handle = world.client.get_workflow_handle(issue_workflow_id(issue_id))
    try:
        described = await handle.describe()
    except RPCError as trouble:
        if trouble.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Plan(issue_id, wanted, "refused", NO_RUN)
    pending = tuple(
        Pending(each.activity_id, each.activity_type.name, each.attempt, each.last_failure.message)
        for each in described.raw_description.pending_activities
    )
    plan = Plan(issue_id, wanted, "stuck", run=described.run_id, pending=pending)
    return plan if pending else plan._replace(standing="sound", why=SOUND)
