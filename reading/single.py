"""单份文件: a file of data that is one document: what it says by its model, or every fault of it."""

from pathlib import Path

from reading.documents import Document, read_documents
from reading.errors import Fault, Unreadable
from reading.rulebook import Model, read_sources, unknown_tags, validated


def read_single(path: Path, model: type[Model]) -> Model:
    """Return what a file of one document says; raise Unreadable with every fault, each with its line."""
    document = _only(path)
    return validated(model, document, document.value)


def read_sourced(path: Path, model: type[Model]) -> Model:
    """Return the same of a file whose every source is in the `sources.yaml` beside it."""
    document, sources = _only(path), read_sources(path.parent / "sources.yaml")
    faults = list(unknown_tags(document, document.value, (), sources))
    try:
        read = validated(model, document, document.value)
    except Unreadable as refused:
        raise Unreadable([*faults, *refused.faults]) from None
    if faults:
        raise Unreadable(faults)
    return read


def _only(path: Path) -> Document:
    documents = read_documents(path)
    if len(documents) != 1:
        reason = f"须是一份文档,现有 {len(documents)} 份 (one document is wanted)"
        raise Unreadable([Fault(file=path.name, where="the file", reason=reason)])
    return documents[0]
