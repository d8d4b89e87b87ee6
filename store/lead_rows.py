"""线索的行: what the records hold of a lead, and what is asked of them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from domain.lead import DECIDED, LeadState, Receipt, Told
from domain.model import IssueId, Label
from domain.place import Candidate, Point
from domain.posts import Division
from domain.terms import Category, Severity, Stage
from store.photos import Kept as Photo


class Lead(NamedTuple):
    """一条线索 as it stands."""

    receipt: Receipt
    secret: str
    sender: str
    told: Told
    reporter: str | None
    received_at: datetime
    register_by: datetime
    division: Division
    state: LeadState
    place: Division | None
    reach: str | None
    category: Category | None
    severity: Severity | None
    candidates: tuple[Candidate, ...]
    suggestion: dict[str, Any] | None
    reason: Label | None
    decided_by: str | None
    decided_at: datetime | None
    issue_id: IssueId | None
    transferred_to: str | None
    attempts: int

    @property
    def is_decided(self) -> bool:
        """Whether nothing more is waited for."""
        return self.state in DECIDED


class NewLead(NamedTuple):
    """What is kept of a report the moment it comes; parked at once when only a person can decide."""

    receipt: Receipt
    secret: str
    sender: str
    key: str
    digest: str
    told: Told
    reporter: str | None
    received_at: datetime
    register_by: datetime
    division: Division
    candidates: tuple[Candidate, ...]
    suggestion: dict[str, Any] | None
    parked_for: Label | None = None
    about: IssueId | None = None
    photos: tuple[Photo, ...] = ()


class Kept(NamedTuple):
    """受理: the lead that a sender's key stands for; `differs` when other content came under the key."""

    receipt: Receipt
    secret: str
    received_at: datetime
    register_by: datetime
    state: LeadState
    is_new: bool
    differs: bool = False


class Step(NamedTuple):
    """What changes when a lead goes on; None leaves a field as it is."""

    to: LeadState
    by: str
    place: Division | None = None
    reach: str | None = None
    category: Category | None = None
    severity: Severity | None = None
    candidates: tuple[Candidate, ...] | None = None
    issue_id: IssueId | None = None
    transferred_to: str | None = None
    reason: Label | None = None
    division: Division | None = None


class Taken(NamedTuple):
    """一步: a step that a lead took."""

    number: int
    at: datetime
    state: LeadState
    by: str
    reason: Label | None


class Counts(NamedTuple):
    """What came of all leads; `assessed` waited for a person at some time."""

    leads: int
    opened: int
    attached: int
    assessed: int


class Kind(NamedTuple):
    """What a lead is compared with others by: its kind, its reach, and the square around its point."""

    category: Category
    reach: str
    division: Division
    point: Point | None
    radius: float


class Shared(NamedTuple):
    """公开的一条 as anybody may see it: nothing that its reporter wrote, or is, is in it."""

    receipt: Receipt
    state: LeadState
    received_at: datetime
    register_by: datetime
    division: Division
    place: Division | None
    reach: str | None
    category: Category | None
    lon: float | None
    lat: float | None
    issue_id: IssueId | None
    stage: Stage | None
    changed_at: datetime


class Page(NamedTuple):
    """一页 of what anybody may see, of a span of time; None asks for all; `until` is not within."""

    since: datetime
    until: datetime
    categories: Sequence[Category] | None
    is_closed: bool | None
    limit: int
    offset: int


def written(candidates: Sequence[Candidate] | None) -> str:
    return json.dumps([one.model_dump(mode="json") for one in candidates or ()], ensure_ascii=False)


def reason_of(row: asyncpg.Record) -> Label | None:
    return Label(row["reason_zh"], row["reason_en"]) if row["reason_zh"] else None


def lead_of(row: asyncpg.Record) -> Lead:
    return Lead(
        receipt=row["receipt"],
        secret=row["secret"],
        sender=row["sender"],
        told=Told.model_validate_json(row["told"]),
        reporter=row["reporter"],
        received_at=row["received_at"],
        register_by=row["register_by"],
        division=row["division"],
        state=LeadState(row["state"]),
        place=row["place"],
        reach=row["reach"],
        category=Category(row["category"]) if row["category"] else None,
        severity=Severity(row["severity"]) if row["severity"] else None,
        candidates=tuple(Candidate.model_validate(one) for one in json.loads(row["candidates"])),
        suggestion=json.loads(row["suggestion"]) if row["suggestion"] else None,
        reason=reason_of(row),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        issue_id=row["issue_id"],
        transferred_to=row["transferred_to"],
        attempts=row["attempts"],
    )


def shared_of(row: asyncpg.Record) -> Shared:
    said = dict(row)
    said["state"] = LeadState(row["state"])
    said["category"] = Category(row["category"]) if row["category"] else None
    said["stage"] = Stage(row["stage"]) if row["stage"] else None
    return Shared(**said)
