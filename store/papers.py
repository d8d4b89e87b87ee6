"""公文: the document of one fact for paper, from the journal, its signature, and the names in the roster."""

from domain.issue.document import Signed, document
from domain.issue.events import BulletinDrafted, Ordered, read_fact
from domain.issue.evolve import retell
from domain.issue.who import in_charge
from domain.paper import Paper
from store import journal
from store.documents import Document, documents_of, names_of
from store.pool import Pool


async def paper_of(pool: Pool, issue_id: str, number: int) -> Paper:
    """Return the order or the bulletin of a fact; raises LookupError when that fact made none."""
    found = next((each for each in await documents_of(pool, issue_id) if each.number == number), None)
    if found is None:
        raise LookupError(f"fact {number} of {issue_id} made no document")
    lines = await journal.facts(pool, issue_id)
    told = [read_fact(line.body) for line in lines if line.number <= number]
    issue, event = retell(told), told[-1]
    assert isinstance(event, Ordered | BulletinDrafted)  # nothing else makes a document
    named = [event.issuer, *event.to, *(in_charge(issue, run.clock) for run in issue.clocks)]
    signed = _signed(found)
    names = await names_of(pool, [*named, *([signed.by] if signed else [])])
    return document(issue, event, names, signed, is_withdrawn=found.state == "withdrawn")


def _signed(found: Document) -> Signed | None:
    if found.document_number is None or found.signed_at is None or found.signed_by is None:
        return None
    return Signed(number=found.document_number, at=found.signed_at, by=found.signed_by)
