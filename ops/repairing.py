"""预演: what a repair would do to one issue, found out without touching anything."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError
from temporalio.client import WorkflowHistory
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError

from domain.issue.clocks import next_mark, wake_at
from domain.issue.commands import Command
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.issue.repairing import demanded, kept_before, redo, unsaid
from domain.issue.state import Issue
from domain.model import Label
from ops.desk import UNTOLD
from ops.repair_ledger import about_a_beginning, about_activities, about_acts
from ops.repair_plan import BEFORE_ITS_RUN, NO_RUN, OUTLIVED, OVER, SOUND, Plan, Told, Wanted, World, awake
from ops.repair_runs import COMMAND_OF, Run, Said, Traced, heard_before, last_look, task_of, trace
from sandbox import runner
from store import commands, journal, proof, repairs
from store.pool import Pool
from workflows.names import issue_workflow_id
from workflows.relive import relive

_ASK_FOR = timedelta(seconds=5)


class _Known(NamedTuple):
    """What journal and Temporal tell of an issue."""

    issue_id: str
    facts: Sequence[Event]
    issue: Issue
    traced: Traced
    accepted: Mapping[str, Command]
    unread: tuple[Said, ...]


async def preview(world: World, issue_id: str, wanted: Wanted, now: datetime) -> Plan:
    """Return what a repair would do; nothing is changed. Raises Away, RPCError."""
    lines = await journal.facts(world.pool, issue_id)
    if not lines:
        return await about_a_beginning(world, issue_id, wanted, now)
    try:
        life = [read_fact(line.body) for line in lines]
        issue = retell(life)
    except (ValidationError, TypeError):
        return Plan(issue_id, wanted, "refused", UNTOLD)
    if wanted.what in ("redeliver", "skip"):
        return await about_acts(world, issue, wanted)
    if wanted.what == "retry":
        return await about_activities(world, issue_id, wanted)
    if wanted.what == "reset" and issue.is_over:
        return Plan(issue_id, wanted, "refused", OVER, issue)
    traced = await trace(world.client, issue_id)
    said = [word for word in traced.accepted.values() if word.id not in {fact.command for fact in life}]
    unread = tuple(word for word in said if word.command is None)
    accepted = {word.id: word.command for word in traced.accepted.values() if word.command}
    known = _Known(issue_id, life, issue, traced, accepted, unread)
    plan = await _PLANS[wanted.what](world, known, wanted, now)
    return plan._replace(issue=issue, unread=unread, told=await _told(world.pool, life, plan))


async def _wake(world: World, known: _Known, wanted: Wanted, now: datetime) -> Plan:
    run = known.traced.current
    if run is None or not run.is_open:
        why = OVER if known.issue.is_over else NO_RUN
        return Plan(known.issue_id, wanted, "refused", why)
    words = tuple(unsaid(known.facts, known.accepted))
    redone = redo(known.facts, len(known.facts), () if known.issue.is_over else words, now)
    plan = awake(known.issue_id, wanted, run)
    if plan.standing == "sound" and run.tasks and await _oversleeps(world, known.issue, now):
        # Its last task set the timer: taken again by today's rules, it sets another.
        plan = plan._replace(standing="stuck", why=None, event=run.tasks[-1].event_id)
    return plan._replace(redone=redone, words=words)


async def _oversleeps(world: World, issue: Issue, now: datetime) -> bool:
    """Tell whether a workflow that knows what its journal tells lets a mark go by that it should meet."""
    mark = next_mark(issue)
    return mark is not None and wake_at(issue, mark) <= now and await agrees(world, issue)


async def _reset(world: World, known: _Known, wanted: Wanted, now: datetime) -> Plan:
    current = known.traced.current
    if current is None:
        return Plan(known.issue_id, wanted, "refused", NO_RUN)
    if number := wanted.options.get("to_fact"):
        found = _run_of(known, number)
    else:
        found = (current, bad) if (bad := await _first_bad_task(world, known.issue_id, current)) else None
        if found is None:
            return Plan(known.issue_id, wanted, "sound", SOUND)
    if found is None:
        return Plan(known.issue_id, wanted, "refused", BEFORE_ITS_RUN)
    run, event = found
    chain = known.traced.chain
    onward = [each for later in reversed(chain[: chain.index(run)]) for each in later.words]
    again = [*(word for word in run.words if word.event > event), *onward]
    words = tuple(dict.fromkeys(word.command for word in again if word.command))
    heard = heard_before(run, known.facts, event)
    kept = max(kept_before(known.facts, heard, last_look(run, event)), run.begins_after)
    redone = redo(known.facts, kept, words, now)
    plan = Plan(
        *(known.issue_id, wanted, "stuck"),
        run=run.id,
        run_is_open=current.is_open,
        event=event,
        redone=redone,
        words=words,
    )
    if redone.differs_at:
        number = redone.differs_at
        zh = f"重办会与日志第 {number} 号事实不符,重置后只会停住;请选更晚的事实,或用 settle"
        en = f"it would differ from the journal at fact {number}: choose a later fact, or settle"
        return plan._replace(standing="refused", why=Label(zh, en))
    return plan


def _run_of(known: _Known, number: int) -> tuple[Run, int] | None:
    if not 1 <= number <= len(known.facts):
        return None
    for run in known.traced.chain:
        if run.begins_after < number:
            task = task_of(run, known.facts, number)
            return (run, task.event_id) if task else None
    return None


async def _first_bad_task(world: World, issue_id: str, run: Run) -> int | None:
    """Return the end of the first task that today's code would not end so, or of the one that fails now."""
    tasks = [task.event_id for task in run.tasks]
    low, high = 0, len(tasks)
    while low < high:  # the first `middle` tasks are lived the same, or not
        middle = (low + high) // 2
        if await _is_lived_the_same(world, issue_id, run, tasks, middle + 1):
            low = middle + 1
        else:
            high = middle
    if low < len(tasks):
        return tasks[low]
    return run.bad_task.event_id if run.bad_task else None


