"""The rule files as they are written; editions may have been appended since."""

import re
from pathlib import Path

RULES = Path(__file__).parents[2] / "rules"
_BETWEEN_EDITIONS = re.compile(r"^---.*\n", re.MULTILINE)


def first_edition(text: str) -> str:
    """Return the text of a file's first edition, with the head of the file."""
    return _BETWEEN_EDITIONS.split(text)[0]


def a_later_edition(first: str) -> str:
    """Return the first edition copied as the README says: another name, a later day, one changed limit."""
    changes = {
        "edition: ziyang-2026-2": "edition: ziyang-2099-1",
        "in_force_from: 2026-11-01": "in_force_from: 2099-03-01",
        "GENERAL: {limit: 3wd, source: chosen; S05 art. 52}": "GENERAL: {limit: 5wd, source: chosen}",
    }
    for old, new in changes.items():
        assert first.count(old) == 1, f"{old!r} must stand in an edition once"
        first = first.replace(old, new)
    return first


ZIYANG = first_edition((RULES / "ziyang.yaml").read_text(encoding="utf-8"))
