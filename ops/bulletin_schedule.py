"""定期通报的日程: fires each morning; the day itself decides what is due, and catches up what was missed."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError

from connection import connect
from ops.desk import CANNOT, Json, print_json, refuse, say
from ops.schedules import keep
from settings import read_settings
from workflows.names import BULLETIN_DAY_WORKFLOW, BULLETIN_SCHEDULE

EACH_MORNING = "0 8 * * *"
"""Working days cannot be written so: the schedule fires daily, and most days nothing is due."""
ZONE = "Asia/Shanghai"
CATCHES_UP = timedelta(days=45)
"""What a server that was away for so long still fires when it is back; the rules ask for thirty days."""


def daily(task_queue: str) -> Schedule:
    """Return the schedule; missed mornings fire once, as one day looks back over all of them."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            BULLETIN_DAY_WORKFLOW, id="bulletin-day", task_queue=task_queue, static_summary="起草到期通报"
        ),
        spec=ScheduleSpec(cron_expressions=[EACH_MORNING], time_zone_name=ZONE),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=CATCHES_UP),
    )


async def keep_schedule(client: Client, task_queue: str) -> bool:
    """Create the schedule, or bring it to what it should be; tell whether it is new."""
    return await keep(client, BULLETIN_SCHEDULE, daily(task_queue))


def schedule(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预演 change nothing")] = False,
    as_json: Json = False,
) -> None:
    """设定定期通报的日程,可重复运行。 Create or update the schedule of the periodic bulletins.

    Exit status: 0 set, or told what would be, 2 Temporal does not answer.
    """
    answer = {
        "schedule": BULLETIN_SCHEDULE,
        "fires": f"{EACH_MORNING} {ZONE}",
        "catches_up_days": CATCHES_UP.days,
    }
    if not dry_run:
        try:
            answer["created"] = asyncio.run(_keep())
        except (RPCError, RuntimeError, OSError) as trouble:
            refuse(f"日程未能设定。 The schedule is not set: {trouble}", CANNOT)
    if as_json:
        print_json(answer)
        return
    done = "只预演 would be set" if dry_run else "已设定 set"
    say(f"{done}: {BULLETIN_SCHEDULE} · {EACH_MORNING} {ZONE} · 补发 catches up {CATCHES_UP.days} 日")


async def _keep() -> bool:
    settings = read_settings()
    return await keep_schedule(await connect(settings, "ops"), settings.task_queue)
