"""Children of this machine: each in its own session, with its own log file, none outliving its parent."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT = 20_000_000
LOOK_AGAIN = 0.05


@dataclass
class Child:
    """One program started by us, stopped by us, and by nobody else's name."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    folder: Path | None = None
    farewell: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    identity: tuple[int, int] | None = None
    said: bytes = b""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start the program; call it from the main thread, for a child dies with the thread that bore it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        identity = "-" if self.identity is None else "{}:{}".format(*self.identity)
        launcher = [sys.executable, "-I", "-S", str(LAUNCH)]
        words = [str(int(self.farewell)), str(os.getpid()), identity]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
                [*launcher, *words, *self.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                cwd=self.folder,
                # A Ctrl-C in the terminal is ours to hear; we then stop the children in the right order.
                start_new_session=True,
            )
        _say(self._process, self.said)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, or None while it runs or if it never started."""
        return None if self._process is None else self._process.poll()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def ended(self) -> int:
        while self.alive:  # noqa: ASYNC110 - a process sets no event, whatever loop asks
            await asyncio.sleep(LOOK_AGAIN)
        code = self.code
        return 0 if code is None else code

    async def stop(self) -> None:
        """Say farewell, wait for the grace, then kill."""
        if self.alive:
            os.kill(self.pid, self.farewell)
            try:
                await asyncio.wait_for(self.ended(), self.grace)
            except TimeoutError:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """Do what kill -9 does, for a child that does not listen and for tests."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def _say(process: subprocess.Popen[bytes], words: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(words)
        process.stdin.close()
    except BrokenPipeError:
        # It died before it listened; its exit code and its log say why.
        process.stdin = None


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log file, indented, for a message."""
    if not log.exists():
        return "    (no log)"
    text = log.read_bytes()[-16_000:].decode(errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line[:300]}" for line in text) or "    (empty)"


def command_of(pid: int) -> str:
    """Return the command line of a running process, or nothing: it tells our leftover from a stranger."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    asked = subprocess.run(  # noqa: S603 - fixed arguments
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout


async def end_leftover(pid: int, mark: str, farewell: signal.Signals, grace: float = 15.0) -> bool:
    """End a child of an earlier, killed run, known by its pid and by the mark in its command line.

    Returns whether the pid belonged to one. A stranger who was given the same pid is left alone.
    """
    if mark not in command_of(pid):
        return False
    os.kill(pid, farewell)
    patience = time.monotonic() + grace
    while mark in command_of(pid):
        if time.monotonic() > patience:
            os.kill(pid, signal.SIGKILL)
            patience += grace
        await asyncio.sleep(LOOK_AGAIN)
    return True
