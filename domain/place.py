"""地点: where a report says that it is, and which reach and division that may be."""

from typing import Annotated

from pydantic import Field

from domain.model import PRINTABLE, Frozen, Label
from domain.posts import Division


class Point(Frozen):
    """坐标 in degrees, WGS 84."""

    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)


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

    @property
    def certain(self) -> Candidate | None:
        """The one place that it is, if no person needs to decide."""
        if len(self.candidates) == 1 and self.candidates[0].reach is not None:
            return self.candidates[0]
        return None


class UnknownPlace(Exception):
    """A code that the registry does not know, or codes that contradict each other."""

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason
