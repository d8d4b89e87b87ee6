"""摘录: the part of one edition that travels with one issue, small enough to stand in its history."""

import json
from datetime import date, time
from functools import lru_cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from domain.fair import FairClocks
from domain.limits import SPANS, Counting, Ground, Limit, SourcedLimit, TravellingLimit
from domain.model import Frozen, derived
from domain.roles import May, Role, Who, Words
from domain.terms import Category, Clock, Level, Severity
from domain.workdays import Calendar


def _repeats(each: Limit | None) -> Limit | None:
    if each and not (each.unit in SPANS and each.amount):
        raise ValueError(f"{each}: 间隔须大于零 (an interval must be longer than nothing)")
    return each


Interval = Annotated[Limit | None, AfterValidator(_repeats)]
"""间隔: how a step repeats; never at once, which would be for ever."""


class Step(Frozen):
    """阶梯的一级: when it comes after the limit, and how it repeats."""

    after: Limit
    each: Interval = None
    source: Ground

    def __str__(self) -> str:
        each = f" each {self.each}" if self.each else ""
        return f"{self.after}{each} | {self.source}"


class Early(Frozen):
    """提前提醒: at which share of wall time before the limit, and how it repeats until then."""

    share: float = Field(gt=0, lt=1)
    each: Interval = None
    source: Ground

    def __str__(self) -> str:
        each = f" each {self.each}" if self.each else ""
        return f"{self.share!r}{each} | {self.source}"


def _read_step(value: Any, first: str) -> Any:
    if not isinstance(value, str):
        return value
    when, _, source = value.partition(" | ")
    head, _, each = when.partition(" each ")
    return {first: head, "each": each or None, "source": source}


TravellingStep = Annotated[Step, BeforeValidator(lambda v: _read_step(v, "after")), PlainSerializer(str)]
TravellingEarly = Annotated[Early, BeforeValidator(lambda v: _read_step(v, "share")), PlainSerializer(str)]


class Ladder(Frozen):
    """逾期处置阶梯 of one severity; the stop clock climbs in hours by two steps of its own."""

    early: TravellingEarly
    reminder: TravellingStep
    order: TravellingStep
    escalation: TravellingStep
    bulletin: TravellingStep
    interview: TravellingStep | None = None
    referral: TravellingStep | None = None
    stop_order: TravellingStep
    stop_escalation: TravellingStep

    @model_serializer(mode="wrap")
    def _without_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}


def _to_the_minute(value: time) -> time:
    if value.second or value.microsecond:
        raise ValueError(f"{value}: 只到分钟 (to the minute)")
    return value


DayEnds = Annotated[time, AfterValidator(_to_the_minute), PlainSerializer(lambda value: f"{value:%H:%M}")]


def _limits(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        Limit.model_validate(word)
    return words


class Excerpt(Frozen):
    """摘录: limits and ladder of one category and severity, permissions, calendar, sources, edition."""

    edition: str
    digest: str = Field(pattern=r"^[0-9a-f]{12}$", description="first digits of the edition's SHA-256")
    category: Category
    severity: Severity
    clocks: dict[Clock, TravellingLimit]
    ladder: Ladder
    calendar: Calendar
    day_ends: DayEnds = time(17, 30)
    batch_notice: int = 5
    rejections: int = Field(ge=0, description="rejections allowed before rung 3 comes at once")
    chief: Level = Field(description="层级 of the first responsible chief")
    verify: Level
    close: Level
    top: Level = Level.CITY
    pass_filled: bool = Field(default=False, description="越级: a filled level is passed on escalation")
    may: May = Field(default={}, description="as excerpts were written before `who`")
    who: Who = Field(default={}, description="谁可以说: the roles of each command")
    photos: dict[str, int] = Field(description="evidence a command needs, as counts")
    look_backs: Annotated[Words, AfterValidator(_limits)] = Field(description="days after closing")
    flood_season: tuple[str, str] | None = Field(
        default=None, description="MM-DD to MM-DD; RECTIFY is halved in it"
    )
    seen_within: Limit = Field(description="how long before registration the first clock may start")
    jitter: int = Field(default=0, ge=0, le=600, description="seconds over which wake-ups are spread")
    fair: FairClocks | None = Field(default=None, description="none in what was taken before these rules")

    @model_serializer(mode="wrap")
    def _without_what_goes_without_saying(
        self, write: SerializerFunctionWrapHandler, info: SerializationInfo
    ) -> dict[str, Any]:
        asked = (info.mode, info.exclude_defaults, info.exclude_unset, info.exclude_none)
        if info.include or info.exclude:
            return self._said(write)
        if asked not in self._written:
            self._written[asked] = self._said(write)
        return self._written[asked]

    def _said(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        return {
            name: value for name, value in write(self).items() if getattr(self, name) != fields[name].default
        }

    @property
    @derived
    def _written(self) -> dict[tuple[str, bool, bool, bool], dict[str, Any]]:
        """As it was written before, by the way of writing: many issues hold one excerpt and write it."""
        return {}

    @property
    @derived
    def counting(self) -> Counting:
        """The arithmetic of this excerpt."""
        return Counting(calendar=self.calendar, day_ends=self.day_ends, batch_notice=self.batch_notice)

    @property
    def needs_plan(self) -> bool:
        """Whether the unit must submit a plan before it rectifies."""
        return Clock.PLAN in self.clocks

    @property
    def has_stop_limit(self) -> bool:
        """Whether there is anything that could be stopped. Rule: R-STOP-NONE."""
        return Clock.STOP in self.clocks

    def limit(self, clock: Clock, on: date) -> SourcedLimit:
        """Return the limit of a clock that starts on a day; flood-blocking issues have half in the season.

        Rule: R-FLOOD-HALF
        """
        sourced = self.clocks[clock]
        if clock is Clock.RECTIFY and self.flood_season and _in_season(on, self.flood_season):
            return SourcedLimit(limit=sourced.limit.halved(), source=sourced.source)
        return sourced

    def roles_of(self, command: str) -> frozenset[Role]:
        """Return who may say a command; nobody, if the excerpt was taken before there was such a command."""
        if self.who:
            return frozenset(self.who.get(command, ()))
        return frozenset(role for role, commands in self.may.items() if command in commands)


ON_HAND = 512
"""How many excerpts are kept to be shared: of one edition and calendar there are some hundred a day."""


@lru_cache(ON_HAND)
def _read(text: str) -> Excerpt:
    return Excerpt.model_validate_json(text)


def _one_for_all(value: Any) -> Any:
    """Read equal excerpts as one value: each is a third of what an issue takes in a worker's memory."""
    if not isinstance(value, dict):
        return value
    try:
        return _read(json.dumps(value, sort_keys=True))
    except (TypeError, ValueError):
        return value  # what is wrong with it is said where it is read as ever


Rules = Annotated[Excerpt, BeforeValidator(_one_for_all)]
"""摘录 as issues hold it: equal ones are one."""


def _in_season(on: date, season: tuple[str, str]) -> bool:
    first, last = season
    return first <= f"{on:%m-%d}" <= last
