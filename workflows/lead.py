"""线索的登记时限: one workflow for each lead that waits for a person; it tells who should decide."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.lead import Receipt
    from domain.model import Frozen
    from domain.posts import Post
    from domain.registering import LeadMark, LeadReminder
    from domain.terms import RUNGS

from workflows.names import LEAD_WORKFLOW, REMIND_OF_LEAD


class Waiting(Frozen):
    """待研判: a parked lead, the moments at which somebody is told, and how often the last one repeats."""

    receipt: Receipt
    marks: tuple[LeadMark, ...]
    each: timedelta


@workflow.defn(name=LEAD_WORKFLOW)
class LeadWorkflow:
    """线索: ends when somebody has decided, however late; until then it is never silent."""

    def __init__(self) -> None:
        self._is_decided = False

    @workflow.run
    async def run(self, waiting: Waiting) -> int:
        """Return how often somebody had to be told."""
        last = waiting.marks[-1]
        number = 0
        while not self._is_decided:
            beyond = number - len(waiting.marks) + 1
            at = last.at + beyond * waiting.each if beyond > 0 else waiting.marks[number].at
            mark = last.model_copy(update={"at": at}) if beyond > 0 else waiting.marks[number]
            if await self._is_decided_before(mark):
                break
            number += 1
            reminder = LeadReminder(
                receipt=waiting.receipt, number=number, due=waiting.marks[0].at, mark=mark
            )
            if not await self._is_still_parked(reminder):
                break
        return number

    @workflow.signal(description="已研判 somebody has decided")
    def decided(self) -> None:
        """Stop waiting."""
        self._is_decided = True

    async def _is_decided_before(self, mark: LeadMark) -> bool:
        left = max(timedelta(0), mark.at - workflow.now())
        try:
            await workflow.wait_condition(
                lambda: self._is_decided,
                timeout=left,
                timeout_summary=f"登记 · {RUNGS[mark.rung].zh} → {_office(mark.addressee)}",
            )
        except asyncio.TimeoutError:  # noqa: UP041 - as the SDK raises it
            return False
        return True

    async def _is_still_parked(self, reminder: LeadReminder) -> bool:
        still: bool = await workflow.execute_activity(
            REMIND_OF_LEAD,
            reminder,
            result_type=bool,
            start_to_close_timeout=timedelta(seconds=10),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=20)),
            summary=f"{RUNGS[reminder.mark.rung].zh} → {_office(reminder.mark.addressee)}",
        )
        return still


def _office(post: Post) -> str:
    return post.partition(":")[2]
