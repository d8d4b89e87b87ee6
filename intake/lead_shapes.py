"""线索的样子: what is shown of a lead to whoever assesses it, and what he decides."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from domain.lead import STATES
from domain.model import PRINTABLE, Frozen, IssueId
from domain.place import Candidate, Where
from domain.posts import Division
from domain.terms import Category, Severity
from intake.limits_shown import written
from store.lead_rows import Lead


class StepShown(BaseModel):
    """一步 that a lead took."""

    at: datetime
    state: str
    state_zh: str
    by: str
    reason: str | None


class LeadShown(BaseModel):
    """线索 as whoever assesses it sees it; who reported it is not in it."""

    receipt: str
    text: str
    source: str
    where: Where
    candidates: list[Candidate]
    suggestion: dict[str, Any] | None
    category: Category | None
    severity: Severity | None
    seen_at: datetime | None
    received_at: datetime
    register_by: datetime
    register_by_zh: str
    state: str
    state_zh: str
    reason: str | None
    issue: str | None
    steps: list[StepShown] = []


class LeadsShown(BaseModel):
    """一页 of what waits, the most urgent first."""

    leads: list[LeadShown]
    next: str | None


class Purpose(Frozen):
    """开封事由: for what the reporter must be known, and by which paper."""

    purpose: Annotated[str, Field(min_length=2, max_length=200, pattern=PRINTABLE)]
    ticket: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] | None = None


class ReporterShown(BaseModel):
    """举报人: for whoever opened the seal, and nobody else."""

    name: str
    phone: str
    contact: str


class Decision(Frozen):
    """研判决定."""

    decision: Literal["open", "attach", "refuse", "transfer"]
    reach: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    division: Division | None = None
    category: Category | None = None
    severity: Severity | None = None
    issue: IssueId | None = None
    to: Annotated[str, Field(min_length=1, max_length=60, pattern=PRINTABLE)] | None = None
    reason: Annotated[str, Field(max_length=500, pattern=PRINTABLE)] = ""


def shown(lead: Lead) -> LeadShown:
    """Show a lead to whoever assesses it."""
    return LeadShown(
        receipt=lead.receipt,
        text=lead.told.text,
        source=lead.told.source,
        where=lead.told.where,
        candidates=list(lead.candidates),
        suggestion=lead.suggestion,
        category=lead.category or lead.told.category,
        severity=lead.severity or lead.told.severity,
        seen_at=lead.told.seen_at,
        received_at=lead.received_at,
        register_by=lead.register_by,
        register_by_zh=written(lead.register_by),
        state=lead.state,
        state_zh=STATES[lead.state].zh,
        reason=lead.reason.zh if lead.reason else None,
        issue=lead.issue_id,
    )
