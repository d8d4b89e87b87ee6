"""哨兵: one walk of the whole ladder, begun by a schedule each hour; an issue like any other walks it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.canary_walk import Begun, Walked

from workflows.names import CANARY_WORKFLOW, END_CANARY, OPEN_CANARY

WALKS_FOR = timedelta(seconds=16)
"""The moment of the last mark under `rules/canary.yaml`, and a second."""
PATIENTLY = RetryPolicy(maximum_interval=timedelta(seconds=20))
AT_MOST = timedelta(minutes=20)
"""Per step: a canary that cannot be ended must not keep the next hour's from coming."""


@workflow.defn(name=CANARY_WORKFLOW)
class CanaryWorkflow:
    """It only looks on: nobody tells the canary what to climb."""

    @workflow.run
    async def run(self) -> Walked:
        """Open, let time pass, look what came of it."""
        begun: Begun = await workflow.execute_activity(
            OPEN_CANARY,
            result_type=Begun,
            start_to_close_timeout=timedelta(seconds=30),
            schedule_to_close_timeout=AT_MOST,
            retry_policy=PATIENTLY,
            summary="放哨",
        )
        await workflow.sleep(WALKS_FOR, summary=f"{begun.issue_id} 走逾期处置阶梯")
        walked: Walked = await workflow.execute_activity(
            END_CANARY,
            begun,
            result_type=Walked,
            start_to_close_timeout=timedelta(minutes=3),
            schedule_to_close_timeout=AT_MOST,
            retry_policy=PATIENTLY,
            summary=f"收哨 {begun.issue_id}",
        )
        return walked
