"""每日起草: asks once a day which periodic bulletins are due; its schedule catches up what was missed."""

from datetime import date, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.workdays import local_day

from workflows.names import BULLETIN_DAY_WORKFLOW, OPEN_DUE_BULLETINS


@workflow.defn(name=BULLETIN_DAY_WORKFLOW)
class BulletinDayWorkflow:
    """A day: ends when everything due by it is begun; what was begun before is not begun twice."""

    @workflow.run
    async def run(self, day: date | None = None) -> list[str]:
        """Return the bulletins that were begun."""
        today = day or local_day(workflow.now())
        begun: list[str] = await workflow.execute_activity(
            OPEN_DUE_BULLETINS,
            today,
            result_type=list[str],
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary=f"起草到期通报 {today}",
        )
        return begun
