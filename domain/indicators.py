"""指标: what is counted in a period, and a figure as the list of its issues."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.model import Day, Frozen, IssueId, Label
from domain.workdays import at_local, end_of_day, local_day


class Period(Frozen):
    """期间: from the beginning of one day to the end of another, in China."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _goes_forward(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"{self.last} 早于 {self.first} (the period ends before it begins)")
        return self

    @property
    def begins_at(self) -> datetime:
        """The first moment of it."""
        return at_local(self.first, datetime.min.time())

    @property
    def ends_at(self) -> datetime:
        """The first moment that is no longer of it."""
        return end_of_day(self.last)

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment falls into it."""
        return self.begins_at <= moment < self.ends_at


class Indicator(StrEnum):
    """指标: what is counted."""

    FOUND = "found"
    CLOSED = "closed"
    OPEN = "open"
    OVERDUE = "overdue"
    SUSPENDED = "suspended"
    DISPUTED = "disputed"
    REMINDED = "reminded"
    ORDERED = "ordered"
    ESCALATED = "escalated"
    NAMED = "named"
    INTERVIEWED = "interviewed"
    REFERRED = "referred"
    EXTENDED = "extended"
    RETURNED = "returned"
    HANDED_BACK = "handed_back"
    ON_TIME = "on_time"
    RECURRED = "recurred"
    SELF_FOUND = "self_found"


INDICATORS: dict[Indicator, Label] = {
    Indicator.FOUND: Label("新发现", "found"),
    Indicator.CLOSED: Label("销号", "closed"),
    Indicator.OPEN: Label("期末在办", "open at the end"),
    Indicator.OVERDUE: Label("期末逾期", "overdue at the end"),
    Indicator.SUSPENDED: Label("期末中止", "suspended at the end"),
    Indicator.DISPUTED: Label("期末争议", "disputed at the end"),
    Indicator.REMINDED: Label("逾期催办", "reminded after a limit"),
    Indicator.ORDERED: Label("发督办单", "ordered"),
    Indicator.ESCALATED: Label("提级督办", "escalated"),
    Indicator.NAMED: Label("列入通报", "named in a bulletin"),
    Indicator.INTERVIEWED: Label("约谈", "interviewed"),
    Indicator.REFERRED: Label("问责移送", "referred"),
    Indicator.EXTENDED: Label("准予延期", "extended"),
    Indicator.RETURNED: Label("核查退回", "returned by the verifier"),
    Indicator.HANDED_BACK: Label("退回交办", "handed back"),
    Indicator.ON_TIME: Label("按期办结率", "closed on time"),
    Indicator.RECURRED: Label("反弹率", "recurred"),
    Indicator.SELF_FOUND: Label("自查发现率", "found by ourselves"),
}
"""Each indicator in two languages."""

RATES: dict[Indicator, Indicator] = {
    Indicator.ON_TIME: Indicator.CLOSED,
    Indicator.RECURRED: Indicator.FOUND,
    Indicator.SELF_FOUND: Indicator.FOUND,
}
"""比率: which indicator is the share of which; all others are plain counts."""
COUNTS = tuple(indicator for indicator in Indicator if indicator not in RATES)

FigureKey = Annotated[str, Field(pattern=r"^[a-z_]+(\.([0-9]{12}|[A-Z_]+))?$")]
"""`found`, of one division `found.512022000000`, of one category `found.DUMPING`."""


class Figure(Frozen):
    """一个数: the issues that make it, and of which issues they are a share."""

    key: FigureKey
    issues: tuple[IssueId, ...]
    among: tuple[IssueId, ...] | None = None

    @property
    def count(self) -> int:
        """How many issues it counts."""
        return len(self.issues)

    @property
    def of(self) -> int | None:
        """Of how many they are a share; nothing for a plain count."""
        return None if self.among is None else len(self.among)

    @property
    def share(self) -> Fraction | None:
        """The rate, where there is anything to be a share of."""
        return Fraction(self.count, self.of) if self.of else None


def month_of(day: date) -> Period:
    """Return the month of a day."""
    first = day.replace(day=1)
    return Period(first=first, last=(first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def since(opened_at: datetime, at: datetime) -> Period:
    """Return the days from one moment to another: the period of what is told of one issue."""
    return Period(first=local_day(opened_at), last=local_day(at))
