"""角色: who is prompt, who is late, who quarrels about a clock; decided by a report's place in its file."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.issue.state import Issue
from domain.terms import Clock, Stage


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
    GIVEN_TIME = "asks for more time and gets it"
    REFUSED_TIME = "asks for more time in vain"
    SUSPENDED = "waits for a court"
    NOT_OURS = "two units hand it back"
    WORSE = "worse than it looked"
    NEXT_YEAR = "waits for next year's calendar"


QUARRELS = frozenset(
    {
        *(Temper.GIVEN_TIME, Temper.REFUSED_TIME, Temper.SUSPENDED),
        *(Temper.NOT_OURS, Temper.WORSE, Temper.NEXT_YEAR),
    }
)
"""Tempers whose people have more to say about the clock than to let it run."""


@dataclass(frozen=True)
class Part:
    """戏份: a temper; for a merge the report whose issue goes on, for a dispute the other department."""

    temper: Temper
    into: str | None = None
    other: str = "natural_resources"


@dataclass
class Scene:
    """一场: what one issue's people are about to do, and when."""

    part: Part
    stage: Stage | None = None
    due: datetime | None = None
    said: int = 0
    quarrelled: int = 0
    seen: set[str] = field(default_factory=set)


FOR_THE_STATEMENT = "LS011"
"""The report of a suspended issue; its 时限说明书 ends the story."""

OF_NEXT_YEAR = "LS016"
"""The report of an issue whose limit ends in a year without a calendar."""

# Each quarrel is played twice, so that one late word on a busy machine costs no part of the story.
_SPECIAL = {
    "LS021": Part(Temper.TO_DISMISS),
    "STORY-SAME-THING": Part(Temper.TO_MERGE, into="LS077"),
    "LS077": Part(Temper.VERY_LATE),
    "LS054": Part(Temper.PROMPT),
    "LS030": Part(Temper.PROMPT),
    "LS026": Part(Temper.PROMPT),
    "LS033": Part(Temper.PROMPT),
    "LS035": Part(Temper.GIVEN_TIME),
    "LS069": Part(Temper.GIVEN_TIME),
    "LS040": Part(Temper.REFUSED_TIME),
    "LS044": Part(Temper.REFUSED_TIME),
    FOR_THE_STATEMENT: Part(Temper.SUSPENDED),
    "LS097": Part(Temper.SUSPENDED),
    "LS037": Part(Temper.NOT_OURS),
    "LS071": Part(Temper.NOT_OURS, other="agriculture"),
    "LS034": Part(Temper.WORSE),
    "LS095": Part(Temper.WORSE),
    OF_NEXT_YEAR: Part(Temper.NEXT_YEAR),
}

TYPED_IN = frozenset(_SPECIAL)
"""Reports that came by letter: an office typed them in, with how grave it took them to be."""

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


def pace(temper: Temper, issue: Issue, seen_at: datetime) -> datetime | None:
    """Return when the people of an issue act at its present stage; never is None."""
    quick = seen_at + timedelta(seconds=1 + int(issue.issue_id[-6:]) % 4)
    run = issue.run(Clock.STOP) if issue.stage is Stage.DISCOVERED else issue.run(Clock.RECTIFY)
    limit_at = run.limit_at if run else quick
    match temper, issue.stage:
        case Temper.LATE_TO_STOP, Stage.DISCOVERED:
            return limit_at + timedelta(seconds=5)
        case Temper.LATE_TO_RECTIFY, Stage.RECTIFYING if issue.rejections == 0:
            return limit_at + timedelta(seconds=8)
        case Temper.VERY_LATE, Stage.RECTIFYING:
            return limit_at + timedelta(seconds=20)
        case Temper.NEVER, Stage.RECTIFYING:
            return None
        case _, Stage.PLANNING | Stage.RECTIFYING if temper in QUARRELS:
            return seen_at
        case _:
            return quick


def pause(temper: Temper) -> timedelta:
    """Return how soon the people speak again, after a word that was refused or left the stage as it was."""
    return timedelta(seconds=0.5 if temper in QUARRELS else 2)
