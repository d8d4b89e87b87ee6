"""应采取的措施: what has added up by a moment, once for each subject and period, whoever looks how often."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby

from domain import posts
from domain.issue import events as fact
from domain.issue.evolve import born, evolve
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.issue.who import in_charge
from domain.objection import Objection
from domain.posts import Post
from domain.terms import Clock, Level, PostKind, Severity
from domain.triggers import (
    KINDS,
    MEASURES,
    Due,
    Measure,
    Observation,
    Overdue,
    Raised,
    Running,
    Trigger,
    TriggerRules,
)
from domain.workdays import at_local, local_day


def raised_in(events: Sequence[Event]) -> list[Raised]:
    """提级: every raise after a lapse in a life, but those whose lapse was withdrawn.

    Rule: R-TRIGGER-COUNTED
    """
    opened, *rest = events
    assert isinstance(opened, fact.Opened)
    issue, told, withdrawn = born(opened), list[Raised](), set[int]()
    for event in rest:
        if isinstance(event, fact.Escalated) and event.reason == "lapsed" and event.clock:
            told.append(_raised(issue, event, event.clock))
        if isinstance(event, fact.LapseWithdrawn):
            withdrawn |= set(event.facts)
        issue = evolve(issue, event)
    return [one for one in told if one.number not in withdrawn]


def _raised(before: Issue, event: fact.Escalated, clock: Clock) -> Raised:
    return Raised(
        issue_id=before.issue_id,
        number=before.number + 1,
        owner=in_charge(before, clock),
        chief=before.chief,
        above=event.chief,
        place=before.division,
        reach=before.reach,
        at=event.at,
    )


def overdue_of(issue: Issue, rules: TriggerRules) -> Overdue | None:
    """重大逾期: the limit of an open major issue that ended first; one that stands still is not overdue.

    Rule: R-TRIGGER-MAJOR
    """
    lapsed = [run for run in issue.clocks if run.is_overdue]
    if issue.severity is not Severity.MAJOR or issue.is_suspended or not lapsed:
        return None
    first = min(lapsed, key=lambda run: run.limit_at)
    return Overdue(
        issue_id=issue.issue_id,
        owner=in_charge(issue, first.clock),
        place=issue.division,
        too_long_at=issue.rules.counting.ends(rules.major_overdue.after, first.limit_at).at,
        top=issue.rules.top,
    )


def lapses_due(raised: Iterable[Raised], rules: TriggerRules) -> Iterator[Due]:
    """积件约谈: so many issues raised in one calendar quarter, for who had to act and for whose they were.

    A unit is called in by the chief of its own level, a chief by who has the issue since.
    Rule: R-TRIGGER-LAPSES
    """
    counted: defaultdict[tuple[Post, str], dict[str, tuple[Raised, Post]]] = defaultdict(dict)
    for one in sorted(raised, key=lambda each: (each.at, each.issue_id)):
        counted[one.owner, _quarter(one.at)].setdefault(one.issue_id, (one, _same_level_chief(one)))
        counted[one.chief, _quarter(one.at)].setdefault(one.issue_id, (one, one.above))
    for (subject, quarter), issues in counted.items():
        if len(issues) >= rules.lapses.issues:
            first = list(issues.values())[: rules.lapses.issues]
            because = tuple(one.issue_id for one, _ in first)
            yield _due("lapses", rules.lapses, subject, quarter, first[-1][1], because)


def _same_level_chief(one: Raised) -> Post:
    """A chief's own lapse is called in by who has the issue since; an institution's by its level's chief."""
    if posts.kind_of(one.owner) in (PostKind.CHIEF, PostKind.GENERAL_CHIEF):
        return one.above
    level = posts.post_level(one.owner)
    if level >= Level.PROVINCE:
        return posts.general_chief(posts.division_of(one.owner), level)
    return posts.chief(one.place, level, one.reach)


