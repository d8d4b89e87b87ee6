"""印刷机: PDFs from another process: the event loop goes on, and what jams a press jams nobody else."""

import asyncio
import os
import sys
from pathlib import Path

from pydantic import TypeAdapter

from domain.issue.explain import Account
from domain.issue.state import Issue
from domain.model import Frozen, Label
from domain.paper import Paper
from printing.missing import NotInstalled

MISSING = 3
"""The exit status of a press that lacks a library or a font."""

_ROOT = Path(__file__).parents[1]
_WITHIN = 90.0
_AT_ONCE = 2
_WAITING = 16
"""More than these would wait longer than anybody who asked."""
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)
"""No password of the service is in the environment of what lays out people's texts."""


class Accounted(Frozen):
    """The account of an issue, to be printed."""

    issue: Issue
    account: Account


TO_PRINT: TypeAdapter[Accounted | Paper] = TypeAdapter(Accounted | Paper)


class Jammed(Exception):
    """The press gave up: too long, too large, or broken; its words are for the log."""


class Press:
    """At most two PDFs at once; some others wait for their turn, and the rest is told to come again."""

    def __init__(self, within: float = _WITHIN) -> None:
        """Open it; each PDF must be done within so many seconds."""
        self._within = within
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._asked = 0

    async def pdf(self, what: Paper | Accounted) -> bytes:
        """Return what is wanted as PDF; raises NotInstalled and Jammed."""
        if self._asked >= _AT_ONCE + _WAITING:
            raise Jammed("too many wait")
        self._asked += 1
        try:
            async with self._turns:
                return await self._printed(TO_PRINT.dump_json(what))
        finally:
            self._asked -= 1

    async def _printed(self, wanted: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "printing"),
            cwd=_ROOT,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            done, said = await asyncio.wait_for(process.communicate(wanted), self._within)
        except TimeoutError:
            raise Jammed(f"not done within {self._within:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode == MISSING:
            chinese, english, package = said.decode().rsplit("\n", 3)[-3:]
            raise NotInstalled(Label(chinese, english), package)
        if process.returncode:
            raise Jammed(said.decode(errors="replace")[-2000:])
        return done
