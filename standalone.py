"""单机运行 One machine: embedded PostgreSQL and Temporal, the worker, one command."""

import asyncio
import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from machine.faults import MachineFault
from machine.service import Addresses, Machine, WishedPorts
from ops.one_machine import LOGINS, PROGRAMS, STEPS

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
aside = Console(stderr=True, highlight=False)


@app.callback()
def one_machine() -> None:
    """单机运行河湖长制问题办理服务。 The whole service on one machine, without Docker."""


@app.command()
def up(
    folder: Annotated[Path, typer.Option(help="数据目录 where everything is kept")] = Path("var"),
    ui_port: Annotated[int | None, typer.Option(help="网页界面端口 Web UI port [8233]")] = None,
    grpc_port: Annotated[int | None, typer.Option(help="流程引擎端口 Temporal port [7233]")] = None,
    postgres_port: Annotated[int | None, typer.Option(help="数据库端口 PostgreSQL port [5433]")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="就绪后输出一行 JSON one line when ready")] = False,
) -> None:
    """启动全部服务，按 Ctrl-C 停止，数据不丢失。 Start everything; Ctrl-C stops it; nothing is lost."""
    ports = WishedPorts(ui=ui_port, grpc=grpc_port, postgres=postgres_port)
    machine = Machine(folder, PROGRAMS, STEPS, ports, logins=LOGINS, say=tell)
    leave(asyncio.run(run_until_told(machine, as_json=as_json)))


async def run_until_told(machine: Machine, *, as_json: bool) -> int:
    """Keep the machine running until Ctrl-C, SIGTERM or a closed terminal; return the exit code."""
    told = asyncio.Event()
    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(word, told.set)
    starting = asyncio.create_task(machine.start())
    waiting = asyncio.create_task(told.wait())
    code = 0
    try:
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            announce(starting.result(), as_json=as_json)
            await waiting
    except MachineFault as fault:
        aside.print(str(fault), style="red", markup=False, soft_wrap=True)
        code = 1
    finally:
        starting.cancel()
        await asyncio.wait({starting})
        if code == 0:
            aside.print("正在停止 … stopping")
        await machine.stop()
    if code == 0:
        aside.print("已停止，数据已保存。 Stopped; everything is kept.")
    return code


def announce(addresses: Addresses, *, as_json: bool) -> None:
    if as_json:
        # Scripts wait for this line.
        print(json.dumps(addresses.as_words(), ensure_ascii=False), flush=True)  # noqa: T201
        return
    table = Table(title="河湖长制问题办理服务 已启动 · running", title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    # An address is copied from here, so it is folded, never cut.
    table.add_column(overflow="fold")
    table.add_row("网页界面 Web UI", addresses.web_ui)
    table.add_row("受理窗口 Front door", f"http://127.0.0.1:{addresses.environment()['RIVER_HTTP_PORT']}")
    table.add_row("流程引擎 Temporal", f"{addresses.temporal}  namespace {addresses.namespace}")
    table.add_row("数据库 PostgreSQL", addresses.database_url)
    if metrics := addresses.environment().get("RIVER_METRICS"):
        table.add_row("指标 Metrics", f"http://{metrics}/metrics")
    table.add_row("日志 Logs", str(addresses.logs))
    table.add_row("停止 Stop", "Ctrl-C")
    console = Console(highlight=False)
    console.print(table)
    console.print("在另一个终端先运行 in another terminal, first run:", markup=False)
    console.print(export_line(addresses), markup=False, soft_wrap=True)


def export_line(addresses: Addresses) -> str:
    """Return what a person copies into another terminal, so that starter.py and ops find the servers."""
    words = addresses.environment()
    needed = ("RIVER_DATABASE_URL", "RIVER_TEMPORAL_ADDRESS", "RIVER_TOKEN_KEY")
    return "export " + " ".join(f"{name}={shlex.quote(words[name])}" for name in needed if name in words)


def tell(words: str) -> None:
    aside.print(words, markup=False, soft_wrap=True)


def leave(code: int) -> None:
    """End at once: the SDK's threads sometimes abort an ordinary exit, which would look like a crash."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    app()
