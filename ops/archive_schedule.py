"""归档的日程: fires each hour; what an hour misses, the journal still names in the next."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)

from ops.schedules import keep
from workflows.names import ARCHIVE_HOUR_WORKFLOW, ARCHIVE_SCHEDULE

EVERY = timedelta(hours=1)
AT_MINUTE = timedelta(minutes=10)
"""Not at the full hour, when marks and bulletins come."""


def hourly(task_queue: str) -> Schedule:
    """Return the schedule; one hour at a time, and none is caught up: each does all that is left."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ARCHIVE_HOUR_WORKFLOW, id="archive-hour", task_queue=task_queue, static_summary="归档流程记录"
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY, offset=AT_MINUTE)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=EVERY),
    )


async def keep_archive_schedule(client: Client, task_queue: str) -> bool:
    """Create the schedule, or bring it to what it should be; tell whether it is new."""
    return await keep(client, ARCHIVE_SCHEDULE, hourly(task_queue))
