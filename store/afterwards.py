"""事后记录: facts about an issue that is over, which no workflow hears any more."""

from collections.abc import Callable, Sequence

from domain.issue.fact_base import Event
from domain.issue.letter import write
from domain.issue.state import Issue
from store.faults import Unfit
from store.journal import Recorded, record, retell_issue
from store.pool import Pool

ATTEMPTS = 5
"""How often the journal is read again, when somebody else wrote to its end meanwhile."""


class StillOpenError(Exception):
    """The issue is not over: its workflow speaks for it, and nobody writes past it."""


async def append_after_the_end(
    pool: Pool, issue_id: str, make: Callable[[Issue], Sequence[Event]]
) -> Recorded:
    """Append what `make` makes of an issue that is over; nothing when it makes nothing.

    Whoever writes to the same end at the same time is heard first, and `make` is asked again. Raises
    LookupError when there is no journal, StillOpenError, Unfit when it never found the end at rest, Away.
    """
    for attempt in range(1, ATTEMPTS + 1):
        issue = await retell_issue(pool, issue_id)
        if not issue.is_over:
            raise StillOpenError(f"{issue_id} stands at {issue.stage}")
        events = tuple(make(issue))
        if not events:
            return Recorded(tail=issue.tail, number=issue.number, new=0)
        letter, _, left = write(issue, events, limit=len(events))
        assert not left
        try:
            return await record(pool, letter)
        except Unfit:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("the last attempt raises")
