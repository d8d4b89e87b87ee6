"""表格: a CSV file becomes rows, each with its line, or faults."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from domain.model import Frozen
from reading.errors import Fault

Row = TypeVar("Row", bound=Frozen)


class Table(Generic[Row]):
    """一张表: its readable rows by key, the line of each, and what was wrong with the others."""

    def __init__(self, path: Path, row_type: type[Row], key: str) -> None:
        self.file = path.name
        self.rows: dict[str, Row] = {}
        self.lines: dict[str, int] = {}
        self.faults: list[Fault] = []
        self._row_type = row_type
        self._key = key
        for line, cells in self._cells(path):
            self._take(line, cells)

    def fault(self, key: str, column: str, reason: str) -> Fault:
        """Return a fault at the line of a row that was read."""
        return Fault(file=self.file, where=_place(self.lines[key], column), reason=reason)

    def _cells(self, path: Path) -> Iterator[tuple[int, dict[str, str]]]:
        wanted = list(self._row_type.model_fields)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            self._refuse("the file", f"cannot be read: {error.strerror}")
            return
        except UnicodeDecodeError as error:
            self._refuse(f"byte {error.start}", "is not UTF-8")
            return
        lines = csv.reader(text.splitlines(keepends=True), strict=True)
        try:
            header = next(lines, [])
            if Counter(header) != Counter(wanted):
                self._refuse("line 1", f"the columns must be {','.join(wanted)}, not {','.join(header)}")
                return
            for cells in lines:
                if len(cells) == len(header):
                    yield lines.line_num, dict(zip(header, cells, strict=True))
                elif cells:
                    place = _place(lines.line_num, header[min(len(cells), len(header) - 1)])
                    self._refuse(place, f"{len(cells)} cells where {len(header)} are wanted")
        except csv.Error as error:
            self._refuse(f"line {lines.line_num}", str(error))

    def _take(self, line: int, cells: dict[str, str]) -> None:
        try:
            row = self._row_type.model_validate(cells)
        except ValidationError as error:
            for problem in error.errors():
                self._refuse(_place(line, problem["loc"][0]), problem["msg"].removeprefix("Value error, "))
            return
        key = cells[self._key]
        if key in self.lines:
            self._refuse(_place(line, self._key), f"{key!r} is already on line {self.lines[key]}")
            return
        self.rows[key] = row
        self.lines[key] = line

    def _refuse(self, where: str, reason: str) -> None:
        self.faults.append(Fault(file=self.file, where=where, reason=reason))


def _place(line: int, column: str | int) -> str:
    return f"line {line}, column {column}"
