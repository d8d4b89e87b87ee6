"""同一点位: how far a photograph was taken from the earlier ones: a question for who verifies."""

from collections.abc import Sequence

from domain.model import Label
from domain.place import Point
from domain.triage import metres


def metres_from_earlier(points: Sequence[Point | None]) -> list[float | None]:
    """前后照片: of each photograph in order, how far it is from the nearest earlier one, where known.

    Rule: R-PHOTO-DISTANCE
    """
    told: list[float | None] = []
    earlier: list[Point] = []
    for point in points:
        near = [metres(point, other) for other in earlier] if point else []
        told.append(min(near, default=None))
        earlier += [point] if point else []
    return told


def question(away: float | None, most: int) -> Label | None:
    """质疑: asked of a photograph that lies farther from every earlier one than the book bears.

    Rule: R-PHOTO-DISTANCE
    """
    if away is None or away <= most:
        return None
    return Label(
        f"距此前最近的照片 {away:.0f} 米,超过 {most} 米,请核对是否同一点位",
        f"{away:.0f} m from the nearest earlier photo, more than {most} m: is it the same spot?",
    )
