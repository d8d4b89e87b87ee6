"""工作进程: connects, registers the workflows and all activities, runs until told to stop."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import structlog
import uvloop
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker, WorkerDeploymentConfig, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.bulletin_desk import BulletinDesk, Tell
from activities.bulletins import Bulletins, Start
from activities.channels import Channels, Ways
from activities.courier import Courier
from activities.herald import Announcement, Herald, Say
from activities.leads import Leads
from activities.pushing import Pushing
from activities.record import Records
from activities.rounds import Rounds
from activities.sender import Sender
from connection import connect
from domain.bulletin.commands import ReportLapseWithdrawn
from domain.bulletin.order import BulletinBeginning, Order
from domain.bulletin.views import subject
from domain.issue.commands import AnnounceVacancy
from domain.posts import Post, at_level, division_of, roster
from domain.rulebook import in_force
from domain.terms import Level
from domain.workdays import local_day
from logs import set_up_logs
from memory import LightInput, LightRunner, rest_the_collector, sweep_when_idle
from reading.bulletins import read_bulletin_rules
from reading.errors import Unreadable
from reading.notices import read_notice_rules
from reading.rulebook import read_editions
from reading.triggers import read_trigger_rules
from settings import Settings, read_settings
from store.alarms import raise_alarm
from store.bulletins import TakenBack
from store.turns import Answer
from workflows.all import ALL_WORKFLOWS
from workflows.bulletin import BulletinWorkflow
from workflows.names import STICKY_TIMEOUT, bulletin_workflow_id, issue_workflow_id, update_name

PASSED_THROUGH = ("domain", "activities", "asyncpg", "structlog")
"""Deterministic by contract, or a C extension that crashes when the sandbox imports it a second time."""

TASKS_AT_ONCE = 12
"""How many workflow tasks a worker holds: what it has fetched, nobody's word can overtake any more."""

log = structlog.get_logger()


def runner(settings: Settings) -> WorkflowRunner:
    """Return the sandbox with the rule book passed through, or none where the settings ask for speed."""
    if not settings.sandbox:
        return LightRunner()
    return SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def issue_worker(
    client: Client,
    settings: Settings,
    records: Records,
    leads: Leads | None = None,
    bulletins: Bulletins | None = None,
) -> Worker:
    """Build the worker that serves every issue of a task queue, its bulletins, and every parked lead."""
    beside: list[Callable[..., Any]] = [leads.remind_of_lead] if leads else []
    if bulletins:
        beside += [
            *(bulletins.freeze_bulletin, bulletins.record_bulletin, bulletins.look_through_bulletin),
            *(bulletins.issue_bulletin, bulletins.open_due_bulletins),
        ]
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


def vacancies_to(client: Client) -> Callable[[str, Post], Awaitable[None]]:
    """Return the courier's way to tell an issue that nobody holds a post."""
    say = words_to(client)

    async def announce_vacancy(issue_id: str, post: Post) -> None:
        command = AnnounceVacancy(
            id=f"vacant:{uuid4()}", by=roster(division_of(post)), said_at=datetime.now(UTC), post=post
        )
        await say(issue_id, command)

    return announce_vacancy


def words_to(client: Client) -> Say:
    """Return the herald's way to say a word to an issue; raises when the issue was not reached."""

    async def say(issue_id: str, command: Announcement) -> Answer:
        issue = client.get_workflow_handle(issue_workflow_id(issue_id))
        seen = {"issue_id": issue_id, "post": command.post, "command": type(command).__name__}
        try:
            await issue.execute_update(update_name(type(command)), command, id=command.id)
        except WorkflowUpdateFailedError as refused:
            log.info("announcement_refused", **seen, reason=str(refused.cause))
            return "refused"
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.info("announcement_not_needed", **seen)
            return "over"
        return "heard"

    return say


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


def bulletins_on(client: Client, settings: Settings) -> Start:
    """Return the way to begin a bulletin: its number is its workflow's, so it is begun once."""

    async def start(order: Order) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await client.start_workflow(
                BulletinWorkflow.run,
                BulletinBeginning(order=order),
                id=bulletin_workflow_id(order.bulletin_id),
                task_queue=settings.task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=subject(order.bulletin_id),
            )

    return start


def taken_back_to(client: Client) -> Tell:
    """Return the way to tell a bulletin that a lapse behind it was taken back."""

    async def tell(back: TakenBack) -> None:
        told = "-".join(map(str, back.numbers))
        by = roster(at_level(back.bulletin_id[:12], Level.CITY))
        command = ReportLapseWithdrawn(
            id=f"taken-back:{back.issue_id}:{told}"[:64],
            by=by,
            said_at=datetime.now(UTC),
            issue_id=back.issue_id,
            facts=tuple(back.numbers),
        )
        bulletin = client.get_workflow_handle(bulletin_workflow_id(back.bulletin_id))
        try:
            await bulletin.execute_update("report_lapse_withdrawn", command, id=command.id)
        except WorkflowUpdateFailedError as refused:
            log.info("lapse_withdrawn_refused", bulletin_id=back.bulletin_id, reason=str(refused.cause))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.info("lapse_withdrawn_not_needed", bulletin_id=back.bulletin_id)

    return tell


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
    desk = BulletinDesk(bulletins, taken_back_to(client))
    courier = Courier(settings.database_url, vacancies_to(client))
    sender = Sender(settings.database_url, pushing(settings))
    herald = Herald(settings.database_url, words_to(client), raise_alarm)
    rounds = Rounds(
        settings.database_url, read_trigger_rules(settings.trigger_rules), lambda: datetime.now(UTC)
    )
    async with issue_worker(client, settings, records, leads, bulletins):
        log.info("worker_started", task_queue=settings.task_queue, namespace=settings.temporal_namespace)
        beside = [
            asyncio.create_task(courier.run()),
            asyncio.create_task(sender.run()),
            asyncio.create_task(herald.run()),
            asyncio.create_task(desk.run()),
            asyncio.create_task(rounds.run()),
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
    for task in broken:
        task.result()  # a worker without its courier or sender must not look well: it ends, and says why
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
    except Unreadable as faulty:
        sys.stderr.write(f"{faulty}\n")
        return 2
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit sometimes aborts in the SDK's threads and looks like a crash
