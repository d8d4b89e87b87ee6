"""规则书: one whole edition of the rules; every value carries the rule it comes from."""

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from domain.excerpt import ON_HAND, Excerpt
from domain.fair import FairClocks, HandBackRule, ObjectionRule
from domain.limits import Limit, SourcedLimit, Unit
from domain.model import Frozen, derived
from domain.provisions import (
    BySeverity,
    CallHours,
    Count,
    CrossBoundary,
    Execution,
    Extension,
    FloodSeason,
    Hazardous,
    Levels,
    LookBack,
    NamedLevel,
    Objection,
    Permission,
    PlanLimit,
    RungAct,
    Steps,
    StopSteps,
    Suspension,
    Valued,
    goes_forward,
    photographs,
    who_says,
    whole,
)
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source
from domain.workdays import Calendar

HORIZON = timedelta(days=430)
"""How far ahead the calendar in an excerpt reaches: past the last day of the year that is published next."""

StageClock = Literal["STOP", "ASSIGN", "VERIFY", "CLOSE", "REPLY", "WHOLE", "RULING", "ENFORCEMENT"]
RegisterClock = Literal["PATROL", "CALL_BY_DAY", "CALL_BY_NIGHT"]
ClosingLevel = Literal["VILLAGE", "TOWNSHIP", "COUNTY", "CITY", "SERIOUS", "MAJOR"]
RungName = Literal["early", "reminder", "order", "escalation", "bulletin", "interview", "referral"]


