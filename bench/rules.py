"""规则: the rule book of the bench: Ziyang's own, with one deadline that lapses within a second."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from bench.ground import HERE

ZIYANG = HERE / "rules" / "ziyang.yaml"


def write_rules(folder: Path, name: str = "bench", **changes: Any) -> Path:
    """Write Ziyang's edition with changed provisions, `section__key__key=value`; return the file."""
    book = yaml.safe_load(ZIYANG.read_text(encoding="utf-8"))
    book["edition"] = f"{name}-1"
    # A serious issue has a second to be assigned, and is reminded at that second.
    book["limits"]["ASSIGN"]["SERIOUS"]["limit"] = "1s"
    book["ladder"]["SERIOUS"]["early"]["share"] = 0.001
    book["rectify"]["FLOATING_DEBRIS"]["SERIOUS"]["limit"] = "24h"
    for path, value in changes.items():
        *way, last = path.split("__")
        place = book
        for key in way:
            place = place[key]
        place[last] = value
    shutil.copytree(ZIYANG.parent, folder / name)
    file = folder / name / ZIYANG.name
    file.write_text(yaml.safe_dump(book, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file
