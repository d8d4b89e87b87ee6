"""行: the rows that every peer keeps of a case life, and the process in which a peer lives."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from bench.ground import HERE
from bench.script import Part
from machine.service import Addresses, Program, ProgramAtWork

WORDS = 4
WORD = "w" * 230
LATER = timedelta(hours=24)

TABLES = """
CREATE TABLE cases (
    case_id  text PRIMARY KEY,
    seq      integer NOT NULL,
    stage    text NOT NULL,
    level    integer NOT NULL,
    deadline timestamptz
);
CREATE INDEX cases_deadline ON cases (deadline) WHERE deadline IS NOT NULL;
CREATE TABLE audit (
    case_id     text NOT NULL,
    seq         integer NOT NULL,
    kind        text NOT NULL,
    body        text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, seq)
);
-- Without a key: what pages a person twice must be seen to.
CREATE TABLE pages (
    case_id  text NOT NULL,
    due_at   timestamptz NOT NULL,
    paged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

CLOSED = "SELECT count(*) FROM cases WHERE stage = 'closed'"


def due_at(part: Part, limit: timedelta) -> datetime:
    """Return when the first deadline of a life lapses, counted from the report as the service counts it."""
    assert part.report.seen_at is not None  # as the script writes every report
    return part.report.seen_at + (limit if part.lapses else LATER)


async def start_process(name: str, module: str, folder: Path, dsn: str, *words: str) -> ProgramAtWork:
    """Start a peer's own process; return when it is ready to work."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - before anything is measured
    addresses = Addresses(web_ui="", temporal="", namespace="", database_url=dsn, folder=folder, logs=folder)
    program = Program(name, [sys.executable, "-m", module, *words], folder=HERE)
    at_work = ProgramAtWork(program, addresses)
    await at_work.start()
    return at_work
