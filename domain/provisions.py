"""规则条目: the kinds of entry that a rule book is made of; every value carries the rule it comes from."""

from collections.abc import Mapping
from datetime import time
from itertools import pairwise
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from domain.excerpt import Early, Ladder, Step
from domain.fair import ExtensionRule, SuspensionRule
from domain.limits import Ground, Limit, SourcedLimit, Unit
from domain.model import Frozen
from domain.roles import SPOKEN, Role
from domain.terms import Category, Level, Severity, SuspensionGround

T = TypeVar("T")


def _level_by_name(value: Any) -> Any:
    if isinstance(value, Level):
        return value
    if isinstance(value, str) and value in Level.__members__:
        return Level[value]
    raise ValueError(f"层级只能是 {', '.join(Level.__members__)} (no such level)")


NamedLevel = Annotated[Level, BeforeValidator(_level_by_name)]
"""层级 by its name: `COUNTY`."""

Count = Annotated[int, Field(ge=0)]


class Valued(Frozen, Generic[T]):
    """一个数值及其依据."""

    value: T
    source: Ground


class BySeverity(Frozen, Generic[T]):
    """One value for each of the three grades."""

    GENERAL: T
    SERIOUS: T
    MAJOR: T

    def of(self, severity: Severity) -> T:
        """Return the value for one grade."""
        value: T = getattr(self, severity)
        return value


def whole(keys: Any) -> AfterValidator:
    """Return a check that a table lacks no row of a closed list: an enumeration or a Literal."""
    wanted = get_args(keys) or tuple(keys)

    def holds_all(table: dict[Any, Any]) -> dict[Any, Any]:
        if missing := [key for key in wanted if key not in table]:
            raise ValueError(f"缺少 (missing) {', '.join(missing)}")
        return table

    return AfterValidator(holds_all)


def _nothing(value: Any) -> Any:
    return None if value == "none" else value


class PlanLimit(Frozen):
    """整改方案时限; `none` where no plan is asked for, which has its ground too."""

    limit: Annotated[Limit | None, BeforeValidator(_nothing)]
    source: Ground


class CallHours(Frozen):
    """接听时段: a call between these hours is a call by day."""

    first: time
    last: time
    source: Ground


class LookBack(Frozen):
    """回头看: how long after closing, and which share is drawn."""

    after: tuple[Limit, ...] = Field(min_length=1)
    sample: float = Field(gt=0, le=1)
    source: Ground


def goes_forward(steps: tuple[tuple[str, Step], ...]) -> None:
    """Raise ValueError if a step of a ladder comes before the step below it."""
    for (lower, before), (higher, after) in pairwise(steps):
        if before.after.nominal > after.after.nominal:
            raise ValueError(
                f"阶梯时间倒退 (the ladder goes back in time): "
                f"{higher} {after.after} 早于 (comes before) {lower} {before.after}"
            )


class Steps(Frozen):
    """逾期处置阶梯 of one severity, rungs 0 to 6; the last is counted from the interview."""

    early: Early
    reminder: Step
    order: Step
    escalation: Step
    bulletin: Step
    interview: Step
    referral: Step

    @model_validator(mode="after")
    def _goes_forward_in_time(self) -> Self:
        climb = (("reminder", self.reminder), ("order", self.order), ("escalation", self.escalation))
        goes_forward((*climb, ("bulletin", self.bulletin)))
        goes_forward((*climb, ("interview", self.interview)))
        if self.escalation.each is None or self.bulletin.each is None:
            raise ValueError(
                "the ladder falls silent: escalation and bulletin repeat until the issue is handled"
            )
        return self

    def travelling(self, stop: "StopSteps") -> Ladder:
        """Return what of the ladder travels with an issue."""
        return Ladder(
            early=self.early,
            reminder=self.reminder,
            order=self.order,
            escalation=self.escalation,
            bulletin=self.bulletin,
            interview=self.interview,
            referral=self.referral,
            stop_order=stop.order,
            stop_escalation=stop.escalation,
        )


