"""台账与活动: what of an issue waits to be delivered or to be done, and may be pushed on or given up."""

from datetime import datetime

from temporalio.service import RPCError, RPCStatusCode

from domain.issue.opening import open_issue
from domain.issue.repairing import demanded, redo
from domain.issue.state import Issue
from ops.repair_plan import NO_RUN, SOUND, UNKNOWN, Pending, Plan, Told, Wanted, World, awake
from ops.repair_runs import Traced, trace
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


async def about_a_beginning(world: World, issue_id: str, wanted: Wanted, now: datetime) -> Plan:
    """An issue that has no journal can be woken, its letter be sent, or all that was said be heard again."""
    if wanted.what == "retry":
        return await about_activities(world, issue_id, wanted)
    again = wanted.what == "reset" and wanted.options.get("to_fact") == 1
    traced = await trace(world.client, issue_id) if again or wanted.what == "wake" else None
    if traced and traced.current and traced.current.is_open:
        if again:
            return _from_the_opening(issue_id, wanted, traced, now) or Plan(
                issue_id, wanted, "refused", UNKNOWN
            )
        return awake(issue_id, wanted, traced.current)
    return Plan(issue_id, wanted, "refused", UNKNOWN)


def _from_the_opening(issue_id: str, wanted: Wanted, traced: Traced, now: datetime) -> Plan | None:
    """The journal is lost and the histories are not: everything is decided and told anew, the ledger too."""
    *_, first = traced.chain
    if first.opening is None or not first.tasks or traced.current is None:
        return None
    said = {word.id: word for run in reversed(traced.chain) for word in run.words}.values()
    words = tuple(word.command for word in said if word.command)
    facts = open_issue(first.opening, first.opening.said_at)
    redone = redo(facts, len(facts), words, now)
    effects = demanded([*facts, *redone.made], 0)
    return Plan(
        *(issue_id, wanted, "stuck"),
        issue=redone.begins,
        run=first.id,
        run_is_open=traced.current.is_open,
        event=first.tasks[0].event_id,
        redone=redone,
        told=tuple(Told(effect, "new") for effect in effects),
        words=words,
        unread=tuple(word for word in said if word.command is None),
    )


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
