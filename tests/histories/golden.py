"""金本: a life as it was once recorded, and the check that today's code would still live it so."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

from connection import data_converter
from domain.issue.letter import Head, Letter
from sandbox import runner
from tests.workflows.shell import settings_for
from workflows.names import issue_workflow_id
from workflows.relive import relive

FOLDER = Path(__file__).with_name("goldens")
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))


def read(name: str) -> Mapping[str, Any]:
    """Return a golden: `issue_id`, `histories`, `journal`, `effects`, `documents`, `head`."""
    golden: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return golden


async def replay(golden: Mapping[str, Any]) -> list[Letter]:
    """Replay every run of a golden with today's code; return the letters that it posts now."""
    workflow_id = issue_workflow_id(golden["issue_id"])
    runs = [WorkflowHistory.from_json(workflow_id, history) for history in golden["histories"]]
    lived = await relive(runs, data_converter, runner(settings_for("postgresql://nowhere", "goldens")))
    if lived.fault:
        raise lived.fault
    return list(lived.letters)


def compare(golden: Mapping[str, Any], letters: list[Letter]) -> None:
    """Compare what is posted now with what was recorded then: facts, hashes, effects, documents, the row."""
    lines = [line.model_dump(mode="json") for letter in letters for line in letter.lines]
    assert lines == golden["journal"]
    assert letters[-1].tail == golden["journal"][-1]["hash"]
    effects = [effect.model_dump(mode="json") for letter in letters for effect in letter.effects]
    assert sorted(effects, key=_place) == golden["effects"]
    drafted = {
        (effect["number"], effect["kind"], effect["issuer"], effect["text"])
        for effect in effects
        if effect["kind"] in ("order", "bulletin")
    }
    assert sorted(drafted) == [tuple(document) for document in golden["documents"]]
    compare_row(golden["head"], letters[-1].head)


def compare_row(recorded: Mapping[str, Any], head: Head) -> None:
    """Compare the row field by field; what an old golden does not know of is at its default."""
    row = head.model_dump(mode="json")
    assert {name: row.get(name) for name in recorded} == recorded
    added = {name: value for name, value in row.items() if name not in recorded}
    assert added == {name: Head.model_fields[name].default for name in added}


def _place(effect: Mapping[str, Any]) -> tuple[int, str, str]:
    return effect["number"], effect["kind"], effect["addressee"]


async def check(name: str) -> None:
    """Replay a golden and compare it; whatever differs, raises."""
    golden = read(name)
    compare(golden, await replay(golden))
