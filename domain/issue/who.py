"""谁: who is responsible, who must act, who is above them; posts only, whoever holds them."""

from collections.abc import Sequence

from domain import posts
from domain.issue.events import WhyPassed
from domain.issue.life import STAGE_CLOCK
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import Clock, Level, PostKind


def is_at_the_top(issue: Issue) -> bool:
    """Whether the office above the deployment has been asked already (提请): nobody is left to climb to."""
    has_office_above = issue.rules.top < Level.PROVINCE
    return issue.level > issue.rules.top or (
        not has_office_above and posts.kind_of(issue.chief) is PostKind.GENERAL_CHIEF
    )


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
        case Clock.PLAN | Clock.RECTIFY | Clock.ENFORCEMENT if issue.unit:
            return issue.unit
        case Clock.VERIFY:
            return verifying_office(issue)
        case Clock.CLOSE:
            return closing_office(issue)
        case Clock.RULING if issue.dispute:
            return issue.dispute.ruler
        case Clock.REVIEW if issue.suspended:
            return reviewer(issue, issue.suspended.asked)
        case Clock.SUSPENSION:
            return posts.general_chief(issue.division, issue.rules.top)
        case _:
            return office_of_level(issue)


def stage_clock(issue: Issue) -> Clock:
    """Return the clock of the stage at which the issue stands; it has not ended."""
    return STAGE_CLOCK[issue.stage]


def above(issue: Issue, clock: Clock) -> Post:
    """上一级负责人: the head one level above who must act before a clock ends; a vacant post is passed.

    Rule: R-ABOVE
    """
    return _filled(issue, _chain_above(issue, in_charge(issue, clock)))


def decided_on(issue: Issue, clock: Clock | None) -> Clock:
    """Return which limit a decision is about: the one named, or the stage's, or the only one asked for."""
    stage = stage_clock(issue)
    if clock or not issue.asked or issue.asked_for(stage):
        return clock or stage
    return issue.asked[0].clock


def _chain_above(issue: Issue, owner: Post) -> list[Post]:
    chain = chiefs_from(issue, Level.VILLAGE)
    if owner in chain:
        return chain[chain.index(owner) + 1 :] or chain[-1:]
    level = posts.post_level(owner)
    heads = [
        post
        for post in chain
        if posts.post_level(post) > level or (_is_general_chief(post) and posts.post_level(post) == level)
    ]
    return heads or chain[-1:]


def reviewer(issue: Issue, asked: int) -> Post:
    """复核者: who is asked whether a suspension still holds; each time unanswered, one above, to 总河长.

    Rule: R-SUSPEND-REVIEW
    """
    heads = _chain_above(issue, in_charge(issue, stage_clock(issue)))
    within = [post for post in heads if posts.post_level(post) <= issue.rules.top] or heads
    return _filled(issue, within[min(asked, len(within) - 1) :])


def rulers(issue: Issue, units: Sequence[Post]) -> list[Post]:
    """裁定者: the chiefs above all units concerned, the lowest first, the 总河长 last. Rule: R-RULER."""
    highest = max((posts.post_level(unit) for unit in units), default=Level.VILLAGE)
    chain = chiefs_from(issue, Level(min(highest, issue.rules.top)))
    return [post for post in chain if posts.post_level(post) <= issue.rules.top]


def _filled(issue: Issue, chain: Sequence[Post]) -> Post:
    return next((post for post in chain if post not in issue.vacant), chain[-1])


def _is_general_chief(post: Post) -> bool:
    return posts.kind_of(post) is PostKind.GENERAL_CHIEF


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
