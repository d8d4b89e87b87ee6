"""读聚合触发规则: the office's data on what adds up to an interview, a listing or a special dispatch."""

from pathlib import Path

from pydantic import ValidationError

from domain.triggers import TriggerRules
from reading.documents import read_documents
from reading.errors import Fault, Unreadable


def read_trigger_rules(path: Path) -> TriggerRules:
    """Return the rules of a file; raise Unreadable with every fault, each with its line."""
    documents = read_documents(path)
    if len(documents) != 1:
        raise Unreadable([Fault(file=path.name, where="the file", reason="应有且只有一份 (one document)")])
    (document,) = documents
    try:
        return TriggerRules.model_validate(document.value, strict=False)
    except ValidationError as wrong:
        raise Unreadable(
            document.fault(tuple(str(part) for part in error["loc"]), f"{error['msg']} ({error['type']})")
            for error in wrong.errors()
        ) from None
