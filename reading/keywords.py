"""读关键词表: the file of words becomes what suggests a category, or every fault of it is told."""

from pathlib import Path

from domain.keywords import Keywords
from reading.documents import read_documents
from reading.errors import Fault, Unreadable
from reading.rulebook import read_sources, unknown_tags, validated


def read_keywords(path: Path) -> Keywords:
    """Return the keywords of a file; raise Unreadable with every fault found.

    `sources.yaml` stands beside the file.
    """
    documents = read_documents(path)
    sources = read_sources(path.parent / "sources.yaml")
    if len(documents) != 1:
        reason = f"须是一份文档，现有 {len(documents)} 份 (one document is wanted)"
        raise Unreadable([Fault(file=path.name, where="the file", reason=reason)])
    (document,) = documents
    faults = list(unknown_tags(document, document.value, (), sources))
    try:
        keywords = validated(Keywords, document, document.value)
    except Unreadable as refused:
        raise Unreadable([*faults, *refused.faults]) from None
    if faults:
        raise Unreadable(faults)
    return keywords
