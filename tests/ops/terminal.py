"""`python -m ops` as an operator runs it: a process of its own, with the settings that a test gives it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import NamedTuple


class Ran(NamedTuple):
    """What a command left behind."""

    status: int | None
    out: str
    err: str


Ops = Callable[..., Awaitable[Ran]]


def ops_on(database_url: str, **settings: str) -> Ops:
    """Return `ops` for a database; `settings` are variables without their prefix: `rules="…"`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RIVER_")}
    chosen = {f"RIVER_{name.upper()}": value for name, value in settings.items()}

    async def run(*words: str, url: str = database_url, columns: int = 200) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "ops", *words),
            env={**plain, **chosen, "RIVER_DATABASE_URL": url, "COLUMNS": str(columns)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert b"Traceback" not in err, err.decode()
        return Ran(process.returncode, out.decode(), err.decode())

    return run
