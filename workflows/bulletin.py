"""通报的一生: one workflow for each bulletin; it hears, waits and posts, and decides nothing."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception
from temporalio.workflow import UpdateMethodMultiParam

with workflow.unsafe.imports_passed_through():
    from domain.bulletin import commands as say
    from domain.bulletin.clock import let_time_pass, next_mark
    from domain.bulletin.commands import WORD_NAMES
    from domain.bulletin.decide import checked, decide, draft, issued
    from domain.bulletin.facts import BulletinFact, Cut, Finding
    from domain.bulletin.grounds import draft_of
    from domain.bulletin.letter import write
    from domain.bulletin.order import BulletinBeginning, BulletinReceipt, Look, Order, Outcome, drafted
    from domain.bulletin.state import Bulletin, after, retell
    from domain.bulletin.terms import BulletinState
    from domain.bulletin.views import details, timer_line
    from domain.issue.words import Command
    from domain.refusals import Refusal

from workflows.letters import JournalDisagreesError
from workflows.names import (
    BULLETIN_WORKFLOW,
    DIVISION,
    FREEZE_BULLETIN,
    ISSUE_BULLETIN,
    LOOK_THROUGH_BULLETIN,
    NAMES_IN_BULLETIN,
    NEXT_MARK,
    POST,
    RECORD_BULLETIN,
    seal_queue,
    update_name,
)

PATIENTLY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))
AGAIN_AFTER = timedelta(seconds=5)
"""How long something rests whose activity was ended by hand."""


def says(command: type[Command]) -> "UpdateMethodMultiParam[[BulletinWorkflow, Command], BulletinReceipt]":
    """Make the update for one word: its validator is `decide`, so a refusal leaves no trace in history."""
    name = update_name(command)

    def hear(self: "BulletinWorkflow", command: Command) -> BulletinReceipt:
        return self.hear(command)

    def consider(self: "BulletinWorkflow", command: Command) -> None:
        self.consider(command)

    hear.__annotations__ = {"command": command, "return": BulletinReceipt}
    consider.__annotations__ = {"command": command, "return": None}
    hear.__name__ = hear.__qualname__ = name
    update = workflow.update(name=name, description=WORD_NAMES[command].zh)(hear)
    update.validator(consider)
    return update


@workflow.defn(name=BULLETIN_WORKFLOW)
class BulletinWorkflow:
    """A bulletin lives here from its order on; issued, it stays to be signed for and corrected."""

    @workflow.run
    async def run(self, beginning: BulletinBeginning) -> BulletinReceipt:
        """Live: draft, be looked through, wait for a word or a mark, tell what happened, until withdrawn."""
        if beginning.order and not self._bulletin:
            await self._draft(beginning.order)
        while self._waiting or self._here.state is not BulletinState.WITHDRAWN:
            await self._tell()
            self._send_an_errand()
            await self._until_something_happens()
            self._let_time_pass()
            if self._should_roll():
                workflow.continue_as_new(BulletinBeginning(bulletin=self._bulletin))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._receipt()

    @workflow.init
    def __init__(self, beginning: BulletinBeginning) -> None:
        """Be whole before the first word is heard."""
        self._bulletin = self._told = beginning.bulletin
        self._waiting: list[BulletinFact] = []
        self._errand: asyncio.Task[None] | None = None

    reply_to_bulletin = says(say.ReplyToBulletin)
    revise_bulletin = says(say.ReviseBulletin)
    submit_bulletin = says(say.SubmitBulletin)
    return_bulletin = says(say.ReturnBulletin)
    approve_bulletin = says(say.ApproveBulletin)
    withdraw_bulletin = says(say.WithdrawBulletin)
    propose_correction = says(say.ProposeCorrection)
    return_correction = says(say.ReturnCorrection)
    approve_correction = says(say.ApproveCorrection)
    sign_for_bulletin = says(say.SignForBulletin)
    report_lapse_withdrawn = says(say.ReportLapseWithdrawn)

    @workflow.query(name="bulletin", description="通报全貌")
    def bulletin(self) -> Bulletin | None:
        """Return the bulletin as its facts have made it; nothing before it is drafted."""
        return self._bulletin

    def consider(self, command: Command) -> None:
        """Refuse what may not be said; touch nothing."""
        self._decide(command)

    def hear(self, command: Command) -> BulletinReceipt:
        """Let a word's facts happen and acknowledge them."""
        self._happen(self._decide(command))
        return self._receipt()

    @property
    def _here(self) -> Bulletin:
        assert self._bulletin is not None  # nothing is asked of it before it is drafted
        return self._bulletin

    def _decide(self, command: Command) -> list[BulletinFact]:
        if self._bulletin is None:
            zh = "通报正在起草,请稍候"
            why = {"zh": zh, "status": 409}
            raise ApplicationError("it is being drafted", why, type="NotAtThisStage", non_retryable=True)
        try:
            return decide(self._bulletin, command, workflow.now())
        except Refusal as refusal:
            why = {"zh": refusal.zh, "status": refusal.status}
            raise ApplicationError(
                str(refusal), why, type=type(refusal).__name__, non_retryable=True
            ) from None

    async def _draft(self, order: Order) -> None:
        frozen = await self._done(FREEZE_BULLETIN, order, Cut, "冻结数据,统计", timedelta(minutes=10))
        self._waiting = draft(drafted(order, frozen, frozen.at))
        self._bulletin = retell(self._waiting)

    async def _tell(self) -> None:
        """Post all facts that the records do not have yet, in order."""
        while self._waiting:
            letter, then = write(self._told, self._waiting)
            some = len(self._waiting)
            numbers = f"{letter.lines[0].number}–{letter.lines[-1].number}"
            tail = await self._done(RECORD_BULLETIN, letter, str, f"记录第 {numbers} 号事实")
            if tail != letter.tail:
                raise JournalDisagreesError(f"{letter.bulletin_id}: journal {tail}, bulletin {letter.tail}")
            self._told, self._waiting = then, self._waiting[some:]
        self._show()

    def _send_an_errand(self) -> None:
        """Have a new text looked through, or what was approved issued; one errand at a time."""
        if self._errand and self._errand.done():
            self._errand.result()
            self._errand = None
        if self._errand:
            return
        if self._here.state is BulletinState.APPROVED:
            self._errand = asyncio.create_task(self._issue(self._here))
        elif self._here.needs_a_look:
            self._errand = asyncio.create_task(self._look_through(self._here))

    async def _look_through(self, bulletin: Bulletin) -> None:
        revision = bulletin.revision
        look = Look(bulletin_id=bulletin.bulletin_id, revision=revision, draft=draft_of(bulletin))
        found = await self._done(LOOK_THROUGH_BULLETIN, look, tuple[Finding, ...], f"核稿第 {revision} 稿")
        if look.draft.texts:
            queue = seal_queue(workflow.info().task_queue)
            what = "核稿:比对举报人信息"
            found += await self._done(NAMES_IN_BULLETIN, look, tuple[Finding, ...], what, queue=queue)
        self._happen(checked(self._here, revision, found, workflow.now()))

    async def _issue(self, bulletin: Bulletin) -> None:
        look = Look(bulletin_id=bulletin.bulletin_id, revision=bulletin.revision, draft=draft_of(bulletin))
        outcome = await self._done(ISSUE_BULLETIN, (bulletin, look), Outcome, "取文号,印发")
        if outcome.document_number:
            self._happen(issued(self._here, outcome.document_number, workflow.now()))
        else:
            self._happen(checked(self._here, bulletin.revision, outcome.findings, workflow.now()))

    async def _done(
        self,
        activity: str,
        what: Any,
        answers: Any,
        summary: str,
        within: timedelta = timedelta(minutes=1),
        queue: str | None = None,
    ) -> Any:
        """Have an activity done, however long it takes; one that is ended by hand is tried again."""
        while True:
            try:
                return await workflow.execute_activity(
                    activity,
                    args=list(what) if isinstance(what, tuple) else [what],
                    result_type=answers,
                    task_queue=queue,
                    start_to_close_timeout=within,
                    retry_policy=PATIENTLY,
                    summary=summary,
                )
            except FailureError as failed:
                if is_cancelled_exception(failed):
                    raise
                await workflow.sleep(AGAIN_AFTER, summary=f"{summary}:被人工终止,稍后重试")

    async def _until_something_happens(self) -> None:
        if self._waiting or self._here.state is BulletinState.WITHDRAWN:
            return
        mark, errand = next_mark(self._here), self._errand
        try:
            await workflow.wait_condition(
                lambda: bool(self._waiting) or bool(errand and errand.done()),
                timeout=max(mark.at - workflow.now(), timedelta()) if mark else None,
                timeout_summary=timer_line(self._here, mark) if mark else None,
            )
        except TimeoutError:
            return  # a fired timer only means "look again"

    def _let_time_pass(self) -> None:
        self._happen(let_time_pass(self._here, workflow.now()))

    def _happen(self, events: list[BulletinFact]) -> None:
        self._bulletin = after(self._here, events)
        self._waiting += events

    def _should_roll(self) -> bool:
        suggested = workflow.info().is_continue_as_new_suggested()
        return suggested and not self._waiting and self._errand is None

    def _receipt(self) -> BulletinReceipt:
        return BulletinReceipt(fact=self._here.number, state=self._here.state)

    def _show(self) -> None:
        """Tell the supervisor's screen whose turn it is and how the bulletin stands."""
        bulletin, mark = self._here, next_mark(self._here)
        shown = {pair.key.name: pair.value for pair in workflow.info().typed_search_attributes}
        post = bulletin.wait.post if bulletin.wait else None
        wanted = ((DIVISION, bulletin.division), (POST, post), (NEXT_MARK, mark.at if mark else None))
        changed = [
            key.value_set(value) if value is not None else key.value_unset()  # type: ignore[arg-type]
            for key, value in wanted
            if shown.get(key.name) != value
        ]
        if changed:
            workflow.upsert_search_attributes(changed)
        workflow.set_current_details(details(bulletin, ""))
