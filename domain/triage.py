"""研判: what becomes of a lead: an issue of its own, a part of one that is open, or a person's question.

The machine opens, attaches or asks; to refuse or to hand to another hot-line is a person's to decide.
"""

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.lead import Receipt, Told
from domain.model import Frozen, IssueId, Label
from domain.place import Candidate, Located, Point
from domain.posts import Division
from domain.terms import Category, Origin, Severity, Source

EARTH_RADIUS = 6_371_000.0
"""Metres."""


class TriageRules(Frozen):
    """研判规则: data, each value chosen by the office that runs the service."""

    radius: dict[Category, Annotated[float, Field(gt=0, le=20_000)]]
    """Metres within which two reports of one kind are of one thing."""
    own_issue: tuple[Source, ...]
    """Sources whose reports are answered for by themselves and never attached."""
    believed: tuple[Source, ...]
    """Sources whose grade is taken even from a sender who is no official: a hot-line's system, say."""
    most_by_words: Severity
    not_fixed_days: Annotated[int, Field(ge=1, le=365)]
    """Days after closing in which a reporter may say that it is not fixed."""

    @model_validator(mode="after")
    def _each_kind_has_its_radius(self) -> Self:
        if missing := set(Category) - set(self.radius):
            raise ValueError(f"缺少半径 (no radius for): {', '.join(sorted(missing))}")
        return self


class Nearby(Frozen):
    """附近在办: an open issue of the same kind, or a lead that is about to open one."""

    receipt: Receipt | None
    issue_id: IssueId | None
    reach: str
    point: Point | None = None


class Understood(Frozen):
    """理解: of which kind and how grave it is, by its teller's word or by what its text suggests."""

    category: Category | None
    severity: Severity


class Open(Frozen):
    """立案: an issue of its own."""

    place: Candidate
    category: Category
    severity: Severity


class Attach(Frozen):
    """并入: one more report of an open issue; the first reporter keeps the first place."""

    place: Candidate
    category: Category
    severity: Severity
    issue_id: IssueId


class Park(Frozen):
    """待人工: why the machine does not decide, and between what."""

    reason: Label
    candidates: tuple[Candidate, ...] = ()


class Wait(Frozen):
    """稍候: another lead of the same thing is being opened this moment."""


Decision = Open | Attach | Park | Wait

NO_PLACE = Label("地点不明,请人工确认河段", "the place is not clear: a person names the reach")
SEVERAL_PLACES = Label("地点有多种可能,请人工选定", "the place may be several: a person chooses")
NO_CATEGORY = Label("类别不明,请人工确认", "the kind is not clear: a person names it")


def understand(told: Told, category: Category | None, severity: Severity, rules: TriageRules) -> Understood:
    """Weigh the teller's word against what the text suggests; whose grade counts was asked at the door.

    Rule: R-TRIAGE-GRADE
    """
    kind = told.category or category
    if told.severity:
        return Understood(category=kind, severity=told.severity)
    grades = list(Severity)
    most = grades.index(rules.most_by_words)
    return Understood(category=kind, severity=grades[min(grades.index(severity), most)])


def triage(
    told: Told, understood: Understood, located: Located, nearby: Sequence[Nearby], rules: TriageRules
) -> Decision:
    """Decide what becomes of a lead; `nearby` are the open issues of its kind around, the oldest first.

    Rule: R-TRIAGE
    """
    place = located.certain
    if place is None:
        reason = SEVERAL_PLACES if len(located.candidates) > 1 else NO_PLACE
        reason = located.doubts[0] if located.doubts else reason
        return Park(reason=reason, candidates=located.candidates)
    if understood.category is None:
        return Park(reason=NO_CATEGORY, candidates=located.candidates)
    opened = Open(place=place, category=understood.category, severity=understood.severity)
    if told.source in rules.own_issue or told.recurrence_of or told.origin is Origin.STOCK:
        return opened
    same = next((one for one in nearby if _is_same(told, place, one, rules.radius[opened.category])), None)
    if same is None:
        return opened
    if same.issue_id is None:
        return Wait()
    return Attach(place=place, category=opened.category, severity=opened.severity, issue_id=same.issue_id)


def _is_same(told: Told, place: Candidate, other: Nearby, radius: float) -> bool:
    """同一件事: within the radius where both points are known, else on the same reach.

    Rule: R-TRIAGE-SAME
    """
    if told.where.point and other.point:
        return metres(told.where.point, other.point) <= radius
    return place.reach == other.reach


def metres(one: Point, other: Point) -> float:
    """Return the distance over the ground between two points, in metres."""
    lat, other_lat = radians(one.lat), radians(other.lat)
    up, along = other_lat - lat, radians(other.lon - one.lon)
    half = sin(up / 2) ** 2 + cos(lat) * cos(other_lat) * sin(along / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def common_division(candidates: Sequence[Candidate], top: Division) -> Division:
    """共同上级: return the lowest division above all candidates: whose office decides between them."""
    if not candidates:
        return top
    codes = {candidate.division for candidate in candidates}
    for digits in (9, 6, 4, 2):
        shared = {code[:digits] for code in codes}
        if len(shared) == 1:
            county = shared.pop()[:6]
            return county.ljust(12, "0")
    return top
