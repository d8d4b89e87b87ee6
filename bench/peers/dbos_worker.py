"""DBOS 执行进程: the executor of DBOS: the case life as one workflow that answers each word by an event."""

import os
import sys
import threading
import time
from enum import StrEnum
from pathlib import Path

import sqlalchemy
from dbos import DBOS, SQLAlchemyDatasource

APPLICATION = "bench"
QUEUE = "lives"
LIFE = "life"
TOPIC = "word"
POLLS_EVERY = 0.2
"""Seconds; by default DBOS looks into its queue once a second, which would only slow it down here."""
CONNECTIONS = 20
DAY = 24 * 3600.0

KEEP = """
WITH kept AS (
    INSERT INTO cases VALUES (:life, :seq, :stage, :level, to_timestamp(CAST(:deadline AS double precision)))
    ON CONFLICT (case_id) DO UPDATE
    SET seq = excluded.seq, stage = excluded.stage, level = excluded.level, deadline = excluded.deadline
    WHERE cases.seq < excluded.seq
)
INSERT INTO audit (case_id, seq, kind, body) VALUES (:life, :seq, :stage, :body) ON CONFLICT DO NOTHING
"""
PAGE = f"""
WITH paged AS (INSERT INTO pages (case_id, due_at) VALUES (:life, to_timestamp(:due))),
{KEEP.strip().removeprefix("WITH ")}
"""  # noqa: S608 - both halves are our own

_engines: list[sqlalchemy.Engine] = []
_sources: list[SQLAlchemyDatasource] = []


class Keeping(StrEnum):
    """How the rows of a transition are kept."""

    TRANSACTION = "transaction"
    """As DBOS recommends for a database: rows and checkpoint in one transaction, exactly once."""
    STEP = "step"
    """By hand, and cheaper: a step that may come twice, with a statement to which that is nothing."""


def keep(statement: str, row: dict[str, object]) -> None:
    """Keep the row pair of a transition: one statement, harmless when it comes twice."""
    if _sources:
        # By default it would be serializable, which one statement does not need.
        _sources[0].run_tx_step(
            {"name": "keep", "isolation_level": "READ COMMITTED"}, _within, statement, row
        )
    else:
        _by_hand(statement, row)


def _within(statement: str, row: dict[str, object]) -> None:
    _sources[0].sql_session().execute(sqlalchemy.text(statement), row)


@DBOS.step()
def _by_hand(statement: str, row: dict[str, object]) -> None:
    with _engines[0].connect() as connection:
        connection.execute(sqlalchemy.text(statement), row)


@DBOS.workflow(name=LIFE)
def life(case: str, report: str, due: float, words: int) -> int:
    """Wait for the next word or for the deadline; return how many deadlines lapsed."""
    level = heard = seq = 0
    deadline: float | None = due
    keep(KEEP, _row(case, seq, "created", level, deadline, report))
    while heard < words:
        # The first time DBOS records when this wait ends, so that a recovered one ends at the same moment.
        word = DBOS.recv(TOPIC, timeout_seconds=max(0.0, (deadline or 0.0) - time.time()))
        seq += 1
        deadline = time.time() + DAY
        if word is None:
            level += 1
            keep(PAGE, {**_row(case, seq, "lapsed", level, deadline, ""), "due": due})
            continue
        heard += 1
        stage, deadline = ("closed", None) if heard == words else (f"word {heard}", deadline)
        keep(KEEP, _row(case, seq, stage, level, deadline, word))
        DBOS.set_event(heard_event(heard), seq)
    return level


def heard_event(number: int) -> str:
    """Return the event that acknowledges the life's word of this number (1, 2, …)."""
    return f"heard {number}"


def _row(case: str, seq: int, stage: str, level: int, deadline: float | None, body: str) -> dict[str, object]:
    return {"life": case, "seq": seq, "stage": stage, "level": level, "deadline": deadline, "body": body}


def main() -> None:
    """Recover what an executor before this one left, then work until killed."""
    dsn = os.environ["RIVER_DATABASE_URL"]
    through = dsn.replace("postgresql://", "postgresql+psycopg://")
    if Keeping(sys.argv[1]) is Keeping.STEP:
        _engines.append(
            sqlalchemy.create_engine(through, pool_size=CONNECTIONS, isolation_level="AUTOCOMMIT")
        )
    else:
        _sources.append(SQLAlchemyDatasource.create(through, engine_kwargs={"pool_size": CONNECTIONS}))
    # The same name and version after a kill: only then does DBOS recover what was pending.
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": dsn,
            "executor_id": "executor",
            "application_version": "1",
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=POLLS_EVERY)
    Path(os.environ["RIVER_HEALTH_FILE"]).touch()
    threading.Event().wait()


if __name__ == "__main__":
    main()
