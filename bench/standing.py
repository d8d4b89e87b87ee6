"""立着: for every open issue of a filled database a workflow that stands still, as a listing shows it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from store.pool import Pool
from workflows.names import DIVISION, ISSUE_WORKFLOW, NEXT_MARK, POST, issue_workflow_id

AT_ONCE = 100
LATER = timedelta(days=1)


async def stand(client: Client, pool: Pool, task_queue: str) -> int:
    """Begin one for each issue whose row is open, on a queue that nobody polls; return how many.

    Their marks and those of the rows are moved to tomorrow, so that none has passed.
    """
    mark = datetime.now(UTC) + LATER
    await pool.execute("UPDATE issues SET next_mark_at = $1 WHERE next_mark_at IS NOT NULL", mark)
    rows = await pool.fetch("SELECT issue_id, chief, division FROM issues WHERE next_mark_at IS NOT NULL")
    place = asyncio.Semaphore(AT_ONCE)

    async def begin(row: Any) -> None:
        shown = [
            SearchAttributePair(POST, row["chief"]),
            SearchAttributePair(DIVISION, row["division"]),
            SearchAttributePair(NEXT_MARK, mark),
        ]
        async with place:
            await client.start_workflow(
                ISSUE_WORKFLOW,
                id=issue_workflow_id(row["issue_id"]),
                task_queue=task_queue,
                search_attributes=TypedSearchAttributes(shown),
            )

    async with asyncio.TaskGroup() as beginning:
        for row in rows:
            beginning.create_task(begin(row))
    return len(rows)
