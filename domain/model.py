"""The frozen base of every value in the rule book, and the Label that names a term in two languages."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)


class Frozen(BaseModel):
    """A value: never changed, only replaced; an unknown field is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with changed fields; what was derived of the original is not taken over."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).__pydantic_fields__.keys():
            del copied.__dict__[name]
        return copied


Value = TypeVar("Value", bound=Frozen)
Derived = TypeVar("Derived")


def derived(of: Callable[[Value], Derived]) -> Callable[[Value], Derived]:
    """Derive something of a value once: a value never changes, so what follows from it does not either."""
    name = f"_{of.__module__}.{of.__qualname__}"  # what begins with _ is no part of a value for pydantic

    @wraps(of)
    def once(value: Value) -> Derived:
        known = value.__dict__
        if name not in known:
            known[name] = of(value)
        kept: Derived = known[name]
        return kept

    return once


class Label(NamedTuple):
    """What a term is called: the Chinese an official reads, the English an engineer reads."""

    zh: str
    en: str


def _in_our_time(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"{moment.year} is no year of this service: {FIRST_YEAR} to {LAST_YEAR} are")
    return moment.astimezone(UTC)


FIRST_YEAR, LAST_YEAR = 1990, 2999
"""Beyond them lie wrong clocks and the ends of what a database can hold."""

Moment = Annotated[datetime, AwareDatetime, AfterValidator(_in_our_time)]
"""An instant; always aware, always UTC once it is inside the service."""


def _a_day_of_ours(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR_OF_DAYS:
        raise ValueError(f"{day} is no day of this service: {FIRST_YEAR} to {LAST_YEAR_OF_DAYS} are")
    return day


LAST_YEAR_OF_DAYS = 2500
"""A day that is set leaves room for every rest and every rung after it."""

Day = Annotated[date, AfterValidator(_a_day_of_ours)]
"""A day that a person names."""


def _in_days(span: timedelta) -> str:
    minutes, seconds = divmod(abs(span).seconds, 60)
    hours, minutes = divmod(minutes, 60)
    sign, part = "-" if span < timedelta() else "", abs(span).microseconds
    fraction = f".{part:06d}" if part else ""
    return f"{sign}P{abs(span).days}DT{hours}H{minutes}M{seconds}{fraction}S"


Span = Annotated[
    timedelta,
    PlainSerializer(_in_days, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?P[0-9]+DT[0-9]+H[0-9]+M[0-9]+(\.[0-9]{6})?S$"}),
]
"""How long something was. Written in days (ISO 8601): left alone, pydantic writes 400 days as a year and
35 days, and no two readers agree how long a year is."""

PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""Text without control characters, which a database refuses or a terminal obeys."""

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{12,64}$")]
"""What stands for files and texts that stay outside: hex of a SHA-256, or at least its first 12 digits."""

CommandId = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
"""Made by the caller and kept for a retry, so that a word said twice is heard once."""

IssueId = Annotated[str, Field(pattern=r"^[0-9]{6}-[0-9]{4}-[0-9]{6}$")]
"""问题编号: county, year, running number: `512022-2026-000123`."""
