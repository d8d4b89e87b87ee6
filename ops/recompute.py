"""复算: every limit's end computed anew from the issue's own excerpt, and compared with the journal."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from domain.issue import events as fact
from domain.issue.events import Opened
from domain.issue.evolve import born, evolve
from domain.issue.fact_base import Event, Start
from domain.issue.reckon import resume, start
from domain.issue.state import Issue


class Difference(NamedTuple):
    """A limit that does not follow from the rules, the calendar and the facts."""

    issue_id: str
    number: int
    clock: str
    recorded: str
    recomputed: str


def differences(facts: Sequence[Event]) -> list[Difference]:
    """Return every limit of an issue that is not what its own excerpt makes of it; facts in order."""
    opened, *rest = facts
    if not isinstance(opened, Opened):
        raise TypeError(f"a journal begins with Opened, not with {type(opened).__name__}")
    issue = born(opened.model_copy(update={"starts": ()}))
    found = list(_compare(issue, opened, 1))
    issue = born(opened)
    for event in rest:
        found += _compare(issue, event, issue.number + 1)
        issue = evolve(issue, event)
    return found


def _compare(issue: Issue, event: Event, number: int) -> Iterator[Difference]:
    for recorded in event.starts:
        try:
            recomputed = _again(issue, event, recorded)
        except LookupError:
            told = _told(recorded)
            yield Difference(issue.issue_id, number, recorded.clock, told, "its rules know no such clock")
            continue
        if recomputed != recorded:
            yield Difference(issue.issue_id, number, recorded.clock, _told(recorded), _told(recomputed))
    if isinstance(event, fact.Lapsed | fact.EarlyReminded):
        run = issue.run(event.clock)
        if run is None or run.limit_at != event.limit_at:
            running = run.limit_at.isoformat() if run else "no such clock"
            yield Difference(issue.issue_id, number, event.clock, event.limit_at.isoformat(), running)


def _again(issue: Issue, event: Event, recorded: Start) -> Start:
    """Start the clock once more, as the rule of the fact does, at the moment the fact names."""
    if isinstance(event, fact.RectificationRejected) and issue.resting and issue.rested_at:
        return resume(issue, issue.resting, issue.rested_at, event.said_at)
    return start(issue, recorded.clock, recorded.at)


def _told(begun: Start) -> str:
    mark = ", provisional" if begun.provisional else ""
    return f"{begun.limit_at.isoformat()} ({begun.limit} from {begun.at.isoformat()}, {begun.source}{mark})"