class RuleBook(Frozen):
    """规则书的一个版次; replaced whole, never edited in force.

    Where only one value is allowed, the code knows no other: the cell is stated so that it can name its rule.
    """

    edition: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{2,39}$")
    title: str = Field(min_length=1)
    in_force_from: date
    calendar: Calendar
    # How a limit is counted
    day_ends: Valued[time]
    batch_notice: Valued[Count]
    seen_before: SourcedLimit
    said_ahead: SourcedLimit
    top: Valued[NamedLevel]
    # Limits of the stages
    register_limits: Annotated[dict[RegisterClock, BySeverity[SourcedLimit]], whole(RegisterClock)]
    call_hours: CallHours
    duplicate_check: Valued[Literal["inside REGISTER"]]
    objection_window: BySeverity[SourcedLimit]
    objections: BySeverity[Valued[Count]]
    limits: Annotated[dict[StageClock, BySeverity[SourcedLimit]], whole(StageClock)]
    stop_on_the_spot: Valued[tuple[Severity, ...]]
    no_stop: Valued[tuple[Category | Origin, ...]]
    plan: BySeverity[PlanLimit]
    plan_needed_from: SourcedLimit
    plan_interim: Valued[Literal["the interim is the limit of the plan"]]
    rejections: BySeverity[Valued[Count]]
    rejected_too_often: Valued[Literal["rung 3 at once"]]
    closing_steps: BySeverity[Valued[tuple[Literal["city re-check", "province list"], ...]]]
    look_back: BySeverity[LookBack]
    ruling_lapse: Valued[Literal["one level up, restarted"]]
    whole_for: Valued[Literal["complaints"]]
    reply_promise: Valued[Literal["before the limit"]]
    call_back: SourcedLimit
    # Rectifying
    rectify: Annotated[dict[Category, BySeverity[SourcedLimit]], whole(Category)]
    rectify_result: dict[Category, dict[Severity, Valued[str]]]
    after_storm: BySeverity[SourcedLimit]
    hazardous: Hazardous
    stock: Valued[Literal["own plan below the table"]]
    plan_contents: Valued[tuple[Literal["list", "measure", "responsibility", "limit"], ...]]
    flood_season: FloodSeason
    # What moves a limit
    extension: Extension
    suspension: Suspension
    execution: Execution
    transfer: Valued[Literal["replaces the stage clock, counted from filing"]]
    superior_date: Valued[Literal["earlier overrides, later needs the document"]]
    # After a limit
    ladder: BySeverity[Steps]
    stop_ladder: StopSteps
    rungs: Annotated[dict[RungName, RungAct], whole(RungName)]
    ladder_order: Valued[Literal["BULLETIN_FIRST", "INTERVIEW_FIRST"]]
    jitter: BySeverity[Valued[Annotated[int, Field(ge=0, le=600)]]]
    pass_filled: BySeverity[Valued[bool]]
    vacant_level: Valued[Literal["passed at once, with its reason"]]
    township_missing: Valued[Literal["township government"]]
    at_top: Valued[Literal["general chief, then the office above"]]
    village_referral: Valued[Literal["by the agreement with the township"]]
    objection: Objection
    # Who
    finder_level: Annotated[dict[Source, Valued[NamedLevel | Literal["own"]]], whole(Source)]
    first_chief: BySeverity[Valued[NamedLevel | Literal["finder"]]]
    levels: Annotated[dict[ClosingLevel, Levels], whole(ClosingLevel)]
    ordered_by_province: Valued[Literal["as MAJOR"]]
    city_check: Valued[Literal["evidence for closing, no second verification"]]
    complaint: Valued[Literal["not the unit complained of, closed after the reply"]]
    cross_boundary: CrossBoundary
    closing_evidence: dict[Literal["before", "after", "metres"], Valued[Count]]
    closing_papers: BySeverity[
        Valued[tuple[Literal["acceptance record", "plan if one was needed", "re-check record"], ...]]
    ]
    recurrence: Valued[Literal["severity and level one higher"]]
    commands: dict[str, Permission]

    @model_validator(mode="after")
    def _climbs_in_the_order_it_names(self) -> Self:
        for severity in Severity:
            steps = self.ladder.of(severity)
            pair = (("bulletin", steps.bulletin), ("interview", steps.interview))
            goes_forward(pair if self.ladder_order.value == "BULLETIN_FIRST" else pair[::-1])
        return self

    @property
    @derived
    def digest(self) -> str:
        """The first twelve digits of the edition's SHA-256, by which an excerpt names its book.

        Without the calendar, which has a version of its own: a year's notice makes no other rules.
        """
        return sha256(self.model_dump_json(exclude={"calendar"}).encode()).hexdigest()[:12]

    def level_of_finder(self, source: Source, own: Level | None) -> Level:
        """发现层级: the level at which an issue was found. Rule: R-LEVEL-FINDER."""
        fixed = self.finder_level[source].value
        level = fixed if isinstance(fixed, Level) else own or Level.TOWNSHIP
        return min(level, self.top.value)

    def severity_of(self, reported: Severity, before: Severity | None) -> Severity:
        """反弹升级: what recurs after closing is one grade higher than it was. Rule: R-RECUR."""
        if before is None:
            return reported
        grades = list(Severity)
        raised = min(grades.index(before) + 1, len(grades) - 1)
        return grades[max(raised, grades.index(reported))]

    def levels_for(self, severity: Severity, finder: Level, *, ordered_by_province: bool = False) -> Levels:
        """谁核查、谁销号. Rule: R-LEVEL-VERIFY."""
        if ordered_by_province:
            severity = Severity.MAJOR
        key = finder.name if severity is Severity.GENERAL else str(severity)
        return self.levels[key]  # type: ignore[index]  # the names of Level and Severity are the keys

    def rectify_limit(
        self, category: Category, severity: Severity, circumstances: Iterable[Circumstance]
    ) -> SourcedLimit:
        """整改时限 by category, severity and circumstance. Rule: R-RECTIFY."""
        named = frozenset(circumstances)
        if Circumstance.HAZARDOUS in named:
            return self.rectify[self.hazardous.rectify_as].of(severity)
        if Circumstance.AFTER_STORM in named and category is Category.FLOATING_DEBRIS:
            return self.after_storm.of(severity)
        return self.rectify[category].of(severity)

    def plan_limit(self, severity: Severity, rectify: Limit) -> SourcedLimit | None:
        """整改方案: none where rectifying itself gets less than ten working days. Rule: R-PLAN."""
        cell = self.plan.of(severity)
        if cell.limit is None:
            return None
        if rectify.interim:
            return SourcedLimit(limit=rectify.interim, source=self.plan_interim.source)
        long_enough = rectify.unit is Unit.PLAN or rectify.nominal >= self.plan_needed_from.limit.nominal
        return SourcedLimit(limit=cell.limit, source=cell.source) if long_enough else None

    def excerpt(
        self,
        category: Category,
        severity: Severity,
        source: Source,
        on: date,
        *,
        origin: Origin = Origin.NEW,
        circumstances: Iterable[Circumstance] = (),
        finder: Level | None = None,
        recurring: bool = False,
    ) -> Excerpt:
        """摘录: take out what one issue needs, counted from the day it opens. Rule: R-EXCERPT.

        The same question has the same value for an answer: issues opened alike share what they hold.
        """
        named = frozenset(circumstances)
        return self._excerpts(category, severity, source, on, origin, named, finder, recurring)

    @property
    @derived
    def _excerpts(self) -> Callable[..., Excerpt]:
        return lru_cache(ON_HAND)(self._excerpt)

    def _excerpt(
        self,
        category: Category,
        severity: Severity,
        source: Source,
        on: date,
        origin: Origin,
        named: frozenset[Circumstance],
        finder: Level | None,
        recurring: bool,  # noqa: FBT001 - a key of the cache
    ) -> Excerpt:
        finder_level = self.level_of_finder(source, finder)
        ordered = source is Source.ORDER and finder is Level.PROVINCE
        levels = self.levels_for(severity, finder_level, ordered_by_province=ordered)
        first = self.first_chief.of(severity).value
        chief = first if isinstance(first, Level) else finder_level
        season = (self.flood_season.first, self.flood_season.last)
        return Excerpt(
            edition=self.edition,
            digest=self.digest,
            category=category,
            severity=severity,
            clocks=self._clocks(category, severity, origin, named),
            ladder=self.ladder.of(severity).travelling(self.stop_ladder),
            calendar=self.calendar.between(on - timedelta(days=7), on + HORIZON),
            day_ends=self.day_ends.value,
            batch_notice=self.batch_notice.value,
            rejections=self.rejections.of(severity).value,
            chief=Level(min(chief + recurring, self.top.value)),
            verify=levels.verify,
            close=levels.close,
            top=self.top.value,
            pass_filled=self.pass_filled.of(severity).value,
            who=who_says(self.commands),
            photos=photographs(self.commands),
            look_backs=tuple(str(limit) for limit in self.look_back.of(severity).after),
            flood_season=season if Circumstance.FLOOD_BLOCKING in named else None,
            jitter=self.jitter.of(severity).value,
            seen_within=self.seen_before.limit,
            fair=self._fair(severity),
        )

    def _fair(self, severity: Severity) -> FairClocks:
        window = self.objection_window.of(severity)
        times = self.objections.of(severity).value
        return FairClocks(
            extension=self.extension.travelling(),
            suspension=self.suspension.travelling(),
            hand_back=HandBackRule(times=times, within=window.limit, source=window.source),
            objection=ObjectionRule(within=self.objection.within.limit, source=self.objection.within.source),
        )

    def _clocks(
        self, category: Category, severity: Severity, origin: Origin, named: frozenset[Circumstance]
    ) -> dict[Clock, SourcedLimit]:
        rectify = self.rectify_limit(category, severity, named)
        stopless = {category, origin} & set(self.no_stop.value)
        hazardous = Circumstance.HAZARDOUS in named
        clocks: dict[Clock, SourcedLimit | None] = {
            Clock.STOP: None if stopless else self.limits["STOP"].of(severity),
            Clock.ASSIGN: self.hazardous.assign if hazardous else self.limits["ASSIGN"].of(severity),
            Clock.PLAN: None if origin is Origin.STOCK else self.plan_limit(severity, rectify.limit),
            Clock.RECTIFY: rectify,
            Clock.VERIFY: self.limits["VERIFY"].of(severity),
            Clock.CLOSE: self.limits["CLOSE"].of(severity),
            Clock.REPLY: self.limits["REPLY"].of(severity),
            Clock.WHOLE: self.limits["WHOLE"].of(severity),
            Clock.RULING: self.limits["RULING"].of(severity),
            Clock.ENFORCEMENT: self.limits["ENFORCEMENT"].of(severity),
        }
        return {clock: limit for clock, limit in clocks.items() if limit}


def in_force(editions: Iterable[RuleBook], on: date) -> RuleBook | None:
    """Return the edition in force on a day: the latest that has begun, or nothing. Rule: R-EDITION."""
    begun = [book for book in editions if book.in_force_from <= on]
    return max(begun, key=lambda book: book.in_force_from, default=None)
