"""进程: what a process and its children have spent, read from the process table."""

from typing import NamedTuple

import psutil


class Spent(NamedTuple):
    """CPU in seconds since the process began, memory in bytes now (shared pages counted once: USS)."""

    cpu: float
    memory: int


def spent(pid: int, *, with_children: bool = True) -> Spent:
    """Return what a process has spent; children that have ended count in what their parent reaped."""
    process = psutil.Process(pid)
    one = process.cpu_times()
    cpu = one.user + one.system
    memory = process.memory_full_info().uss
    if with_children:
        cpu += one.children_user + one.children_system
        for child in process.children(recursive=True):
            try:
                times = child.cpu_times()
                cpu += times.user + times.system
                memory += child.memory_full_info().uss
            except psutil.NoSuchProcess:
                continue  # it ended meanwhile; its parent has reaped it
    return Spent(cpu, memory)
