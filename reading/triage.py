"""读研判规则: the office's data on how leads are triaged."""

from pathlib import Path

from domain.triage import TriageRules
from reading.single import read_single


def read_triage_rules(path: Path) -> TriageRules:
    """Return the triage rules of a file; raise Unreadable with every fault, each with its line."""
    return read_single(path, TriageRules)
