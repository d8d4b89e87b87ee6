"""举报文件: a JSONL file of reports, line by line; a bad line says why and stops no other."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from domain.model import Frozen, Label
from domain.posts import within
from domain.report import Report
from reading.complaints import complaint
from reading.registry import Registry

LONGEST_LINE = 32_768
"""Bytes: a report of 2000 characters fits even when each is written as an escape."""

_BOM = b"\xef\xbb\xbf"
_SHOWN_OF_A_REJECTED_LINE = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ISSUE_OR_REPORT = re.compile(r"^(\d{6}-\d{4}-\d{6}|[A-Za-z0-9_.:-]{1,64})$")


class Rejected(Frozen):
    """退回的行: a line that is no report, its beginning, and the reason in two languages."""

    line_number: int
    raw: str
    reason: Label


class _Objection(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.reason = Label(zh, en)
        super().__init__(en)


def read_reports(path: Path, registry: Registry) -> Iterator[tuple[int, Report | Rejected]]:
    """Yield each line that is not empty with its number, as a report or as a refusal; OSError if unreadable.

    Ids may come again: a report sent twice is one report, and whoever registers it must see to that.
    """
    with path.open("rb") as file:
        for number, line in _lines(file):
            yield number, read_report(number, line, registry)


def read_report(number: int, line: bytes, registry: Registry) -> Report | Rejected:
    """Return what one line holds: a report whose reach and division the registry knows, or a refusal."""
    try:
        report = _report(line)
        _look_up(report, registry)
    except _Objection as objection:
        raw = line[: 4 * _SHOWN_OF_A_REJECTED_LINE].decode("utf-8", "replace")
        return Rejected(line_number=number, raw=raw[:_SHOWN_OF_A_REJECTED_LINE], reason=objection.reason)
    return report


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while piece := file.readline(LONGEST_LINE + 2):
        number += 1
        line = piece.removeprefix(_BOM) if number == 1 else piece
        while len(piece) > LONGEST_LINE and not piece.endswith(b"\n"):
            piece = file.readline(LONGEST_LINE + 2)
        line = line.removesuffix(b"\n").removesuffix(b"\r")
        if line.strip():
            yield number, line


def _report(line: bytes) -> Report:
    if len(line) > LONGEST_LINE:
        raise _Objection(f"一行超过 {LONGEST_LINE} 字节", f"the line is longer than {LONGEST_LINE} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        zh, en = f"第 {error.start + 1} 个字节不是 UTF-8", f"byte {error.start + 1} is not UTF-8"
        raise _Objection(zh, en) from error
    _read_json(text)
    try:
        report = Report.model_validate_json(text, strict=True)
    except ValidationError as error:
        complaints = [complaint(problem) for problem in error.errors()]
        zh, en = ";".join(said.zh for said in complaints), "; ".join(said.en for said in complaints)
        raise _Objection(zh, en) from error
    if any(isinstance(value, str) and _CONTROL.search(value) for _, value in report):
        raise _Objection("含有控制字符", "it contains a control character")
    return report


def _read_json(text: str) -> None:
    """Refuse what a lenient reader would silently mend: keys said twice, numbers that are none."""
    try:
        value = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_number)
    except RecursionError as error:
        raise _Objection("JSON 嵌套过深", "the JSON is nested too deeply") from error
    except ValueError as error:
        raise _Objection(f"不是合法的 JSON:{error}", f"it is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _Objection("一行应为一个 JSON 对象", "a line must be one JSON object")


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys: dict[str, object] = {}
    for key, value in pairs:
        if key in keys:
            raise _Objection(f"字段 {key} 重复", f"the key {key} comes twice")
        keys[key] = value
    return keys


def _no_number(name: str) -> None:
    raise _Objection(f"{name} 不是数", f"{name} is no number")


def _look_up(report: Report, registry: Registry) -> None:
    reach = registry.reaches.get(report.reach)
    if reach is None:
        raise _Objection(f"名录中没有河段 {report.reach}", f"the registry has no reach {report.reach}")
    if report.division not in registry.divisions:
        raise _Objection(
            f"名录中没有行政区划 {report.division}", f"the registry has no division {report.division}"
        )
    if not within(report.division, reach.division):
        raise _Objection(
            f"河段 {reach.reach_id} 在 {reach.division},不在 {report.division}",
            f"reach {reach.reach_id} lies in {reach.division}, not in {report.division}",
        )
    earlier = report.recurrence_of
    if earlier is not None and (earlier == report.id or not _ISSUE_OR_REPORT.match(earlier)):
        raise _Objection(
            f"recurrence_of 应为问题编号或先前的线索编号,不是 {earlier}",
            f"recurrence_of must be an issue number or an earlier report's id, not {earlier}",
        )
