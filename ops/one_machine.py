"""单机准备: what is prepared once one machine's servers run, and which programs then run beside them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from machine.service import Addresses, Logins, Program, Step

HERE = Path(__file__).resolve().parent.parent
REGISTRY = HERE / "registry" / "ziyang"


async def migrate(addresses: Addresses) -> None:
    from store import migrate as schema  # noqa: PLC0415 - Temporal and asyncpg load after --help is answered

    await schema.migrate(addresses.owner_url or addresses.database_url)


async def register(addresses: Addresses) -> None:
    from temporalio.client import Client  # noqa: PLC0415 - the same

    from ops import register as registry  # noqa: PLC0415 - the same

    await registry.register(await Client.connect(addresses.temporal, namespace=addresses.namespace))


async def load_roster(addresses: Addresses) -> None:
    from reading.registry import read_registry  # noqa: PLC0415 - the same
    from store import pool, roster  # noqa: PLC0415 - the same

    connections = await pool.open_pool(addresses.database_url, 1)
    try:
        await roster.load_posts(connections, read_registry(REGISTRY).posts.values())
    finally:
        await pool.close(connections)


LOGINS = Logins(everybody="river_service", further=("river_seal",))
"""As in deploy/init-postgres.sh: programs and people own no table and do not read sealed reporters."""
STEPS: Sequence[Step] = (migrate, register, load_roster)
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""The worker's threads take turns: an arena for each of them only costs memory, 20 KB a cached issue."""
PROGRAMS: Sequence[Program] = (
    Program("worker", [sys.executable, str(HERE / "worker.py")], folder=HERE, environment=ONE_ARENA),
)
