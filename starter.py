"""立案入口: opens issues from reports: the simplest client; `demo` tells a whole story."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from temporalio.service import RPCError

from connection import connect
from intake.desk import Desk
from intake.file import Tally, rejected_file, report_file
from reading.errors import Unreadable
from reading.registry import read_registry
from reading.rulebook import read_editions
from settings import Settings, read_settings
from store.pool import Away, close, open_pool

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
NOT_FINISHED = "未能完成,处理后请重新运行,不会重复立案。 Not finished; run it again, nothing opens twice:"

aside = Console(stderr=True, highlight=False)


@app.callback()
def starter() -> None:
    """把线索立为问题。 Open issues from reports."""


@app.command()
def report(
    file: Annotated[Path, typer.Argument(help="线索文件 a JSONL file of reports")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON one line for scripts")] = False,
) -> None:
    """报送一个文件,可重复报送;退回的行另存。 Report a file; running it again opens nothing twice.

    Exit status: 0 all lines taken, 1 some refused (see FILE.rejected.jsonl), 2 nothing could be done.
    """
    try:
        tally = asyncio.run(_report(read_settings(), file))
    except* (OSError, Unreadable, RPCError, RuntimeError, Away) as trouble:
        aside.print(f"{NOT_FINISHED}\n{_plain(trouble)}", style="red", markup=False)
        _leave(2)
    _tell(file, tally, as_json=as_json)
    _leave(1 if tally.rejected else 0)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="演示数据目录 where the story is kept")] = Path("var/demo"),
) -> None:
    """演示:真实线索在资阳的河流上走完一生,三分钟内结束。 Tell a whole story in under three minutes."""
    from demo.story import tell_the_story  # noqa: PLC0415 - the image that serves reports ships no demo

    _leave(asyncio.run(tell_the_story(folder)))


async def _report(settings: Settings, file: Path) -> Tally:
    lines = await asyncio.to_thread(_count_lines, file)
    client = await connect(settings, "starter")
    pool = await open_pool(settings.database_url, settings.postgres_connections)
    desk = Desk(
        client=client,
        pool=pool,
        editions=read_editions(settings.rules),
        registry=read_registry(settings.registry),
        task_queue=settings.task_queue,
    )
    columns = (TextColumn("立案 opening"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=aside) as progress:
            bar = progress.add_task("", total=lines)
            return await report_file(desk, file, lambda: progress.advance(bar))
    finally:
        await close(pool)


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _tell(file: Path, tally: Tally, *, as_json: bool) -> None:
    counts = {
        "lines": tally.lines,
        "opened": len(tally.opened),
        "known": len(tally.known),
        "rejected": len(tally.rejected),
    }
    if as_json:
        sys.stdout.write(json.dumps(counts) + "\n")
        return
    table = Table(title=f"{file}", title_justify="left", show_header=False)
    for name, value in zip(
        ("行数 lines", "新立案 opened", "已立案 known", "退回 rejected"), counts.values(), strict=True
    ):
        table.add_row(name, str(value))
    console = Console(highlight=False)
    console.print(table)
    for rejected in tally.rejected:
        console.print(
            f"第 {rejected.line_number} 行:{rejected.reason.zh} ({rejected.reason.en})", markup=False
        )
    if tally.rejected:
        console.print(f"退回的行 → {rejected_file(file)}", markup=False)


def _plain(trouble: BaseExceptionGroup[BaseException]) -> str:
    reasons = [
        _plain(error) if isinstance(error, BaseExceptionGroup) else str(error) or type(error).__name__
        for error in trouble.exceptions
    ]
    return "\n".join(dict.fromkeys(reasons))


def _leave(code: int) -> None:
    """End at once: the SDK's threads sometimes abort an ordinary exit, which would look like a crash."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    app()
