"""问题的状态: the issue as its facts have made it, and evolve(), which lets one more fact happen."""

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Any

from domain.chain import GENESIS, canonical, link
from domain.excerpt import Excerpt
from domain.issue import events as fact
from domain.issue.events import Event, Opened, Start
from domain.issue.life import STAGE_CLOCK
from domain.model import Frozen, IssueId, Moment
from domain.posts import Division, Post, post_level
from domain.terms import ENDS, Category, Circumstance, Clock, Level, Origin, Rung, Severity, Source, Stage

REMEMBERED = 200
"""How many command ids travel with the issue; Temporal forgets update ids at continue-as-new."""

SHOWN = 5
"""How many of the last facts the Web UI shows."""


class Passed(Frozen):
    """已过节点: a mark that became a fact: which, when it truly was, whom it told, who was chief before."""

    rung: Rung
    at: Moment
    number: int
    to: tuple[Post, ...]
    chief: Post


class Run(Frozen):
    """计时中: one clock that runs, with the marks that it has passed."""

    clock: Clock
    started_at: Moment
    limit_at: Moment
    limit: str
    source: str
    provisional: bool = False
    passed: tuple[Passed, ...] = ()

    def count(self, rung: Rung) -> int:
        """Return how often a rung has been passed."""
        return sum(mark.rung is rung for mark in self.passed)

    @property
    def rung(self) -> Rung:
        """How far this lapse has been driven."""
        return max((mark.rung for mark in self.passed), default=Rung.EARLY)

    @property
    def is_overdue(self) -> bool:
        """Whether the limit has lapsed."""
        return self.rung >= Rung.REMINDER


class Recent(Frozen):
    """近况: one of the last facts, for whoever looks at the issue."""

    number: int
    kind: str
    at: Moment


class Plan(Frozen):
    """整改方案 as submitted."""

    responsible: Post
    done_on: date


class Issue(Frozen):
    """问题: everything that a rule may ask of an issue."""

    issue_id: IssueId
    stage: Stage
    category: Category
    severity: Severity
    origin: Origin
    source: Source
    reach: str
    division: Division
    title: str = ""
    circumstances: tuple[Circumstance, ...] = ()
    recurrence_of: IssueId | None = None
    finder: Post | None = None
    chief: Post
    former_chiefs: tuple[Post, ...] = ()
    unit: Post | None = None
    rectified_by: Post | None = None
    vacant: tuple[Post, ...] = ()
    clocks: tuple[Run, ...] = ()
    resting: Run | None = None
    rested_at: Moment | None = None
    plan: Plan | None = None
    plan_on: date | None = None
    rejections: int = 0
    complaints: int = 0
    reports: int = 1
    opened_at: Moment
    stage_since: Moment
    look_backs_on: tuple[date, ...] = ()
    number: int
    at: Moment
    tail: str
    heard: tuple[str, ...] = ()
    recent: tuple[Recent, ...] = ()
    rules: Excerpt

    @property
    def is_over(self) -> bool:
        """Whether nothing can be said to it any more."""
        return self.stage in ENDS

    @property
    def level(self) -> Level:
        """层级 of the responsible chief."""
        return post_level(self.chief)

    @property
    def rung(self) -> Rung:
        """How far the worst running lapse has been driven."""
        return max((run.rung for run in self.clocks), default=Rung.EARLY)

    @property
    def is_overdue(self) -> bool:
        """Whether any running limit has lapsed."""
        return any(run.is_overdue for run in self.clocks)

    @property
    def awaits_reply(self) -> bool:
        """Whether a reporter waits for an answer."""
        return self.run(Clock.REPLY) is not None

    def run(self, clock: Clock) -> Run | None:
        """Return a clock if it runs."""
        return next((run for run in self.clocks if run.clock is clock), None)


def born(opened: Opened) -> Issue:
    """立案: make the issue out of its first fact."""
    issue = Issue(
        **{name: getattr(opened, name) for name in _CARRIED},
        stage=Stage.DISCOVERED,
        complaints=int(opened.source in (Source.PUBLIC, Source.HOTLINE)),
        opened_at=opened.said_at,
        stage_since=opened.said_at,
        number=0,
        at=opened.at,
        tail=GENESIS,
    )
    return _recorded(issue.model_copy(update={"clocks": _started((), opened.starts)}), opened)


_CARRIED = (
    "issue_id category severity origin source reach division title circumstances recurrence_of finder chief "
    "vacant plan_on rules"
).split()


def evolve(issue: Issue, event: Event) -> Issue:
    """Let one fact happen. Total: what `decide` returned can always happen."""
    changes = _changes(issue, event)
    clocks = changes.pop("clocks", issue.clocks)
    stage = changes.get("stage", issue.stage)
    if stage is not issue.stage:
        changes["stage_since"] = event.said_at
        clocks = () if stage in ENDS else _without(clocks, STAGE_CLOCK[issue.stage])
    resumed = issue.resting if isinstance(event, fact.RectificationRejected) else None
    changes["clocks"] = _started(clocks, event.starts, resumed)
    if changes.get("chief", issue.chief) != issue.chief:
        changes["former_chiefs"] = tuple(dict.fromkeys((*issue.former_chiefs, issue.chief)))
    return _recorded(issue.model_copy(update=changes), event)


