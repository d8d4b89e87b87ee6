"""运行中的流程: what each running workflow knows of its issue, held field by field against the journal."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import QueryRejectCondition
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.state import Issue
from ops.examine import Finding
from store import journal
from store.pool import Pool
from workflows.names import issue_workflow_id

AT_A_TIME = 16
LOOKS = 6
PAUSE = 0.3
"""A letter is under way for so long at most; then workflow and journal are held against each other again."""
_PATIENCE = timedelta(seconds=10)


async def living(client: Client, pool: Pool, issues: Sequence[str]) -> tuple[int, list[Finding]]:
    """Return how many of some issues run, and where one knows something else than its journal tells.

    What does not run is passed over. Raises Away, and RPCError when the server does not answer.
    """
    looked, found = 0, list[Finding]()
    for first in range(0, len(issues), AT_A_TIME):
        some = issues[first : first + AT_A_TIME]
        for answer in await asyncio.gather(*(_one(client, pool, each) for each in some)):
            if answer is not None:
                looked += 1
                found += answer
    return looked, found


async def _one(client: Client, pool: Pool, issue_id: str) -> list[Finding] | None:
    found: list[Finding] = []
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(PAUSE)
        try:
            told = await journal.retell_issue(pool, issue_id)
        except (LookupError, TypeError, ValueError) as error:
            return [Finding("live", issue_id, 0, "body", type(error).__name__, "a journal that can be told")]
        try:
            known = await _asked(client, issue_id)
        except _Silent as silent:
            return [Finding("live", issue_id, told.number, "query", str(silent), "an answer")]
        if known is None:
            return None
        found = _differences(known, told)
        if not found:
            return []
    return found


class _Silent(Exception):
    """A workflow that runs does not say how its issue stands."""


async def _asked(client: Client, issue_id: str) -> Issue | None:
    handle = client.get_workflow_handle(issue_workflow_id(issue_id))
    try:
        known: Issue = await handle.query(
            "issue",
            result_type=Issue,
            reject_condition=QueryRejectCondition.NOT_OPEN,
            rpc_timeout=_PATIENCE,
        )
    except WorkflowQueryRejectedError:
        return None
    except WorkflowQueryFailedError as failed:
        raise _Silent(f"the query failed: {failed}") from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION):
            raise _Silent("no worker answers for it") from None
        raise
    return known


def _differences(known: Issue, told: Issue) -> list[Finding]:
    """Name each field; `number` and `tail` differ whenever anything does, so they come first."""
    return [
        Finding("live", told.issue_id, told.number, name, _short(known, name), _short(told, name))
        for name in ("number", "tail", *sorted(Issue.model_fields.keys() - {"number", "tail"}))
        if getattr(known, name) != getattr(told, name)
    ]


def _short(issue: Issue, name: str) -> str:
    return str(issue.model_dump(mode="json", include={name})[name])[:200]
