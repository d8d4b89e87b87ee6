"""公开内容: what anybody may see of a request: kind, reach, office, state, limit; nothing of the reporter."""

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.lead import DECIDED, OVER, STATES, LeadState
from domain.posts import Division, level_of, office
from domain.terms import ENDS, Category, Clock, Level, Stage, zh
from intake.limits_shown import Limit, limit_of
from intake.open311.shapes import ServiceRequest
from reading.registry import Registry
from store.lead_rows import Shared

DECIMALS = 2
"""Of a degree: about one kilometre, so that nobody's door is shown."""


def is_closed(lead: Shared) -> bool:
    """Tell whether a request is closed: not taken up, handed on, or its issue has ended."""
    return lead.state in OVER or (lead.stage is not None and lead.stage in ENDS)


def shown(lead: Shared, registry: Registry, limits: Sequence[Limit] = ()) -> ServiceRequest:
    """Show a request; `limits` are those of its issue, the nearest first, if they were looked up."""
    category = lead.category or Category.OTHER
    if lead.state not in DECIDED:
        limits = (limit_of(Clock.REGISTER, lead.register_by),)
    notice = ";".join(f"{limit.name}时限:{limit.until_zh}" for limit in limits)
    reach = registry.reaches.get(lead.reach) if lead.reach else None
    return ServiceRequest(
        service_request_id=lead.receipt,
        status="closed" if is_closed(lead) else "open",
        status_notes=_notes(lead.state, lead.stage),
        service_name=zh(category),
        service_code=category,
        description=f"{zh(category)} · {reach.name}" if reach else zh(category),
        agency_responsible=registry.post_name(_office(lead.place or lead.division)),
        service_notice=notice or None,
        requested_datetime=moment(lead.received_at),
        updated_datetime=moment(lead.changed_at),
        expected_datetime=moment(limits[0].until) if limits else None,
        address=", ".join(
            ([reach.name] if reach else []) + _divisions(lead.place or lead.division, registry)
        ),
        address_id=lead.reach,
        lat=round(lead.lat, DECIMALS) if lead.lat is not None else None,
        long=round(lead.lon, DECIMALS) if lead.lon is not None else None,
    )


def moment(at: datetime) -> str:
    """Return `2026-11-24T01:00:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _notes(state: LeadState, stage: Stage | None) -> str:
    return f"{STATES[state].zh}:{zh(stage)}" if stage else STATES[state].zh


def _office(division: Division) -> str:
    return office(division, max(level_of(division), Level.COUNTY))


def _divisions(code: Division, registry: Registry) -> list[str]:
    """Return the names of a division and of those above it, the smallest first."""
    names: list[str] = []
    row = registry.divisions.get(code)
    while row is not None:
        names.append(row.name)
        row = registry.divisions.get(row.parent_code) if row.parent_code else None
    return names
