"""办结之后: facts that come when no workflow hears any more go into the journal behind its end."""

from collections.abc import Callable

from domain.issue.fact_base import Event
from domain.issue.letter import write
from domain.issue.state import Issue
from store import journal
from store.journal import Recorded
from store.pool import Pool


class NotOver(Exception):
    """The issue lives: what is to be said to it is said to its workflow."""


async def append_after_the_end(pool: Pool, issue_id: str, make: Callable[[Issue], list[Event]]) -> Recorded:
    """Append facts to the journal of an issue that is over. Raises NotOver, LookupError, Away, Diverged."""
    issue = await journal.retell_issue(pool, issue_id)
    if not issue.is_over:
        raise NotOver(issue_id)
    events = make(issue)
    if not events:
        return Recorded(issue.tail, issue.number, 0)
    letter, _, _ = write(issue, tuple(events))
    return await journal.record(pool, letter)
