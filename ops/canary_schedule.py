"""哨兵的日程: one canary an hour; an hour that was missed is missed, and its absence is an alarm."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from ops.schedules import keep
from workflows.names import CANARY_SCHEDULE, CANARY_WORKFLOW

EACH_HOUR = "7 * * * *"
"""Apart from the full hours, at which working days and much else end."""
CATCHES_UP = timedelta(minutes=5)


def hourly(task_queue: str) -> Schedule:
    """Return the schedule: one at a time, and none for an hour that is past."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            CANARY_WORKFLOW, id="canary", task_queue=task_queue, static_summary="哨兵"
        ),
        spec=ScheduleSpec(cron_expressions=[EACH_HOUR]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCHES_UP),
    )


async def keep_hourly(client: Client, task_queue: str) -> bool:
    """Create the schedule, or bring it to what it should be; tell whether it is new."""
    return await keep(client, CANARY_SCHEDULE, hourly(task_queue))
