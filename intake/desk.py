"""立案台: turns a report into one open issue, however often the report comes."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, NamedTuple

import structlog
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain import posts
from domain.issue.commands import OpenIssue
from domain.issue.evolve import retell
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.issue.views import attributes
from domain.issue.wording import subject
from domain.model import Label
from domain.refusals import Refusal
from domain.report import Report
from domain.rulebook import RuleBook, in_force
from domain.terms import Level, Stage
from domain.workdays import local_day
from intake.reaching import reaching
from reading.registry import Registry
from store import journal, numbers, roster
from store.pool import Pool
from workflows.issue import Beginning, IssueWorkflow
from workflows.names import BY_NAME, TASK_TIMEOUT, issue_workflow_id

log = structlog.get_logger()

NUMBER_TO_COME = "000000-0000-000000"


class Opening(NamedTuple):
    """立案结果: opened now, known since an earlier time, or refused with a reason in both languages."""

    result: Literal["opened", "known", "refused"]
    issue_id: str | None = None
    reason: Label | None = None


class CannotOpenError(Exception):
    """A report that can be read but not opened; carries the reason in both languages."""

    def __init__(self, reason: Label) -> None:
        super().__init__(f"{reason.zh} ({reason.en})")
        self.reason = reason


@dataclass(frozen=True)
class Desk:
    """立案台: what is needed to open issues; several may work at once."""

    client: Client
    pool: Pool
    editions: tuple[RuleBook, ...]
    registry: Registry
    task_queue: str

    async def open(self, report: Report, registered_at: datetime | None = None) -> Opening:
        """Open the issue of a report, or find the one it opened before; its clocks run from its registration.

        The number is bound to the report's id before the workflow starts, so that a crash between the two
        is healed by sending the report again. Raises what Postgres or Temporal raise when they are away.
        """
        now = registered_at or datetime.now(UTC)
        prepared = await self._prepared(report, NUMBER_TO_COME, now)
        if isinstance(prepared, Opening):
            # What could not be opened today may have been opened before.
            earlier = await numbers.bound_before(self.pool, report)
            return await self._known(earlier, report) if earlier else prepared
        command, issue = prepared
        county = posts.at_level(report.division, Level.COUNTY)[:6]
        # A number is bound only for what can be opened, so that a refused line uses none up.
        bound = await numbers.bind_number(self.pool, report, county, local_day(now).year, now)
        if not bound.is_new:
            return await self._known(bound, report)
        return await self._start(command.model_copy(update={"issue_id": bound.issue_id}), issue)

    async def _known(self, bound: numbers.Bound, report: Report) -> Opening:
        """Answer for a report that has its number already."""
        if bound.differs:
            log.warning("report_changed", report=digest_of(report), issue_id=bound.issue_id)
            return Opening("refused", reason=taken(bound.issue_id))
        if await journal.facts(self.pool, bound.issue_id):
            return Opening("known", bound.issue_id)
        # Something died between the number and the start: the clocks run from when the report came.
        return await self._open_again(bound.issue_id, report, bound.received_at)

    async def _open_again(self, issue_id: str, report: Report, received_at: datetime) -> Opening:
        prepared = await self._prepared(report, issue_id, received_at)
        return prepared if isinstance(prepared, Opening) else await self._start(*prepared)

    async def _prepared(
        self, report: Report, issue_id: str, received_at: datetime
    ) -> tuple[OpenIssue, Issue] | Opening:
        """Return the command that opens an issue and the issue it makes, or why it cannot be opened."""
        try:
            command = await self._command(report, issue_id, received_at)
            issue = retell(open_issue(command, received_at))
        except Refusal as refusal:
            return Opening("refused", reason=Label(refusal.zh, str(refusal)))
        except CannotOpenError as refused:
            return Opening("refused", reason=refused.reason)
        return command, issue

    async def _command(self, report: Report, issue_id: str, now: datetime) -> OpenIssue:
        earlier = await self._recurred(report)
        book = book_of(self.editions, now)
        vacant = await self._vacant(report, book.top.value)
        return opening_of(report, issue_id, now, book, self.registry, earlier, vacant)

    async def _recurred(self, report: Report) -> Issue | None:
        """反弹: the closed issue that this one repeats; to one that is still open a report is added."""
        if report.recurrence_of is None:
            return None
        known = await numbers.issue_of_report(self.pool, report.recurrence_of)
        try:
            earlier = await journal.retell_issue(self.pool, known or report.recurrence_of)
        except LookupError:
            name = report.recurrence_of
            raise CannotOpenError(Label(f"未找到反弹前的问题 {name}", f"no issue {name} to recur")) from None
        if earlier.stage is not Stage.CLOSED:
            name = earlier.issue_id
            reason = Label(f"问题 {name} 尚未销号,不是反弹", f"{name} is still open: attach to it")
            raise CannotOpenError(reason)
        return earlier

    async def _vacant(self, report: Report, top: Level) -> tuple[posts.Post, ...]:
        lowest = posts.level_of(report.division)
        levels = [level for level in Level if lowest <= level <= top]
        chain = [posts.chief(report.division, level, report.reach) for level in levels]
        chain.append(posts.general_chief(report.division, top))
        return tuple(await roster.vacant_among(self.pool, chain))

    async def _start(self, command: OpenIssue, issue: Issue) -> Opening:
        """Start the workflow; what is shown of the issue depends on everything but its number."""
        shown = [
            SearchAttributePair(BY_NAME[name], value)
            for name, value in attributes(issue).items()
            if value is not None
        ]
        try:
            with reaching():
                await self.client.start_workflow(
                    IssueWorkflow.run,
                    Beginning(opening=command),
                    id=issue_workflow_id(command.issue_id),
                    task_queue=self.task_queue,
                    task_timeout=TASK_TIMEOUT,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    search_attributes=TypedSearchAttributes(shown),
                    static_summary=subject(issue),
                )
        except WorkflowAlreadyStartedError:
            return Opening("known", command.issue_id)
        return Opening("opened", command.issue_id)


def book_of(editions: tuple[RuleBook, ...], now: datetime) -> RuleBook:
    """Return the edition in force; raise CannotOpenError if none is."""
    today = local_day(now)
    if book := in_force(editions, today):
        return book
    raise CannotOpenError(Label(f"{today} 没有施行中的规则版次", f"no edition is in force on {today}"))


def opening_of(
    report: Report,
    issue_id: str,
    now: datetime,
    book: RuleBook,
    registry: Registry,
    earlier: Issue | None = None,
    vacant: tuple[posts.Post, ...] = (),
) -> OpenIssue:
    """Return the command that opens the issue of a report under an edition; it asks nobody."""
    severity = book.severity_of(report.severity, earlier.severity if earlier else None)
    finder = posts.post_level(report.finder) if report.finder else None
    excerpt = book.excerpt(
        report.category,
        severity,
        report.source,
        local_day(now),
        origin=report.origin,
        circumstances=report.circumstances,
        finder=finder,
        recurring=earlier is not None,
    )
    return OpenIssue(
        # The sender chose the report's id: it could be a telephone number.
        id=f"open:{digest_of(report)}",
        by=posts.office(report.division, Level.COUNTY),
        said_at=now,
        issue_id=issue_id,
        report=digest_of(report),
        category=report.category,
        severity=severity,
        origin=report.origin,
        source=report.source,
        finder=report.finder,
        reach=report.reach,
        division=report.division,
        seen_at=report.seen_at,
        circumstances=report.circumstances,
        recurrence_of=earlier.issue_id if earlier else None,
        plan_on=report.plan_on,
        title=registry.reach_name(report.reach),
        vacant=vacant,
        rules=excerpt,
    )


def taken(issue_id: str) -> Label:
    """Return why a report is refused whose id stands for other words already."""
    return Label(
        f"编号已用于另一份线索({issue_id}),请换一个编号",
        f"this id belongs to another report ({issue_id}): use another",
    )


def digest_of(report: Report) -> str:
    """Return what stands for a report wherever its text may not go."""
    return sha256(report.model_dump_json().encode()).hexdigest()[:32]
