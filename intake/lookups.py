"""代查: what the door finds out itself instead of believing it: another issue, the rule book."""

from typing import Any

from domain import posts
from domain.model import Label
from domain.rulebook import in_force
from domain.workdays import local_day
from intake.house import House
from intake.issue_here import issue_here, not_told_yet, retold
from intake.problems import Problem
from intake.spoken import Spoken
from reading.callers import Caller


async def merged(house: House, caller: Caller, into: str) -> dict[str, Any]:
    """并案: return what the issue that goes on for both is; it must lie in the caller's jurisdiction too."""
    other = await issue_here(house, caller, into)
    if other.stage is None:
        raise not_told_yet(into)
    return {"into_reach": other.reach, "into_category": other.category, "into_stage": other.stage}


async def regraded(house: House, number: str, said: Spoken) -> dict[str, Any]:
    """改定: return the excerpt of the issue's own edition for what it is to be.

    An edition that this process does not know is answered by the one in force, which the rule book refuses.
    """
    issue = await retold(house, number)
    own = (issue.rules.edition, issue.rules.digest)
    known = (book for book in house.desk.editions if (book.edition, book.digest) == own)
    book = next(known, None) or in_force(house.desk.editions, local_day(house.now()))
    if book is None:
        raise Problem(409, "no-edition", Label("没有施行中的规则版次", "no edition is in force"))
    rules = book.excerpt(
        getattr(said, "category", None) or issue.category,
        getattr(said, "severity", None) or issue.severity,
        issue.source,
        local_day(issue.opened_at),
        origin=issue.origin,
        circumstances=issue.circumstances,
        finder=posts.post_level(issue.finder) if issue.finder else None,
        recurring=issue.recurrence_of is not None,
    )
    return {"rules": rules}
