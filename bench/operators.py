"""运维规模: G15: what operators ask of ten thousand open issues, and its memory beside that of a thousand."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psutil

from bench.crowd import Crowd
from bench.figures import Asked, Detail, Figure, Section, at_most, figure
from bench.ground import HERE, REGISTRY, Site
from bench.rules import write_rules
from bench.session import Session

FEW, MANY = 1_000, 10_000
"""How many issues are open at either site."""
CACHED = 20_000
LOOK_EVERY = 0.1
WITHIN = at_most(10, 5)
"""Seconds that an operator waits for the list of what is stuck."""
FLAT = at_most(1.3, 1.1)
COMMANDS: Mapping[str, tuple[tuple[str, ...], Asked | None]] = {
    "stuck": (("stuck",), WITHIN),
    "replay": (("replay", "--all-open"), None),
    "verify": (("verify", "--live"), None),
    "retell": (("retell",), None),
}


class Took(NamedTuple):
    """What one command took: seconds, and the most memory (bytes) that it and its children held at once."""

    seconds: float
    memory: int


async def measure(session: Session, few: int = FEW, many: int = MANY) -> tuple[Section, ...]:
    """Measure G15: few and many open issues, each command once at either."""
    rules = write_rules(session.folder, "operators")
    took: dict[str, dict[str, Took]] = {}
    for name, issues in (("few", few), ("many", many)):
        async with session.ground.site(rules) as site:
            crowd = await Crowd.at(site, CACHED)
            await crowd.grow(issues, session.tell)
            await crowd.drained()
            took[name] = {}
            for command, (words, _) in COMMANDS.items():
                took[name][command] = one = await _run(site, words)
                session.tell(f"{issues} 件 issues: ops {' '.join(words)}: {one.seconds:.1f} s")
    return (_section(few, many, took),)


async def _run(site: Site, words: Sequence[str]) -> Took:
    """Run one command of the operators' in a process of its own; raises when it found something amiss."""
    environment = {
        **os.environ,
        **site.addresses.environment(),
        "RIVER_RULES": str(site.rules),
        "RIVER_REGISTRY": str(REGISTRY),
        "RIVER_TASK_QUEUE": "issues",
        "RIVER_LOG_LEVEL": "error",
    }
    begun = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", *words, "--json"),
        cwd=HERE,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    ended = asyncio.create_task(child.communicate())
    most = 0
    while not ended.done():
        most = max(most, _memory(child.pid))
        await asyncio.wait({ended}, timeout=LOOK_EVERY)
    said, complained = await ended
    if child.returncode:
        words_of_it = (said + complained).decode()[-500:]
        raise RuntimeError(f"ops {' '.join(words)}: 退出码 exit status {child.returncode}: {words_of_it}")
    return Took(time.perf_counter() - begun, most)


def _memory(pid: int) -> int:
    """What a process and its children hold now; pages that they share count once for each."""
    try:
        process = psutil.Process(pid)
        return sum(each.memory_full_info().uss for each in (process, *process.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _section(few: int, many: int, took: Mapping[str, Mapping[str, Took]]) -> Section:
    return Section(
        id="G15",
        title="运维规模 operators at scale",
        how=(
            f"两套服务器,{few:,} 件与 {many:,} 件在办,均经受理窗口真正立案;每个命令各运行一次,从进程启动"
            "算起。内存为进程及其子进程同时占用的最大值(USS),两者之比应不随件数增长。 Two sites with"
            f" {few:,} and {many:,} issues, really opened through the desk; each command once, from the start"
            " of its process. Memory: the most that it and its children held at once, at the larger site"
            " beside the smaller one."
        ),
        figures=tuple(_figures(took["few"], took["many"])),
        details=tuple(
            Detail(variant=f"{name}: {command}", numbers={"s": one.seconds, "MB": one.memory / 1e6})
            for name, commands in took.items()
            for command, one in commands.items()
        ),
    )


def _figures(few: Mapping[str, Took], many: Mapping[str, Took]) -> list[Figure]:
    times = [
        figure(f"G15.{command}", f"ops {' '.join(words)}", [many[command].seconds], asked, "s")
        for command, (words, asked) in COMMANDS.items()
    ]
    memory = [
        figure(
            f"G15.{command}.memory",
            f"{command}: 内存之比 memory, many to few",
            [many[command].memory / few[command].memory],
            FLAT,
        )
        for command in COMMANDS
    ]
    return [*times, *memory]
