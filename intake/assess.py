"""研判台: what the service makes of a report by itself: where, of which kind, how grave; and what follows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from domain.lead import LeadState, Told
from domain.place import Located, Where
from domain.posts import Division
from domain.terms import Category, Severity
from domain.triage import (
    Attach,
    Nearby,
    Open,
    Park,
    TriageRules,
    Understood,
    common_division,
    triage,
    understand,
)
from store.lead_rows import Kind, Lead, Step

BY_MACHINE = "triage"
"""Who decided, where no person did."""


class Places(Protocol):
    """地名: finds what a place may be; raises UnknownPlace for a code that there is not."""

    def locate(self, where: Where) -> Located: ...


class Hint(Protocol):
    """建议 of what a text is about; written down it has a category, perhaps none, and a severity."""

    def model_dump(self, *, mode: str) -> dict[str, Any]: ...


class Assessed(NamedTuple):
    """研判结果 of a report by itself, before anything is looked up around it."""

    located: Located
    understood: Understood
    hint: dict[str, Any]


@dataclass(frozen=True)
class Assessor:
    """研判台: the place-names, the words, and the rules of one deployment."""

    places: Places
    suggest: Callable[[str], Hint]
    rules: TriageRules
    top: Division

    def assess(self, told: Told, known: dict[str, Any] | None = None) -> Assessed:
        """Say what a report is by itself, by the hint that is known already if one is.

        Raises what `Places.locate` raises.
        """
        hint = self.suggest(told.text).model_dump(mode="json") if known is None else known
        category = Category(hint["category"]) if hint["category"] else None
        understood = understand(told, category, Severity(hint["severity"]), self.rules)
        return Assessed(self.places.locate(told.where), understood, hint)

    def office_of(self, located: Located) -> Division:
        """Return the division whose office answers for a report: the lowest above all that it may be."""
        return common_division(located.candidates, self.top)

    def kind(self, told: Told, assessed: Assessed) -> Kind | None:
        """Return what a report is compared with others by; nothing when a person must look at it first."""
        place, category = assessed.located.certain, assessed.understood.category
        if place is None or place.reach is None or category is None:
            return None
        return Kind(category, place.reach, place.division, told.where.point, self.rules.radius[category])

    def step(self, lead: Lead, assessed: Assessed, nearby: Sequence[Nearby]) -> Step | None:
        """Return the step that a lead takes, or nothing while another of the same thing is being opened."""
        decision = triage(lead.told, assessed.understood, assessed.located, nearby, self.rules)
        match decision:
            case Open(place=place, category=category, severity=severity):
                return Step(
                    LeadState.OPENING,
                    BY_MACHINE,
                    place=place.division,
                    reach=place.reach,
                    category=category,
                    severity=severity,
                    division=common_division((place,), self.top),
                )
            case Attach(place=place, category=category, severity=severity, issue_id=issue_id):
                return Step(
                    LeadState.ATTACHING,
                    BY_MACHINE,
                    place=place.division,
                    reach=place.reach,
                    category=category,
                    severity=severity,
                    issue_id=issue_id,
                    division=common_division((place,), self.top),
                )
            case Park(reason=reason, candidates=candidates):
                return Step(LeadState.PARKED, BY_MACHINE, candidates=candidates, reason=reason)
            case _:
                return None
