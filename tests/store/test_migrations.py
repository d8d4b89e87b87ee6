"""The schema: applied once, by one starter at a time, and never edited."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from store import queries
from store.migrate import FOLDER, CannotMigrate, migrate, read_migrations
from store.pool import Pool
from store.queries import FOLDER as QUERIES
from store.queries import read_queries

ALL = [migration.name for migration in read_migrations()]
EVERY_QUERY = [
    (file.stem, name) for file in sorted(QUERIES.glob("*.sql")) for name in read_queries(file.stem)
]


async def test_a_first_migration_applies_every_file_in_order(empty_database: str) -> None:
    assert await migrate(empty_database) == ALL


async def test_a_second_migration_changes_nothing(database: str) -> None:
    assert await migrate(database) == []


async def test_of_several_starters_one_migrates(empty_database: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database) for _ in range(4)))

    assert sorted(applied) == [[], [], [], ALL]


async def test_an_edited_migration_is_refused(empty_database: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "m")
    await migrate(empty_database, tmp_path / "m")
    edited = tmp_path / "m" / f"{ALL[0]}.sql"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n-- one more word\n", encoding="utf-8")

    with pytest.raises(CannotMigrate, match=f"{ALL[0]} was edited after it had been applied"):
        await migrate(empty_database, tmp_path / "m")


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str, tmp_path: Path) -> None:
    text = "-- why\nCREATE TABLE begun (x int);\nSELECT 1 / 0;\n"
    (tmp_path / "0001_fails.sql").write_text(text, encoding="utf-8")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database, tmp_path)

    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT to_regclass('begun')") is None
    await connection.close()


async def test_a_migration_waits_five_seconds_for_a_lock_and_no_longer(
    empty_database: str, tmp_path: Path
) -> None:
    text = "-- why\nCREATE TABLE told AS SELECT current_setting('lock_timeout') AS lock;\n"
    (tmp_path / "0001_tells.sql").write_text(text, encoding="utf-8")

    await migrate(empty_database, tmp_path)

    connection = await asyncpg.connect(empty_database)
    assert await connection.fetchval("SELECT lock FROM told") == "5s"
    await connection.close()


def test_a_migration_without_a_reason_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_silent.sql").write_text("CREATE TABLE t (x int);", encoding="utf-8")

    with pytest.raises(CannotMigrate, match="first line that says why"):
        read_migrations(tmp_path)


def test_the_command_says_which_variable_is_missing() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "RIVER_DATABASE_URL"}
    ran = subprocess.run(
        [sys.executable, "-m", "store.migrate"], env=environment, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 1
    assert "RIVER_DATABASE_URL is missing" in ran.stderr
    assert "Traceback" not in ran.stderr


async def test_every_query_prepares_against_the_schema(pool: Pool) -> None:
    async with pool.acquire() as connection:
        for subject, name in EVERY_QUERY:
            try:
                await connection.prepare(read_queries(subject)[name])
            except asyncpg.PostgresError as error:
                pytest.fail(f"{subject}.{name}: {error}")
    assert len(EVERY_QUERY) > len(list(QUERIES.glob("*.sql")))


@pytest.mark.parametrize("text", ["-- name: a\nSELECT 1;\n", "-- name: a\n-- Says why.\n"])
def test_a_query_needs_a_sentence_and_a_body(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "FOLDER", tmp_path)
    (tmp_path / "some.sql").write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match="a sentence and a body"):
        read_queries("some")


async def test_the_journal_is_append_only(pool: Pool) -> None:
    for change in (
        "UPDATE issue_facts SET kind = 'Closed'",
        "DELETE FROM issue_facts",
        "TRUNCATE issue_facts CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await pool.execute(change)


async def test_a_session_that_plays_the_replica_changes_the_journal_neither(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute("SET session_replication_role = replica")

        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("DELETE FROM issue_facts")
