"""核验: the chain of every issue recomputed from the stored words, and the columns that no hash covers."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from pydantic import ValidationError

from domain.chain import GENESIS, link
from domain.issue.events import Opened, read_fact
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.issue.letter import Head, head_of
from domain.issue.state import Issue
from store.kept import Fact, Kept, kept, missing_numbers
from store.pool import Pool

NEVER_OPENED = "a number was bound and no issue opened: report the file again"
NOBODYS = "the number was drawn and nobody has it: a whole issue was removed"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MICROSECOND = timedelta(microseconds=1)


class Break(NamedTuple):
    """The first place at which an issue's journal is not what it was: which fact, which column."""

    issue_id: str
    number: int
    reason: str
    column: str = ""


class Proof(NamedTuple):
    """How much was recomputed, and the first broken link of each issue that has one."""

    issues: int
    facts: int
    breaks: tuple[Break, ...]


async def verify_chain(pool: Pool, issue_id: str | None = None) -> Proof:
    """Recompute every hash of one issue, or of all, from the stored text, and compare the columns with it.

    Also finds a journal that is shorter than the read model says, a read model that says something else,
    a number without a journal, and a number that nobody has. Raises Away when Postgres does not answer.
    """
    breaks: list[Break] = []
    issues = facts = 0
    async for each in kept(pool, [issue_id] if issue_id else None):
        issues, facts = issues + bool(each.facts), facts + len(each.facts)
        if broken := first_break(each) or other_head(each):
            breaks.append(broken)
    if issue_id is None:
        breaks += await nobodys_numbers(pool)
    return Proof(issues, facts, tuple(sorted(breaks)))


async def nobodys_numbers(pool: Pool) -> list[Break]:
    """Return the numbers that were drawn and that nobody has. Raises Away."""
    return [Break(each, 1, NOBODYS, "issue_id") for each in await missing_numbers(pool)]


def first_break(each: Kept) -> Break | None:
    """Return the first link of an issue's journal that does not hold, or where it ends before it should."""
    issue_id, facts, shown = each.issue_id, each.facts, each.shown
    if not facts:
        return _without_a_journal(each)
    before, is_sealed = GENESIS, False
    for number, fact in enumerate(facts, start=1):
        if fact.number != number:
            return Break(issue_id, number, f"fact {number} is missing", "number")
        if link(before, number, fact.body) != fact.hash:
            column = _which(each, number, before)
            return Break(issue_id, number, "the hash does not follow from the words", column)
        before = fact.hash
        if wrong := _contradiction(fact, issue_id):
            return Break(issue_id, number, *wrong)
        if shown and shown.number == number and shown.tail != before:
            return Break(issue_id, number, "the read model knows another fact here", "hash")
        if fact.seal != seal(fact.hash, fact.recorded_at) and (fact.seal or is_sealed):
            return Break(issue_id, number, "the moment of recording is not the sealed one", "recorded_at")
        is_sealed = is_sealed or fact.seal is not None
    if (last := _known_to_be_last(each)) > len(facts):
        reason = f"the journal ends before fact {last}"
        return Break(issue_id, len(facts) + 1, reason, "number")
    return None


def seal(fact_hash: str, recorded_at: datetime) -> str:
    """Return the seal of the moment at which a fact was recorded, as `append_letter` makes it."""
    return sha256(f"{fact_hash} {(recorded_at - _EPOCH) // _A_MICROSECOND}".encode()).hexdigest()


def _known_to_be_last(each: Kept) -> int:
    """The highest number that anything else knows of: the read model, an act, a document."""
    believed = each.shown.number if each.shown else 0
    acts, papers = [act.number for act in each.acts], [paper.number for paper in each.papers]
    return max(believed, 0, *acts, *papers)


def _without_a_journal(each: Kept) -> Break | None:
    if each.shown or each.acts or each.papers:
        return Break(each.issue_id, _known_to_be_last(each), "the journal is missing", "number")
    return Break(each.issue_id, 1, NEVER_OPENED) if each.is_numbered else None


def _which(each: Kept, number: int, before: str) -> str:
    """Whether words or hash were changed: what follows was chained to the true hash."""
    fact, *after = each.facts[number - 1 : number + 1]
    computed = link(before, number, fact.body)
    if after:
        (follower,) = after
        tails = [t for t in (fact.hash, computed) if link(t, number + 1, follower.body) == follower.hash]
    else:
        tails = [each.shown.tail] if each.shown and each.shown.number == number else []
    return {fact.hash: "body", computed: "hash"}.get(tails[0] if tails else "", "body or hash")


def _contradiction(fact: Fact, issue_id: str) -> tuple[str, str] | None:
    """The columns beside the body are not covered by the hash, so they are held against it."""
    try:
        said = read_fact(fact.body)
    except ValidationError:
        return "the words are no fact that this version knows", "body"
    if isinstance(said, Opened) and said.issue_id != issue_id:
        return f"it is the journal of {said.issue_id}", "issue_id"
    wrong = [name for name in ("kind", "at", "said_at") if getattr(fact, name) != getattr(said, name)]
    listed = ", ".join(wrong)
    return (f"the columns contradict the words: {listed}", listed) if wrong else None


def other_head(each: Kept, retold: Issue | None = None) -> Break | None:
    """The read model is no proof, but people act on it: it must say what its journal makes of the issue."""
    shown, last = each.shown, len(each.facts)
    if not each.facts:
        return None
    if shown is None:
        return Break(each.issue_id, last, "the read model does not know the issue: retell it")
    if shown.number != last:
        return Break(each.issue_id, last, f"the read model ends at fact {shown.number}: retell it", "number")
    head = head_of(retold or retell(told(each.facts)))
    wrong = [name for name in Head.model_fields if getattr(head, name) != getattr(shown.head, name)]
    listed = ", ".join(wrong)
    return Break(each.issue_id, last, f"the read model is wrong: {listed}", listed) if wrong else None


def told(facts: Sequence[Fact]) -> list[Event]:
    """Read the facts of a journal whose chain holds."""
    return [read_fact(fact.body) for fact in facts]
