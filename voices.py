"""口信: how the loops beside the worker speak to workflows: by a word with an author, heard once."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.bulletin_desk import Tell
from activities.bulletins import Start
from activities.canary import Begin, End
from activities.herald import Announcement, Say
from activities.watch import CountTroubled
from domain.bulletin.commands import ReportLapseWithdrawn
from domain.bulletin.order import BulletinBeginning, Order
from domain.bulletin.views import subject
from domain.issue.commands import AnnounceVacancy, Dismiss, OpenIssue
from domain.issue.evolve import retell
from domain.issue.opening import open_issue
from domain.issue.views import attributes
from domain.issue.wording import subject as subject_of
from domain.posts import Post, at_level, division_of, roster
from domain.terms import Level
from settings import Settings
from store.bulletins import TakenBack
from store.turns import Answer
from workflows.bulletin import BulletinWorkflow
from workflows.issue import Beginning, IssueWorkflow
from workflows.names import BY_NAME, TASK_TIMEOUT, bulletin_workflow_id, issue_workflow_id, update_name

TROUBLES = {
    "letter_waiting": "Trouble = 'letter_waiting'",
    "diverged": "Trouble = 'diverged'",
    "task_failing": (
        "TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
    ),
}
"""What is counted of Temporal: by how each is called, the question."""

log = structlog.get_logger()


def vacancies_to(client: Client) -> Callable[[str, Post], Awaitable[Answer]]:
    """Return the courier's way to tell an issue that nobody holds a post."""
    say = words_to(client)

    async def announce_vacancy(issue_id: str, post: Post) -> Answer:
        command = AnnounceVacancy(
            id=f"vacant:{uuid4()}", by=roster(division_of(post)), said_at=datetime.now(UTC), post=post
        )
        return await say(issue_id, command)

    return announce_vacancy


def words_to(client: Client) -> Say:
    """Return the herald's way to say a word to an issue; raises when the issue was not reached.

    "over" says that no workflow of it runs; whether the issue is over, the records know.
    """

    async def say(issue_id: str, command: Announcement) -> Answer:
        issue = client.get_workflow_handle(issue_workflow_id(issue_id))
        seen = {
            "issue_id": issue_id,
            "command_id": command.id,
            "post": command.post,
            "command": type(command).__name__,
        }
        try:
            await issue.execute_update(update_name(type(command)), command, id=command.id)
        except WorkflowUpdateFailedError as refused:
            log.info("announcement_refused", **seen, reason=str(refused.cause))
            return "refused"
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.info("announcement_heard_by_nobody", **seen)
            return "over"
        return "heard"

    return say


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


def canaries_on(client: Client, settings: Settings) -> Begin:
    """Return the way to begin a canary: as the desk begins any issue, without a person's report."""

    async def begin(command: OpenIssue) -> None:
        issue = retell(open_issue(command, command.said_at))
        shown = [
            SearchAttributePair(BY_NAME[name], value)
            for name, value in attributes(issue).items()
            if value is not None
        ]
        with suppress(WorkflowAlreadyStartedError):
            await client.start_workflow(
                IssueWorkflow.run,
                Beginning(opening=command),
                id=issue_workflow_id(command.issue_id),
                task_queue=settings.task_queue,
                task_timeout=TASK_TIMEOUT,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(shown),
                static_summary=subject_of(issue),
            )

    return begin


def endings_to(client: Client) -> End:
    """Return the way to end a canary; one that was ended before, or is gone, needs no word."""

    async def end(issue_id: str, command: Dismiss) -> None:
        issue = client.get_workflow_handle(issue_workflow_id(issue_id))
        try:
            await issue.execute_update(update_name(Dismiss), command, id=command.id)
        except WorkflowUpdateFailedError as refused:
            seen = {"issue_id": issue_id, "command_id": command.id}
            log.warning("canary_not_ended", **seen, reason=str(refused.cause))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    return end


def troubled_on(client: Client, settings: Settings) -> CountTroubled:
    """Return the way to count the issues that show a trouble, and the workflows whose tasks fail."""
    ours = f"ExecutionStatus = 'Running' AND TaskQueue = '{settings.task_queue}'"

    async def troubled() -> dict[str, int]:
        counts = {}
        for trouble, query in TROUBLES.items():
            counts[trouble] = (await client.count_workflows(f"{ours} AND {query}")).count
        return counts

    return troubled
