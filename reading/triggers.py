"""读聚合触发规则: the office's data on what adds up to an interview, a listing or a special dispatch."""

from pathlib import Path

from domain.triggers import TriggerRules
from reading.single import read_single


def read_trigger_rules(path: Path) -> TriggerRules:
    """Return the rules of a file; raise Unreadable with every fault, each with its line."""
    return read_single(path, TriggerRules)
