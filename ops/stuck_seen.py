"""卡住,由流程所见: what Temporal alone can tell, and where it and the journal tell two stories."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.api.enums.v1 import PendingActivityState, TaskQueueType
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client

from domain.model import Label
from domain.stuck import NOTHING, OPERATORS, Kind, Stuck, stuck
from domain.stuck_rules import CAUSE_LABELS, MENDED, Cause, Patience, cause_of
from ops.stuck_runs import Close, Run, closely, each_of, polled_at, running, standing
from store.pool import Pool
from store.stuck import Open, told_of
from workflows.names import RECORD_UNTIL_DONE, issue_workflow_id, seal_queue

POLLED_WITHIN = timedelta(minutes=2)
"""A worker that lives asks for work at least once a minute."""
LETTERS = {"letter_waiting": Kind.LETTER_WAITING, "diverged": Kind.DIVERGED}
NEVER_TAKEN = PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
FOR_WORKFLOWS = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
FOR_ACTIVITIES = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
RUNS, PAUSED = "RUNNING", "PAUSED"
CLOSELY = 1000
"""Runs that show trouble and are looked at one by one: more of them have a cause in common."""
UNSEEN = Label("(未逐件细看)", " (one of too many to be looked at)")
LONGEST = 120
"""Characters of a message; only its first line, for the others may quote what was said."""


class Eyes(NamedTuple):
    """看的人: by which client, at which moment, and how patiently."""

    client: Client
    now: datetime
    patience: Patience


class Seen(NamedTuple):
    """所见: all that runs, what is stuck of it, and the subjects for which no worker is there."""

    eyes: Eyes
    runs: tuple[Run, ...]
    found: tuple[Stuck, ...]
    at_rest: frozenset[str]


async def look(eyes: Eyes, queues: Collection[str], long_lived: Collection[str], queue: str | None) -> Seen:
    """Return what is stuck as Temporal shows it; `queues` must be served in any case. Raises RPCError.

    Looked at closely are only runs that show trouble, those without an attribute that could show it, and
    issues with so many facts that their history may be long.
    """
    runs = await running(eyes.client, queue)
    troubled = [run for run in runs if _is_troubled(run)]
    quiet = (run for run in runs if not _is_troubled(run))
    others = [run for run in quiet if not run.is_issue or run.subject in long_lived]
    wanted = [*others, *troubled[:CLOSELY]]
    close = [each for each in await each_of(wanted, lambda run: closely(eyes.client, run)) if each]
    waiting: dict[str, list[Run]] = {name: [] for name in queues}
    for run in runs:
        waiting.setdefault(run.queue, []).append(run)
    dead = await _unserved(eyes, waiting, FOR_WORKFLOWS)
    dead += await _unserved(eyes, _untaken(eyes, close, {each.subject for each in dead}), FOR_ACTIVITIES)
    unserved = {each.subject for each in dead}
    found = [*dead, *(each for run in runs for each in _shown(eyes, run))]
    found += [trouble for each in close for trouble in _troubles(eyes, each, unserved)]
    found += [_as_listed(eyes, run) for run in troubled[CLOSELY:]]
    return Seen(eyes, runs, tuple(found), frozenset(run.subject for run in runs if run.queue in unserved))


def _is_troubled(run: Run) -> bool:
    return bool(run.problems) or run.trouble in LETTERS


def _as_listed(eyes: Eyes, run: Run) -> Stuck:
    kind = Kind.TASK_FAILING if run.problems else LETTERS[run.trouble]
    return _of(kind, run, None, what=UNSEEN, repair=_woken(eyes, run))


def _shown(eyes: Eyes, run: Run) -> Iterator[Stuck]:
    """What the listing itself shows."""
    if run.next_mark and run.next_mark < eyes.now - eyes.patience.mark:
        yield _of(Kind.MARK_PASSED, run, run.next_mark, repair=_woken(eyes, run))
    if run.trouble == "undeliverable":
        yield _of(Kind.EFFECT_UNDELIVERABLE, run, None)


def _troubles(eyes: Eyes, close: Close, unserved: Collection[str]) -> Iterator[Stuck]:
    run = close.run
    if run.problems:
        yield _failing(eyes, close)
    for activity in close.activities:
        since = close.since(activity)
        if activity.activity_options.task_queue.name in unserved and _is_untaken(activity):
            continue  # it is the missing worker's
        if _is_late(eyes, activity, since):
            yield _late(eyes, run, activity, since)
    length = close.told.workflow_execution_info.history_length
    if length >= eyes.patience.events:
        yield _of(Kind.HISTORY_LONG, run, run.started_at, count=length)


def _failing(eyes: Eyes, close: Close) -> Stuck:
    """A task that fails: waking it helps once the code is mended, but not where its history is unfit."""
    since, failure = close.failed()
    cause = cause_of(failure)
    label, message = CAUSE_LABELS[cause], _first_line(f"{failure.kind} {failure.message}")
    what = Label(f"{label.zh} {message}".strip(), f"{label.en} {message}".strip())
    if cause is Cause.DISAGREES:
        return _of(Kind.DIVERGED, close.run, since, what=Label(f":{what.zh}", f": {what.en}"))
    settled = close.run.is_issue and cause not in MENDED
    repair = f"python -m ops repair settle {close.run.subject}" if settled else _woken(eyes, close.run)
    count = close.told.pending_workflow_task.attempt
    return _of(Kind.TASK_FAILING, close.run, since, what=what, count=count, repair=repair)


def _is_untaken(activity: PendingActivityInfo) -> bool:
    return activity.attempt <= 1 and activity.state == NEVER_TAKEN


def _is_late(eyes: Eyes, activity: PendingActivityInfo, since: datetime) -> bool:
    is_over_time = since < eyes.now - eyes.patience.machine
    is_under_way = activity.attempt <= 1 and not _is_untaken(activity)
    return activity.attempt >= eyes.patience.attempts or (is_over_time and not is_under_way)


def _late(eyes: Eyes, run: Run, activity: PendingActivityInfo, since: datetime) -> Stuck:
    name, message = activity.activity_type.name, _first_line(activity.last_failure.message)
    if run.is_issue and name == RECORD_UNTIL_DONE and run.trouble in LETTERS:
        said = Label(f":{message}", f": {message}") if message else NOTHING
        return _of(LETTERS[run.trouble], run, since, what=said, count=activity.attempt)
    what = Label(f" {name} {message}".rstrip(), f"{name} {message}".rstrip())
    repair = (
        None if run.is_issue else _outside(eyes, run, f"activity reset --activity-id {activity.activity_id}")
    )
    return _of(Kind.ACTIVITY_RETRYING, run, since, what=what, count=activity.attempt, repair=repair)


def _untaken(eyes: Eyes, close: Sequence[Close], known: Collection[str]) -> Mapping[str, list[Run]]:
    """Whose activities wait by which queue, and nobody ever took one."""
    waiting: dict[str, list[Run]] = {}
    for each in close:
        for activity in each.activities:
            queue = activity.activity_options.task_queue.name
            is_late = _is_late(eyes, activity, each.since(activity))
            if queue and queue not in known and _is_untaken(activity) and is_late:
                waiting.setdefault(queue, []).append(each.run)
    return waiting


async def _unserved(
    eyes: Eyes, waiting: Mapping[str, Sequence[Run]], kind: "TaskQueueType.ValueType"
) -> list[Stuck]:
    """Queues that nobody has asked for work lately."""
    dead: list[Stuck] = []
    names = sorted(waiting)
    asked = await each_of(names, lambda name: polled_at(eyes.client, name, kind))
    for name, polled in zip(names, asked, strict=True):
        if polled and polled >= eyes.now - POLLED_WITHIN:
            continue
        since = polled or min((run.started_at for run in waiting[name]), default=None)
        is_seal = name.endswith(seal_queue(""))
        repair = "docker compose up -d intake" if is_seal else None
        count = len(waiting[name])
        dead.append(stuck(Kind.WORKER_MISSING, name, since, OPERATORS, count=count, repair=repair))
    return dead


async def disagreements(eyes: Eyes, pool: Pool, opened: Sequence[Open], runs: Sequence[Run]) -> list[Stuck]:
    """Return where journal and workflows tell two stories: who is open in one and not in the other.

    The two lists were read one after the other, so whoever is in one only is asked for again. Raises
    RPCError and Away.
    """
    alive = {run.subject: run for run in runs if run.is_issue}
    known = {each.issue_id for each in opened}
    before = eyes.now - eyes.patience.machine
    lost = [each for each in opened if each.issue_id not in alive]
    strays = [run for subject, run in alive.items() if subject not in known and run.started_at < before]
    stood = await each_of(lost, lambda each: standing(eyes.client, issue_workflow_id(each.issue_id)))
    still = await each_of(strays, lambda run: standing(eyes.client, run.workflow_id))
    told = await told_of(pool, [*(each.issue_id for each in lost), *(run.subject for run in strays)])
    missing = [
        _missing(eyes, each, *how)
        for each, how in zip(lost, stood, strict=True)
        if how[0] != RUNS and told.get(each.issue_id, eyes.now) is None
    ]
    return missing + [
        one
        for run, (how, _) in zip(strays, still, strict=True)
        if how == RUNS and (one := _stray(run, told, before))
    ]


def _missing(eyes: Eyes, each: Open, how: str, ended_at: datetime | None) -> Stuck:
    """An issue without a running workflow; one that somebody has paused by hand is only let go on."""
    workflow_id = issue_workflow_id(each.issue_id)
    unpaused = f"temporal workflow unpause --workflow-id {workflow_id} --namespace {eyes.client.namespace}"
    return stuck(
        Kind.RUN_MISSING,
        each.issue_id,
        ended_at,
        each.chief,
        what=Label(f"({how})", f" ({how})") if how else NOTHING,
        repair=unpaused if how == PAUSED else None,
        division=each.division,
    )


def _stray(run: Run, told: Mapping[str, datetime | None], before: datetime) -> Stuck | None:
    if run.subject not in told:
        return _of(Kind.JOURNAL_MISSING, run, run.started_at)
    ended_at = told[run.subject]
    if ended_at is None or ended_at >= before:
        return None  # the read model lacks it, or it has only just ended
    return _of(
        Kind.DIVERGED, run, ended_at, what=Label(":日志已办结,流程仍在运行", ": over, and it still runs")
    )


def _of(
    kind: Kind,
    run: Run,
    since: datetime | None,
    *,
    what: Label = NOTHING,
    count: int = 1,
    repair: str | None = None,
) -> Stuck:
    return stuck(
        kind, run.subject, since, run.post, what=what, count=count, repair=repair, division=run.division
    )


def _woken(eyes: Eyes, run: Run) -> str | None:
    """Return how what is no issue is woken; an issue by the word of its kind."""
    return (
        None if run.is_issue else _outside(eyes, run, "workflow reset --type LastWorkflowTask --reason stuck")
    )


def _outside(eyes: Eyes, run: Run, words: str) -> str:
    return f"temporal {words} --workflow-id {run.workflow_id} --namespace {eyes.client.namespace}"


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0][:LONGEST]
