"""工作簿: one sheet of an XLSX file, row by row; a zip from a stranger is measured before it is opened."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from reading.grid import MOST_COLUMNS, Line, NoLedger

LARGEST_UNPACKED = 500 * 2**20
MOST_PARTS = 2000
LAST_ROW = 1_048_576
"""Excel's own last row."""

# No workbook has a document type; one that has wants entities to be expanded, or files to be read.
_BEGINS_WITH_ITS_ROOT = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>)?\s*<[A-Za-z]")
_PARTS = (".xml", ".rels")
_HEAD = 1024


def open_sheet(path: Path, wanted: str | None) -> tuple[str, Iterator[Line]]:
    """Return the title and the lines of a sheet, the first visible one if none is named; raise NoLedger."""
    _measure(path)
    sheet = _sheet(path, wanted)
    return sheet.title, _lines(sheet)


def _measure(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            # The library reads no more of a part than the part itself says that it holds.
            unpacked = sum(part.file_size for part in parts)
            if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
                most = LARGEST_UNPACKED // 2**20
                raise NoLedger(
                    f"工作簿展开后有 {unpacked / 2**20:.0f} MB、{len(parts)} 个部件,超过 {most} MB 或"
                    f" {MOST_PARTS} 个,请只留台账一张表另存",
                    f"unpacked, the workbook has {unpacked / 2**20:.0f} MB in {len(parts)} parts:"
                    " save the ledger's sheet alone",
                )
            for part in parts:
                if part.filename.lower().endswith(_PARTS):
                    with archive.open(part) as opened:
                        if not _BEGINS_WITH_ITS_ROOT.match(opened.read(_HEAD)):
                            raise _damaged(part.filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _damaged(str(error)) from error


def _sheet(path: Path, wanted: str | None) -> ReadOnlyWorksheet:
    try:
        with warnings.catch_warnings(action="ignore"):  # of decorations that it does not read
            book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever the library stumbles over, the file is at fault
        raise _damaged(type(error).__name__) from error
    if not book.worksheets:
        raise _damaged("no sheet")
    sheets: dict[str, ReadOnlyWorksheet] = {sheet.title: sheet for sheet in book.worksheets}
    visible = [title for title, sheet in sheets.items() if sheet.sheet_state == "visible"]
    if wanted is not None and wanted not in sheets:
        names = "、".join(sheets)
        raise NoLedger(
            f"没有工作表「{wanted}」,有:{names}", f"there is no sheet {wanted!r}; there are: {names}"
        )
    if wanted is None and not visible:
        raise NoLedger("没有可见的工作表,请用 --sheet 指明", "no sheet is visible: name one with --sheet")
    return sheets[wanted if wanted is not None else visible[0]]


def _lines(sheet: Any) -> Iterator[Line]:
    # What the sheet says of its own size may be wrong, and would cut it short.
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
    number = 0
    while True:
        try:
            with warnings.catch_warnings(action="ignore"):
                row = next(rows, None)
        except Exception as error:
            raise _damaged(f"{sheet.title}, {number + 1}: {type(error).__name__}") from error
        if row is None:
            return
        number += 1
        if number > LAST_ROW:
            raise _damaged(f"{sheet.title}, {number}")
        yield Line(number, row)


def _damaged(what: str) -> NoLedger:
    return NoLedger(
        f"工作簿已损坏或不是 Excel 写的,请用 Excel 或 WPS 打开后另存为 .xlsx:{what}",
        f"the workbook is damaged or no workbook: open it and save it anew as .xlsx: {what}",
    )
