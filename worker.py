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

from activities.archive import Archive
from activities.bulletin_desk import BulletinDesk
from activities.bulletins import Bulletins
from activities.channels import Channels, Ways
from activities.courier import Courier
from activities.herald import Herald
from activities.leads import Leads
from activities.pushing import Pushing
from activities.record import Records
from activities.rounds import Rounds
from activities.sender import Sender
from connection import connect
from domain.rulebook import in_force
from domain.workdays import local_day
from logs import set_up_logs
from memory import LightInput, rest_the_collector, sweep_when_idle
from reading.bulletins import read_bulletin_rules
from reading.errors import Unreadable
from reading.notices import read_notice_rules
from reading.rulebook import read_editions
from reading.triggers import read_trigger_rules
from sandbox import runner
from settings import Settings, read_settings
from store.alarms import raise_alarm
from store.shelf import NoShelf
from voices import bulletins_on, taken_back_to, vacancies_to, words_to
from workflows.all import ALL_WORKFLOWS
from workflows.keeping import archive_of
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
    archive: Archive | None = None,
) -> Worker:
    """Build the worker that serves every issue of a task queue, its bulletins, and every parked lead."""
    beside: list[Callable[..., Any]] = [leads.remind_of_lead] if leads else []
    if bulletins:
        beside += [
            *(bulletins.freeze_bulletin, bulletins.record_bulletin, bulletins.look_through_bulletin),
            *(bulletins.issue_bulletin, bulletins.open_due_bulletins),
        ]
    beside += [archive.archive_closed] if archive else []
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


def besides(client: Client, settings: Settings, bulletins: Bulletins) -> Sequence[Beside]:
    """Return the loops that run beside the worker: a worker without one of them must not look well."""
    url = settings.database_url
    return (
        Courier(url, vacancies_to(client)),
        Sender(url, pushing(settings)),
        Herald(url, words_to(client), raise_alarm),
        BulletinDesk(bulletins, taken_back_to(client)),
        Rounds(url, read_trigger_rules(settings.trigger_rules), lambda: datetime.now(UTC)),
    )


async def stay_healthy(client: Client, settings: Settings) -> None:
    """Touch the health file, if there is one, for as long as the server answers."""
    while True:
        try:
            if settings.health_file and await client.service_client.check_health(
                timeout=settings.health_every
            ):
                settings.health_file.touch()
        except RPCError:
            log.warning("server_not_reached", address=settings.temporal_address)
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
    client = await connect(settings)
    records = Records(settings.database_url, settings.postgres_connections)
    leads = Leads(settings.database_url)
    rules, editions = read_bulletin_rules(settings.bulletins), read_editions(settings.rules)
    bulletins = Bulletins(settings.database_url, editions, rules, bulletins_on(client, settings))
    archive = archive_of(client, settings.database_url, settings.archive, runner(settings))
    loops = besides(client, settings, bulletins)
    async with issue_worker(client, settings, records, leads, bulletins, archive):
        log.info("worker_started", task_queue=settings.task_queue, namespace=settings.temporal_namespace)
        beside = [
            *(asyncio.create_task(loop.run()) for loop in loops),
            asyncio.create_task(stay_healthy(client, settings)),
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
    except (Unreadable, NoShelf) as faulty:
        sys.stderr.write(f"{faulty}\n")
        return 2
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit sometimes aborts in the SDK's threads and looks like a crash
