"""中继: carries kept leads on to their issues; several may run, and none does a thing twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.beats import Beat, unseen
from domain.issue.commands import AttachReport
from domain.lead import LeadState
from domain.model import Label
from domain.posts import office
from domain.registering import marks, repeats
from domain.report import Report
from domain.rulebook import in_force
from domain.terms import Level
from domain.workdays import local_day
from intake.assess import BY_MACHINE, Assessor
from intake.desk import Desk, digest_of
from intake.door import Door
from intake.reaching import reaching
from store import leads
from store.lead_rows import Lead, Step
from store.pool import Away
from store.roster import RosterIsEmpty
from workflows.lead import LeadWorkflow, Waiting
from workflows.names import lead_workflow_id

AT_A_TIME = 16
WHEN_HURRIED = 2
"""How many leads are carried on at once; few while people's words have to wait."""
LOAN = timedelta(seconds=30)
"""After which another relay may take over what a dead one was lent; longer than any one try lasts."""
TRY_FOR = 20.0
LOOK_EVERY = 1.0
PAUSE = 1.0
NOT_OPENED = Label("未能立案", "not opened")

log = structlog.get_logger()


class Relay:
    """中继 beside the front door."""

    def __init__(self, desk: Desk, door: Door, assessor: Assessor, beat: Beat = unseen) -> None:
        self._desk = desk
        self._door = door
        self._assessor = assessor
        self._beat = beat
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Look at once: something was kept or decided."""
        self._bell.set()

    async def run(self) -> None:
        """Carry on until cancelled; outages of Postgres and of Temporal are waited out."""
        while True:
            self._bell.clear()
            self._beat()
            try:
                carried = await self.carry_on_some()
            except Away as away:
                log.warning("relay_interrupted", trouble=str(away))
                await asyncio.sleep(PAUSE)
                continue
            if not carried:
                await self._wait()

    async def carry_on_some(self) -> int:
        """Carry on what is due now, a few at once; return how many were looked at. Raises Away."""
        most = WHEN_HURRIED if self._door.is_hurried else AT_A_TIME
        lent = await leads.hand_out(self._desk.pool, most, LOAN)
        carried = await asyncio.gather(*(self._carry_on(lead) for lead in lent), return_exceptions=True)
        for trouble in carried:
            if isinstance(trouble, BaseException):
                raise trouble
        return len(lent)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _carry_on(self, lead: Lead) -> None:
        try:
            async with asyncio.timeout(TRY_FOR):
                await self._try(lead)
        except (RPCError, RosterIsEmpty, TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as trouble:
            await self._try_later(lead, trouble)
        except Away:
            raise
        except Exception as bug:  # one lead that cannot be carried on holds up no other
            log.exception("lead_not_carried_on", receipt=lead.receipt, state=lead.state)
            await self._try_later(lead, bug)

    async def _try_later(self, lead: Lead, trouble: BaseException) -> None:
        seen = {"receipt": lead.receipt, "issue_id": lead.issue_id, "state": lead.state}
        log.warning("lead_waits", **seen, trouble=type(trouble).__name__)
        await leads.try_again(self._desk.pool, lead.receipt, type(trouble).__name__)

    async def _try(self, lead: Lead) -> None:
        match lead.state:
            case LeadState.RECEIVED:
                await self._decide(lead)
            case LeadState.OPENING:
                await self._open(lead)
            case LeadState.ATTACHING:
                await self._attach(lead)
            case LeadState.PARKED:
                await self._watch(lead)
            case _:
                return  # decided meanwhile

    async def _decide(self, lead: Lead) -> None:
        assessed = self._assessor.assess(lead.told, lead.suggestion)
        kind = self._assessor.kind(lead.told, assessed)
        step = await leads.decide(
            self._desk.pool, lead, kind, lambda nearby: self._assessor.step(lead, assessed, nearby), _now()
        )
        if step is None:
            await leads.look_again(self._desk.pool, lead.receipt)
            return
        log.info("lead_decided", receipt=lead.receipt, state=step.to)
        self.ring()

    async def _open(self, lead: Lead) -> None:
        opening = await self._desk.open(report_of(lead), registered_at(lead))
        if opening.issue_id is None:
            # What the rules do not open, a person looks at.
            step = Step(LeadState.PARKED, BY_MACHINE, reason=opening.reason or NOT_OPENED)
        else:
            step = Step(LeadState.OPENED, lead.decided_by or BY_MACHINE, issue_id=opening.issue_id)
        await leads.take(self._desk.pool, lead.receipt, (LeadState.OPENING,), step, _now())
        seen = {"issue_id": opening.issue_id, "command_id": f"open:{digest_of(report_of(lead))}"}
        log.info("lead_opened", receipt=lead.receipt, **seen, result=opening.result)

    async def _attach(self, lead: Lead) -> None:
        assert lead.issue_id is not None and lead.place is not None  # noqa: PT018 - the step that led here named both
        command = AttachReport(
            id=f"attach:{lead.receipt}",
            by=office(lead.place, Level.COUNTY),
            said_at=_now(),
            report=digest_of(report_of(lead)),
            source=lead.told.source,
        )
        by = lead.decided_by or BY_MACHINE
        try:
            await self._door.tell(lead.issue_id, command)
            step = Step(LeadState.ATTACHED, by)
        except WorkflowUpdateFailedError:
            step = self._again(by)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            step = self._again(by)
        await leads.take(self._desk.pool, lead.receipt, (LeadState.ATTACHING,), step, _now())
        seen = {"issue_id": lead.issue_id, "command_id": command.id}
        log.info("lead_attached", receipt=lead.receipt, **seen, state=step.to)

    def _again(self, by: str) -> Step:
        """The issue ended before the report reached it: whoever chose it looks at the lead anew."""
        reason = Label("拟并入的问题已办结,重新研判", "the issue ended before this reached it")
        return Step(LeadState.RECEIVED if by == BY_MACHINE else LeadState.PARKED, BY_MACHINE, reason=reason)

    async def _watch(self, lead: Lead) -> None:
        """Let a workflow keep the clock of a lead that waits for a person."""
        book = in_force(self._desk.editions, local_day(lead.received_at)) or self._desk.editions[0]
        waiting = Waiting(
            receipt=lead.receipt,
            marks=marks(book, lead.register_by, lead.division),
            each=repeats(book),
        )
        try:
            with reaching():
                await self._desk.client.start_workflow(
                    LeadWorkflow.run,
                    waiting,
                    id=_watch_id(lead),
                    task_queue=self._desk.task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary=f"线索待研判 · {lead.division}",
                )
        except WorkflowAlreadyStartedError:
            log.info("lead_watched_already", receipt=lead.receipt)
        await leads.watched(self._desk.pool, lead.receipt)

    async def stop_watching(self, lead: Lead) -> None:
        """Tell the workflow of a lead, as it was parked, that somebody decided; its next mark would."""
        try:
            handle = self._desk.client.get_workflow_handle(_watch_id(lead))
            with reaching():
                await handle.signal(LeadWorkflow.decided, rpc_timeout=timedelta(seconds=2))
        except RPCError as error:
            log.info("lead_not_unwatched", receipt=lead.receipt, trouble=error.status.name)


def registered_at(lead: Lead) -> datetime:
    """Return from when the issue's clocks run: an outage of ours takes nothing of anybody's time."""
    by_a_person = lead.decided_at and lead.decided_by != BY_MACHINE
    return lead.decided_at if by_a_person and lead.decided_at else lead.received_at


def report_of(lead: Lead) -> Report:
    """Return the report that a decided lead opens an issue with; its receipt is its id."""
    told = lead.told
    assert lead.category and lead.severity and lead.reach and lead.place  # noqa: PT018 - a decided lead has them
    return Report(
        id=lead.receipt,
        text=told.text,
        category=lead.category,
        severity=lead.severity,
        origin=told.origin,
        source=told.source,
        finder=told.finder,
        reach=lead.reach,
        division=lead.place,
        seen_at=told.seen_at,
        circumstances=told.circumstances,
        recurrence_of=told.recurrence_of,
        plan_on=told.plan_on,
        manifest=told.manifest,
    )


def _watch_id(lead: Lead) -> str:
    """A lead may be parked more than once, for another reason; each time is a waiting of its own."""
    at = lead.decided_at or lead.received_at
    return f"{lead_workflow_id(lead.receipt)}/{at:%Y%m%d%H%M%S%f}"


def _now() -> datetime:
    return datetime.now(UTC)
