"""哨兵的日程: one canary an hour; an hour that was missed is missed, and its absence is an alarm."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

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
    try:
        await client.create_schedule(CANARY_SCHEDULE, hourly(task_queue))
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(CANARY_SCHEDULE).update(
            lambda known: _as_it_should(known, task_queue)
        )
        return False
    return True


def _as_it_should(known: ScheduleUpdateInput, task_queue: str) -> ScheduleUpdate:
    schedule = hourly(task_queue)
    schedule.state = known.description.schedule.state  # whoever paused it keeps it paused
    return ScheduleUpdate(schedule=schedule)
