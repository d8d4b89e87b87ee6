"""信: what the shell sends to the records: facts, what they cause, and how the issue now stands."""

from datetime import date

from domain.chain import GENESIS, canonical
from domain.issue.clocks import next_mark
from domain.issue.effects import Effect, effects_of
from domain.issue.events import Opened
from domain.issue.evolve import born, evolve
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.model import Frozen, Moment


class Line(Frozen):
    """日志一行: one fact as the journal keeps it: its body is canonical and covered by its hash."""

    number: int
    kind: str
    at: Moment
    said_at: Moment
    body: str
    hash: str


class Head(Frozen):
    """读模型一行: how an issue stands; can be dropped and retold from the journal."""

    stage: str
    category: str
    severity: str
    origin: str
    source: str
    reach: str
    division: str
    title: str
    chief: str
    unit: str | None
    level: int
    rung: int
    is_overdue: bool
    next_mark_at: Moment | None
    opened_at: Moment
    look_backs_on: tuple[date, ...] = ()
    recurrence_of: str | None = None
    edition: str
    is_suspended: bool = False
    is_provisional: bool = False


class Letter(Frozen):
    """一封信: all facts since the last one, in order, and the tail hash that stood before them."""

    issue_id: str
    before: str
    lines: tuple[Line, ...]
    effects: tuple[Effect, ...]
    head: Head

    @property
    def tail(self) -> str:
        """The tail hash that the journal must have after this letter."""
        return self.lines[-1].hash


def write(
    before: Issue | None, events: tuple[Event, ...], limit: int = 200, stands: Issue | None = None
) -> tuple[Letter, Issue, tuple[Event, ...]]:
    """Write a letter of at most `limit` facts; return it, the issue as it then is, and what is left over.

    Who knows how the issue `stands` after all the facts spares the last of them a second evolution.
    """
    last = (before.number if before else 0) + len(events)
    known = stands if stands and stands.number == last else None
    taken, left = events[:limit], events[limit:]
    tail, issue = (before.tail if before else GENESIS), before
    lines: list[Line] = []
    effects: list[Effect] = []
    for event in taken:
        number = issue.number + 1 if issue else 1
        issue = known if known and number == last else _next(issue, event)
        lines.append(
            Line(
                number=issue.number,
                kind=type(event).__name__,
                at=event.at,
                said_at=event.said_at,
                body=canonical(event),
                hash=issue.tail,
            )
        )
        effects += effects_of(issue, event)
    if issue is None:
        raise ValueError("a letter needs at least one fact")
    letter = Letter(
        issue_id=issue.issue_id, before=tail, lines=tuple(lines), effects=tuple(effects), head=head_of(issue)
    )
    return letter, issue, left


def _next(issue: Issue | None, event: Event) -> Issue:
    return evolve(issue, event) if issue else born(_first(event))


def _first(event: Event) -> Opened:
    if not isinstance(event, Opened):
        raise TypeError(f"a journal begins with Opened, not with {type(event).__name__}")
    return event


def head_of(issue: Issue) -> Head:
    """Return the row of the read model for an issue."""
    mark = next_mark(issue)
    return Head(
        stage=issue.stage,
        category=issue.category,
        severity=issue.severity,
        origin=issue.origin,
        source=issue.source,
        reach=issue.reach,
        division=issue.division,
        title=issue.title,
        chief=issue.chief,
        unit=issue.unit,
        level=issue.level,
        rung=issue.rung,
        is_overdue=issue.is_overdue,
        next_mark_at=mark.at if mark else None,
        opened_at=issue.opened_at,
        look_backs_on=issue.look_backs_on,
        recurrence_of=issue.recurrence_of,
        edition=issue.rules.edition,
        is_suspended=issue.is_suspended,
        is_provisional=any(run.provisional for run in issue.clocks),
    )
