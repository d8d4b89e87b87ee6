"""立案入口: opens issues from reports: the simplest client; `demo` tells a whole story."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from temporalio.service import RPCError

from connection import connect
from domain.workdays import local_day
from intake import stock_told
from intake.desk import CannotOpenError, Desk, book_of
from intake.file import Tally, can_be_read_again, printable, rejected_file, report_file
from intake.stock import Unattended, open_ledger, write_rejected
from intake.stock_foreseen import foresee, what_is_known
from reading.errors import Unreadable
from reading.grid import NoLedger
from reading.ledger import Ledger, read_ledger
from reading.registry import Registry, read_registry
from reading.rulebook import read_editions
from settings import BadSettings, Settings, read_settings
from store.pool import Away, close, open_pool

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
NOT_OPENED = (
    "规则文件或名录有误,没有立案。改正后再报送。 A rule file or the registry has faults; nothing was opened. "
    "Mend the file, then report again:"
)
NOT_FINISHED = "未能完成,处理后请重新运行,不会重复立案。 Not finished; run it again, nothing opens twice:"

NOWHERE = "postgresql://127.0.0.1:1/none"

Reading: TypeAlias = Callable[[Registry, date], Ledger]

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
def stock(
    file: Annotated[Path, typer.Argument(help="存量台账 a ledger, CSV or XLSX", exists=True, dir_okay=False)],
    *,
    sheet: Annotated[str | None, typer.Option(help="工作表,默认第一张可见的 the first visible one")] = None,
    ledger: Annotated[
        str | None, typer.Option(help="台账名,默认取文件名;同名同编号即同一问题 the ledger's name")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只预演,不立案 say what would open")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON one line for scripts")] = False,
) -> None:
    """存量台账逐行立案,可重复运行;退回的行另存。 Open the issues of a ledger; again opens nothing twice.

    Exit status: 0 all rows taken, 1 some refused (see FILE.rejected.csv), 2 nothing could be done.
    """
    reading = partial(read_ledger, file, sheet=sheet, name=ledger)
    try:
        if dry_run:
            refused = asyncio.run(_foresee(file, reading, as_json=as_json))
        else:
            refused = asyncio.run(_stock(read_settings(), file, reading, as_json=as_json))
    except* BadSettings as wrong:
        _refuse(_plain(wrong))
    except* (NoLedger, CannotOpenError) as unread:
        _refuse(f"没有立案 nothing was opened:\n{file}: {_plain(unread)}")
    except* Unreadable as faulty:
        _refuse(f"{NOT_OPENED}\n{_plain(faulty)}")
    except* (OSError, RPCError, RuntimeError, Away, Unattended) as trouble:
        _refuse(f"{NOT_FINISHED}\n{_plain(trouble)}")
    _leave(1 if refused else 0)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="演示数据目录 where the story is kept")] = Path("var/demo"),
) -> None:
    """演示:真实线索在资阳的河流上走完一生,三分钟内结束。 Tell a whole story in under three minutes."""
    from demo.story import tell_the_story  # noqa: PLC0415 - the image that serves reports ships no demo

    _leave(asyncio.run(tell_the_story(folder.resolve())))


async def _report(settings: Settings, file: Path) -> Tally:
    lines = await asyncio.to_thread(_count_lines, file)
    async with _at_the_desk(settings) as desk:
        with _progress() as progress:
            bar = progress.add_task("", total=lines)
            return await report_file(desk, file, lambda: progress.advance(bar))


async def _stock(settings: Settings, file: Path, reading: Reading, *, as_json: bool) -> bool:
    registry, now = read_registry(settings.registry), datetime.now(UTC)
    book_of(read_editions(settings.rules), now)  # without one, every row would be refused
    with aside.status("读取台账 reading the ledger"):
        ledger = await asyncio.to_thread(reading, registry, local_day(now))
    async with _at_the_desk(settings) as desk:
        with _progress() as progress:
            bar = progress.add_task("", total=len(ledger.rows))
            tally = await open_ledger(desk, ledger, lambda: progress.advance(bar))
    write_rejected(file, ledger, tally.refused)
    if as_json:
        sys.stdout.write(json.dumps(stock_told.counts(tally)) + "\n")
    else:
        stock_told.tell(Console(highlight=False, soft_wrap=True), file, ledger, tally)
    return bool(tally.refused)


async def _foresee(file: Path, reading: Reading, *, as_json: bool) -> bool:
    settings, now = _settings_of_a_preview(), datetime.now(UTC)
    registry = read_registry(settings.registry)
    book = book_of(read_editions(settings.rules), now)
    with aside.status("读取台账 reading the ledger"):
        ledger = await asyncio.to_thread(reading, registry, local_day(now))
    pool = await open_pool(settings.database_url, 1)
    try:
        known = await what_is_known(pool, ledger)
    except Away:
        known = None
    finally:
        await close(pool)
    with aside.status("预演 looking ahead"):
        foreseen = await asyncio.to_thread(foresee, ledger, book, registry, now, known)
    write_rejected(file, ledger, foreseen.refused)
    if as_json:
        told = stock_told.counts_foreseen(foreseen)
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        stock_told.tell_foreseen(Console(highlight=False, soft_wrap=True), file, ledger, foreseen)
    return bool(foreseen.refused)


def _settings_of_a_preview() -> Settings:
    """A preview needs no server; without an address of the records it only cannot say what is known."""
    try:
        return read_settings()
    except BadSettings:
        return read_settings({"database_url": NOWHERE})


@asynccontextmanager
async def _at_the_desk(settings: Settings) -> AsyncIterator[Desk]:
    # A faulty file is named even where no server runs yet.
    editions, registry = read_editions(settings.rules), read_registry(settings.registry)
    client = await connect(settings, "starter")
    pool = await open_pool(settings.database_url, settings.postgres_connections)
    try:
        yield Desk(
            client=client,
            pool=pool,
            editions=editions,
            registry=registry,
            task_queue=settings.task_queue,
        )
    finally:
        await close(pool)


def _progress() -> Progress:
    columns = (TextColumn("立案 opening"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=aside)


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
