"""立案入口: opens issues from reports: the simplest client; `demo` tells a whole story."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from temporalio.service import RPCError

from connection import connect
from intake.desk import Desk
from intake.file import Tally, can_be_read_again, rejected_file, report_file
from reading.errors import Unreadable
from reading.registry import read_registry
from reading.rulebook import read_editions
from settings import BadSettings, Settings, read_settings
from store.pool import Away, close, open_pool

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
NOT_OPENED = (
    "规则文件或名录有误,没有立案。改正后再报送。 A rule file or the registry has faults; nothing was opened. "
    "Mend the file, then report again:"
)
NOT_FINISHED = "未能完成,处理后请重新运行,不会重复立案。 Not finished; run it again, nothing opens twice:"

aside = Console(stderr=True, highlight=False)


@app.callback()
def starter() -> None:
    """把线索立为问题。 Open issues from reports."""


@app.command()
def report(
    file: Annotated[
        Path, typer.Argument(help="线索文件 a JSONL file of reports", exists=True, dir_okay=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON one line for scripts")] = False,
) -> None:
    """报送一个文件,可重复报送;退回的行另存。 Report a file; running it again opens nothing twice.

    Exit status: 0 all lines taken, 1 some refused (see FILE.rejected.jsonl), 2 nothing could be done.
    """
    try:
        tally = asyncio.run(_report(read_settings(), file))
    except* BadSettings as wrong:
        _refuse(_plain(wrong))
    except* Unreadable as faulty:
        _refuse(f"{NOT_OPENED}\n{_plain(faulty)}")
    except* (OSError, RPCError, RuntimeError, Away) as trouble:
        _refuse(f"{NOT_FINISHED}\n{_plain(trouble)}")
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
    # A faulty file is named even where no server runs yet.
    editions, registry = read_editions(settings.rules), read_registry(settings.registry)
    client = await connect(settings, "starter")
    pool = await open_pool(settings.database_url, settings.postgres_connections)
    desk = Desk(
        client=client,
        pool=pool,
        editions=editions,
        registry=registry,
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
    can_be_read_again(file)  # before a pipe is emptied by counting
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
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{file}", markup=False)
    table = Table(show_header=False)
    for name, value in zip(
        ("行数 lines", "新立案 opened", "已立案 known", "退回 rejected"), counts.values(), strict=True
    ):
        table.add_row(name, str(value))
    console.print(table)
    for rejected in tally.rejected:
        console.print(
            f"第 {rejected.line_number} 行:{printable(rejected.reason.zh)} ({printable(rejected.reason.en)})",
            markup=False,
        )
    if tally.rejected:
        console.print(f"退回的行 → {rejected_file(file)}", markup=False)


def _refuse(message: str) -> NoReturn:
    aside.print(message, style="red", markup=False, soft_wrap=True)
    _leave(2)


def printable(text: str) -> str:
    """Return a text that a terminal only shows: a hostile line may hold what it would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _plain(trouble: BaseExceptionGroup[BaseException]) -> str:
    reasons = [
        _plain(error) if isinstance(error, BaseExceptionGroup) else str(error) or type(error).__name__
        for error in trouble.exceptions
    ]
    return "\n".join(dict.fromkeys(reasons))


def _leave(code: int) -> NoReturn:
    """End at once: the SDK's threads sometimes abort an ordinary exit, which would look like a crash."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    app()
