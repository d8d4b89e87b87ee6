"""逐步: a life told fact by fact: how the issue stood around each, and what it did to the clocks."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from domain.issue.clocks import Mark, next_mark
from domain.issue.effects import Effect, effects_of
from domain.issue.events import Opened
from domain.issue.evolve import born, evolve
from domain.issue.fact_base import Event
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.terms import Clock

Happened = Literal["started", "moved", "stopped", "resumed", "passed", "withdrawn", "ended"]


class Change(NamedTuple):
    """一个时限的变化: what a fact did to a clock, with the clock before and after it."""

    happened: Happened
    clock: Clock
    before: Run | None
    after: Run


class Step(NamedTuple):
    """一步: a fact, the mark that brought it if no word did, the issue around it, and what followed."""

    number: int
    fact: Event
    mark: Mark | None
    before: Issue | None
    after: Issue
    changes: tuple[Change, ...]
    effects: tuple[Effect, ...]


class Fate(NamedTuple):
    """告知之下落: what became of an effect: its state in the ledger, since when, and the last trouble."""

    effect: Effect
    state: str
    attempts: int
    next_try_at: datetime
    delivered_at: datetime | None
    last_error: str | None


class Trace(NamedTuple):
    """历史之迹: where the histories show a fact: its word heard, its timer fired, its letter taken.

    Each is an event of one run, with the moment at which it entered the history; nothing where there is none.
    """

    run: int
    letter: int
    first: int
    last: int
    taken: int
    taken_at: datetime
    heard: int | None = None
    heard_at: datetime | None = None
    fired: int | None = None
    fired_at: datetime | None = None


def steps(facts: Sequence[Event]) -> Iterator[Step]:
    """Yield every fact of a journal with the issue before and after it; the first must be Opened."""
    before: Issue | None = None
    for number, fact in enumerate(facts, 1):
        if before is None:
            if not isinstance(fact, Opened):
                raise TypeError(f"a journal begins with Opened, not with {type(fact).__name__}")
            after = born(fact)
        else:
            after = evolve(before, fact)
        mark = _mark(before, fact)
        yield Step(number, fact, mark, before, after, tuple(_changes(before, after)), effects_of(after, fact))
        before = after


def _mark(before: Issue | None, fact: Event) -> Mark | None:
    """The mark that had come: it is due until the last of the facts that it brings."""
    if before is None or fact.command is not None:
        return None
    due = next_mark(before)
    return due if due and due.at == fact.said_at else None


def _changes(before: Issue | None, after: Issue) -> Iterator[Change]:
    known, now = _by_start(_begun(before)), _by_start(_begun(after))
    for key, run in now.items():
        if was := known.get(key):
            stood = before is not None and was in before.still
            happened = _happened(was, run, stood=stood, stands=run in after.still)
            yield from (Change(each, run.clock, was, run) for each in happened)
        else:
            yield Change("started", run.clock, None, run)
    accounts = _by_start(after.ended)
    for key, was in known.items():
        if key not in now:
            # Before the fair clocks, what a rejection began anew left no account of what rested.
            yield Change("ended", was.clock, was, accounts.get(key, was))


def _happened(was: Run, run: Run, *, stood: bool, stands: bool) -> Iterator[Happened]:
    if stands and not stood:
        yield "stopped"
    if stood and not stands:
        yield "resumed"
    if run.limit_at != was.limit_at or len(run.moves) > len(was.moves):
        yield "moved"
    if len(run.passed) > len(was.passed):
        yield "passed"
    if len(run.withdrawn) > len(was.withdrawn) or len(run.undone) > len(was.undone):
        yield "withdrawn"


def _by_start(runs: Iterable[Run]) -> dict[tuple[Clock, int], Run]:
    """A clock is told from an earlier one of its kind by the fact that started it."""
    return {(run.clock, run.number): run for run in runs}


def _begun(issue: Issue | None) -> tuple[Run, ...]:
    return (*issue.clocks, *issue.still) if issue else ()
