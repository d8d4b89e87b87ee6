"""存量台账: a ledger's rows become reports; a row that cannot says everything that is wrong with it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeAlias

from domain.model import Label
from domain.report import Report
from reading.cell_words import Misread, number_of_row
from reading.columns import Column, Head, read_head
from reading.grid import LONGEST_CELL, Grid, Line, open_grid
from reading.ledger_place import Atlas
from reading.ledger_row import Cells, Slip, Stock, read_row
from reading.registry import Registry

_COPY = re.compile(r"([ _-]*(\(\d+\)|副本|copy)|\.rejected)+$", re.IGNORECASE)
"""What a browser, a desktop or this service adds to the name of a file that is the same ledger still."""

_ASKED_LATER = (Column.NUMBER, Column.PLAN_ON)


class Refused(NamedTuple):
    """退回的行: where it stands, its cells as they were, and all that is wrong with it."""

    line: int
    cells: Mapping[Column, str]
    slips: tuple[Slip, ...]


class Accepted(NamedTuple):
    """可立案的行: its report, and what is needed to speak of it."""

    line: int
    cells: Mapping[Column, str]
    report: Report
    places: Mapping[Column, str]
    """Where the number and the plan's day stand: only these may be refused when it is opened."""

    def refused(self, column: Column, reason: Label) -> Refused:
        """Return it refused for a reason that lies in one of its cells."""
        return Refused(self.line, self.cells, (Slip(where=self.places[column], reason=reason),))


class Closed(NamedTuple):
    """已销号的行: there is nothing to open."""

    line: int


Row: TypeAlias = Accepted | Closed | Refused


class Ledger(NamedTuple):
    """一本台账: its name, how it was written, what of it is not kept, and its rows."""

    name: str
    sheet: str | None
    written: str
    columns: tuple[Column, ...]
    persons: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: tuple[Row, ...]


def read_ledger(
    path: Path, registry: Registry, today: date, *, sheet: str | None = None, name: str | None = None
) -> Ledger:
    """Read the whole of a ledger; raise NoLedger if it is none, OSError if it cannot be read.

    A report's id is made of the ledger's name and the row's own number, so that the same row is the same
    report in whatever file and order it comes.
    """
    called = name or ledger_name(path)
    grid = open_grid(path, sheet)
    head = read_head(grid)
    return Ledger(
        called,
        grid.sheet,
        grid.written,
        tuple(head.columns),
        head.persons,
        head.unknown,
        tuple(_rows(grid, head, called, registry, today)),
    )


def reports_of(ledger: Ledger) -> list[Report]:
    """Return the reports of a ledger's good rows."""
    return [row.report for row in ledger.rows if isinstance(row, Accepted)]


def ledger_name(path: Path) -> str:
    """Return the name of the ledger in a file: that of the file, without its kind and marks of a copy."""
    plain = unicodedata.normalize("NFKC", path.stem).strip()
    return _COPY.sub("", plain).strip() or plain


def _rows(grid: Grid, head: Head, ledger: str, registry: Registry, today: date) -> Iterator[Row]:
    atlas, first_lines = Atlas(registry), dict[str, int]()
    for line in grid.lines:
        cells = _cells(grid, head, line)
        told = {column: _as_it_was(value) for column, value in cells.values.items()}
        stock = read_row(cells, atlas, registry, today)
        slips = [*_beyond(grid, head, line), *stock.slips]
        if stock.is_closed and not slips:
            yield Closed(line.number)
            continue
        key = _key(ledger, cells, stock)
        first = first_lines.setdefault(key, line.number) if key else line.number
        if first != line.number:
            slips.append(_again(grid, cells, first))
        if slips or stock.report is None or key is None:
            yield Refused(line.number, told, tuple(slips))
        else:
            report = stock.report.model_copy(update={"id": key})
            yield Accepted(
                line.number, told, report, {column: cells.place(column) for column in _ASKED_LATER}
            )


def _cells(grid: Grid, head: Head, line: Line) -> Cells:
    values = {
        column: line.values[at] if at < len(line.values) else None for column, at in head.columns.items()
    }

    def place(column: Column) -> str:
        at = head.columns.get(column)
        return grid.place(line.number, at, head.titles[at] if at is not None else "")

    return Cells(values, place, is_sheet=grid.sheet is not None)


def _beyond(grid: Grid, head: Head, line: Line) -> Iterator[Slip]:
    """A row that is longer than its titles has a comma too many, and its cells stand under others' titles."""
    width = len(head.titles)
    if grid.sheet is None and any(str(value).strip() for value in line.values[width:]):
        zh = f"有 {len(line.values)} 格,表头只有 {width} 列;含逗号的内容须加引号"
        en = f"{len(line.values)} cells under {width} titles: put text with commas into quotes"
        yield Slip(where=grid.place(line.number), reason=Label(zh, en))


def _key(ledger: str, cells: Cells, stock: Stock) -> str | None:
    """Return the id of a row's report; without a number, of what the row says."""
    try:
        own = number_of_row(cells.values.get(Column.NUMBER))
    except Misread:
        return None
    if own:
        said = f"number\n{own}"
    elif stock.report:
        said = f"content\n{stock.report.model_dump_json()}"
    else:
        return None
    digest = sha256(f"{ledger}\n{said}".encode("utf-8", "surrogatepass"))
    return f"stock:{digest.hexdigest()[:32]}"


def _again(grid: Grid, cells: Cells, first: int) -> Slip:
    before = grid.place(first)
    return Slip(
        where=cells.place(Column.NUMBER),
        reason=Label(
            f"与 {before} 的编号相同,或都没有编号而内容相同;每行须有自己的编号",
            f"the same number as {before}, or no number and the same content: number each row",
        ),
    )


def _as_it_was(value: object) -> str:
    if value is None:
        return ""
    said = str(value)
    return said if len(said) <= LONGEST_CELL else said[:LONGEST_CELL] + "…"
