"""Bring the schema up to date: plain forward files, each applied once, in a transaction, never edited."""

import asyncio
import os
import re
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import asyncpg

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^\d{4}_[a-z0-9_]+$")
_ONE_AT_A_TIME = 5120220001  # any number, as long as every starter takes the same
_TIMEOUTS = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '60s'"


class Migration(NamedTuple):
    """One file: its name, its text and the digest by which an edit is noticed."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return sha256(self.text.encode()).hexdigest()


class CannotMigrate(Exception):
    """The schema and the migration files contradict each other."""


async def migrate(dsn: str, folder: Path = FOLDER) -> list[str]:
    """Apply the migrations that the database lacks and return their names, oldest first.

    Raises CannotMigrate when an applied file was changed; connection errors fly.
    """
    migrations = read_migrations(folder)
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        # Held by the session until it ends: of two starters the second finds the work done.
        await connection.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
        missing = await _missing(connection, migrations)
        for migration in missing:
            await _apply(connection, migration)
    finally:
        await connection.close()
    return [migration.name for migration in missing]


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the files in order; raises CannotMigrate when two share a number or one has no reason."""
    files = sorted(folder.glob("*.sql"))
    migrations = [Migration(file.stem, file.read_text(encoding="utf-8")) for file in files]
    for migration in migrations:
        if not _NAME.match(migration.name) or not migration.text.startswith("-- "):
            raise CannotMigrate(
                f"{migration.name}: needs a name like 0001_what and a first line that says why"
            )
    if len({migration.name[:4] for migration in migrations}) != len(migrations):
        raise CannotMigrate(f"two migrations share a number: {', '.join(m.name for m in migrations)}")
    return migrations


async def _missing(
    connection: "asyncpg.Connection[asyncpg.Record]", migrations: Sequence[Migration]
) -> list[Migration]:
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations ("
        " name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    rows = await connection.fetch("SELECT name, checksum FROM schema_migrations")
    applied = {row["name"]: row["checksum"] for row in rows}
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise CannotMigrate(
                f"迁移文件 {migration.name} 在应用之后被改动。请还原该文件，另写新的迁移。\n"
                f"Migration {migration.name} was edited after it had been applied: "
                f"restore the file and write a new one."
            )
    return [migration for migration in migrations if migration.name not in applied]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(_TIMEOUTS)
        await connection.execute(migration.text)
        await connection.execute(
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
            migration.name,
            migration.checksum,
        )


def main() -> None:
    """Migrate the database that RIVER_DATABASE_URL names; say what was applied."""
    dsn = os.environ.get("RIVER_DATABASE_URL", "")
    if not dsn:
        raise SystemExit(
            "RIVER_DATABASE_URL is missing. Where the journal is kept: postgresql://user:password@host:5432/river"
        )
    try:
        applied = asyncio.run(migrate(dsn))
    except (CannotMigrate, OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None
    sys.stdout.write(f"migrations applied: {', '.join(applied) or 'none was missing'}\n")


if __name__ == "__main__":
    main()
