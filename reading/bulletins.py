"""读通报规则: when bulletins are due and who approves them, or every fault of the file is told."""

from pathlib import Path

from domain.bulletin.rules import BulletinRules
from reading.single import read_sourced


def read_bulletin_rules(path: Path) -> BulletinRules:
    """Return the bulletin rules of a file; raise Unreadable with every fault, each with its line.

    `sources.yaml` stands beside the file.
    """
    return read_sourced(path, BulletinRules)
