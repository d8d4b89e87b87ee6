"""每时归档: a workflow cannot keep its own last event; each hour another one keeps those that have ended."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.model import Frozen

from workflows.names import ARCHIVE_CLOSED, ARCHIVE_HOUR_WORKFLOW

ROUNDS = 100
"""So often in an hour what is left is asked for; the next hour goes on."""


class Kept(Frozen):
    """一时所存: how many histories were archived, and how many are late."""

    archived: int = 0
    late: int = 0


@workflow.defn(name=ARCHIVE_HOUR_WORKFLOW)
class ArchiveHourWorkflow:
    """An hour: ends when every finished issue is archived that could be."""

    @workflow.run
    async def run(self) -> Kept:
        """Return how many were archived."""
        archived = 0
        for _ in range(ROUNDS):
            tally: dict[str, int] = await workflow.execute_activity(
                ARCHIVE_CLOSED,
                result_type=dict[str, int],
                start_to_close_timeout=timedelta(minutes=30),
                heartbeat_timeout=timedelta(minutes=2),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
                summary=f"归档流程记录 第 {archived + 1} 件起",
            )
            archived += tally["archived"]
            if not tally["left"] or not tally["archived"]:
                break
        return Kept(archived=archived, late=tally["late"])