def majors_due(overdue: Iterable[Overdue], rules: TriggerRules, now: datetime) -> Iterator[Due]:
    """重大逾期约谈并挂牌: longer over its limit than the book bears; the 总河长 of the top calls in.

    Rule: R-TRIGGER-MAJOR
    """
    for one in overdue:
        if one.too_long_at < now:
            by = posts.general_chief(one.place, one.top)
            yield _due("major_overdue", rules.major_overdue, one.owner, one.issue_id, by, (one.issue_id,))


def observed_due(observations: Iterable[Observation], rules: TriggerRules) -> Iterator[Due]:
    """观察触发: a leak or a failed assessment at once; a last place or a failed section after months running.

    Rule: R-TRIGGER-OBSERVED
    """
    ordered = sorted(observations, key=lambda one: (one.kind, one.subject, one.period))
    for (kind, subject), same in groupby(ordered, key=lambda one: (one.kind, one.subject)):
        trigger: Trigger = getattr(rules, kind)
        needed = trigger.months if isinstance(trigger, Running) else 1
        by = _called_in_by(subject, rules.top)
        for run in _running([one.period for one in same]) if needed > 1 else _one_by_one(same):
            for end in range(needed, len(run) + 1, needed):
                yield _due(kind, trigger, subject, run[end - 1], by, tuple(run[end - needed : end]))


def silent_due(undecided: Iterable[Objection], now: datetime) -> Iterator[Due]:
    """申诉逾期未决: who was asked is reminded before the 总河长 of the level; silence decides nothing.

    Rule: R-OBJECT-SILENT
    """
    for one in undecided:
        if one.decide_by < now:
            by = posts.general_chief(posts.division_of(one.asked), posts.post_level(one.asked))
            yield Due(
                trigger="objection",
                subject=one.asked,
                period=f"{one.issue_id}#{one.number}:{one.by}",
                measures=(Measure.REMINDING,),
                by=by,
                because=(one.issue_id,),
                source="S11 art. 17",
            )


def _called_in_by(subject: Post, top: Level) -> Post:
    level = min(Level(min(posts.post_level(subject) + 1, Level.PROVINCE)), top)
    return posts.general_chief(posts.division_of(subject), level)


def _one_by_one(same: Iterable[Observation]) -> list[list[str]]:
    return [[one.period] for one in same]


def _running(months: Sequence[str]) -> list[list[str]]:
    """Return the months in runs without a gap."""
    runs: list[list[str]] = []
    for month in months:
        if runs and _number(month) == _number(runs[-1][-1]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return runs


def _number(month: str) -> int:
    year, _, number = month.partition("-")
    return 12 * int(year) + int(number)


def _due(trigger: str, rule: Trigger, subject: Post, period: str, by: Post, because: tuple[str, ...]) -> Due:
    return Due(
        trigger=trigger,
        subject=subject,
        period=period,
        measures=rule.measures,
        by=by,
        because=because,
        source=rule.source,
    )


def _quarter(at: datetime) -> str:
    day = local_day(at)
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarter_begins(now: datetime) -> datetime:
    """Return when the calendar quarter of a moment began, in China."""
    day = local_day(now)
    return at_local(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), time())


def concerned(due: Due) -> tuple[Post, ...]:
    """告知对象: who carries the measure out, whom it concerns, and the office beside who carries it out."""
    beside = posts.office(posts.division_of(due.by), posts.post_level(due.by))
    return tuple(dict.fromkeys((due.by, due.subject, beside)))


def told(due: Due) -> str:
    """Return the notice of a measure: which, of whom, by whom, why; an office reads it in Chinese."""
    measures = "、".join(MEASURES[measure].zh for measure in due.measures)
    return f"【{measures}】{due.subject}:{_why(due)}({'、'.join(due.because)}),由 {due.by} 组织。"


def _why(due: Due) -> str:
    match due.trigger:
        case "lapses":
            year, _, quarter = due.period.partition("Q")
            return f"{year} 年第 {quarter} 季度已有 {len(due.because)} 件问题逾期提级"
        case "objection":
            return "申诉逾期未作决定"
        case "major_overdue":
            return "重大问题逾期过久仍未办结"
        case _:
            name = next(label.zh for kind, label in KINDS.items() if kind == due.trigger)
            return f"{name}连续 {len(due.because)} 个月" if len(due.because) > 1 else name
