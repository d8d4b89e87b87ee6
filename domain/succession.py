"""自然递补: who acts for a post that nobody holds, as data with its source."""

from collections.abc import Iterable

from pydantic import Field

from domain.model import Frozen
from domain.posts import Post, division_of, kind_of, post_level, reach_of
from domain.terms import Level, PostKind

HAND_OVER_DAYS = 30
"""Working days within which a post is handed over where no rule says another number [Guangdong 2021]."""


class Succession(Frozen):
    """递补规则 of a kind of post at a level: whose holders act for it, and by when it must be handed over.

    `successors` are posts with `{division}` and `{reach}` of the vacant one, the first first.
    """

    kind: PostKind
    level: Level
    successors: tuple[str, ...] = ()
    hand_over_days: int = Field(default=HAND_OVER_DAYS, ge=1, le=250)
    source: str = Field(min_length=1, max_length=200)


def rule_for(rules: Iterable[Succession], post: Post) -> Succession | None:
    """Return the rule of succession of a post, if there is one."""
    of = kind_of(post), post_level(post)
    return next((rule for rule in rules if (rule.kind, rule.level) == of), None)


def successors(rules: Iterable[Succession], post: Post) -> tuple[Post, ...]:
    """自然递补: the posts whose holders act for a post without anybody. Rule: R-ROSTER-SUCCESSION."""
    rule = rule_for(rules, post)
    division, reach = division_of(post), reach_of(post) or ""
    wanted = rule.successors if rule else ()
    named = (each.replace("{division}", division).replace("{reach}", reach) for each in wanted)
    return tuple(successor for successor in named if successor != post)