def _changes(issue: Issue, event: Event) -> dict[str, Any]:
    match event:
        case fact.Stopped() | fact.StoppingNotNeeded():
            return {"stage": Stage.STOPPED}
        case fact.Assigned(unit=unit):
            return {"stage": Stage.PLANNING if issue.rules.needs_plan else Stage.RECTIFYING, "unit": unit}
        case fact.PlanSubmitted(responsible=responsible, done_on=done_on):
            return {"plan": Plan(responsible=responsible, done_on=done_on)}
        case fact.PlanAccepted():
            return {"stage": Stage.RECTIFYING}
        case fact.RectificationReported(by=by, said_at=said_at):
            resting = issue.run(Clock.RECTIFY)
            return {"stage": Stage.VERIFYING, "resting": resting, "rested_at": said_at, "rectified_by": by}
        case fact.RectificationAccepted():
            return {"stage": Stage.ACCEPTED, "resting": None, "rested_at": None}
        case fact.RectificationRejected(count=count):
            return {"stage": Stage.RECTIFYING, "rejections": count, "resting": None, "rested_at": None}
        case fact.Closed(look_backs_on=days):
            return {"stage": Stage.CLOSED, "look_backs_on": days}
        case fact.Dismissed():
            return {"stage": Stage.DISMISSED}
        case fact.Merged():
            return {"stage": Stage.MERGED}
        case fact.ReportAttached(source=source):
            complaint = source in (Source.PUBLIC, Source.HOTLINE)
            return {"reports": issue.reports + 1, "complaints": issue.complaints + complaint}
        case fact.Reassigned(unit=unit):
            return {"unit": unit, "plan": None if issue.stage is Stage.PLANNING else issue.plan}
        case fact.ReporterAnswered():
            return {"clocks": _without(issue.clocks, Clock.REPLY)}
        case fact.VacancyAnnounced(post=post):
            return {"vacant": tuple(dict.fromkeys((*issue.vacant, post)))}
        case fact.HolderAnnounced(post=post):
            return {"vacant": tuple(other for other in issue.vacant if other != post)}
        case fact.ChiefMoved(chief=chief):
            return {"chief": chief}
        case fact.Escalated(chief=chief):
            return {"chief": chief, "clocks": _passed(issue, event, Rung.ESCALATION)}
        case fact.EarlyReminded():
            return {"clocks": _passed(issue, event, Rung.EARLY)}
        case fact.Lapsed():
            return {"clocks": _passed(issue, event, Rung.REMINDER)}
        case fact.Ordered():
            return {"clocks": _passed(issue, event, Rung.ORDER)}
        case fact.BulletinDrafted():
            return {"clocks": _passed(issue, event, Rung.BULLETIN)}
        case fact.LapseWithdrawn(clock=clock, facts=numbers, chief=chief):
            return {"clocks": _unpassed(issue.clocks, clock, numbers), "chief": chief or issue.chief}
        case _:  # StoppingFailed, PostPassed: they change nothing but the record, and the clocks they start
            return {}


def _passed(issue: Issue, event: Any, rung: Rung) -> tuple[Run, ...]:
    mark = Passed(rung=rung, at=event.said_at, number=issue.number + 1, to=event.to, chief=issue.chief)
    return tuple(
        run.model_copy(update={"passed": (*run.passed, mark)}) if run.clock is event.clock else run
        for run in issue.clocks
    )


def _unpassed(clocks: tuple[Run, ...], clock: Clock, numbers: tuple[int, ...]) -> tuple[Run, ...]:
    return tuple(
        run.model_copy(update={"passed": tuple(mark for mark in run.passed if mark.number not in numbers)})
        if run.clock is clock
        else run
        for run in clocks
    )


def _without(clocks: tuple[Run, ...], clock: Clock) -> tuple[Run, ...]:
    return tuple(run for run in clocks if run.clock is not clock)


def _started(
    clocks: tuple[Run, ...], starts: tuple[Start, ...], resumed: Run | None = None
) -> tuple[Run, ...]:
    for start in starts:
        run = Run(
            clock=start.clock,
            started_at=start.at,
            limit_at=start.limit_at,
            limit=start.limit,
            source=start.source,
            provisional=start.provisional,
            passed=resumed.passed if resumed and resumed.clock is start.clock else (),
        )
        clocks = (*_without(clocks, start.clock), run)
    return clocks


def _recorded(issue: Issue, event: Event) -> Issue:
    number = issue.number + 1
    heard = issue.heard
    if event.command and event.command not in heard:
        heard = (*heard, event.command)[-REMEMBERED:]
    return issue.model_copy(
        update={
            "number": number,
            "at": event.at,
            "heard": heard,
            "recent": (*issue.recent, Recent(number=number, kind=type(event).__name__, at=event.said_at))[
                -SHOWN:
            ],
            "tail": link(issue.tail, number, canonical(event)),
        }
    )


def after(issue: Issue, events: list[Event]) -> Issue:
    """Let several facts happen, in order."""
    return reduce(evolve, events, issue)


def retell(events: Sequence[Event]) -> Issue:
    """复述: make the issue anew out of its journal; the first fact must be Opened."""
    opened, *rest = events
    if not isinstance(opened, Opened):
        raise TypeError(f"a journal begins with Opened, not with {type(opened).__name__}")
    return after(born(opened), list(rest))
