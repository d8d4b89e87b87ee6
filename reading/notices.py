"""读推送规则: the office's data on how often and when a telephone may ring."""

from pathlib import Path

from domain.burden import NoticeRules
from reading.single import read_single


def read_notice_rules(path: Path) -> NoticeRules:
    """Return the rules of a file; raise Unreadable with every fault, each with its line."""
    return read_single(path, NoticeRules)
