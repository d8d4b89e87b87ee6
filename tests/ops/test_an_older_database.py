"""An operator's command on a database that lacks the latest migrations says so, and what to do."""

import shutil
from pathlib import Path

import pytest

from store.migrate import FOLDER, migrate
from tests.ops.terminal import ops_on

COMMANDS = (
    ("stuck",),
    ("repairs",),
    ("archive",),
    ("verify",),
    ("canary",),
    ("export", "512022-2026-000001", "--to", "out"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
async def test_a_database_that_lacks_migrations_is_told_and_how_it_is_brought_up(
    words: tuple[str, ...], empty_database: str, tmp_path: Path
) -> None:
    for file in FOLDER.glob("*.sql"):
        if words[0] != "export" and file.name < "0019":
            shutil.copy(file, tmp_path / file.name)
    await migrate(empty_database, tmp_path)
    key = ("--key", str(tmp_path / "key")) if words[0] == "export" else ()

    ran = await ops_on(empty_database, temporal_address="127.0.0.1:9")(*words, *key)

    assert ran.status
    assert "python -m store.migrate" in ran.out + ran.err