class StopSteps(Frozen):
    """制止时限的阶梯, which climbs in hours."""

    order: Step
    escalation: Step

    @model_validator(mode="after")
    def _goes_forward_in_time(self) -> Self:
        goes_forward((("order", self.order), ("escalation", self.escalation)))
        return self


class RungAct(Frozen):
    """一级阶梯做什么、送给谁, in the words of the table."""

    act: str = Field(min_length=1)
    to: str = Field(min_length=1)
    source: Ground


class Levels(Frozen):
    """谁解决、谁核查、谁销号."""

    solve: NamedLevel
    verify: NamedLevel
    close: NamedLevel
    note: str = ""
    source: Ground


class Permission(Frozen):
    """谁可以说, with which evidence: counts, and the other parts of the command that must not be empty."""

    who: tuple[Role, ...] = Field(min_length=1)
    evidence: dict[str, Count] = Field(default_factory=dict)
    needs: tuple[str, ...] = Field(default=(), description="fields of the command; decide() refuses without")
    source: Ground


def who_says(commands: Mapping[str, Permission]) -> dict[str, tuple[Role, ...]]:
    """Return the roles of each command, in the order in which they travel."""
    return {name: commands[name].who for name in SPOKEN if name in commands}


def photographs(commands: Mapping[str, Permission]) -> dict[str, int]:
    """Return the counts of evidence that all commands together ask for."""
    return dict(count for permission in commands.values() for count in permission.evidence.items())


class Hazardous(Frozen):
    """危险或不明废物: handed over fast; its limit comes by order, until then that of another category."""

    from_severity: Severity
    assign: SourcedLimit
    transfer_to: Valued[str]
    rectify_as: Category
    source: Ground


class FloodSeason(Frozen):
    """汛期: in which flood-blocking issues have half the time."""

    first: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    last: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    share: Literal["1/2"]
    source: Ground


class Extension(Frozen):
    """延期."""

    times: Valued[Count]
    asked: Valued[Literal["before the limit ends, with a reason"]]
    last_minute: Valued[Annotated[float, Field(ge=0, lt=1)]]
    share: Valued[Annotated[float, Field(gt=0, le=1)]]
    longest: SourcedLimit
    silence: Valued[Literal["not granted"]]
    decided_by: Valued[Literal["one level above the handling unit"]]
    reporter: Valued[Literal["told why"]]

    def travelling(self) -> ExtensionRule:
        """Return what of it travels with an issue."""
        return ExtensionRule(
            times=self.times.value,
            share=self.share.value,
            longest=self.longest.limit,
            last_minute=self.last_minute.value,
            source=self.longest.source,
        )


class Suspension(Frozen):
    """中止计时."""

    grounds: Valued[Annotated[tuple[SuspensionGround, ...], Field(min_length=1)]]
    document: Valued[Literal["required"]]
    longest_months: Valued[Annotated[int, Field(gt=0)]]
    reviewed_by: Valued[Literal["general chief"]]
    review: SourcedLimit
    shown_as: Valued[Literal["suspended"]]

    def travelling(self) -> SuspensionRule:
        """Return what of it travels with an issue."""
        return SuspensionRule(
            review=self.review.limit,
            longest=Limit(unit=Unit.MONTHS, amount=self.longest_months.value),
            grounds=self.grounds.value,
            source=self.grounds.source,
        )


class Objection(Frozen):
    """申诉: the right to object to rungs 4 to 6."""

    within: SourcedLimit
    decided: SourcedLimit
    decided_by: Valued[Literal["someone who took no part"]]
    suspends: Valued[bool]


class Execution(Frozen):
    """强制执行: never at night or on a holiday, unless it is urgent."""

    days: Literal["working days"]
    first: time
    last: time
    unless: Literal["urgent"]
    source: Ground


class CrossBoundary(Frozen):
    """跨界问题: who leads, who verifies, who closes."""

    lead: Literal["downstream, left bank or the larger lake share"]
    verify: Literal["both sides"]
    close: Literal["common higher level"]
    source: Ground
