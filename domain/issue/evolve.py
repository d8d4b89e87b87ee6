"""演变: evolve(), which lets one more fact happen; and the retelling of a whole journal."""

from collections.abc import Sequence
from functools import reduce
from typing import Any

from domain.chain import GENESIS, canonical, link
from domain.issue import events as fact
from domain.issue.events import Event, Opened, Start
from domain.issue.life import STAGE_CLOCK
from domain.issue.state import Issue, Passed, Plan, Recent, Run
from domain.terms import ENDS, Clock, Rung, Source, Stage

REMEMBERED = 200
"""How many command ids travel with the issue; Temporal forgets update ids at continue-as-new."""

SHOWN = 5
"""How many of the last facts the Web UI shows."""


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
    "issue_id",
    "category",
    "severity",
    "origin",
    "source",
    "reach",
    "division",
    "title",
    "circumstances",
    "recurrence_of",
    "finder",
    "chief",
    "vacant",
    "plan_on",
    "rules",
)


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
        case fact.PlanSubmitted(responsible=responsible, done_on=done_on, said_at=said_at):
            return {"plan": Plan(responsible=responsible, done_on=done_on, submitted_at=said_at)}
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
