"""单机准备: what is prepared once one machine's servers run, and which programs then run beside them."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from machine.service import Addresses, Logins, Program, Step

log = logging.getLogger("machine")
HTTP_PORT, METRICS_PORT = 8010, 9464
TASK_QUEUE = "issues"
"""As the settings have it where nothing else is said."""
HERE = Path(__file__).resolve().parent.parent
REGISTRY = HERE / "registry" / "ziyang"


async def migrate(addresses: Addresses) -> None:
    from store import migrate as schema  # noqa: PLC0415 - Temporal and asyncpg load after --help is answered

    await schema.migrate(addresses.owner_url or addresses.database_url)


async def register(addresses: Addresses) -> None:
    from temporalio.client import Client  # noqa: PLC0415 - the same

    from ops import bulletin_schedule, canary_schedule  # noqa: PLC0415 - the same
    from ops import register as registry  # noqa: PLC0415 - the same

    client = await Client.connect(addresses.temporal, namespace=addresses.namespace)
    await registry.register(client)
    await bulletin_schedule.keep_schedule(client, TASK_QUEUE)
    await canary_schedule.keep_hourly(client, TASK_QUEUE)


async def load_roster(addresses: Addresses) -> None:
    from reading.roster import read_roster  # noqa: PLC0415 - the same
    from store import pool, roster  # noqa: PLC0415 - the same

    connections = await pool.open_pool(addresses.database_url, 1)
    try:
        await roster.keep_roster(connections, read_roster(REGISTRY), REGISTRY.name)
    finally:
        await pool.close(connections)


async def keep_keys(addresses: Addresses) -> Mapping[str, str]:
    from ops import signing  # noqa: PLC0415 - the same

    return signing.keep_keys(addresses.folder / "keys")


async def choose_a_port(addresses: Addresses) -> Mapping[str, str]:
    """Choose where the front door listens and the worker shows its metrics.

    Each is the port of the last start, the usual one, or a free neighbour.
    """
    from machine.ports import LOOPBACK, Ports  # noqa: PLC0415 - the same

    ports = Ports(addresses.folder / "intake.json", log.info)
    port = ports.choose("intake", "受理窗口", HTTP_PORT)
    metrics = ports.choose("metrics", "指标", METRICS_PORT)
    ports.remember()
    return {"RIVER_HTTP_PORT": str(port), "RIVER_METRICS": f"{LOOPBACK}:{metrics}"}


LOGINS = Logins(everybody="river_service", further=("river_seal",))
"""As in deploy/init-postgres.sh: programs and people own no table and do not read sealed reporters."""
SEAL_KEYS = "keys/seal.keys"


async def keep_a_seal_key(addresses: Addresses) -> Mapping[str, str]:
    """Make the key that seals reporters, unless there is one; without it nothing sealed is read again."""
    from store.seal import fresh_key  # noqa: PLC0415 - the same

    file = addresses.folder / SEAL_KEYS
    if not file.exists():
        # Made with its rights, so that nobody reads a secret between two calls.
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
            kept.write(fresh_key("local-1") + "\n")
    return {
        "RIVER_PHOTOS": str(addresses.folder / "photos"),
        "RIVER_ARCHIVE": str(addresses.folder / "archive"),
    }


STEPS: Sequence[Step] = (migrate, register, load_roster, keep_keys, keep_a_seal_key, choose_a_port)
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""The worker's threads take turns: an arena for each of them only costs memory, 20 KB a cached issue."""
PROGRAMS: Sequence[Program] = (
    Program("worker", [sys.executable, str(HERE / "worker.py")], folder=HERE, environment=ONE_ARENA),
    Program(
        "intake",
        [sys.executable, "-m", "intake"],
        folder=HERE,
        environment={**ONE_ARENA, "RIVER_METRICS": ""},  # the address is the worker's
        logins={"RIVER_SEAL_DATABASE_URL": "river_seal"},
        secrets={"RIVER_SEAL_KEYS": SEAL_KEYS},
    ),
)
