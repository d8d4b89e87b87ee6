"""演变: evolve(), which lets one more fact happen; and the retelling of a whole journal."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from domain.chain import GENESIS, canonical, link
from domain.issue import events as fact
from domain.issue.events import Opened
from domain.issue.fact_base import Event
from domain.issue.running import clocks_after, started
from domain.issue.state import Asked, Dispute, Issue, Plan, Recent, Ruler
from domain.model import derived
from domain.posts import Post
from domain.terms import Clock, Source, Stage

REMEMBERED = 200
"""How many command ids travel with the issue; Temporal forgets update ids at continue-as-new."""

SHOWN = 5
"""How many of the last facts the Web UI shows."""


@derived
def born(opened: Opened) -> Issue:
    """立案: make the issue out of its first fact."""
    issue = unborn(opened)
    return issue.model_copy(update={"clocks": started(issue, opened), **_recorded(issue, opened)})


def unborn(opened: Opened) -> Issue:
    """Return the issue as its first fact finds it: nothing is recorded of it, and no clock runs."""
    return Issue(
        **{name: getattr(opened, name) for name in _CARRIED},
        stage=Stage.DISCOVERED,
        complaints=int(opened.source in (Source.PUBLIC, Source.HOTLINE)),
        opened_at=opened.said_at,
        stage_since=opened.said_at,
        number=0,
        at=opened.at,
        tail=GENESIS,
    )


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
    changed = _changes(issue, event)
    then = issue.model_copy(update=changed) if changed else issue
    changes = clocks_after(issue, then, event)
    if then.chief != issue.chief:
        changes["former_chiefs"] = tuple(dict.fromkeys((*issue.former_chiefs, issue.chief)))
    if then.stage is not issue.stage:
        changes["stage_since"] = event.said_at
    ruling = next((move for move in event.moves if move.clock is Clock.RULING), None)
    if then.dispute and ruling:
        changes["dispute"] = _until(then.dispute, ruling.limit_at)
    if then.rules.calendar.version != issue.rules.calendar.version:
        changes["past_calendars"] = (*issue.past_calendars, issue.rules.calendar)
    return then.model_copy(update={**changes, **_recorded(issue, event)})


def _changes(issue: Issue, event: Event) -> dict[str, Any]:
    match event:
        case fact.Stopped() | fact.StoppingNotNeeded():
            return {"stage": Stage.STOPPED}
        case fact.Assigned(unit=unit):
            stage = Stage.PLANNING if issue.rules.needs_plan else Stage.RECTIFYING
            return {"stage": stage, "unit": unit, "assigned_at": event.said_at}
        case fact.PlanSubmitted(responsible=responsible, done_on=done_on, said_at=said_at):
            return {"plan": Plan(responsible=responsible, done_on=done_on, submitted_at=said_at)}
        case fact.PlanAccepted():
            return {"stage": Stage.RECTIFYING}
        case fact.RectificationReported(by=by):
            taken_on = {"dispute": None, "is_handed_back": False, "is_taken_on": True}
            return {"stage": Stage.VERIFYING, "rectified_by": by, **taken_on}
        case fact.RectificationAccepted():
            return {"stage": Stage.ACCEPTED}
        case fact.RectificationRejected(count=count):
            return {"stage": _rectified_at(issue), "rejections": count}
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
            return _given_to(issue, event, unit)
        case fact.VacancyAnnounced(post=post):
            return {"vacant": tuple(dict.fromkeys((*issue.vacant, post)))}
        case fact.HolderAnnounced(post=post):
            return {
                "vacant": tuple(other for other in issue.vacant if other != post),
                "undelivered": tuple(other for other in issue.undelivered if other != post),
            }
        case fact.ChiefMoved(chief=chief) | fact.Escalated(chief=chief):
            return {"chief": chief}
        case fact.LapseWithdrawn(chief=chief):
            return {"chief": chief or issue.chief}
        case _:
            return _of_the_clocks(issue, event)


def _of_the_clocks(issue: Issue, event: Event) -> dict[str, Any]:
    match event:
        case fact.ExtensionRequested(clock=clock, amount=amount, said_at=said_at, to=(head, *_)):
            asked = Asked(clock=clock, amount=amount, at=said_at, head=head)
            return {"asked": (*_asked_beside(issue, clock), asked)}
        case fact.ExtensionGranted(clock=clock) | fact.ExtensionDenied(clock=clock):
            return {"asked": _asked_beside(issue, clock)}
        case fact.DateSet(clock=clock):  # a superior's date leaves nothing to extend
            return {"asked": _asked_beside(issue, clock)}
        case fact.HandedBack(unit=unit):
            return {"handed_back": (*issue.handed_back, unit), "is_handed_back": True}
        case fact.DisputeOpened(units=units, ruler=ruler, starts=(ruling,)):
            return {"dispute": Dispute(units=units, rulers=(Ruler(post=ruler, until=ruling.limit_at),))}
        case fact.RulingRaised(ruler=ruler, starts=(ruling,)) if issue.dispute:
            ended = _until(issue.dispute, event.said_at)
            rulers = (*ended.rulers, Ruler(post=ruler, until=ruling.limit_at))
            return {"dispute": ended.model_copy(update={"rulers": rulers})}
        case fact.DisputeRuled(unit=unit) if issue.rulers:
            unruled = None if event.by else issue.dispute
            ruled = {"dispute": None, "unruled": unruled, "ruled_by": event.by or issue.rulers[-1].post}
            return {**_given_to(issue, event, unit), **ruled}
        case fact.Transferred(unit=unit):
            return {**_given_to(issue, event, unit), "stage": Stage.TRANSFERRED, "dispute": None}
        case fact.Regraded(category=category, severity=severity, rules=rules):
            kept = rules.model_copy(update={"calendar": issue.rules.calendar})
            return {"category": category, "severity": severity, "rules": kept}
        case fact.EditionAdopted(rules=rules):
            return {"rules": rules}
        case fact.CalendarAdopted(calendar=calendar):
            return {"rules": issue.rules.model_copy(update={"calendar": calendar})}
        case fact.DeliveryFailed(addressee=post, why=why):
            undelivered = tuple(dict.fromkeys((*issue.undelivered, post)))
            vacant = tuple(dict.fromkeys((*issue.vacant, post))) if why == "nobody" else issue.vacant
            return {"undelivered": undelivered, "vacant": vacant}
        case _:  # the others change nothing but the record and the clocks
            return {}


def _until(dispute: Dispute, at: datetime) -> Dispute:
    """The time of who rules now ends at another moment."""
    *before, last = dispute.rulers
    return dispute.model_copy(update={"rulers": (*before, last.model_copy(update={"until": at}))})


def _asked_beside(issue: Issue, clock: Clock) -> tuple[Asked, ...]:
    return tuple(asked for asked in issue.asked if asked.clock is not clock)


def _given_to(issue: Issue, event: Event, unit: Post) -> dict[str, Any]:
    """Another unit has its own time to hand back, and in planning its own plan to make."""
    plan = None if issue.stage is Stage.PLANNING and unit != issue.unit else issue.plan
    return {"unit": unit, "plan": plan, "assigned_at": event.said_at, "is_handed_back": False}


def _rectified_at(issue: Issue) -> Stage:
    """Where a rejected rectification goes back to: to whom the clock belongs that rests meanwhile."""
    is_enforced = issue.resting and issue.resting.clock is Clock.ENFORCEMENT
    return Stage.TRANSFERRED if is_enforced else Stage.RECTIFYING


def _recorded(issue: Issue, event: Event) -> dict[str, Any]:
    number = issue.number + 1
    heard = issue.heard
    if event.command and event.command not in heard:
        heard = (*heard, event.command)[-REMEMBERED:]
    recent = Recent(number=number, kind=type(event).__name__, at=event.said_at)
    return {
        "number": number,
        "at": event.at,
        "heard": heard,
        "recent": (*issue.recent, recent)[-SHOWN:],
        "tail": link(issue.tail, number, canonical(event)),
    }


def after(issue: Issue, events: list[Event]) -> Issue:
    """Let several facts happen, in order."""
    return reduce(evolve, events, issue)


def retell(events: Sequence[Event]) -> Issue:
    """复述: make the issue anew out of its journal; the first fact must be Opened."""
    opened, *rest = events
    if not isinstance(opened, Opened):
        raise TypeError(f"a journal begins with Opened, not with {type(opened).__name__}")
    return after(born(opened), list(rest))
