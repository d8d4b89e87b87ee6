"""Loopback ports: the preferred one if it is free, else another one, said aloud and remembered."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

LOOPBACK = "127.0.0.1"
NEIGHBOURS = 50


class Ports:
    """The ports of one folder's machine; a restart prefers what the last start chose."""

    def __init__(self, memory: Path, say: Callable[[str], None]) -> None:
        self._memory = memory
        self._say = say
        self._chosen: dict[str, int] = {}
        self._remembered = _recall(memory)

    def choose(self, name: str, label: str, default: int, asked: int | None = None) -> int:
        """Take the port asked for, else the remembered one, else the default; if it is taken, a neighbour."""
        preferred = asked or self._remembered.get(name, default)
        port = preferred if self._may_use(preferred) else self._neighbour(preferred)
        if port != preferred:
            self._say(
                f"{label}：端口 {preferred} 已被占用，改用 {port}。 "
                f"Port {preferred} is taken by another program; {port} is used instead."
            )
        self._chosen[name] = port
        return port

    def remember(self) -> None:
        """Write the choice down; called when the servers have really started on it."""
        self._memory.write_text(json.dumps({"ports": self._chosen}, indent=2) + "\n", encoding="utf-8")

    def _may_use(self, port: int) -> bool:
        return port not in self._chosen.values() and is_free(port)

    def _neighbour(self, preferred: int) -> int:
        nearby = range(preferred + 1, min(preferred + NEIGHBOURS, 65_535))
        return next((port for port in nearby if self._may_use(port)), None) or any_free_port()


def is_free(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(0.5)
        if caller.connect_ex((LOOPBACK, port)) == 0:
            return False
    with socket.socket() as listener:
        # Connections of the last run that linger in TIME_WAIT do not make a port taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def _recall(memory: Path) -> dict[str, int]:
    try:
        ports = json.loads(memory.read_text(encoding="utf-8"))["ports"]
        return {str(name): int(port) for name, port in ports.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # A lost or half-written memory costs a preference, nothing else.
        return {}
