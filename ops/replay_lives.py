"""重放: recorded lives lived again by today's code, in processes of their own; what came of each.

Whoever has lives replays them with `replay_lives`: any number, few of them in memory at once.
"""

import asyncio
import atexit
import logging
import multiprocessing
import os
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from typing import Literal, NamedTuple

from temporalio.api.history.v1 import History
from temporalio.client import WorkflowHistory
from temporalio.runtime import Runtime, TelemetryConfig
from temporalio.worker import WorkflowRunner

from connection import data_converter
from domain.issue.difference import Difference, Record, differences, unwritten
from domain.model import Label
from memory import LightRunner
from sandbox import sandboxed
from workflows.names import issue_workflow_id
from workflows.relive import Stage, stage

PROCESSES = 2
_IN_FLIGHT = 4
"""Lives a process that are on their way to it or back."""
_TOLD_AT_MOST = 200
"""Differences of one life that are told: when a rule changed, the first of them say it."""

Standing = Literal["same", "differs", "diverged", "not_replayed"]


class Life(NamedTuple):
    """一生: the runs of an issue, oldest first, each as its history's bytes, and what is recorded of it.

    Without a record only the order of commands can be compared, and the hashes that the histories hold. A
    `trouble` says why there is nothing to replay.
    """

    issue_id: str
    runs: tuple[bytes, ...] = ()
    record: Record | None = None
    remark: Label | None = None
    trouble: Label | None = None


class Broken(NamedTuple):
    """断处: where today's code could not live on."""

    run: int
    event: int
    fact: int
    reason: str
    is_left: bool


class Verdict(NamedTuple):
    """What came of one life; `diverged` differs only in letters that the journal has not taken yet."""

    issue_id: str
    standing: Standing
    runs: int = 0
    letters: int = 0
    facts: int = 0
    has_record: bool = False
    differences: tuple[Difference, ...] = ()
    broken: tuple[Broken, ...] = ()
    remark: Label | None = None


def packed(history: WorkflowHistory) -> bytes:
    """Return a history as it travels to another process."""
    return History(events=history.events).SerializeToString()


async def replay_life(life: Life, on: Stage) -> Verdict:
    """Live one life again on a stage, and compare all that it writes with all that is recorded of it."""
    if life.trouble or not life.runs:
        return Verdict(life.issue_id, "not_replayed", remark=life.trouble or _EMPTY)
    workflow_id = issue_workflow_id(life.issue_id)
    runs = [WorkflowHistory(workflow_id, History.FromString(run).events) for run in life.runs]
    lived = await on.relive(runs)
    found = list(lived.carried)
    if life.record:
        found += differences(life.record, lived.posted, lived.left)
    if not found and lived.fault and life.record:
        found += unwritten(life.record, lived.posted)
    found.sort(key=lambda each: (each.fact, each.what != "fact"))
    standing: Standing = "same"
    if lived.fault or any(each.is_answered for each in found):
        standing = "differs"
    elif found:
        standing = "diverged"
    return Verdict(
        issue_id=life.issue_id,
        standing=standing,
        runs=len(runs),
        letters=len(lived.posted),
        facts=len({line.number for letter in lived.letters for line in letter.lines}),
        has_record=life.record is not None,
        differences=tuple(found[:_TOLD_AT_MOST]),
        broken=tuple(
            Broken(each.run, each.event, each.fact, _reason(each.error), each.run in lived.left)
            for each in lived.faults
        ),
        remark=life.remark,
    )


def _reason(error: Exception) -> str:
    """Read what the SDK says out of what it prints of it."""
    said, kind = _MESSAGE.search(str(error)), _TYPE.search(str(error))
    if not said:
        return str(error)
    message = said[1].replace('\\"', '"').replace("\\n", "\n")
    return f"{kind[1]}: {message}" if kind and kind[1] else message


_MESSAGE = re.compile(r'Failure \{ message: "((?:[^"\\]|\\.)*)"')
_TYPE = re.compile(r'r#type: "(\w*)"')
_EMPTY = Label("没有历史可重放", "there is no history to replay")


async def replay_lives(
    lives: AsyncIterable[Life], *, processes: int = PROCESSES, sandbox: bool = False
) -> AsyncGenerator[Verdict]:
    """Replay lives in parallel; yields their verdicts in order, while later ones are still fetched.

    Not in the sandbox unless it is asked for: it imports the shell anew for each issue, which takes longer
    than most lives, and what it forbids the worker's own tests have seen.
    """
    loop = asyncio.get_running_loop()
    under_way: deque[asyncio.Future[Verdict]] = deque()
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _set_the_stage, (sandbox,))
    try:
        async for life in lives:
            under_way.append(loop.run_in_executor(pool, _replay, life))
            if len(under_way) >= processes * _IN_FLIGHT:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        await asyncio.to_thread(pool.shutdown, cancel_futures=True)


def runner_for(*, sandbox: bool) -> WorkflowRunner:
    """Return in what lives are lived again."""
    return sandboxed() if sandbox else LightRunner()


class _Company(NamedTuple):
    """One process's own loop and stage, and what holds it open."""

    loop: asyncio.AbstractEventLoop
    held: AsyncExitStack
    stage: Stage


_company: list[_Company] = []


def _set_the_stage(sandbox: bool) -> None:  # noqa: FBT001 - as an initializer is called
    """Make this process ready; its verdicts tell what the SDK would log, and its end is a short one."""
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=None)))
    logging.disable()
    loop = asyncio.new_event_loop()
    held = AsyncExitStack()
    entered = held.enter_async_context(stage(data_converter, runner_for(sandbox=sandbox)))
    _company.append(_Company(loop, held, loop.run_until_complete(entered)))
    atexit.register(os._exit, 0)  # an ordinary exit sometimes aborts in the SDK's threads


def _replay(life: Life) -> Verdict:
    (company,) = _company
    return company.loop.run_until_complete(replay_life(life, company.stage))
