"""结局: what came of the story, counted by SQL, and whether the journal tells what the workflows lived."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from demo.papers import PAPERS, Kept
from domain.issue.state import Issue
from store import figures, journal, leads, numbers, proof
from store.pool import Pool
from workflows.names import ISSUE_WORKFLOW, issue_id_of, issue_workflow_id

TRIES = 20

PROMISED = (
    "extensions_granted",
    "extensions_denied",
    "suspensions",
    "reviews",
    "disputes_ruled",
    "regraded",
    "calendars_adopted",
)
"""Parts of the story that must have been played at least once, by their names in Figures."""

KEPT = ("attached", "assessed", "explained", "bulletins_issued", "bulletins_hold")
"""What else must have come of it."""

COUNTED = (
    *("issues", "closed", "escalated", "bulletins", "dismissed", "merged"),
    *PROMISED,
    *("editions_adopted", "interviews", "referrals", "facts"),
)


@dataclass(frozen=True)
class Ending:
    """结局 of the story, as it is written to demo.json."""

    counts: dict[str, Any]

    @property
    def is_true(self) -> bool:
        """Whether the chain holds, the journal retold is what was lived, and no part was left out."""
        return bool(self.counts["chain_ok"] and self.counts["retold_equal"]) and not self.left_out

    @property
    def left_out(self) -> list[str]:
        """Return the promised parts of the story that were not played."""
        missing = [name for name in (*PROMISED, *KEPT) if not self.counts[name]]
        return missing if len(self.counts["papers"]) == len(PAPERS) else [*missing, "papers"]


async def ending(
    client: Client, pool: Pool, reports: int, web_ui: str, kept: Kept, *, explained: bool
) -> Ending:
    """Count by SQL, recompute every hash, and compare every workflow with its journal."""
    counted, of_leads = await figures.figures(pool), await leads.counts(pool)
    bound = await numbers.bound_issues(pool)
    living = {
        issue_id_of(each.id) async for each in client.list_workflows(f"WorkflowType = '{ISSUE_WORKFLOW}'")
    }
    verified = await proof.verify_chain(pool)
    differing = sorted(living.symmetric_difference(bound))
    differing += [
        issue_id for issue_id in bound if issue_id in living and not await _is_retold(client, pool, issue_id)
    ]
    return Ending(
        {
            "reports": reports,
            "leads": of_leads.leads,
            "attached": of_leads.attached,
            "assessed": of_leads.assessed,
            **{name: getattr(counted, name) for name in COUNTED},
            "levels": len(counted.levels),
            "explained": explained,
            "bulletins_issued": kept.issued,
            "bulletins_hold": kept.holds,
            "papers": kept.papers,
            "chain_ok": verified.issues == counted.issues and not verified.breaks,
            "retold_equal": not differing and len(bound) == counted.issues,
            "differing": differing,
            "web_ui": web_ui,
        }
    )


async def _is_retold(client: Client, pool: Pool, issue_id: str) -> bool:
    """Compare one workflow with its journal; an issue that goes on meanwhile is looked at again."""
    handle = client.get_workflow_handle(issue_workflow_id(issue_id))
    for _ in range(TRIES):
        try:
            lived = await handle.query("issue", result_type=Issue, rpc_timeout=timedelta(seconds=10))
            retold = await journal.retell_issue(pool, issue_id)
        except (RPCError, WorkflowQueryFailedError, LookupError):
            return False  # a workflow that cannot go on, or an issue without a journal
        if lived == retold:
            return True
        if lived.number == retold.number:
            return False
        await asyncio.sleep(0.2)
    return False
