"""One folder, one machine: a lock that the kernel releases however its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

from machine.faults import MachineFault


class FolderLock:
    """Held from the first look at the folder until the last server has stopped."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "machine.lock"
        self._file: TextIO | None = None

    def take(self) -> None:
        """Take the lock, or raise the MachineFault that names the holder."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            file.close()
            raise MachineFault(
                f"目录 {self.path.parent} 里的服务已在运行（进程号 {holder}）。请先在那个窗口按 Ctrl-C，"
                f"或用 --folder 另选目录。\n"
                f"Already running in this folder (pid {holder}): stop it there with Ctrl-C, "
                f"or choose another folder with --folder."
            ) from None
        self._file = file
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()

    def release(self) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None
