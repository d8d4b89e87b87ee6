"""条件: on what a measurement was made; versions and sizes, never a name or a path of the machine."""

import importlib.metadata
import platform
import re
import subprocess
from pathlib import Path

import psutil

from bench.ground import HERE
from domain.model import Frozen
from machine.postgres import binaries
from machine.temporal import binary


class Circumstances(Frozen):
    """What absolute numbers depend on."""

    cores: int
    memory_gb: float
    system: str
    python: str
    temporalio: str
    temporal_server: str
    postgresql: str

    def in_words(self) -> str:
        """Return one line for people."""
        return (
            f"{self.cores} 核 cores, {self.memory_gb:g} GB, {self.system}, Python {self.python}, "
            f"temporalio {self.temporalio}, Temporal {self.temporal_server}, PostgreSQL {self.postgresql}"
        )


def circumstances() -> Circumstances:
    """Look at this machine and at what is installed on it."""
    return Circumstances(
        cores=psutil.cpu_count() or 0,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{_distribution()} {platform.machine()}",
        python=platform.python_version(),
        temporalio=importlib.metadata.version("temporalio"),
        temporal_server=_said_by(binary(), r"Server ([\d.]+)"),
        postgresql=_said_by(binaries() / "postgres", r"([\d.]+)"),
    )


def without_places(text: str) -> str:
    """Return a text that may leave this machine: without its name, without where anything lies on it."""
    places = (str(HERE), str(Path.home()), platform.node())
    for place in sorted(places, key=len, reverse=True):  # one may lie in another, or begin like it
        text = text.replace(place, "…") if len(place) > 1 else text
    return re.sub(r"(?<![\w./…])/(?:[\w.+-]+/)+", "…/", text)


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _said_by(program: Path, pattern: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    found = re.search(pattern, said.stdout)
    return found[1] if found else "?"