async def _is_lived_the_same(world: World, issue_id: str, run: Run, tasks: Sequence[int], count: int) -> bool:
    """Replay so many tasks: with what they commanded, up to the next task's end."""
    until = tasks[count] - 1 if count < len(tasks) else run.events[-1].event_id
    history = WorkflowHistory(issue_workflow_id(issue_id), [e for e in run.events if e.event_id <= until])
    lived = await relive([history], world.client.data_converter, runner(world.settings))
    return lived.fault is None


async def _settle(world: World, known: _Known, wanted: Wanted, now: datetime) -> Plan:
    run = known.traced.current
    if known.issue.is_over:
        if run is None or not run.is_open:
            return Plan(known.issue_id, wanted, "refused", OVER)
        return Plan(known.issue_id, wanted, "stuck", OUTLIVED, run=run.id, run_is_open=True)
    breaks = (await proof.verify_chain(world.pool, known.issue_id)).breaks
    if broken := [each for each in breaks if not each.reason.startswith("the read model")]:
        zh = f"日志链在第 {broken[0].number} 号事实处不成立,请先核验(ops verify)"
        why = Label(zh, f"its chain does not hold at fact {broken[0].number}: verify first")
        return Plan(known.issue_id, wanted, "refused", why)
    kept = await commands.pending_of(world.pool, known.issue_id)
    pending = {word.id: word for each in kept if (word := _command_in(each)) is not None}
    words = tuple(unsaid(known.facts, {**known.accepted, **pending}))
    redone = redo(known.facts, len(known.facts), words, now)
    plan = Plan(
        *(known.issue_id, wanted, "stuck"),
        run=run.id if run else None,
        run_is_open=bool(run and run.is_open),
        redone=redone,
        words=words,
    )
    is_sound = run is not None and run.is_open and await agrees(world, known.issue)
    is_sound = is_sound and not wanted.options.get("anew")
    return plan._replace(standing="sound", why=SOUND) if is_sound else plan


async def agrees(world: World, issue: Issue) -> bool:
    """Tell whether a running workflow knows the issue just as its journal tells it."""
    lives = await known_to_run(world, issue.issue_id)
    return lives is not None and lives.tail == issue.tail


async def known_to_run(world: World, issue_id: str) -> Issue | None:
    """Return the issue as its latest run knows it, or nothing when that does not answer."""
    handle = world.client.get_workflow_handle(issue_workflow_id(issue_id))
    try:
        lives: Issue = await handle.query("issue", result_type=Issue, rpc_timeout=_ASK_FOR)
    except (RPCError, TemporalError):
        return None
    return lives


def _command_in(word: commands.Word) -> Command | None:
    kind = COMMAND_OF.get(word.command)
    try:
        return kind.model_validate_json(word.body) if kind else None
    except ValidationError:
        return None  # it is kept, and whoever said it is asked again


async def _told(pool: Pool, facts: Sequence[Event], plan: Plan) -> tuple[Told, ...]:
    redone = plan.redone
    if redone is None:
        return ()
    acts = await repairs.acts_of(pool, plan.issue_id)
    ledger = {(act.key.number, act.key.effect, act.key.addressee): act.state for act in acts}
    would_be = [*facts[: redone.kept], *redone.made]
    effects = demanded(would_be, redone.kept)
    return tuple(
        Told(effect, ledger.get((effect.number, effect.kind, effect.addressee), "new")) for effect in effects
    )


_PLANS = {"wake": _wake, "reset": _reset, "settle": _settle}
