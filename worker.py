"""工作进程: connects, registers the workflows and all activities, runs until told to stop."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import Interceptor, Worker, WorkerDeploymentConfig

from activities.archive import Archive
from activities.beats import Beat, unseen
from activities.bulletins import Bulletins
from activities.canary import Canaries
from activities.leads import Leads
from activities.record import Records, no_span
from beside import besides, canaries_of
from connection import connect
from logs import set_up_logs
from memory import LightInput, rest_the_collector, sweep_when_idle
from metrics import CannotShow, Meters, runtime_for
from reading.bulletins import read_bulletin_rules
from reading.errors import Unreadable
from reading.rulebook import read_editions
from sandbox import runner
from settings import Settings, read_settings
from traces import Traces, traces_for
from voices import (
    bulletins_on,
)
from workflows.all import ALL_WORKFLOWS
from workflows.keeping import archive_of
from workflows.names import STICKY_TIMEOUT

TASKS_AT_ONCE = 12
"""How many workflow tasks a worker holds: what it has fetched, nobody's word can overtake any more."""

log = structlog.get_logger()


def issue_worker(
    client: Client,
    settings: Settings,
    records: Records,
    leads: Leads | None = None,
    bulletins: Bulletins | None = None,
    canaries: Canaries | None = None,
    traces: Traces | None = None,
    archive: Archive | None = None,
) -> Worker:
    """Build the worker that serves every issue of a task queue, its bulletins, parked leads and canaries."""
    beside: list[Callable[..., Any]] = [leads.remind_of_lead] if leads else []
    if bulletins:
        beside += [
            *(bulletins.freeze_bulletin, bulletins.record_bulletin, bulletins.look_through_bulletin),
            *(bulletins.issue_bulletin, bulletins.open_due_bulletins),
        ]
    beside += [archive.archive_closed] if archive else []
    if canaries:
        beside += [canaries.open_canary, canaries.end_canary]
    activities = [records.record_now, records.record_until_done, *beside]
    return serving(client, settings, ALL_WORKFLOWS, activities, [traces.heard] if traces else [])


def serving(
    client: Client,
    settings: Settings,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    heard: Sequence[Interceptor] = (),
) -> Worker:
    """Build a worker as the settings say; the bench measures its yardstick with one built here as well."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=runner(settings),
        interceptors=[*([] if settings.sandbox else [LightInput()]), *heard],
        max_concurrent_workflow_tasks=TASKS_AT_ONCE,
        max_cached_workflows=settings.max_cached_issues,
        sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
        # Nothing is stored outside; more than one at once makes a task of every payload.
        max_workflow_task_external_storage_concurrency=1,
        graceful_shutdown_timeout=settings.shutdown_grace,
        deployment_config=_deployment(settings),
    )


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    if settings.deployment is None or settings.build_id is None:
        return None
    version = WorkerDeploymentVersion(deployment_name=settings.deployment, build_id=settings.build_id)
    # Pinned here and not on the workflow: an unversioned worker may not name a behaviour at all.
    return WorkerDeploymentConfig(
        version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.PINNED
    )


async def stay_healthy(client: Client, settings: Settings, beat: Beat = unseen) -> None:
    """Touch the health file, if there is one, for as long as the server answers."""
    while True:
        try:
            if settings.health_file and await client.service_client.check_health(
                timeout=settings.health_every
            ):
                settings.health_file.touch()
        except RPCError:
            log.warning("server_not_reached", address=settings.temporal_address)
        beat()
        await asyncio.sleep(settings.health_every.total_seconds())


def is_healthy(settings: Settings) -> bool:
    """Tell whether the health file was touched lately."""
    file = settings.health_file
    return bool(
        file
        and file.exists()
        and time.time() - file.stat().st_mtime < 3 * settings.health_every.total_seconds()
    )


async def work(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then let running activities finish."""
    told = asyncio.Event()
    for word in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(word, told.set)
    runtime, traces = runtime_for(settings), traces_for(settings, "worker")
    meters = Meters(runtime, settings, "worker")
    client = await connect(settings, runtime=runtime, traces=traces)
    records = Records(
        settings.database_url, settings.postgres_connections, meters.kept, traces.span if traces else no_span
    )
    leads = Leads(settings.database_url)
    rules, editions = read_bulletin_rules(settings.bulletins), read_editions(settings.rules)
    bulletins = Bulletins(settings.database_url, editions, rules, bulletins_on(client, settings))
    archive = archive_of(client, settings.database_url, settings.archive, runner(settings))
    canaries = canaries_of(client, settings)
    loops = besides(client, settings, bulletins, meters)
    async with issue_worker(client, settings, records, leads, bulletins, canaries, traces, archive):
        log.info("worker_started", task_queue=settings.task_queue, namespace=settings.temporal_namespace)
        beside = [
            *(asyncio.create_task(loop.run()) for loop in loops),
            asyncio.create_task(stay_healthy(client, settings, meters.beat("health"))),
            asyncio.create_task(sweep_when_idle()),
        ]
        waiting = asyncio.create_task(told.wait())
        try:
            await asyncio.wait({waiting, *beside}, return_when=asyncio.FIRST_COMPLETED)
            broken = [task for task in beside if task.done()]
        finally:
            for task in (waiting, *beside):
                task.cancel()
            await asyncio.gather(waiting, *beside, return_exceptions=True)
    await records.close()
    await leads.close()
    await bulletins.close()
    await archive.close()
    await canaries.close()
    if traces:
        await asyncio.to_thread(traces.close)
    for task in broken:
        task.result()  # a worker without one of its loops must not look well: it ends, and says why
    log.info("worker_stopped")


def main() -> int:
    """Run the worker, or answer `healthy`."""
    settings = read_settings()
    if sys.argv[1:] == ["healthy"]:
        return 0 if is_healthy(settings) else 1
    set_up_logs(settings.log_format, settings.log_level)
    rest_the_collector()
    try:
        uvloop.run(work(settings))
    except (Unreadable, CannotShow) as faulty:
        sys.stderr.write(f"{faulty}\n")
        return 2
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit sometimes aborts in the SDK's threads and looks like a crash
