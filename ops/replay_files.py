"""重放之源: lives in files: a golden, or the history of one run as the CLI and the Web UI save it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseError
from temporalio.client import WorkflowHistory

from connection import data_converter
from domain.issue.difference import Record
from domain.issue.effects import Effect
from domain.issue.letter import Head, Line
from domain.model import Label
from ops.replay_lives import Life, packed
from workflows.names import issue_workflow_id

Recorded = Callable[[str], Awaitable[Record | None]]
"""What is recorded of an issue, if anything is."""

_COMMANDS_ONLY = Label(
    "没有此问题的日志可对照,只比较命令次序与所载哈希",
    "there is no journal of it: only the order of commands and the hashes in the history were compared",
)
_NEITHER = Label(
    "既不是金本,也不是导出的流程历史",
    "it is neither a golden nor the history of a workflow as it is exported",
)


_UNLIKE = (OSError, ValueError, ParseError, LookupError, TypeError, AttributeError)
"""What reading says when a file is something else."""


async def lives_in(files: Sequence[Path], recorded: Recorded | None) -> AsyncIterator[Life]:
    """Yield the life in each file; `recorded` is asked for the journal of what brings none."""
    for file in files:
        try:
            yield await _life_in(file, recorded)
        except _UNLIKE as error:
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            yield Life(
                file.stem, trouble=Label(f"{file} 不能读取", f"{file} cannot be read ({why}); {_NEITHER.en}")
            )


async def _life_in(file: Path, recorded: Recorded | None) -> Life:
    read = await asyncio.to_thread(_json, file)
    if "histories" in read:
        return golden_life(read)
    if "events" not in read:
        return Life(file.stem, trouble=Label(f"{file} {_NEITHER.zh}", f"{file}: {_NEITHER.en}"))
    run = WorkflowHistory.from_json("", read)
    issue_id = await _issue_id(run)
    record = await recorded(issue_id) if recorded else None
    return Life(issue_id, (packed(run),), record, None if record else _COMMANDS_ONLY)


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def golden_life(golden: Mapping[str, Any]) -> Life:
    """Return the life that a golden holds: its runs, its journal, its effects and its row."""
    issue_id = golden["issue_id"]
    workflow_id = issue_workflow_id(issue_id)
    return Life(
        issue_id,
        tuple(packed(WorkflowHistory.from_json(workflow_id, run)) for run in golden["histories"]),
        Record(
            tuple(Line.model_validate(line) for line in golden["journal"]),
            tuple(Effect.model_validate(effect) for effect in golden["effects"]),
            Head.model_validate(golden["head"]),
        ),
    )


async def _issue_id(run: WorkflowHistory) -> str:
    """Read of which issue a history is: it begins with its opening, or with the whole issue."""
    given = run.events[0].workflow_execution_started_event_attributes.input.payloads
    beginning, *_ = await data_converter.decode(given)
    issue_id: str = (beginning.get("opening") or beginning["issue"])["issue_id"]
    return issue_id
