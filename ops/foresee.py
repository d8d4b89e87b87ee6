"""预演: which word would bring a book, or its calendar, to an open issue, and what that would do."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from domain import posts
from domain.issue.commands import AdoptCalendar, AdoptEdition
from domain.issue.decide import decide, let_time_pass
from domain.issue.effects import effects_of
from domain.issue.events import CalendarAdopted, EditionAdopted
from domain.issue.evolve import after, evolve
from domain.issue.fact_base import Event, Move
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.model import Label
from domain.posts import Post
from domain.refusals import Refusal
from domain.rulebook import HORIZON, RuleBook
from domain.terms import Clock
from domain.workdays import Calendar, local_day

BEFORE_OPENING = timedelta(days=7)
_LONGEST_ID = 64

Adoption = AdoptEdition | AdoptCalendar
Standing = Literal["moves", "unmoved", "current", "refused"]
Word = Callable[[Issue, RuleBook, datetime, Post | None], Adoption]


class Change(NamedTuple):
    """改期: one limit, where it ended and where it would end."""

    clock: Clock
    limit_before: str
    limit_after: str
    granted: tuple[str, ...]
    ends_before: datetime
    ends_after: datetime
    provisional_before: bool
    provisional_after: bool


class AtOnce(NamedTuple):
    """随即发生: a mark that would thereby lie in the past and act at once."""

    kind: str
    clock: Clock | None
    to: tuple[Post, ...]


class Foreseen(NamedTuple):
    """预演结果 of one issue: what would move, what would follow at once, or why not."""

    issue_id: str
    standing: Standing
    command: Adoption | None = None
    changes: tuple[Change, ...] = ()
    at_once: tuple[AtOnce, ...] = ()
    notices: int = 0
    reason: Label | None = None


def edition_word(issue: Issue, book: RuleBook, at: datetime, by: Post | None) -> AdoptEdition:
    """Return the word by which an issue comes to live under a book: the excerpt for what it is today."""
    rules = book.excerpt(
        issue.category,
        issue.severity,
        issue.source,
        local_day(at),
        origin=issue.origin,
        circumstances=issue.circumstances,
        finder=posts.post_level(issue.finder) if issue.finder else None,
        recurring=issue.recurrence_of is not None,
    )
    return AdoptEdition(
        # The same for the same change, so that said again after an interruption it is heard once.
        id=_id("adopt-edition", book.digest, issue.rules.digest[:6], issue.issue_id, book.edition),
        by=by or _city_office(issue),
        said_at=at,
        rules=rules.model_copy(update={"calendar": calendar_for(issue, book, at)}),
    )


def calendar_word(issue: Issue, book: RuleBook, at: datetime, by: Post | None) -> AdoptCalendar:
    """Return the word by which an issue comes to count by a book's calendar."""
    calendar = calendar_for(issue, book, at)
    old, new = _digest(issue.rules.calendar)[:8], _digest(calendar)
    return AdoptCalendar(
        id=_id("adopt-calendar", calendar.version, new, old, issue.issue_id),
        by=by or _city_office(issue),
        said_at=at,
        calendar=calendar,
    )


def calendar_for(issue: Issue, book: RuleBook, at: datetime) -> Calendar:
    """Return the part of a calendar that an issue can meet: no day since its opening is lost."""
    opened_on = local_day(issue.opened_at)
    return book.calendar.between(opened_on - BEFORE_OPENING, local_day(at) + HORIZON)


def foresee(issue: Issue, command: Adoption, now: datetime) -> Foreseen:
    """Say a word to an issue on paper only; nothing is changed."""
    if is_current(issue, command):
        return Foreseen(issue.issue_id, "current")
    try:
        facts = decide(issue, command, now)
    except Refusal as no:
        return Foreseen(issue.issue_id, "refused", reason=Label(no.zh, str(no)))
    place = next((n for n, event in enumerate(facts) if isinstance(event, _ADOPTED)), None)
    if place is None:
        return Foreseen(issue.issue_id, "refused", reason=_SAID_BEFORE)
    before, adopted = after(issue, facts[:place]), facts[place]
    changes = tuple(_change(before.begun(move.clock), move) for move in adopted.moves)
    follows = let_time_pass(after(issue, facts), now)
    return Foreseen(
        issue.issue_id,
        "moves" if changes else "unmoved",
        command,
        changes,
        tuple(_at_once(event) for event in follows),
        _notices(before, [*facts[place:], *follows]),
    )


_ADOPTED = (EditionAdopted, CalendarAdopted)
_SAID_BEFORE = Label(
    "同一指令此前已办理,其后又改回;须先适用另一版次",
    "it was said before and undone since: adopt another first",
)


def is_current(issue: Issue, command: Adoption) -> bool:
    """已适用: an issue that has what a word would bring it need not be spoken to."""
    if isinstance(command, AdoptEdition):
        mine, new = issue.rules, command.rules
        return (mine.edition, mine.digest) == (new.edition, new.digest)
    return not _is_behind(issue, command.calendar)


def _is_behind(issue: Issue, calendar: Calendar) -> bool:
    """Whether a calendar says what matters: other days, other years, or more where a limit runs."""
    known = issue.rules.calendar
    if (known.name, known.version, known.published) != (calendar.name, calendar.version, calendar.published):
        return True
    first, last = local_day(issue.opened_at), min(known.reaches, calendar.reaches)
    corrected = (known.off ^ calendar.off) | (known.work ^ calendar.work)
    if any(first <= day <= last for day in corrected):
        return True
    runs = (*issue.clocks, *issue.still)
    reaches_beyond = any(run.provisional or local_day(run.limit_at) > known.reaches for run in runs)
    return reaches_beyond and calendar.reaches > known.reaches


def _change(run: Run | None, move: Move) -> Change:
    assert run is not None  # only a clock that began is moved
    return Change(
        clock=move.clock,
        limit_before=run.limit,
        limit_after=move.limit,
        granted=tuple(map(str, move.granted)),
        ends_before=run.limit_at,
        ends_after=move.limit_at,
        provisional_before=run.provisional,
        provisional_after=move.provisional,
    )


def _at_once(event: Event) -> AtOnce:
    return AtOnce(type(event).__name__, getattr(event, "clock", None), getattr(event, "to", ()))


def _notices(issue: Issue, events: Sequence[Event]) -> int:
    count = 0
    for event in events:
        issue = evolve(issue, event)
        count += len(effects_of(issue, event))
    return count


def _city_office(issue: Issue) -> Post:
    return posts.office(issue.division, issue.rules.top)


def _digest(calendar: Calendar) -> str:
    return sha256(calendar.model_dump_json().encode()).hexdigest()[:12]


def _id(*parts: str) -> str:
    return ":".join(parts)[:_LONGEST_ID]
