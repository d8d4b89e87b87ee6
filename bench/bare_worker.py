"""裸流程的工作进程: the yardstick's worker, built by the service's own function with the same settings."""

import asyncio
import os
import signal
import sys

import uvloop

from bench.bare import BareWorkflow
from connection import connect
from logs import set_up_logs
from memory import rest_the_collector, sweep_when_idle
from settings import read_settings
from worker import serving, stay_healthy


async def work() -> None:
    """Serve until told to stop."""
    settings = read_settings()
    set_up_logs(settings.log_format, settings.log_level)
    told = asyncio.Event()
    for word in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(word, told.set)
    client = await connect(settings)
    async with serving(client, settings, [BareWorkflow], []):
        beside = [
            asyncio.create_task(stay_healthy(client, settings)),
            asyncio.create_task(sweep_when_idle()),
        ]
        await told.wait()
        for task in beside:
            task.cancel()


if __name__ == "__main__":
    rest_the_collector()
    uvloop.run(work())
    sys.stdout.flush()
    os._exit(0)  # as the service's worker ends
