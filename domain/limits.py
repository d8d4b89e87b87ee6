"""时限: how a limit is written (`3wd`, `24h`, `plan <= 90cd`, `monthly`) and when it ends."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_serializer, model_validator

from domain.model import Frozen
from domain.workdays import (
    CHINA,
    Calendar,
    Counted,
    add_calendar_days,
    add_working_days,
    at_local,
    close_of_business,
    end_of_day,
    local_day,
    monthly_batch,
    months_later,
)


class Unit(StrEnum):
    """时限单位."""

    SECONDS = "s"
    HOURS = "h"
    WORKING_DAYS = "wd"
    CALENDAR_DAYS = "cd"
    MONTHS = "mo"
    AT_ONCE = "at_once"
    NEXT_DAY_AT = "at"
    MONTHLY = "monthly"
    PLAN = "plan"


_SPAN = re.compile(r"^(\d+) ?(s|h|wd|cd|mo)$")
_NEXT_DAY_AT = re.compile(r"^at ([01]\d|2[0-3]):([0-5]\d)$")
_PLAN = re.compile(r"^(?:(\d+ ?(?:s|h|wd|cd)) interim \+ )?plan (?:<=|≤) (\d+ ?(?:s|h|wd|cd))$")
_DAY, _MONTH = 86_400, 30 * 86_400
_NOMINAL = {
    Unit.SECONDS: 1,
    Unit.HOURS: 3600,
    Unit.WORKING_DAYS: _DAY,
    Unit.CALENDAR_DAYS: _DAY,
    Unit.MONTHS: _MONTH,
}
_DAYS = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
SPANS = (Unit.SECONDS, Unit.HOURS, *_DAYS)

_INSTANT = timedelta(microseconds=1)

_HOW_TO = (
    "时限写作 (write a limit as) 30s, 24h, 3wd, 90cd, 12mo, at_once, at 09:00, monthly, "
    "plan <= 90cd, 24h interim + plan <= 90cd"
)


_LONGEST = timedelta(days=36525)


def _is_written(text: str) -> bool:
    """Whether a limit can be read again as it is written."""
    return text in (Unit.AT_ONCE, Unit.MONTHLY) or any(
        pattern.match(text) for pattern in (_SPAN, _NEXT_DAY_AT, _PLAN)
    )


class Limit(Frozen):
    """时限 as the rule book writes it; a plan's limit is the plan's own date below a ceiling."""

    unit: Unit
    amount: int = 0
    clock: time | None = None
    ceiling: "Limit | None" = None
    interim: "Limit | None" = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = value.strip()
        if text in (Unit.AT_ONCE, Unit.MONTHLY):
            return {"unit": text}
        if match := _SPAN.match(text):
            return {"unit": match[2], "amount": int(match[1])}
        if match := _NEXT_DAY_AT.match(text):
            return {"unit": Unit.NEXT_DAY_AT, "clock": time(int(match[1]), int(match[2]))}
        if match := _PLAN.match(text):
            return {"unit": Unit.PLAN, "interim": match[1], "ceiling": match[2]}
        if text.startswith("-"):
            raise ValueError(f"{value}: 时限不能为负 (a limit cannot be negative)")
        raise ValueError(f"{value} 不是时限; {_HOW_TO}")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.amount < 0:
            raise ValueError(f"{self}: 时限不能为负 (a limit cannot be negative)")
        if self.nominal > _LONGEST:
            raise ValueError(f"{self}: 时限过长 (a limit is a hundred years at most)")
        if not _is_written(str(self)):
            raise ValueError(f"{self} 不是时限; {_HOW_TO}")
        if self.unit in (*_DAYS, Unit.MONTHS) and not self.amount:
            raise ValueError(f"{self}: 零日请写 0s 或 at_once (write no days as 0s or at_once)")
        return self

    @model_serializer
    def _as_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        match self.unit:
            case Unit.PLAN:
                interim = f"{self.interim} interim + " if self.interim else ""
                return f"{interim}plan <= {self.ceiling}"
            case Unit.NEXT_DAY_AT:
                return f"at {self.clock:%H:%M}"
            case Unit.AT_ONCE | Unit.MONTHLY:
                return str(self.unit)
            case _:
                return f"{self.amount}{self.unit}"

    @property
    def nominal(self) -> timedelta:
        """A rough length, good only to compare two steps of a ladder."""
        return timedelta(seconds=self.amount * _NOMINAL.get(self.unit, 0))

    @property
    def is_urgent(self) -> bool:
        """Hours and seconds are counted to the instant: their wake-up is not spread."""
        return self.unit in (Unit.SECONDS, Unit.HOURS, Unit.AT_ONCE)

    @property
    def span(self) -> "Limit | None":
        """本身单位: what an extension is measured in; a plan's is its ceiling's, a monthly batch has none."""
        if self.ceiling:
            return self.ceiling.span
        return self if self.unit in SPANS else None

    def longer_by(self, amount: int) -> "Limit":
        """延长: so much more, in its own unit; a plan's ceiling moves."""
        if self.ceiling:
            return self.model_copy(update={"ceiling": self.ceiling.longer_by(amount)})
        return self.model_copy(update={"amount": self.amount + amount})

    def halved(self) -> "Limit":
        """减半: half of it in its own unit, rounded down, at least one.

        Rule: R-FLOOD-HALF
        """
        if self.ceiling:
            return self.model_copy(update={"ceiling": self.ceiling.halved()})
        return self.model_copy(update={"amount": max(1, self.amount // 2)}) if self.amount else self


class Counting(Frozen):
    """计时规则: what the counting of a limit needs beside the limit: the calendar, the close of a day."""

    calendar: Calendar
    day_ends: time = time(17, 30)
    batch_notice: int = Field(default=5, description="working days before a monthly batch")

    def ends(
        self, limit: Limit, start: datetime, plan_on: date | None = None, granted: Sequence[Limit] = ()
    ) -> Counted:
        """计时: when a limit that starts at `start` ends; a plan's limit needs the plan's date.

        What was granted in the limit's own unit is counted from the same start, so that the order in which
        it came cannot matter; what was granted in another unit is counted on from there.
        Rule: R-CLOCK-COUNT, R-EXTEND-COUNT
        """
        own = limit.span.unit if limit.span else None
        more = sum(each.amount for each in granted if each.unit is own)
        if plan_on and own in _DAYS:
            plan_on += timedelta(days=more)
        counted = self._ends(limit.longer_by(more) if more else limit, start, plan_on)
        for each in granted:
            if each.unit is not own:
                # What ends at 24:00 ended on that day, not on the next.
                since = counted.at - _INSTANT if each.unit in _DAYS else counted.at
                on = self._ends(each, since)
                counted = Counted(on.at, counted.provisional or on.provisional)
        return counted

    def _ends(self, limit: Limit, start: datetime, plan_on: date | None = None) -> Counted:
        match limit.unit:
            case Unit.SECONDS:
                return Counted(start + timedelta(seconds=limit.amount), provisional=False)
            case Unit.HOURS:
                return Counted(start + timedelta(hours=limit.amount), provisional=False)
            case Unit.WORKING_DAYS:
                return add_working_days(start, limit.amount, self.calendar, self.day_ends)
            case Unit.CALENDAR_DAYS:
                return add_calendar_days(start, limit.amount, self.calendar)
            case Unit.MONTHS:
                return Counted(end_of_day(months_later(local_day(start), limit.amount)), provisional=False)
            case Unit.AT_ONCE:
                return Counted(start, provisional=False)
            case Unit.NEXT_DAY_AT:
                assert limit.clock is not None  # the grammar gives one
                today = at_local(local_day(start), limit.clock)
                return Counted(today if today > start else today + timedelta(days=1), provisional=False)
            case Unit.MONTHLY:
                return monthly_batch(start, self.batch_notice, self.calendar, self.day_ends)
            case Unit.PLAN:
                return self._by_plan(limit, start, plan_on)

    def _by_plan(self, limit: Limit, start: datetime, plan_on: date | None) -> Counted:
        assert limit.ceiling is not None  # the grammar gives one
        ceiling = self._ends(limit.ceiling, start)
        if plan_on is None or end_of_day(plan_on) >= ceiling.at:
            return ceiling
        return Counted(end_of_day(plan_on), provisional=False)

    def rested(self, counted: Counted, limit: Limit, rests: Sequence[tuple[datetime, datetime]]) -> Counted:
        """续计: an end moved by the wall time of its rests; one in working days rolls once to 17:30.

        All rests are added before it rolls, so that many short ones win no more than one long one; a rest
        that begins when the end has come moves nothing: what has lapsed stays lapsed. Rule: R-CLOCK-REST
        """
        due, moved = counted.at, counted
        # What ends at 24:00 ends by a date, not by the close of a working day.
        rolls = limit.unit is Unit.WORKING_DAYS and counted.at.astimezone(CHINA).time() != time()
        for since, until in sorted(rests):
            if since >= moved.at:
                break
            if until > since:
                due += until - since
                moved = Counted(due, counted.provisional)
                moved = self._rolled(moved) if rolls else moved
        return moved

    def _rolled(self, counted: Counted) -> Counted:
        rolled = close_of_business(counted.at, self.calendar, self.day_ends)
        return Counted(rolled.at, counted.provisional or rolled.provisional)

    def resumes(self, limit_at: datetime, limit: Limit, rest: timedelta, now: datetime) -> Counted:
        """续计: the end of a limit moved by a rest; one in working days rolls to the next close of business.

        What had lapsed before the rest stays lapsed. Rule: R-CLOCK-RESUME
        """
        moved = limit_at + rest
        if limit.unit is Unit.WORKING_DAYS and moved > now:
            return close_of_business(moved, self.calendar, self.day_ends)
        return Counted(moved, provisional=False)


def _split(value: Any) -> Any:
    if isinstance(value, str):
        limit, _, source = value.partition(" | ")
        return {"limit": limit, "source": source}
    return value


_TAG = r"(chosen|M|S\d{2,3}[a-z]?( art\. [0-9()–, -]*[0-9)])?)"
SOURCE = rf"^{_TAG}((; | \+ ){_TAG})*$"
"""`chosen`, or tags of the register of sources with their articles.

`S30 + S32`: both say it. `S01 art. 8; chosen`: the duty is from the one, the number is chosen.
"""

Ground = Annotated[str, Field(pattern=SOURCE)]
"""依据: the source of a value; `chosen` where no rule could be found."""


class SourcedLimit(Frozen):
    """一个时限及其依据."""

    limit: Limit
    source: Ground


TravellingLimit = Annotated[
    SourcedLimit, BeforeValidator(_split), PlainSerializer(lambda v: f"{v.limit} | {v.source}")
]
"""The same in the excerpt that travels with an issue: `3wd | S05 art. 52`."""
