"""表格文件: a ledger file as lines of cells, CSV or XLSX, told by its content and held to limits."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

from domain.model import Label

LARGEST_FILE = 50 * 2**20
MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_CELL = 2000

Value: TypeAlias = str | int | float | bool | datetime | date | time | timedelta | None

_ZIP, _OLE, _UTF8, _UTF16 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"

# A cell is as long as its file at most; what is too long for a report is told with its place.
csv.field_size_limit(LARGEST_FILE)


class NoLedger(Exception):
    """A file that cannot be read as a ledger at all; carries the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} ({en})")
        self.reason = Label(zh, en)


class Line(NamedTuple):
    """一行: its number in the file, from 1, and its cells."""

    number: int
    values: tuple[Value, ...]


class Grid(NamedTuple):
    """一张表: where it is in the file, how it is written, and its lines as they are read."""

    sheet: str | None
    written: str
    """`UTF-8`, `GB18030` … of a CSV file, `XLSX`."""
    lines: Iterator[Line]

    def place(self, line: int, column: int | None = None, title: str = "") -> str:
        """Return how a cell is found again: `F17` on a sheet, line and column name in a text file."""
        if self.sheet is None:
            return f"第 {line} 行「{title}」" if title else f"第 {line} 行"
        if column is None:
            return f"{line}:{line}"
        from openpyxl.utils import get_column_letter  # noqa: PLC0415 - as below

        return f"{get_column_letter(column + 1)}{line}"


def open_grid(path: Path, sheet: str | None = None) -> Grid:
    """Open the table of a file; raise NoLedger for what is none or too large, OSError if unreadable."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        most = LARGEST_FILE // 2**20
        raise NoLedger(
            f"文件 {size / 2**20:.0f} MB,最多 {most} MB,请按县或按年分开报送",
            f"the file has {size / 2**20:.0f} MB, at most {most} MB are read: split it",
        )
    with path.open("rb") as file:
        head = file.read(4)
    if head == _OLE:
        raise NoLedger(
            "这是旧版 .xls 或加密的工作簿,请另存为不加密的 .xlsx 或 CSV",
            "an old .xls or an encrypted workbook: save it as a plain .xlsx or as CSV",
        )
    if head == _ZIP:
        from reading.workbook import open_sheet  # noqa: PLC0415 - openpyxl is loaded for a workbook only

        title, lines = open_sheet(path, sheet)
        return Grid(title, "XLSX", _few_enough(lines))
    if sheet is not None:
        raise NoLedger("CSV 没有工作表,请去掉 --sheet", "a CSV file has no sheets: leave --sheet out")
    text, written = _decoded(path.read_bytes())
    return Grid(None, written, _few_enough(_lines(text)))


def _few_enough(lines: Iterator[Line]) -> Iterator[Line]:
    """Yield the lines that hold anything, with their true numbers, until there are too many."""
    read = 0
    for line in lines:
        if any(value is not None and str(value).strip() for value in line.values):
            read += 1
            if read > MOST_ROWS + 1:  # and a line of titles
                raise NoLedger(
                    f"超过 {MOST_ROWS} 行,请按县或按年分成几个文件报送",
                    f"more than {MOST_ROWS} rows: split the ledger into several files",
                )
            yield line


def _decoded(raw: bytes) -> tuple[str, str]:
    if raw.startswith(_UTF8):
        encodings = [("utf-8-sig", "UTF-8 (BOM)")]
    elif raw.startswith(_UTF16):
        encodings = [("utf-16", "UTF-16")]
    else:
        encodings = [("utf-8", "UTF-8"), ("gb18030", "GB18030")]
    for encoding, called in encodings:
        try:
            return raw.decode(encoding), called
        except UnicodeDecodeError as error:
            at = error.start + 1
    raise NoLedger(
        f"第 {at} 个字节既不是 UTF-8 也不是 GB18030,请另存为 UTF-8 的 CSV",
        f"byte {at} is neither UTF-8 nor GB18030: save the file as CSV in UTF-8",
    )


def _lines(text: str) -> Iterator[Line]:
    begin = text[:LONGEST_CELL].partition("\n")[0]
    delimiter = max(_DELIMITERS, key=begin.count)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise NoLedger(
                f"第 {number} 行的引号不成对,从这里起无法分辨行与格,没有立案:{error}",
                f"line {number}: the quotes do not match, nothing after it can be read: {error}",
            ) from error
        if cells is None:
            return
        yield Line(number, tuple(cells))
