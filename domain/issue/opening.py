"""立案: the first facts of an issue."""

from datetime import datetime, timedelta

from domain import posts
from domain.issue import events as fact
from domain.issue.commands import NAMES, OpenIssue
from domain.issue.evolve import after, born, unborn
from domain.issue.fact_base import Event, Start
from domain.issue.grounds import COMPLAINTS, is_not_from_the_future, said
from domain.issue.permit import has_the_role, in_jurisdiction
from domain.issue.reckon import start
from domain.issue.state import Issue
from domain.issue.who import first_chief
from domain.model import Label
from domain.refusals import Incomplete, TooLate, require
from domain.terms import Circumstance, Clock, Origin, Severity, zh
from domain.workdays import local_day


def open_issue(command: OpenIssue, now: datetime) -> list[Event]:
    """立案: the first facts of an issue: where it is, who is responsible, which clocks run.

    Rule: R-OPEN
    """
    is_not_from_the_future(command, now)
    _can_be_opened(command)
    first = fact.Opened(
        **said(command, command.said_at, "R-OPEN"),
        **{name: getattr(command, name) for name in _OPENED_WITH},
        chief=posts.chief(command.division, command.rules.chief, command.reach),
    )
    issue = unborn(first)
    has_the_role(issue, command)
    passed, chief = first_chief(issue)
    first = first.model_copy(update={"chief": chief, "starts": _first_clocks(issue, command)})
    told: list[Event] = [first]
    told += [
        fact.PostPassed(**said(command, command.said_at, "R-VACANT"), post=post, reason="vacant")
        for post in passed
    ]
    if not command.rules.has_stop_limit:
        issue = after(born(first), told[1:])
        told.append(
            fact.StoppingNotNeeded(
                **said(command, command.said_at, "R-STOP-NONE"),
                reason=f"{zh(command.category)}、{zh(command.origin)}问题无制止时限",
                starts=(start(issue, Clock.ASSIGN, _first_moment(command)),),
            )
        )
    return told


_OPENED_WITH = (
    "issue_id",
    "report",
    "category",
    "severity",
    "origin",
    "source",
    "finder",
    "reach",
    "division",
    "seen_at",
    "circumstances",
    "recurrence_of",
    "plan_on",
    "title",
    "vacant",
    "rules",
)


def _first_clocks(issue: Issue, command: OpenIssue) -> tuple[Start, ...]:
    """The reporter's clocks start when the report was registered, the stop clock when the thing was seen.

    Rule: R-CLOCK-FIRST
    """
    starts = []
    if command.rules.has_stop_limit:
        starts.append(start(issue, Clock.STOP, _first_moment(command)))
    if command.source in COMPLAINTS:
        starts += [start(issue, clock, command.said_at) for clock in (Clock.REPLY, Clock.WHOLE)]
    return tuple(starts)


def _first_moment(command: OpenIssue) -> datetime:
    """首个时限: it starts when the thing was seen; what is too old, and all stock, at registration.

    Rule: R-CLOCK-SEEN
    """
    seen_at, registered_at = command.seen_at, command.said_at
    if seen_at is None or command.origin is Origin.STOCK:
        return registered_at
    earliest = registered_at - command.rules.seen_within.nominal
    return seen_at if earliest <= seen_at < registered_at else registered_at


def _can_be_opened(command: OpenIssue) -> None:
    name, place = NAMES["OpenIssue"], (command.division, command.reach)
    in_jurisdiction(*place, command.by, "OpenIssue")
    for post in (*([command.finder] if command.finder else []), *command.vacant):
        in_jurisdiction(*place, post, "OpenIssue")
    rules = command.rules
    require(
        (rules.category, rules.severity) == (command.category, command.severity),
        Incomplete(
            command=name,
            what=Label(
                f"与问题相符的规则摘录(摘录为 {rules.category} {rules.severity})",
                f"an excerpt of its own kind (it is of {rules.category} {rules.severity})",
            ),
        ),
    )
    if Circumstance.HAZARDOUS in command.circumstances:
        require(
            command.severity is not Severity.GENERAL,
            Incomplete(
                command=name,
                what=Label(
                    "危险废物至少定为较严重", "a severity of serious at least: the waste is hazardous"
                ),
            ),
        )
    if command.origin is Origin.STOCK:
        _has_its_own_plan(command)


def _has_its_own_plan(command: OpenIssue) -> None:
    """存量: a stock issue brings its own plan's date; the table is its ceiling. Rule: R-STOCK-PLAN."""
    name, rules = NAMES["OpenIssue"], command.rules
    if command.plan_on is None:
        raise Incomplete(
            command=name,
            what=Label(
                "存量问题自身整改方案的完成日期(plan_on)", "the date of a stock issue's own plan (plan_on)"
            ),
        )
    today = local_day(command.said_at)
    require(
        command.plan_on >= today,
        TooLate(
            command=name,
            what=Label(
                f"方案日期 {command.plan_on} 早于立案之日 {today},请先修订方案",
                f"the plan's date {command.plan_on} was before {today}: revise the plan first",
            ),
        ),
    )
    sourced = rules.limit(Clock.RECTIFY, today)
    limit = sourced.limit.ceiling or sourced.limit
    ceiling = rules.counting.ends(limit, command.said_at).at
    last_day = local_day(ceiling - timedelta(microseconds=1))  # 24:00 is still that day
    require(
        command.plan_on <= last_day,
        TooLate(
            command=name,
            what=Label(
                f"方案日期 {command.plan_on} 晚于规则上限 {last_day}",
                f"the plan's date {command.plan_on} is after the ceiling {last_day}",
            ),
        ),
    )
