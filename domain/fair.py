"""公平计时: what of the rules on extensions, suspensions, returns and objections travels with an issue.

Each rule is written as one short line, `1 0.5 30cd 0.1 | S04 art. 34`, because every history carries it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from domain.limits import SPANS, Ground, Limit, Unit
from domain.model import Frozen
from domain.terms import SuspensionGround

_LETTERS = {
    "N": SuspensionGround.LEGAL_NOTICE,
    "R": SuspensionGround.RECONSIDERATION,
    "L": SuspensionGround.LITIGATION,
    "A": SuspensionGround.ASSESSMENT,
    "E": SuspensionGround.EMERGENCY,
    "C": SuspensionGround.COURT,
}


class _Line(Frozen):
    """One rule as a line: its values in their order, then its source."""

    order: ClassVar[Sequence[str]]
    source: Ground

    def __str__(self) -> str:
        return f"{' '.join(str(getattr(self, name)) for name in self.order)} | {self.source}"

    @classmethod
    def read(cls, value: Any) -> Any:
        """Read a line; anything else is left to the model."""
        if not isinstance(value, str):
            return value
        values, _, source = value.partition(" | ")
        words = values.split()
        if len(words) != len(cls.order):
            raise ValueError(f"{value!r} needs {', '.join(cls.order)} before its source")
        return {**dict(zip(cls.order, words, strict=True)), "source": source}


def _is_a_span(limit: Limit) -> Limit:
    if limit.unit not in (*SPANS, Unit.MONTHS) or not limit.amount:
        raise ValueError(f"{limit}: 须为一段时间 (must be a span, longer than nothing)")
    return limit


Span = Annotated[Limit, AfterValidator(_is_a_span)]
"""一段时间: what can be written in a line, and never ends as it begins."""


class ExtensionRule(_Line):
    """延期: how often a limit may be extended, by which share of it, how far at most, and what is late."""

    order = ("times", "share", "longest", "last_minute")
    times: int = Field(ge=0)
    share: float = Field(gt=0, le=1)
    longest: Span
    last_minute: float = Field(ge=0, lt=1, description="the last share of a limit, in which asking is marked")


def _grounds(value: Any) -> Any:
    return tuple(_LETTERS[letter] for letter in value) if isinstance(value, str) else value


class SuspensionRule(_Line):
    """中止: how often it is reviewed, how long it may last in all, and on which grounds."""

    order = ("review", "longest", "grounds")
    review: Span
    longest: Span
    grounds: Annotated[tuple[SuspensionGround, ...], BeforeValidator(_grounds)] = Field(min_length=1)

    def __str__(self) -> str:
        letters = "".join(letter for letter, ground in _LETTERS.items() if ground in self.grounds)
        return f"{self.review} {self.longest} {letters} | {self.source}"


class HandBackRule(_Line):
    """退回: how often the units of an issue may hand it back, and within which time of the assignment."""

    order = ("times", "within")
    times: int = Field(ge=0)
    within: Span


class ObjectionRule(_Line):
    """申诉: within which time one may object to rungs 4 to 6."""

    order = ("within",)
    within: Span


class FairClocks(Frozen):
    """公平计时规则 as they travel with an issue; an excerpt taken before they were written has none."""

    extension: Annotated[ExtensionRule, BeforeValidator(ExtensionRule.read), PlainSerializer(str)]
    suspension: Annotated[SuspensionRule, BeforeValidator(SuspensionRule.read), PlainSerializer(str)]
    hand_back: Annotated[HandBackRule, BeforeValidator(HandBackRule.read), PlainSerializer(str)]
    objection: Annotated[ObjectionRule, BeforeValidator(ObjectionRule.read), PlainSerializer(str)]
