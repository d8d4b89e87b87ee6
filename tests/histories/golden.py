"""金本: a life as it was once recorded, and the check that today's code would still live it so.

It is replayed and compared by the same functions as `python -m ops replay --file`, in the worker's sandbox.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connection import data_converter
from domain.issue.letter import Head
from ops.replay_files import golden_life
from ops.replay_lives import Life, Verdict, replay_life, runner_for
from workflows.relive import stage

FOLDER = Path(__file__).with_name("goldens")
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))


def read(name: str) -> Mapping[str, Any]:
    """Return a golden: `issue_id`, `histories`, `journal`, `effects`, `documents`, `head`."""
    golden: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return golden


def life(name: str) -> Life:
    """Return what is replayed of a golden."""
    return golden_life(read(name))


async def verdict_of(one: Life, *, sandbox: bool = True) -> Verdict:
    """Replay a life with today's code and compare everything that it writes."""
    async with stage(data_converter, runner_for(sandbox=sandbox)) as there:
        return await replay_life(one, there)


async def verdict(name: str, *, sandbox: bool = True) -> Verdict:
    """Replay a golden with today's code and compare everything that it writes."""
    return await verdict_of(life(name), sandbox=sandbox)


def compare_row(recorded: Mapping[str, Any], head: Head) -> None:
    """Compare the row field by field; what an old golden does not know of is at its default."""
    row = head.model_dump(mode="json")
    assert {name: row.get(name) for name in recorded} == recorded
    added = {name: value for name, value in row.items() if name not in recorded}
    assert added == {name: Head.model_fields[name].default for name in added}
