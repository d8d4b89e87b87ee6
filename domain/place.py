"""地点: where a report says that it is, and which reach and division that may be."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.model import PRINTABLE, Frozen, Label
from domain.posts import Division

STEEPEST = 90
"""Degrees: no latitude is beyond."""


class UnknownPlace(Exception):
    """地点有误: a code that names no place, or contradicts another; carries the field and the reason."""

    def __init__(self, field: Literal["reach", "division"], reason: Label) -> None:
        super().__init__(reason.en)
        self.field, self.reason = field, reason


class Point(Frozen):
    """坐标 in degrees, WGS 84."""

    lon: float = Field(ge=-2 * STEEPEST, le=2 * STEEPEST, allow_inf_nan=False)
    lat: float = Field(ge=-STEEPEST, le=STEEPEST, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _not_swapped(cls, given: object) -> object:
        """In China every longitude is beyond 90: such a latitude is a longitude in the wrong place."""
        match given:
            case {"lon": int() | float() as lon, "lat": int() | float() as lat} if (
                abs(lon) <= STEEPEST < abs(lat) <= 2 * STEEPEST
            ):
                raise ValueError("经度和纬度似乎写反了 (lon and lat seem to be swapped)")
        return given


class Where(Frozen):
    """地点 as it is said: by code, by coordinates, by name, or by several of them."""

    reach: str | None = Field(default=None, min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")
    division: Division | None = None
    point: Point | None = None
    name: Annotated[str, Field(max_length=200, pattern=PRINTABLE)] | None = None


class Candidate(Frozen):
    """候选河段: a reach, or only a division if no reach is told, with why it may be meant."""

    division: Division
    reach: str | None
    why: Label


class Located(Frozen):
    """研判的地点: what it may be, the likeliest first; certain only if there is one, and it names a reach."""

    candidates: tuple[Candidate, ...] = ()
    outside: bool = False
    """The coordinates lie outside the registry altogether."""
    doubts: tuple[Label, ...] = ()
    """疑点: why a person must look even if there is only one candidate."""

    @property
    def certain(self) -> Candidate | None:
        """The one place that it is, if no person needs to decide."""
        if len(self.candidates) == 1 and not (self.outside or self.doubts):
            (only,) = self.candidates
            return only if only.reach is not None else None
        return None
