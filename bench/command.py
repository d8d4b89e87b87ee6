"""命令 `python -m bench`: measures, keeps what was measured, shows it; `publish` puts it into docs/."""

import asyncio
import importlib.util
import sys
import time
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from bench.circumstances import Circumstances, circumstances
from bench.ground import HERE
from bench.registry import Entry, NoSuchLine, chosen
from bench.results import JSON_FILE, Line, Results, Unreadable, exit_status, read_results, write_whole
from bench.run import Run
from bench.table import HEAD, MARKDOWN_FILE, markdown, rows
from machine.faults import MachineFault

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
WIDE = 150
"""Columns of a table that goes into a file."""
PUBLISHED = HERE / "docs" / "bench"
NO_PLOTS = (
    "未安装 matplotlib,没有作图。运行 make bench 会安装。 matplotlib is not installed, so nothing was drawn."
)

aside = Console(stderr=True, highlight=False)
Folder = Annotated[Path, typer.Option(help="结果所在目录 where the results are kept")]


@app.callback()
def bench() -> None:
    """量度本服务。 Measure the service; every figure is a ratio to something bare beside it."""


@app.command()
def measure(
    lines: Annotated[
        list[str] | None, typer.Argument(metavar="G1", help="只量这些,如 G1 G4 measure these only")
    ] = None,
    *,
    pairs: Annotated[int, typer.Option(min=1, help="每项量几对 pairs for each line")] = 5,
    large: Annotated[bool, typer.Option("--large", help="只量耗时的几项 only those that take hours")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON instead of the table")] = False,
    folder: Folder = Path("var/bench"),
) -> None:
    """量度并写成一张表;`measure` 一词可省。 Measure and write the table; the word `measure` may be left out.

    Exit status: 0 all bars held, 1 a bar was missed or a measurement failed, 2 nothing could be done.
    """
    try:
        entries = chosen(lines or [], large=large)
        earlier, on = read_results(folder), circumstances()
    except (NoSuchLine, Unreadable, MachineFault, OSError) as wrong:
        _refuse(str(wrong))
    measured = asyncio.run(_measure(entries, pairs, folder, earlier, on))
    write_up(folder, folder)
    if as_json:
        sys.stdout.write(read_results(folder).as_json())
    else:
        _show(measured, folder)
    raise typer.Exit(exit_status(measured))


@app.command()
def publish(folder: Folder = Path("var/bench")) -> None:
    """把结果、表和图放进 docs/bench。 Put the results, the table and the plots into docs/bench."""
    try:
        results = read_results(folder)
    except (Unreadable, OSError) as wrong:
        _refuse(str(wrong))
    if not results.lines:
        _refuse(f"{folder / JSON_FILE}: 还没有结果,先运行 make bench (no results yet; run make bench first)")
    write_up(folder, PUBLISHED)
    aside.print("→ docs/bench", markup=False)


def write_up(kept: Path, shown: Path) -> None:
    """Write what is kept as numbers, as a table and as plots, and leave no plot of what is gone."""
    results = read_results(kept)
    write_whole(shown / JSON_FILE, results.as_json())
    write_whole(shown / MARKDOWN_FILE, markdown(results, _plots(results, shown)))


async def _measure(
    entries: list[Entry], pairs: int, folder: Path, results: Results, on: Circumstances
) -> list[Line]:
    measured: list[Line] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    begun = time.monotonic()
    with Progress(*columns, console=aside, transient=True) as progress:
        now = progress.add_task("")

        def tell(said: str) -> None:
            minutes, seconds = divmod(int(time.monotonic() - begun), 60)
            progress.update(now, description=said)
            progress.console.print(f"{minutes:3d}:{seconds:02d} {said}", markup=False, soft_wrap=True)

        run = Run(folder, pairs, on, tell)
        async for lines in run.measure_all(entries):
            measured += lines
            results = results.with_lines(lines)
            # Whatever comes of the next one, this one is not measured again.
            write_whole(folder / JSON_FILE, results.as_json())
    return measured


def _plots(results: Results, folder: Path) -> list[tuple[str, str]]:
    for picture in folder.glob("*.png"):
        picture.unlink()
    if importlib.util.find_spec("matplotlib") is None:
        aside.print(NO_PLOTS, style="yellow")
        return []
    from bench.plots import draw  # noqa: PLC0415 - only `make bench` installs what draws

    return draw(results, folder)


def _show(measured: list[Line], folder: Path) -> None:
    table = Table()
    for title in HEAD:
        table.add_column(Text(title), overflow="fold")
    for row in (row for line in measured for row in rows(line)):
        table.add_row(*map(Text, row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(table)
    console.print(f"→ {folder / MARKDOWN_FILE}", markup=False)


def _refuse(message: str) -> NoReturn:
    aside.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(2)
