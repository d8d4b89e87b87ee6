"""准备: what must be there before the first issue: the search attributes and the schedules."""

import asyncio

from temporalio.service import RPCError

from connection import connect
from ops import register as attributes
from ops.archive_schedule import keep_archive_schedule
from ops.bulletin_schedule import keep_schedule
from ops.canary_schedule import keep_hourly
from ops.desk import CANNOT, out, refuse
from settings import Settings, read_settings


def register() -> None:
    """登记检索项和日程(通报、哨兵、归档),可重复运行。 Register the search attributes and the schedules."""
    try:
        added = asyncio.run(_register(read_settings()))
    except (RPCError, RuntimeError, TimeoutError, ValueError) as trouble:
        refuse(f"未能登记检索项。 The search attributes are not registered: {trouble}", CANNOT)
    out.print(f"已登记 registered: {', '.join(added) or '无须新增 none was missing'}")


async def _register(settings: Settings) -> list[str]:
    client = await connect(settings, "ops")
    added = await attributes.register(client)
    await keep_schedule(client, settings.task_queue)
    await keep_archive_schedule(client, settings.task_queue)
    await keep_hourly(client, settings.task_queue)
    return added
