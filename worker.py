"""工作进程: connects, registers the workflows and all activities, runs until told to stop."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
import uvloop
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.beats import Beat, unseen
from activities.bulletin_desk import BulletinDesk
from activities.bulletins import Bulletins
from activities.canary import Canaries, CanaryWatch
from activities.channels import Channels, Ways
from activities.courier import Courier
from activities.herald import Herald
from activities.leads import Leads
from activities.pushing import Pushing
from activities.record import Records
from activities.rounds import Rounds
from activities.sender import Sender
from activities.watch import Watch
from connection import connect
from domain.rulebook import in_force
from domain.workdays import local_day
from logs import set_up_logs
from memory import LightInput, rest_the_collector, sweep_when_idle
from metrics import CannotShow, Meters, runtime_for
from reading.bulletins import read_bulletin_rules
from reading.errors import Unreadable
from reading.notices import read_notice_rules
from reading.rulebook import read_editions
from reading.triggers import read_trigger_rules
from sandbox import runner
from settings import Settings, read_settings
from store.alarms import raise_alarm
from store.watch import stuck
from voices import (
    bulletins_on,
    canaries_on,
    endings_to,
    taken_back_to,
    troubled_on,
    vacancies_to,
    words_to,
)
from workflows.all import ALL_WORKFLOWS
from workflows.names import STICKY_TIMEOUT

TASKS_AT_ONCE = 12
"""How many workflow tasks a worker holds: what it has fetched, nobody's word can overtake any more."""

log = structlog.get_logger()


class Beside(Protocol):
    """What goes on for as long as the worker lives."""

    async def run(self) -> None: ...


def issue_worker(
    client: Client,
    settings: Settings,
    records: Records,
    leads: Leads | None = None,
    bulletins: Bulletins | None = None,
    canaries: Canaries | None = None,
) -> Worker:
    """Build the worker that serves every issue of a task queue, its bulletins, parked leads and canaries."""
    beside: list[Callable[..., Any]] = [leads.remind_of_lead] if leads else []
    if bulletins:
        beside += [
            *(bulletins.freeze_bulletin, bulletins.record_bulletin, bulletins.look_through_bulletin),
            *(bulletins.issue_bulletin, bulletins.open_due_bulletins),
        ]
    if canaries:
        beside += [canaries.open_canary, canaries.end_canary]
    return serving(client, settings, ALL_WORKFLOWS, [records.record_now, records.record_until_done, *beside])


def serving(
    client: Client, settings: Settings, workflows: Sequence[type], activities: Sequence[Callable[..., Any]]
) -> Worker:
    """Build a worker as the settings say; the bench measures its yardstick with one built here as well."""
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=runner(settings),
        interceptors=[] if settings.sandbox else [LightInput()],
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


def pushing(settings: Settings) -> Pushing:
    """Return how people are told beside their inboxes; without live channels nobody's telephone rings."""
    editions = read_editions(settings.rules)
    book = in_force(editions, local_day(datetime.now(UTC))) or editions[-1]
    ways = Ways(
        wecom=settings.wecom_url,
        dingtalk=settings.dingtalk_url,
        feishu=settings.feishu_url,
        sms=settings.sms_url.get_secret_value() if settings.sms_url else None,
        smtp=settings.smtp_url.get_secret_value() if settings.smtp_url else None,
        mail_from=settings.mail_from,
    )
    channels = Channels(ways, lambda: datetime.now(UTC)) if settings.channels == "live" else None
    return Pushing(read_notice_rules(settings.notices), book.calendar, channels, settings.public_url)


def besides(client: Client, settings: Settings, bulletins: Bulletins, meters: Meters) -> Sequence[Beside]:
    """Return the loops that run beside the worker: a worker without one of them must not look well."""
    url, beat = settings.database_url, meters.beat
    rules = read_trigger_rules(settings.trigger_rules)
    loops: tuple[Beside, ...] = (
        Courier(url, vacancies_to(client), beat=beat("courier")),
        Sender(url, pushing(settings), beat=beat("sender")),
        Herald(url, words_to(client), raise_alarm, beat=beat("herald")),
        BulletinDesk(bulletins, taken_back_to(client), beat=beat("bulletins")),
        Rounds(url, rules, _now, beat=beat("rounds")),
        CanaryWatch(url, beat=beat("canary")),
    )
    if settings.metrics is None:
        return loops  # nobody would look
    return (*loops, Watch(url, meters.show, stuck, troubled_on(client, settings), _now, beat=beat("watch")))


def canaries_of(client: Client, settings: Settings) -> Canaries:
    """Return the activities of the canary, under its own rule book."""
    book = read_editions(settings.canary)[-1]
    return Canaries(settings.database_url, book, canaries_on(client, settings), endings_to(client), _now)


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
    runtime = runtime_for(settings)
    meters = Meters(runtime, settings, "worker")
    client = await connect(settings, runtime=runtime)
    records = Records(settings.database_url, settings.postgres_connections, meters.kept)
    leads = Leads(settings.database_url)
    rules, editions = read_bulletin_rules(settings.bulletins), read_editions(settings.rules)
    bulletins = Bulletins(settings.database_url, editions, rules, bulletins_on(client, settings))
    canaries = canaries_of(client, settings)
    loops = besides(client, settings, bulletins, meters)
    async with issue_worker(client, settings, records, leads, bulletins, canaries):
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
    await canaries.close()
    for task in broken:
        task.result()  # a worker without one of its loops must not look well: it ends, and says why
    log.info("worker_stopped")


def _now() -> datetime:
    return datetime.now(UTC)


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
