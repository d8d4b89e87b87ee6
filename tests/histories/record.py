"""重录: live scenarios on real servers and write down what happened (`make goldens`).

Those that have no golden yet, or those that are named. What was recorded under earlier rules is kept: that it
replays unchanged shows that no change of the rules re-decides an old history.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.issue.letter import Head
from domain.workdays import local_day
from store.pool import connected
from tests.histories.golden import FOLDER
from tests.histories.scenarios import SCENARIOS, tell
from tests.servers import TestPostgres, virtual_clocks
from tests.workflows.shell import Living, Shell, impatient_server, shell

LARGEST = 100_000

EFFECTS = """
SELECT number, effect AS kind, addressee, text, issuer FROM effects
WHERE issue_id = $1 ORDER BY number, effect, addressee
"""
DOCUMENTS = "SELECT number, kind, issuer, text FROM documents WHERE issue_id = $1 ORDER BY number, kind"
HEAD = "SELECT * FROM issues WHERE issue_id = $1"


async def written_down(issue: Living) -> Mapping[str, Any]:
    """Return what a golden holds: all runs of the workflow, and everything that Postgres knows of it."""
    async with connected(issue.pool) as connection:
        effects = await connection.fetch(EFFECTS, issue.issue_id)
        documents = await connection.fetch(DOCUMENTS, issue.issue_id)
        row = dict(await connection.fetchrow(HEAD, issue.issue_id) or {})
    head = Head.model_validate({name: row[name] for name in Head.model_fields})
    return {
        "issue_id": issue.issue_id,
        "histories": await _runs(issue),
        "journal": [line.model_dump(mode="json") for line in await issue.journal()],
        "effects": [dict(effect) for effect in effects],
        "documents": [list(document.values()) for document in documents],
        "head": head.model_dump(mode="json"),
    }


async def _runs(issue: Living) -> list[Mapping[str, Any]]:
    history = await issue.history()
    runs = [json.loads(history.to_json())]
    while before := runs[0]["events"][0]["workflowExecutionStartedEventAttributes"].get(
        "continuedExecutionRunId"
    ):
        earlier = issue.client.get_workflow_handle(issue.handle.id, run_id=before)
        runs.insert(0, json.loads((await earlier.fetch_history()).to_json()))
    return runs


def keep(name: str, golden: Mapping[str, Any]) -> int:
    """Write a golden, one event and one fact a line, so that a re-recording can be read as a difference."""
    text = json.dumps(golden, ensure_ascii=False, indent=1, sort_keys=True)
    for depth in range(9, 3, -1):
        text = text.replace("\n" + " " * depth, " " if depth > 4 else "\n    ")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return len(text.encode())


async def main(only: list[str]) -> int:
    too_large = 0
    missing = [name for name in SCENARIOS if not (FOLDER / f"{name}.json").exists()]
    with tempfile.TemporaryDirectory() as folder:
        postgres = TestPostgres(Path(folder))
        await postgres.server.start()
        dsn = await postgres.fresh_database()
        async with (
            await virtual_clocks() as patient,
            await impatient_server() as impatient,
            shell(patient, dsn, "goldens") as one,
            shell(impatient, dsn, "goldens") as other,
        ):
            for number, name in enumerate(SCENARIOS, start=101):
                if name not in (only or missing):
                    continue
                size = await _record(other if SCENARIOS[name].impatient else one, name, number)
                too_large += size > LARGEST
                sys.stdout.write(f"{name}: {size} bytes\n")
        await postgres.server.stop()
    return too_large


async def _record(shell: Shell, name: str, number: int) -> int:
    issue = await tell(shell, name, number, local_day(datetime.now(UTC)))
    size = keep(name, await written_down(issue))
    if (await issue.handle.describe()).close_time is None:
        await issue.handle.terminate("recorded")
    return size


if __name__ == "__main__":
    code = asyncio.run(main(sys.argv[1:]))
    sys.stdout.flush()
    os._exit(min(code, 1))  # an ordinary exit sometimes aborts in the SDK's threads
