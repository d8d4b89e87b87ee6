"""名册的表: a dated table becomes rows with their lines, or says of every cell what to write instead."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from reading.errors import Fault

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Row = TypeVar("Row", bound=BaseModel)

LARGEST_FILE = 50_000_000
LONGEST_CELL = 400
_SHOWN = 30
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_FORMULA = re.compile(r"[=@]|[+-](?![0-9])")

_SAID = {
    "string_too_short": "不能为空 (must not be empty)",
    "datetime_type": "不能为空,请写日期如 2026-12-01 (a day is wanted)",
    "string_too_long": "太长 (too long)",
    "string_pattern_mismatch": "不是人员代码,请写如 H-512022-001;不写姓名和电话 (a code; no name, no number)",
}


class Line(NamedTuple, Generic[Row]):
    """A row that was read, and its line in the file."""

    number: int
    row: Row


class DatedTable(Generic[Row]):
    """一张表: the rows that could be read, and what is wrong with the others; a file may be missing."""

    def __init__(self, folder: Path, name: str, row_type: type[Row]) -> None:
        self.file = name
        self.lines: list[Line[Row]] = []
        self.faults: list[Fault] = []
        self._columns = [field.alias or name for name, field in row_type.model_fields.items()]
        for number, cells in self._cells(folder / name):
            self._take(number, cells, row_type)

    def fault(self, number: int, column: str, reason: str) -> Fault:
        """Return what is wrong with a cell of a line."""
        return Fault(
            file=self.file,
            where=f"第 {number} 行 {column} 列 (line {number}, column {column})",
            reason=reason,
        )

    def _cells(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        text = self._text(path)
        if text is None:
            return
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        wanted = "列名应为 " + ",".join(self._columns)
        header: list[str] | None = None
        while True:
            try:
                cells = next(lines, None)
            except csv.Error as error:
                # The reader starts afresh with the next line, so that the others are looked at as well.
                self._refuse(
                    lines.line_num, f"整行无法读取,请检查引号和长度 (the line cannot be read: {error})"
                )
                continue
            if cells is None:
                return
            if header is None:
                header = cells
                if Counter(header) != Counter(self._columns):
                    self._refuse(1, f"{wanted},现为 {_shown(','.join(header))} (wrong columns)")
                    return
            elif len(cells) == len(header):
                yield lines.line_num, dict(zip(header, cells, strict=True))
            elif cells:
                self._refuse(lines.line_num, f"有 {len(cells)} 格,应为 {len(header)} 格 (number of cells)")

    def _text(self, path: Path) -> str | None:
        try:
            if not path.exists():
                return None
            if path.stat().st_size > LARGEST_FILE:
                self._refuse(1, f"文件超过 {LARGEST_FILE // 1_000_000} MB (the file is too large)")
                return None
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            self._refuse(1, f"不是 UTF-8(第 {error.start} 字节),请另存为“CSV UTF-8” (save it as UTF-8)")
        except OSError as error:
            self._refuse(1, f"文件无法读取 (the file cannot be read): {error.strerror}")
        return None

    def _take(self, number: int, cells: dict[str, str], row_type: type[Row]) -> None:
        stripped = {column: cell.strip(" ") for column, cell in cells.items()}
        if not any(stripped.values()):
            return
        unfit = [(column, reason) for column, cell in stripped.items() if (reason := _unfit(cell))]
        self.faults += [self.fault(number, column, reason) for column, reason in unfit]
        if unfit:
            return
        try:
            self.lines.append(Line(number, row_type.model_validate(stripped)))
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                column = str(problem["loc"][0])
                self.faults.append(self.fault(number, column, f"{_shown(stripped[column])} {_said(problem)}"))

    def _refuse(self, number: int, reason: str) -> None:
        where = f"第 {number} 行 (line {number})"
        self.faults.append(Fault(file=self.file, where=where, reason=reason))


def _unfit(cell: str) -> str | None:
    if len(cell) > LONGEST_CELL:
        return f"有 {len(cell)} 字,最多 {LONGEST_CELL} 字 (too long)"
    if _CONTROL.search(cell):
        return f"{_shown(cell)} 含换行或控制字符,请删去 (control characters: remove them)"
    if _FORMULA.match(cell):
        return f"{_shown(cell)} 像公式,请改写为文字 (looks like a formula: write text)"
    return None


def _shown(cell: str) -> str:
    return repr(cell[:_SHOWN] + ("…" if len(cell) > _SHOWN else ""))


def _said(problem: "ErrorDetails") -> str:
    said = _SAID.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    if problem["type"] == "value_error" and problem["loc"] == ("post",):
        return f"不是岗位,请写如 chief:512022113000:R03-01 ({said})"
    if problem["type"] == "value_error" and problem["loc"] in (("person",), ("cover",)):
        return _SAID["string_pattern_mismatch"]
    return said
