"""第二阶梯: the true instants at which time demands each rung of a clock.

For the second clock: written from the prose of the rules; nothing of `domain` is imported.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from tests.rules.second_book import (
    BULLETIN,
    EARLY,
    ESCALATION,
    INTERVIEW,
    ORDER,
    REFERRAL,
    REMINDER,
    Book,
    Clock,
)
from tests.rules.second_calendar import amount_of

OWN_ACT = ("RULING", "REVIEW", "SUSPENSION")
ORDER_ONLY = ("REPLY", "WHOLE")
MICROSECOND = timedelta(microseconds=1)


def marks(clock: Clock, book: Book, *, at_the_top: bool) -> Iterator[tuple[datetime, int]]:
    """Yield the next instant of each rung of a clock that runs; none before the word that moved it."""
    found: dict[int, datetime | None] = {}
    if clock.name in OWN_ACT:
        found[REMINDER] = clock.end.at
    elif not clock.has_lapsed:
        found[EARLY] = _early(clock, book)
        found[REMINDER] = _after(clock, book, clock.end.at, book.steps["reminder"].after)
    else:
        found[ORDER] = _step_of(clock, book, "order", ORDER)
        if clock.name not in ORDER_ONLY:
            found[ESCALATION] = None if at_the_top else _step_of(clock, book, "escalation", ESCALATION)
            found[BULLETIN] = _step_of(clock, book, "bulletin", BULLETIN)
            found[INTERVIEW] = _step_of(clock, book, "interview", INTERVIEW)
            found[REFERRAL] = _referral(clock, book)
    for rung, at in found.items():
        if at is not None:
            yield max(at, clock.moved_at or at, clock.start), rung


def _early(clock: Clock, book: Book) -> datetime | None:
    """A share of what runs before the end; where it repeats, so long after the last, and before the end."""
    share, each = book.steps["early"]
    last = clock.last(EARLY)
    if last is None:
        stood = sum((rest.until - rest.since for rest in clock.rests), timedelta())
        running = (clock.end.at - clock.start - stood) // MICROSECOND
        at = clock.end.at - round(running * Fraction(share)) * MICROSECOND
    elif each is None:
        return None
    else:
        at = _after(clock, book, last, each)
    return at if max(at, clock.moved_at or at) < clock.end.at else None


def _step_of(clock: Clock, book: Book, name: str, rung: int) -> datetime | None:
    """The first time so long after the end, then so long after the time before, if it repeats."""
    step = book.steps.get(f"stop_{name}" if clock.name == "STOP" else name) or book.steps.get(name)
    last = clock.last(rung)
    if step is None or (last and step.each is None):
        return None
    return (
        _after(clock, book, last, step.each or "") if last else _after(clock, book, clock.end.at, step.after)
    )


def _referral(clock: Clock, book: Book) -> datetime | None:
    called, step = clock.last(INTERVIEW), book.steps.get("referral")
    if called is None or step is None or clock.last(REFERRAL):
        return None
    return _after(clock, book, max(called, clock.held_at or called), step.after)


def _after(clock: Clock, book: Book, since: datetime, step: str) -> datetime:
    """So long after an instant, moved by the rests that began since, as a limit would be."""
    end = book.days.by_table(step, since)
    rests = clock.rested(since)
    return book.days.after_rests(since, end, rests, rolls=amount_of(step).unit == "wd").at
