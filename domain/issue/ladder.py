"""阶梯: what each rung after a lapse demands, of whom; and advance(), by which time speaks."""

from datetime import datetime
from typing import Any

from domain import posts
from domain.issue import events as fact
from domain.issue.clocks import Mark, is_at_the_top, next_mark
from domain.issue.events import Event, WhyEscalated, WhyPassed
from domain.issue.evolve import evolve
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import Clock, Level, PostKind, Rung


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
        case _:
            count = run.count(Rung.BULLETIN) + 1
            to = _named_in_bulletin(issue, owner)
            issuer = posts.office(issue.division, _bulletin_level(issue, owner))
            return [fact.BulletinDrafted(**when, rule="R-LADDER-4", count=count, issuer=issuer, to=to)]


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


def chiefs_from(issue: Issue, lowest: Level) -> list[Post]:
    """责任链: the chiefs from a level up to the deployment's top, its 总河长, then the office above (提请).

    Rule: R-CHAIN
    """
    top = issue.rules.top
    lowest = max(lowest, posts.level_of(issue.division))
    chain = [posts.chief(issue.division, level, issue.reach) for level in Level if lowest <= level <= top]
    above = [posts.office(issue.division, Level(top + 1))] if top < Level.PROVINCE else []
    return [*chain, posts.general_chief(issue.division, top), *above]


def next_chief(issue: Issue) -> tuple[list[tuple[Post, WhyPassed]], Post]:
    """Return the posts that are passed, each with its reason, and the post that becomes responsible.

    A vacant level is passed at once, a filled one only where the book says so. Rule: R-VACANT
    """
    chain = chiefs_from(issue, Level.VILLAGE)
    ahead = chain[chain.index(issue.chief) + 1 :] if issue.chief in chain else chain[-1:]
    passed: list[tuple[Post, WhyPassed]] = []
    for post in ahead[:-1]:
        if post in issue.vacant:
            passed.append((post, "vacant"))
        elif issue.rules.pass_filled and posts.kind_of(post) is PostKind.CHIEF and not passed:
            passed.append((post, "major"))
        else:
            return passed, post
    return passed, ahead[-1] if ahead else issue.chief


def first_chief(issue: Issue) -> tuple[list[Post], Post]:
    """首任责任河长: the first filled post of the chain from the level the book names, with those passed.

    Rule: R-FIRST-CHIEF
    """
    chain = chiefs_from(issue, issue.rules.chief)
    filled = filled_from(issue, chain[0])
    return chain[: chain.index(filled)], filled


def filled_from(issue: Issue, post: Post) -> Post:
    """Return the post or the first filled one above it in the chain; the last stands, vacant or not."""
    chain = chiefs_from(issue, Level.VILLAGE)
    above = chain[chain.index(post) :]
    return next((chief for chief in above[:-1] if chief not in issue.vacant), above[-1])


def in_charge(issue: Issue, clock: Clock) -> Post:
    """Return who must act before a clock ends. Rule: R-IN-CHARGE."""
    match clock:
        case Clock.STOP:
            return issue.chief
        case Clock.PLAN | Clock.RECTIFY if issue.unit:
            return issue.unit
        case Clock.VERIFY:
            return verifying_office(issue)
        case Clock.CLOSE:
            return closing_office(issue)
        case _:
            return office_of_level(issue)


def office_of_level(issue: Issue) -> Post:
    """Return the chief office beside the responsible chief; a village has none, its township's serves."""
    level = min(max(issue.level, Level.TOWNSHIP), issue.rules.top)
    return posts.office(issue.division, level)


def verifying_office(issue: Issue) -> Post:
    """核查单位: the office of the level the book names; where it rectified itself, the next level verifies.

    Rule: R-RECUSAL
    """
    level = issue.rules.verify
    for handler in (issue.unit, issue.rectified_by):
        if handler and _is_office_itself(handler) and posts.post_level(handler) >= level:
            level = Level(min(posts.post_level(handler) + 1, Level.PROVINCE))
    return posts.office(issue.division, level)


def closing_office(issue: Issue) -> Post:
    """销号单位: the office of the level the book names. Rule: R-LEVEL-CLOSE."""
    return posts.office(issue.division, issue.rules.close)


def _is_office_itself(unit: Post) -> bool:
    return posts.department_of(unit) == "chief_office"


def _bulletin_level(issue: Issue, owner: Post) -> Level:
    return min(max(Level.COUNTY, posts.post_level(owner), issue.level), issue.rules.top)


def _named_in_bulletin(issue: Issue, owner: Post) -> tuple[Post, ...]:
    """The unit, its government, the 总河长 of the level that publishes [S03 art. 26]."""
    own_level = max(posts.post_level(owner), Level.TOWNSHIP)
    government = posts.government(posts.division_of(owner), own_level)
    return _unique(owner, government, posts.general_chief(issue.division, _bulletin_level(issue, owner)))


def _unique(*addressees: Post) -> tuple[Post, ...]:
    return tuple(dict.fromkeys(addressees))
