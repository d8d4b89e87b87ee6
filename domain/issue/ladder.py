"""阶梯: what each rung after a lapse demands, of whom; and advance(), by which time speaks."""

from datetime import datetime
from typing import Any

from domain import posts
from domain.issue import events as fact
from domain.issue.clocks import Mark, next_mark
from domain.issue.disputes import raise_ruling
from domain.issue.events import WhyEscalated, WhyMoved
from domain.issue.evolve import evolve
from domain.issue.fact_base import Event
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.suspensions import review_due, suspended_long_enough
from domain.issue.who import in_charge, is_at_the_top, next_chief, office_of_level
from domain.posts import Post
from domain.terms import Clock, Level, Rung


def advance(issue: Issue, to: datetime, *, inclusive: bool) -> list[Event]:
    """时间先说话: decide every mark passed on the way, oldest first.

    A mark at the very moment of a command has not passed (the word is in time); for a timer it has.
    Rule: R-TIME-FIRST
    """
    told: list[Event] = []
    while (mark := next_mark(issue)) and (mark.at < to or (inclusive and mark.at == to)):
        for event in demand(issue, mark):
            told.append(event)
            issue = evolve(issue, event)
    return told


def demand(issue: Issue, mark: Mark) -> list[Event]:
    """Return the facts that a mark makes, at its true moment."""
    run = issue.run(mark.clock)
    assert run is not None  # a mark belongs to a running clock
    match mark.clock:
        case Clock.RULING:
            return raise_ruling(issue, mark.at, "lapsed")
        case Clock.REVIEW:
            return review_due(issue, mark.at)
        case Clock.SUSPENSION:
            return suspended_long_enough(issue, mark.at)
        case _:
            return _climb(issue, run, mark)


def _climb(issue: Issue, run: Run, mark: Mark) -> list[Event]:
    """逐级: what each rung demands, of whom."""
    owner = in_charge(issue, mark.clock)
    when: dict[str, Any] = {"at": max(mark.at, issue.at), "said_at": mark.at, "clock": mark.clock}
    match mark.rung:
        case Rung.EARLY:
            to = _unique(owner, issue.chief)
            return [fact.EarlyReminded(**when, rule="R-LADDER-0", limit_at=run.limit_at, to=to)]
        case Rung.REMINDER:
            to = _unique(owner, issue.chief, office_of_level(issue))
            return [
                fact.Lapsed(
                    **when, rule="R-LADDER-1", limit_at=run.limit_at, provisional=run.provisional, to=to
                )
            ]
        case Rung.ORDER:
            to = _unique(owner, issue.chief)
            return [fact.Ordered(**when, rule="R-LADDER-2", issuer=office_of_level(issue), to=to)]
        case Rung.ESCALATION:
            return escalate(issue, mark.at, "lapsed", mark.clock)
        case Rung.INTERVIEW:
            to = _unique(owner, issue.chief, office_of_level(issue))
            until = _objection_until(issue, mark.at)
            issuer = office_of_level(issue)
            return [
                fact.InterviewCalled(**when, rule="R-LADDER-5", issuer=issuer, to=to, objection_until=until)
            ]
        case Rung.REFERRAL:
            to = _unique(*_with_authority(issue, owner), office_of_level(issue))
            until = _objection_until(issue, mark.at)
            issuer = office_of_level(issue)
            return [fact.Referred(**when, rule="R-LADDER-6", issuer=issuer, to=to, objection_until=until)]
        case _:
            count = run.count(Rung.BULLETIN) + 1
            to = _named_in_bulletin(issue, owner)
            issuer = posts.office(issue.division, _bulletin_level(issue, owner))
            until = _objection_until(issue, mark.at)
            drafted = fact.BulletinDrafted(
                **when, rule="R-LADDER-4", count=count, issuer=issuer, to=to, objection_until=until
            )
            return [drafted]


def escalate(
    issue: Issue, said_at: datetime, reason: WhyEscalated, clock: Clock | None = None
) -> list[Event]:
    """提级督办: the next level's chief becomes responsible; a vacant level is passed at the same instant.

    Rule: R-LADDER-3, R-VACANT
    """
    if is_at_the_top(issue):
        return []
    at = max(said_at, issue.at)
    passed, chief = next_chief(issue)
    told: list[Event] = [
        fact.PostPassed(at=at, said_at=said_at, rule="R-VACANT", post=post, reason=why)
        for post, why in passed
    ]
    to = _unique(chief, issue.chief, *([in_charge(issue, clock)] if clock else []))
    escalated = fact.Escalated(
        at=at,
        said_at=said_at,
        rule="R-LADDER-3",
        clock=clock,
        chief=chief,
        level=posts.post_level(chief),
        reason=reason,
        to=to,
    )
    return [*told, escalated]


def chief_moves(issue: Issue, stands: dict[str, Any], reason: WhyMoved) -> list[Event]:
    """责任河长变更 without a lapse: the next filled post follows at once. Rule: R-VACANT."""
    if is_at_the_top(issue):
        return []
    passed, chief = next_chief(issue)
    level = posts.post_level(chief)
    return [
        *(fact.PostPassed(**{**stands, "rule": "R-VACANT"}, post=post, reason=why) for post, why in passed),
        fact.ChiefMoved(**stands, chief=chief, level=level, reason=reason),
    ]


def _bulletin_level(issue: Issue, owner: Post) -> Level:
    return min(max(Level.COUNTY, posts.post_level(owner), issue.level), issue.rules.top)


def _named_in_bulletin(issue: Issue, owner: Post) -> tuple[Post, ...]:
    """The unit, its government, the 总河长 of the level that publishes [S03 art. 26]."""
    own_level = max(posts.post_level(owner), Level.TOWNSHIP)
    government = posts.government(posts.division_of(owner), own_level)
    return _unique(owner, government, posts.general_chief(issue.division, _bulletin_level(issue, owner)))


def _with_authority(issue: Issue, owner: Post) -> tuple[Post, ...]:
    """有管理权限的机关: the government of the place; a village's referral goes by its township's agreement.

    Over who stands above the deployment nobody in it has authority; its office asks (提请).
    Rule: R-REFERRAL-TO
    """
    level = max(posts.post_level(owner), Level.TOWNSHIP)
    if level > issue.rules.top:
        return ()
    return (posts.government(posts.at_level(posts.division_of(owner), level), level),)


def _objection_until(issue: Issue, at: datetime) -> datetime | None:
    """申诉期限: how long those named may object to rungs 4 to 6; the measure is not suspended meanwhile.

    Rule: R-OBJECT
    """
    fair = issue.rules.fair
    return issue.rules.counting.ends(fair.objection.within, at).at if fair else None


def _unique(*addressees: Post) -> tuple[Post, ...]:
    return tuple(dict.fromkeys(addressees))
