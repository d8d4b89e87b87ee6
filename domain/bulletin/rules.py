"""通报规则: when a bulletin is due, who approves it, how long silence lasts; each value with its source."""

from typing import Annotated, Literal, cast

from pydantic import Field

from domain.bulletin.terms import Awaited, BulletinKind
from domain.limits import Ground, SourcedLimit
from domain.model import Frozen
from domain.posts import Division, Post, at_level, level_of
from domain.provisions import Valued, whole
from domain.terms import Level, PostKind, Severity

Approver = Literal["office", "general"]
Periodic = Literal["monthly", "quarterly", "yearly"]
AdHoc = Literal["SERIOUS", "MAJOR"]
Issuing = Literal["COUNTY", "CITY"]
"""The levels whose offices publish periodic bulletins."""


class Cadence(Frozen):
    """定期: on which working day after the period it is drafted, or by which day of January; who approves."""

    working_day: Annotated[int, Field(ge=1, le=15)] | None = None
    january: Annotated[int, Field(ge=1, le=31)] | None = None
    approver: Approver
    source: Ground


class BulletinRules(Frozen):
    """通报规则 of a deployment."""

    issuers: Valued[tuple[Issuing, ...]]
    periodic: Annotated[dict[Periodic, Cadence], whole(Periodic)]
    ad_hoc: Annotated[dict[AdHoc, Valued[Approver]], whole(AdHoc)]
    reply_window: SourcedLimit
    reminder: SourcedLimit
    next_approver: SourcedLimit
    least_denominator: Valued[Annotated[int, Field(ge=1, le=1000)]]
    longest_quote: Valued[Annotated[int, Field(ge=4, le=200)]]

    def cadence(self, kind: BulletinKind) -> Cadence:
        """Return how often a periodic kind comes."""
        return self.periodic[cast("Periodic", kind.value)]

    def approver(self, kind: BulletinKind, severity: Severity | None) -> Approver:
        """谁签发: by kind, of an ad hoc one by severity. Rule: R-BULLETIN-APPROVER."""
        if kind is BulletinKind.AD_HOC:
            return self.ad_hoc["MAJOR" if severity is Severity.MAJOR else "SERIOUS"].value
        return self.cadence(kind).approver


def chain(division: Division, first: Approver, awaited: Awaited, top: Level) -> tuple[Post, ...]:
    """依次由谁: an office and its 总河长, level by level to the office above the deployment's top.

    The last of them is reminded for ever: silence ends at somebody. What is submitted begins with the office
    that drafts it. Rule: R-BULLETIN-CHAIN
    """
    levels = [level for level in Level if level_of(division) <= level <= top]
    kinds = (PostKind.OFFICE, PostKind.GENERAL_CHIEF)
    posts = [f"{kind}:{at_level(division, level)}" for level in levels for kind in kinds]
    posts += [f"{PostKind.OFFICE}:{at_level(division, Level.PROVINCE)}"] if top < Level.PROVINCE else []
    begins_lower = first == "office" or awaited is Awaited.SUBMISSION
    return tuple(posts if begins_lower else posts[1:])
