"""重放命令: today's code against what was lived and recorded; the documented step before a deploy."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client
from temporalio.service import RPCError

from connection import connect
from domain.issue.difference import Record
from ops.desk import CANNOT, DIFFERS, Json, bar, print_json, refuse
from ops.replay_files import lives_in
from ops.replay_found import ALL_OPEN, found, issues_only, lives
from ops.replay_lives import PROCESSES, replay_lives
from ops.replay_told import Tally, tell
from settings import BadSettings, Settings, read_settings
from store.lives import kept
from store.pool import Away, Pool, close, open_pool


class Runner(StrEnum):
    """In what workflows are lived again."""

    LIGHT = "light"
    SANDBOX = "sandbox"


def replay(
    issues: Annotated[list[str] | None, typer.Argument(help="问题编号,可多个 issue numbers")] = None,
    query: Annotated[
        str | None, typer.Option(help="Temporal 可见性查询 a visibility query, e.g. 'Stage = \"stopped\"'")
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option(help="历史文件(金本或 CLI、Web UI 导出的 JSON) history files; more may follow"),
    ] = None,
    runner: Annotated[
        Runner,
        typer.Option(
            help="light 不用沙箱,快数倍;sandbox 与工作进程相同 in the sandbox as workers are, slower"
        ),
    ] = Runner.LIGHT,
    processes: Annotated[int, typer.Option(min=1, max=64, help="并行进程数 processes")] = PROCESSES,
    *,
    all_open: Annotated[
        bool, typer.Option("--all-open", help="全部未办结问题 every issue that is open; before each deploy")
    ] = False,
    as_json: Json = False,
) -> None:
    """用现行代码重放历史,逐项比对日志所载。 Live histories again and compare all that they write now.

    Exit status: 0 all the same, 1 something differs, 2 nothing, or not everything, could be replayed.
    """
    named = [*(issues or ())]
    files = [*(file or ())]
    if files:  # a shell spreads --file goldens/*.json over the arguments
        files += [Path(name) for name in named]
        named = []
    if sum(map(bool, (named, query, files, all_open))) != 1:
        refuse(
            "请给出问题编号、--query、--all-open 或 --file 之一。"
            " Name issues, or give one of --query, --all-open, --file.",
            CANNOT,
        )
    tally = Tally()
    try:
        asyncio.run(
            _replay(
                tally, named, ALL_OPEN if all_open else query, files, (processes, runner is Runner.SANDBOX)
            )
        )
    except Away as away:
        refuse(f"数据库没有应答,请稍后重试。 Postgres does not answer; try again later.\n{away}", CANNOT)
    except (RPCError, RuntimeError, OSError) as trouble:
        refuse(f"重放没有完成。 The replay was not finished: {trouble}", CANNOT)
    if as_json:
        print_json(tally.as_json())
    else:
        tell(tally)
    raise typer.Exit(_status(tally))


def _status(tally: Tally) -> int:
    if tally.count("differs") or tally.count("diverged"):
        return DIFFERS
    return CANNOT if tally.count("not_replayed") or not tally.total else 0


async def _replay(
    tally: Tally, named: Sequence[str], query: str | None, files: Sequence[Path], options: tuple[int, bool]
) -> None:
    async with AsyncExitStack() as stack:
        if files:
            pool = await _pool_if_any(stack)
            source, total = lives_in(files, partial(_recorded, pool) if pool else None), len(files)
        else:
            settings = read_settings()
            client = await connect(settings, "ops")
            pool = await _pool(stack, settings)
            total = (
                (await client.count_workflows(issues_only(query))).count if query is not None else len(named)
            )
            source = lives(client, pool, _issues(client, named, query))
        step = stack.enter_context(bar("重放 replay", total))
        processes, sandbox = options
        verdicts = await stack.enter_async_context(
            aclosing(replay_lives(source, processes=min(processes, max(total, 1)), sandbox=sandbox))
        )
        async for verdict in verdicts:
            tally.add(verdict)
            step()


async def _issues(client: Client, named: Sequence[str], query: str | None) -> AsyncIterator[str]:
    for issue_id in dict.fromkeys(named):
        yield issue_id
    if query is not None:
        async for issue_id in found(client, query):
            yield issue_id


async def _pool(stack: AsyncExitStack, settings: Settings) -> Pool:
    pool = await open_pool(settings.database_url, 4)
    stack.push_async_callback(close, pool)
    return pool


async def _pool_if_any(stack: AsyncExitStack) -> "Pool | None":
    """A golden needs no database; the history of a run is compared with the journal where there is one."""
    try:
        return await _pool(stack, read_settings())
    except BadSettings:
        return None


async def _recorded(pool: Pool, issue_id: str) -> Record | None:
    try:
        all_of_it = await kept(pool, issue_id)
    except Away:
        return None
    return all_of_it.record if all_of_it else None
