"""Real servers for the tests: PostgreSQL from a template, Temporal with virtual clocks or on a file."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from connection import data_converter
from machine.ports import any_free_port
from machine.postgres import Postgres
from machine.temporal import (
    DYNAMIC_CONFIG,
    NAMESPACE,
    TemporalPorts,
    TemporalServer,
    attribute_flags,
    binary,
    config_flags,
)
from store.pool import Pool

# A test's database dies with the test; waiting for the disk would prove nothing.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "timezone": "UTC"}
TEMPLATE = "template_of_tests"
LOGINS = ("river_service", "river_seal")
"""As in production: the programs, and who reads sealed reporters; most tests are the superuser."""


_firsts = itertools.count(100_000, 1_000)
"""Below those that `fresh_issue_id` draws."""


class TestPostgres:
    """One server a session, one fresh database a test."""

    __test__ = False

    def __init__(self, folder: Path, settings: Mapping[str, str] = HASTY) -> None:
        self.server = Postgres(
            folder / "postgres", any_free_port(), folder / "postgres.log", settings, LOGINS
        )
        self._numbers = itertools.count(1)
        self._has_template = False

    async def fresh_database(self) -> str:
        """Return the DSN of a new database, copied from the migrated template."""
        if not self._has_template:
            await self._make_template()
        name = f"test_{next(self._numbers)}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.server.dsn_of(name)

    async def empty_database(self) -> str:
        """Return the DSN of a new database without a schema, for tests of the migrations themselves."""
        name = f"test_{next(self._numbers)}"
        await self._admin(f"CREATE DATABASE {name}")
        return self.server.dsn_of(name)

    def as_role(self, dsn: str, role: str) -> str:
        """Return a database's DSN for one of LOGINS."""
        return self.server.dsn_of(_name_in(dsn), role)

    async def drop(self, dsn: str) -> None:
        await self._admin(f"DROP DATABASE IF EXISTS {_name_in(dsn)} WITH (FORCE)")

    async def _make_template(self) -> None:
        await self._admin(f"CREATE DATABASE {TEMPLATE}")
        await migrate(self.server.dsn_of(TEMPLATE))
        self._has_template = True

    async def _admin(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn_of("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _name_in(dsn: str) -> str:
    return dsn.partition("?")[0].rpartition("/")[2]


async def migrate(dsn: str) -> None:
    """Bring a database to the newest schema, as `make up` does."""
    from store import migrate as schema  # noqa: PLC0415 - tests of the servers need no schema

    await schema.migrate(dsn)


def search_attributes() -> dict[str, str]:
    """Return name and type of the attributes that the workflows set, as the dev server's flags spell them."""
    try:
        from workflows import names  # noqa: PLC0415 - tests of the servers need no workflows
    except ModuleNotFoundError:
        return {}
    return {key.name: str(key._metadata_type) for key in names.SEARCH_ATTRIBUTES}


async def virtual_clocks() -> WorkflowEnvironment:
    """Start a Temporal server on which every workflow has a clock of its own."""
    config = {
        **DYNAMIC_CONFIG,
        # The switch's name in this server, and in the ones after it.
        "frontend.WorkflowTimeSkippingEnabled": True,
        "system.workflowTimeSkippingEnabled": True,
    }
    return await WorkflowEnvironment.start_time_skipping_v2(
        namespace=NAMESPACE,
        data_converter=data_converter,
        dev_server_existing_path=str(binary()),
        dev_server_startup_timeout=timedelta(seconds=30),
        dev_server_extra_args=[*config_flags(config), *attribute_flags(search_attributes())],
    )


def server_on_file(folder: Path) -> TemporalServer:
    """Return a server, not yet started, that a test may kill and start again on the same file and ports."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = TemporalPorts(*(any_free_port() for _ in range(4)))
    return TemporalServer(folder / "temporal.db", ports, folder / "temporal.log", search_attributes())


async def connect(server: TemporalServer) -> Client:
    return await Client.connect(server.address, namespace=server.namespace, data_converter=data_converter)


async def number_apart(pool: Pool, counties: Sequence[str] = ("512022",)) -> None:
    """Let a fresh database count from where no other does: they share one Temporal server."""
    first = next(_firsts)
    for county in counties:
        for year in {(datetime.now(UTC) - timedelta(days=days)).year for days in (0, 10)}:
            await pool.execute("INSERT INTO number_counters VALUES ($1, $2, $3)", county, year, first)
