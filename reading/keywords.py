"""读关键词表: the file of words becomes what suggests a category, or every fault of it is told."""

from pathlib import Path

from domain.keywords import Keywords
from reading.single import read_sourced


def read_keywords(path: Path) -> Keywords:
    """Return the keywords of a file; raise Unreadable with every fault found.

    `sources.yaml` stands beside the file.
    """
    return read_sourced(path, Keywords)
