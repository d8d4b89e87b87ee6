"""问题的一生: one workflow for each issue; it hears, waits and posts, and decides nothing."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import UpdateMethodMultiParam

with workflow.unsafe.imports_passed_through():
    from domain.issue import commands as say
    from domain.issue.clocks import next_mark, wake_at
    from domain.issue.commands import NAMES, Command, OpenIssue
    from domain.issue.decide import decide, let_time_pass
    from domain.issue.evolve import after, retell
    from domain.issue.explain import Account, explain
    from domain.issue.fact_base import Event
    from domain.issue.opening import open_issue
    from domain.issue.state import Issue
    from domain.issue.statement import statement
    from domain.issue.views import attributes, details, timer_line
    from domain.model import Frozen
    from domain.refusals import Refusal
    from domain.terms import Stage

from workflows.letters import Outbox
from workflows.names import BY_NAME, ISSUE_WORKFLOW, update_name


class Beginning(Frozen):
    """开端: an opening for a new issue, or the whole issue after continue-as-new."""

    opening: OpenIssue | None = None
    issue: Issue | None = None


class Considered(NamedTuple):
    """考虑过的一句话: what a command would make of an issue as it stands now."""

    command: Command
    issue: Issue
    now: datetime
    events: list[Event]


class Receipt(Frozen):
    """回执: the number of the last fact and the stage, for whoever spoke."""

    fact: int
    stage: Stage


def says(command: type[Command]) -> "UpdateMethodMultiParam[[IssueWorkflow, Command], Receipt]":
    """Make the update for one command: its validator is `decide`, so a refusal leaves no trace in history."""
    name = update_name(command)

    def hear(self: "IssueWorkflow", command: Command) -> Receipt:
        return self.hear(command)

    def consider(self: "IssueWorkflow", command: Command) -> None:
        self.consider(command)

    # The server's metadata and the converter read these: each update takes one command, by its own type.
    hear.__annotations__ = {"command": command, "return": Receipt}
    consider.__annotations__ = {"command": command, "return": None}
    hear.__name__ = hear.__qualname__ = name
    update = workflow.update(name=name, description=NAMES[command.__name__].zh)(hear)
    update.validator(consider)
    return update


@workflow.defn(name=ISSUE_WORKFLOW)
class IssueWorkflow:
    """An issue lives here from its opening to its end; what it knows is the issue, what it does is listen."""

    @workflow.run
    async def run(self, beginning: Beginning) -> Receipt:  # noqa: ARG002 - __init__ has read it
        """Live: wait for a word or a mark, let time pass, post what happened, until all is told."""
        self._show("")
        carrier = asyncio.create_task(self._outbox.carry())
        while not (self._issue.is_over and self._outbox.is_empty):
            await self._until_a_word_or_a_mark(carrier)
            self._let_time_pass()
            if self._should_roll():
                workflow.continue_as_new(
                    Beginning(issue=self._issue),
                    initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE,
                )
        return self._receipt()

    @workflow.init
    def __init__(self, beginning: Beginning) -> None:
        """Be whole before the first word is heard: an update may be delivered in the first task."""
        self._considered: Considered | None = None
        self._outbox = Outbox(beginning.issue, self._show, self._stand)
        if beginning.issue:
            self._issue = beginning.issue
        elif beginning.opening:
            events = open_issue(beginning.opening, workflow.now())
            self._issue = retell(events)
            self._outbox.open(events, self._issue)
        self._wake = self._wake_at()

    record_stop = says(say.RecordStop)
    nothing_to_stop = says(say.NothingToStop)
    report_cannot_stop = says(say.ReportCannotStop)
    assign = says(say.Assign)
    submit_plan = says(say.SubmitPlan)
    accept_plan = says(say.AcceptPlan)
    report_rectified = says(say.ReportRectified)
    accept_rectification = says(say.AcceptRectification)
    reject_rectification = says(say.RejectRectification)
    close = says(say.Close)
    dismiss = says(say.Dismiss)
    merge_into = says(say.MergeInto)
    attach_report = says(say.AttachReport)
    reassign = says(say.Reassign)
    reply_to_reporter = says(say.ReplyToReporter)
    announce_vacancy = says(say.AnnounceVacancy)
    announce_holder = says(say.AnnounceHolder)
    request_extension = says(say.RequestExtension)
    grant_extension = says(say.GrantExtension)
    deny_extension = says(say.DenyExtension)
    suspend_clock = says(say.SuspendClock)
    uphold_suspension = says(say.UpholdSuspension)
    resume_clock = says(say.ResumeClock)
    hand_back = says(say.HandBack)
    rule_on_dispute = says(say.RuleOnDispute)
    regrade = says(say.Regrade)
    set_date = says(say.SetDate)
    transfer_to_enforcement = says(say.TransferToEnforcement)
    record_interview = says(say.RecordInterview)
    adopt_edition = says(say.AdoptEdition)
    adopt_calendar = says(say.AdoptCalendar)
    report_undeliverable = says(say.ReportUndeliverable)

    @workflow.query(name="issue", description="问题全貌")
    def issue(self) -> Issue:
        """Return the issue as its facts have made it."""
        return self._issue

    @workflow.query(name="explain", description="时限说明书(数据)")
    def explain(self, as_of: datetime | None = None) -> Account:
        """Return the account of every clock, up to a moment or to when something last happened."""
        return explain(self._issue, as_of or workflow.now())

    @workflow.query(name="statement", description="时限说明书")
    def statement(self, as_of: datetime | None = None) -> str:
        """Return the account of every clock in words, Chinese first."""
        return statement(explain(self._issue, as_of or workflow.now()))

    @workflow.signal(name="nudge", description="唤醒查看新版本")
    def nudge(self, *_: object) -> None:
        """Look again: sent in a batch after a deployment, so that idle issues notice the new version.

        It takes anything: an argument too many would stand in history and jam the issue for ever.
        """

    def consider(self, command: Command) -> None:
        """Refuse what may not be said; touch nothing of the issue."""
        now = workflow.now()
        self._considered = Considered(command, self._issue, now, self._decide(command, now))

    def hear(self, command: Command) -> Receipt:
        """Let a command's facts happen and acknowledge them."""
        now = workflow.now()
        # What its validator considered a breath ago is not decided twice; a replay asks no validator.
        known, self._considered = self._considered, None
        is_known = known is not None and known[:3] == (command, self._issue, now)
        self._happen(known.events if known and is_known else self._decide(command, now), command)
        seen = {"issue_id": self._issue.issue_id, "command_id": command.id, "fact": self._issue.number}
        workflow.logger.info("command_heard", extra=seen)
        return self._receipt()

    def _decide(self, command: Command, now: datetime) -> list[Event]:
        try:
            return decide(self._issue, command, now)
        except Refusal as refusal:
            raise ApplicationError(
                str(refusal),
                {"zh": refusal.zh, "status": refusal.status},
                type=type(refusal).__name__,
                non_retryable=True,
            ) from None

    async def _until_a_word_or_a_mark(self, carrier: asyncio.Task[None]) -> None:
        wake = self._wake
        mark = next_mark(self._issue)
        # A fired timer only means "look again". A cancellation means no more: a life has its own ends, and
        # the Web UI's button is none of them.
        with suppress(TimeoutError, asyncio.CancelledError):
            await workflow.wait_condition(
                lambda: (
                    self._wake != wake or self._is_told_to_the_end() or self._should_roll() or carrier.done()
                ),
                timeout=max(wake - workflow.now(), timedelta()) if wake else None,
                timeout_summary=timer_line(self._issue, mark) if mark else None,
            )
        if carrier.done():
            carrier.result()

    def _let_time_pass(self) -> None:
        self._happen(let_time_pass(self._issue, workflow.now()))

    def _happen(self, events: list[Event], word: Command | None = None) -> None:
        self._stand(after(self._issue, events))
        self._outbox.put(events, self._issue, word)

    def _stand(self, issue: Issue) -> None:
        self._issue = issue
        self._wake = self._wake_at()

    def _wake_at(self) -> datetime | None:
        mark = next_mark(self._issue)
        return wake_at(self._issue, mark) if mark else None

    def _is_told_to_the_end(self) -> bool:
        return self._issue.is_over and self._outbox.is_empty

    def _should_roll(self) -> bool:
        """Continue as new for a long history or a new version, when nothing waits to be posted."""
        info = workflow.info()
        due = info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()
        return due and self._outbox.is_empty and not self._issue.is_over

    def _receipt(self) -> Receipt:
        return Receipt(fact=self._issue.number, stage=self._issue.stage)

    def _show(self, trouble: str) -> None:
        """Tell the supervisor's screen what changed, and only that."""
        shown = {pair.key.name: pair.value for pair in workflow.info().typed_search_attributes}
        changed = [
            BY_NAME[name].value_set(value) if value is not None else BY_NAME[name].value_unset()
            for name, value in attributes(self._issue, trouble).items()
            if shown.get(name) != value
        ]
        if changed:
            workflow.upsert_search_attributes(changed)
        workflow.set_current_details(details(self._issue, trouble))
