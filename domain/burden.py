"""减负: which pushes a person gets on a day and when; what is not urgent waits, and nothing is lost.

The inbox never waits; what is ruled here is only when a telephone rings.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import chain
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from domain.issue.wording import FACTS
from domain.model import Frozen, Label, Moment
from domain.terms import Severity
from domain.workdays import Calendar, at_local, local_day

LONGEST_REST = 15
"""Days that are searched for the next digest, or the last: longer than any holiday."""

_DAY = timedelta(days=1)


class Urgency(StrEnum):
    """轻重缓急: what breaks through, what goes at once while there is room, what waits."""

    URGENT = "urgent"
    ORDINARY = "ordinary"
    ROUTINE = "routine"


URGENCIES: dict[Urgency, Label] = {
    Urgency.URGENT: Label("紧急", "urgent"),
    Urgency.ORDINARY: Label("一般", "ordinary"),
    Urgency.ROUTINE: Label("日常", "routine"),
}


Hours = Annotated[tuple[time, ...], Field(max_length=6)]


class Sourced(Frozen):
    """来源: where a value comes from: a tag of rules/sources.yaml, or `chosen`."""

    source: Annotated[str, Field(min_length=1)]


class Budget(Sourced):
    """每人每日推送上限, digests included."""

    pushes: Annotated[int, Field(ge=1, le=100)]


class Urgent(Sourced):
    """紧急: a limit that ends within this time."""

    hours: Annotated[int, Field(ge=1, le=72)]


class Routine(Sourced):
    """日常: the kinds of fact that can wait."""

    facts: frozenset[str]


class Digests(Sourced):
    """汇总时刻 in China time, on working days and on days of rest."""

    working: Annotated[Hours, Field(min_length=1)]
    rest: Hours


class Quiet(Sourced):
    """免打扰 in China time: from one hour of the clock to another, over midnight."""

    begins: time
    ends: time


class NoticeRules(Frozen):
    """推送规则: data; the ground of all of it is 国办函〔2026〕12号, the numbers are chosen by the office."""

    budget: Budget
    urgent: Urgent
    routine: Routine
    digests: Digests
    quiet: Quiet

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if unknown := self.routine.facts - set(FACTS):
            raise ValueError(f"没有这种事实 (no such fact): {', '.join(sorted(unknown))}")
        if self.quiet.ends >= self.quiet.begins:
            raise ValueError("免打扰须跨越午夜 (quiet hours begin in the evening and end in the morning)")
        if any(_is_night(hour, self.quiet) for hour in (*self.digests.working, *self.digests.rest)):
            raise ValueError("汇总时刻不得在免打扰时段内 (a digest must not fall into the quiet hours)")
        if self.budget.pushes < len(self.digests.working):
            raise ValueError("每日上限须容下各次汇总 (the budget must hold the digests of a day)")
        return self


class Waiting(NamedTuple):
    """待推送: something in an inbox that its person has not been pushed yet; `about` is its issue."""

    key: int
    about: str
    urgency: Urgency
    since: datetime


class Used(NamedTuple):
    """已用: pushes that a person got today, and how many of them were not urgent."""

    pushes: int = 0
    calm: int = 0


class Push(NamedTuple):
    """一次推送: the telephone rings once for all of these, in their order."""

    kind: Literal["urgent", "ordinary", "digest"]
    items: tuple[Waiting, ...]


class Fact(NamedTuple):
    """所告之事: of which kind a fact is, how grave its issue, and the nearest limit that it names."""

    kind: str
    severity: Severity | None
    limit_at: datetime | None


def urgency(of: Fact, at: datetime, rules: NoticeRules) -> Urgency:
    """轻重缓急: a major issue or a limit that ends within the day is urgent; some kinds of fact can wait.

    Rule: R-URGENCY
    """
    ends_soon = of.limit_at is not None and at < of.limit_at <= at + timedelta(hours=rules.urgent.hours)
    if of.severity is Severity.MAJOR or ends_soon:
        return Urgency.URGENT
    return Urgency.ROUTINE if of.kind in rules.routine.facts else Urgency.ORDINARY


def plan(
    waiting: Sequence[Waiting], used: Used, now: datetime, rules: NoticeRules, calendar: Calendar
) -> tuple[Push, ...]:
    """减负预算: what a person is pushed now of all that waits, in order; the rest waits on.

    Whatever goes takes along what waits of the same issue before it, so that its order is kept.
    Rule: R-BURDEN-BUDGET
    """
    left, pushes = list(waiting), list[Push]()

    def go(kind: Literal["urgent", "ordinary"], last: Waiting) -> None:
        with_it = tuple(item for item in left[: left.index(last) + 1] if item.about == last.about)
        pushes.append(Push(kind, with_it))
        left[:] = [item for item in left if item not in with_it]

    for item in waiting:
        if item.urgency is Urgency.URGENT and item in left:
            go("urgent", item)
    if not left or is_quiet(now, rules):
        return tuple(pushes)
    if digest_is_due(left, now, rules, calendar) and used.calm < rules.budget.pushes:
        return (*pushes, Push("digest", tuple(left)))
    to_come = digests_to_come(now, rules, calendar)
    for item in waiting:
        has_room = used.pushes + len(pushes) + to_come < rules.budget.pushes
        if item in left and has_room and _goes_at_once(item, now, rules):
            go("ordinary", item)
    return tuple(pushes)


def digest_is_due(left: Sequence[Waiting], now: datetime, rules: NoticeRules, calendar: Calendar) -> bool:
    """汇总: fixed hours; what came in before the last of them is due, also when that hour was missed.

    Rule: R-BURDEN-DIGEST
    """
    last = max((hour for hour in _digest_hours(now, rules, calendar) if hour <= now), default=None)
    return last is not None and any(item.since <= last for item in left)


def digests_to_come(now: datetime, rules: NoticeRules, calendar: Calendar) -> int:
    """Return how many digests the day still brings: their places in the budget are kept free."""
    today = local_day(now)
    return sum(hour > now and local_day(hour) == today for hour in _digest_hours(now, rules, calendar))


def is_quiet(now: datetime, rules: NoticeRules) -> bool:
    """免打扰: at night only what is urgent rings. Rule: R-BURDEN-QUIET."""
    day = local_day(now)
    return not at_local(day, rules.quiet.ends) <= now < at_local(day, rules.quiet.begins)


def look_again(now: datetime, rules: NoticeRules, calendar: Calendar) -> datetime:
    """Return the next moment at which what waits may go: a digest's, or the end of the night."""
    ends = (at_local(local_day(now) + ahead, rules.quiet.ends) for ahead in (timedelta(), _DAY))
    return min(moment for moment in chain(_digest_hours(now, rules, calendar), ends) if moment > now)


def _goes_at_once(item: Waiting, now: datetime, rules: NoticeRules) -> bool:
    """What came in at night, or yesterday, waits for the digest: the morning does not begin with a volley."""
    fresh = local_day(item.since) == local_day(now) and not is_quiet(item.since, rules)
    return item.urgency is Urgency.ORDINARY and fresh


def _digest_hours(now: datetime, rules: NoticeRules, calendar: Calendar) -> Iterator[datetime]:
    for ahead in range(-LONGEST_REST, 2):
        day = local_day(now) + ahead * _DAY
        hours = rules.digests.working if calendar.is_workday(day) else rules.digests.rest
        yield from (at_local(day, hour) for hour in hours)


def _is_night(hour: time, quiet: Quiet) -> bool:
    return not quiet.ends <= hour < quiet.begins


class Day(Frozen):
    """一人一日的负担: what the budget gave and what was used of it."""

    person: str
    budget: int
    pushes: int
    urgent: int
    digests: int
    items: int
    waiting: int
    last_at: Moment | None = None
