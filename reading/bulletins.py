"""读通报规则: when bulletins are due and who approves them, or every fault of the file is told."""

from pathlib import Path

from domain.bulletin.rules import BulletinRules
from reading.documents import read_documents
from reading.errors import Fault, Unreadable
from reading.rulebook import read_sources, unknown_tags, validated


def read_bulletin_rules(path: Path) -> BulletinRules:
    """Return the bulletin rules of a file; raise Unreadable with every fault, each with its line.

    `sources.yaml` stands beside the file.
    """
    documents = read_documents(path)
    sources = read_sources(path.parent / "sources.yaml")
    if len(documents) != 1:
        raise Unreadable([Fault(file=path.name, where="the file", reason="应有且只有一份 (one document)")])
    (document,) = documents
    faults = list(unknown_tags(document, document.value, (), sources))
    try:
        rules = validated(BulletinRules, document, document.value)
    except Unreadable as refused:
        raise Unreadable([*faults, *refused.faults]) from None
    if faults:
        raise Unreadable(faults)
    return rules
