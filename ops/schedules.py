"""日程: created once, brought to what it should be ever after; whoever paused one keeps it paused."""

from temporalio.client import (
    Client,
    Schedule,
    ScheduleAlreadyRunningError,
    ScheduleUpdate,
    ScheduleUpdateInput,
)


async def keep(client: Client, name: str, schedule: Schedule) -> bool:
    """Create a schedule, or bring it to what it should be; tell whether it is new. Raises RPCError."""

    def as_it_should(known: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = known.description.schedule.state
        return ScheduleUpdate(schedule=schedule)

    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(as_it_should)
        return False
    return True
