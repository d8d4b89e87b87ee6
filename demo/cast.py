"""角色: who is prompt, who is late, who never comes; decided by a report's place in its file."""

from dataclasses import dataclass
from enum import StrEnum


class Temper(StrEnum):
    """性情 of the people around one issue."""

    PROMPT = "prompt"
    LATE_TO_STOP = "late to stop"
    LATE_TO_RECTIFY = "late to rectify"
    VERY_LATE = "very late to rectify"
    NEVER = "never rectifies"
    NOTHING_TO_STOP = "nothing to stop"
    CANNOT_STOP = "cannot stop"
    REJECTED_ONCE = "rejected once"
    TO_DISMISS = "to dismiss"
    TO_MERGE = "to merge"


@dataclass(frozen=True)
class Part:
    """戏份: a temper, and for a merge the report whose issue goes on."""

    temper: Temper
    into: str | None = None


_SPECIAL = {
    "LS021": Part(Temper.TO_DISMISS),
    "STORY-SAME-THING": Part(Temper.TO_MERGE, into="LS077"),
    "LS077": Part(Temper.VERY_LATE),
    "LS054": Part(Temper.PROMPT),
    "LS030": Part(Temper.PROMPT),
    "LS026": Part(Temper.PROMPT),
    "LS033": Part(Temper.PROMPT),
}

_ROUND = (
    Temper.PROMPT,
    Temper.PROMPT,
    Temper.LATE_TO_RECTIFY,
    Temper.PROMPT,
    Temper.NOTHING_TO_STOP,
    Temper.PROMPT,
    Temper.LATE_TO_STOP,
    Temper.PROMPT,
    Temper.REJECTED_ONCE,
    Temper.VERY_LATE,
    Temper.PROMPT,
    Temper.CANNOT_STOP,
)

_NEVER = (17, 40)
"""Two issues that nobody rectifies: they climb to the top, and the bulletins go on."""


def part_of(report_id: str, place: int) -> Part:
    """Return the part of the report that stands at a place of the file."""
    if special := _SPECIAL.get(report_id):
        return special
    return Part(Temper.NEVER if place in _NEVER else _ROUND[place % len(_ROUND)])
