"""哨兵: how the last canaries walked, and one at once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.service import RPCError

from connection import connect
from domain.canary_walk import Walked
from domain.issue.wording import moment
from domain.terms import RUNGS
from ops.desk import CANNOT, DIFFERS, Json, ask, out, print_json, refuse, say, table
from settings import Settings, read_settings
from store import canaries
from store.canaries import Kept
from workflows.canary import CanaryWorkflow

PATIENCE = timedelta(minutes=5)
LAST = 10

_aside = Console(stderr=True, highlight=False)


def canary(
    *,
    now: Annotated[bool, typer.Option("--now", help="立即放一次哨,等它走完 run one and wait")] = False,
    last: Annotated[int, typer.Option(min=1, max=1000, help="列出最近几次 how many of the last ones")] = LAST,
    as_json: Json = False,
) -> None:
    """哨兵:每小时一次,走完逾期处置的每一级。 The last canaries with their lateness; or one at once.

    Exit status: 0 the newest one is well, 1 it is not, or there is none, 2 nothing could be asked.
    """
    if now:
        _walk(read_settings())
    kept = ask(lambda pool: canaries.newest(pool, last))
    if as_json:
        print_json([_plain(each) for each in kept])
    else:
        _tell(kept)
    if not kept or kept[0].walked.troubles:
        raise typer.Exit(DIFFERS)


def _walk(settings: Settings) -> None:
    try:
        asyncio.run(_run_one(settings))
    except (RPCError, RuntimeError, OSError) as trouble:
        refuse(f"流程引擎没有应答,未能放哨。 Temporal does not answer; no canary was run: {trouble}", CANNOT)
    except TimeoutError:
        refuse(
            f"哨兵 {PATIENCE.total_seconds():.0f} 秒内没有走完:请检查 worker 是否在运行。"
            " The canary did not end: is a worker running?",
            CANNOT,
        )
    except WorkflowFailureError as failed:
        refuse(f"哨兵未能走完。 The canary failed: {failed.cause}", CANNOT)


async def _run_one(settings: Settings) -> None:
    client = await connect(settings, "ops")
    begun = datetime.now(UTC)
    handle = await client.start_workflow(
        CanaryWorkflow.run,
        id=f"canary/now/{begun:%Y%m%dT%H%M%S%f}",
        task_queue=settings.task_queue,
        static_summary="哨兵(人工)",
        execution_timeout=PATIENCE,
    )
    await _until_it_ends(handle, begun)


async def _until_it_ends(handle: WorkflowHandle[CanaryWorkflow, Walked], begun: datetime) -> None:
    """Wait, and show on a terminal for how long already."""
    walking = asyncio.ensure_future(handle.result())
    with _aside.status("哨兵在走 the canary walks") as shown:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while not walking.done():
                await asyncio.wait({walking}, timeout=1)
                shown.update(f"哨兵在走 the canary walks: {(datetime.now(UTC) - begun).seconds} s")
    await walking


def _plain(each: Kept) -> dict[str, object]:
    walked = each.walked
    return {
        "issue_id": walked.issue_id,
        "began_at": walked.began_at,
        "ended_at": each.ended_at,
        "is_well": not walked.troubles,
        "recorded": walked.recorded,
        "noticed": walked.noticed,
        "steps": [step.model_dump(mode="json") for step in walked.steps],
        "troubles": [trouble._asdict() for trouble in walked.troubles],
    }


def _tell(kept: Sequence[Kept]) -> None:
    if not kept:
        say("还没有哨兵走完。 No canary has ended yet.")
        return
    rows = table("编号 issue", "收哨 ended", "迟记 recorded", "迟送 noticed", "结果 result")
    for each in kept:
        found = "; ".join(trouble.zh for trouble in each.walked.troubles) or "正常 well"
        late = (_seconds(each.walked.recorded), _seconds(each.walked.noticed))
        rows.add_row(each.walked.issue_id, moment(each.ended_at), *late, found)
    out.print(rows)
    steps = table("级 rung", "迟记 recorded", "迟送 noticed")
    for step in kept[0].walked.steps:
        label = RUNGS[step.rung]
        steps.add_row(f"{label.zh} {label.en}", _seconds(step.recorded), _seconds(step.noticed))
    out.print(steps)


def _seconds(late: float | None) -> str:
    return "-" if late is None else f"{late:.2f} s"
