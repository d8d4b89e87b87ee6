"""哨兵的一生: an issue that is opened to be neglected, and what must come of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain import posts
from domain.canary import CANARY_DIVISION
from domain.issue.commands import Dismiss, OpenIssue
from domain.model import Digest, Frozen, IssueId, Label, Moment
from domain.report import Report
from domain.rulebook import RuleBook
from domain.terms import RUNGS, Category, Level, Rung, Severity, Source
from domain.workdays import local_day

RECORDED_WITHIN = timedelta(seconds=15)
NOTICED_WITHIN = timedelta(seconds=30)
"""How late a fact may be in the journal and its notice in the inbox, both from the mark's own moment."""

KINDS: dict[str, Rung] = {
    "EarlyReminded": Rung.EARLY,
    "Lapsed": Rung.REMINDER,
    "Ordered": Rung.ORDER,
    "Escalated": Rung.ESCALATION,
    "BulletinDrafted": Rung.BULLETIN,
    "InterviewCalled": Rung.INTERVIEW,
    "Referred": Rung.REFERRAL,
}
"""The facts that time alone makes, each with its rung."""

REACH = "canary"


class Told(NamedTuple):
    """A fact of the canary as the journal has it."""

    number: int
    kind: str
    mark_at: datetime
    recorded_at: datetime


class Sent(NamedTuple):
    """An outward act of the canary; `received_at` once it lies in the inbox."""

    number: int
    addressee: str
    state: str
    received_at: datetime | None


class Step(Frozen):
    """一级: how many seconds after its mark a rung was in the journal, and its last notice in the inbox.

    `noticed` is empty where nothing may lie there: an order and a bulletin wait for a person's signature.
    """

    rung: Rung
    recorded: float
    noticed: float | None = None


class Walked(Frozen):
    """走完: what a canary showed; without troubles all is well."""

    issue_id: str
    began_at: Moment
    steps: tuple[Step, ...] = ()
    troubles: tuple[Label, ...] = ()

    @property
    def recorded(self) -> float | None:
        """Return the seconds by which the latest rung was late in the journal."""
        return max((step.recorded for step in self.steps), default=None)

    @property
    def noticed(self) -> float | None:
        """Return the seconds by which the latest notice was late in the inbox."""
        return max((step.noticed for step in self.steps if step.noticed is not None), default=None)


class Begun(Frozen):
    """放哨: the canary that walks now."""

    canary: Digest
    issue_id: IssueId
    began_at: Moment


def lead(canary: str) -> Report:
    """Return what a canary is reported with: its number is bound to it, however often it is begun."""
    return Report(
        id=canary,
        text="哨兵自检,不是真实问题。 The hourly self-check; no real issue.",
        category=Category.OTHER,
        severity=Severity.GENERAL,
        source=Source.CAMERA,
        reach=REACH,
        division=CANARY_DIVISION,
    )


def opening(issue_id: str, canary: Digest, book: RuleBook, at: datetime) -> OpenIssue:
    """开哨: an issue like any other, in a place that is none, under a book of seconds. Rule: R-CANARY."""
    told = lead(canary)
    return OpenIssue(
        id=f"open:{canary}",
        by=posts.office(CANARY_DIVISION, Level.COUNTY),
        said_at=at,
        issue_id=issue_id,
        report=canary,
        category=told.category,
        severity=told.severity,
        origin=told.origin,
        source=told.source,
        reach=told.reach,
        division=told.division,
        title="哨兵",
        rules=book.excerpt(told.category, told.severity, told.source, local_day(at)),
    )


def ending(canary: Digest, at: datetime) -> Dismiss:
    """收哨: it is dismissed by its own office, so that nothing of it stays open. Rule: R-CANARY."""
    by = posts.office(CANARY_DIVISION, Level.COUNTY)
    return Dismiss(id=f"end:{canary}", by=by, said_at=at, reason="哨兵自检完毕", onsite=canary)


def judge(issue_id: str, began_at: datetime, told: Sequence[Told], sent: Sequence[Sent]) -> Walked:
    """判哨: every rung is there, in time, and every notice lies in the inbox, in time. Rule: R-CANARY."""
    climbed = {KINDS[fact.kind]: fact for fact in told if fact.kind in KINDS}
    steps = tuple(_step(rung, fact, sent) for rung, fact in sorted(climbed.items()))
    missing = [rung for rung in Rung if rung not in climbed]
    troubles = (
        *(Label(f"缺少{RUNGS[rung].zh}", f"{RUNGS[rung].en} is missing") for rung in missing),
        *(_undelivered(each) for each in sent if each.state in ("queued", "undeliverable")),
        *(late for step in steps for late in _late(step)),
    )
    return Walked(issue_id=issue_id, began_at=began_at, steps=steps, troubles=troubles)


def _step(rung: Rung, fact: Told, sent: Sequence[Sent]) -> Step:
    received = [each.received_at for each in sent if each.number == fact.number and each.received_at]
    return Step(
        rung=rung,
        recorded=_seconds(fact.recorded_at - fact.mark_at),
        noticed=_seconds(max(received) - fact.mark_at) if received else None,
    )


def _undelivered(each: Sent) -> Label:
    return Label(
        f"第 {each.number} 号事实的告知未送达 {each.addressee}",
        f"the notice of fact {each.number} has not reached {each.addressee}",
    )


def _late(step: Step) -> list[Label]:
    name, found = RUNGS[step.rung], []
    if step.recorded > RECORDED_WITHIN.total_seconds():
        found.append(
            Label(f"{name.zh}迟记 {step.recorded:.0f} 秒", f"{name.en} recorded {step.recorded:.0f} s late")
        )
    if step.noticed is not None and step.noticed > NOTICED_WITHIN.total_seconds():
        found.append(
            Label(f"{name.zh}迟送 {step.noticed:.0f} 秒", f"{name.en} noticed {step.noticed:.0f} s late")
        )
    return found


def _seconds(span: timedelta) -> float:
    return round(span.total_seconds(), 3)
