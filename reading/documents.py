"""YAML 文件: every value is read as text with its line; the model of what is read says what the text means.

YAML's own guesses are not wanted: it takes `17:30` for 1050 and a bare `off` for false.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from reading.errors import Fault, Unreadable

Place = tuple[str, ...]
"""Where a value stands: `("rectify", "DUMPING", "GENERAL", "limit")`."""

_NOTHING = ("", "~", "null")


class Document(NamedTuple):
    """一份文档: nested mappings and lists of text, and the line on which each of them stands."""

    file: str
    value: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest thing above it that is there."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def fault(self, place: Place, reason: str) -> Fault:
        """Return a fault at a place, with its line."""
        path = f", {'.'.join(place)}" if place else ""
        return Fault(file=self.file, where=f"line {self.line(place)}{path}", reason=reason)


def read_documents(path: Path) -> tuple[Document, ...]:
    """Return the documents of a YAML file; raise Unreadable with every fault of its form."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_aliases(path.name, text)
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except OSError as error:
        raise Unreadable(
            [Fault(file=path.name, where="the file", reason=f"无法读取: {error.strerror}")]
        ) from None
    except UnicodeDecodeError as error:
        raise Unreadable(
            [Fault(file=path.name, where=f"byte {error.start}", reason="不是 UTF-8 (not UTF-8)")]
        ) from None
    except yaml.YAMLError as error:
        raise Unreadable([_syntax(path.name, error)]) from None
    readings = [_Reading(path.name) for _ in nodes]
    documents = tuple(reading.document(node) for reading, node in zip(readings, nodes, strict=True))
    if faults := [fault for reading in readings for fault in reading.faults]:
        raise Unreadable(faults)
    return documents


def _refuse_aliases(file: str, text: str) -> None:
    """Refuse `*name`: a cell that is written elsewhere does not show its own value and source."""
    aliases = [
        event for event in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)
    ]
    if aliases:
        reason = "请写出数值,不用 * 引用 (write the value out, no alias)"
        lines = [event.start_mark.line + 1 for event in aliases if event.start_mark]
        raise Unreadable(Fault(file=file, where=f"line {line}", reason=reason) for line in lines)


def _syntax(file: str, error: yaml.YAMLError) -> Fault:
    if not isinstance(error, yaml.MarkedYAMLError):
        return Fault(file=file, where="the file", reason=f"YAML 写法有误 (syntax): {error}")
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
    said = "; ".join(part for part in (error.context, error.problem) if part)
    return Fault(file=file, where=where, reason=f"YAML 写法有误 (syntax): {said}")


class _Reading:
    """One document on its way from nodes to text."""

    def __init__(self, file: str) -> None:
        self.faults: list[Fault] = []
        self._file = file
        self._lines: dict[Place, int] = {}

    def document(self, node: yaml.Node) -> Document:
        value = self._value(node, ())
        return Document(self._file, value, self._lines)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, place))
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, str(n))) for n, item in enumerate(node.value)]
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"', "|", ">")
        return None if node.value in _NOTHING and not quoted else node.value

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            name = str(key.value)
            here = (*place, name)
            line = key.start_mark.line + 1
            if here in self._lines:
                reason = f"这个键在第 {self._lines[here]} 行已有 (duplicate key)"
                self.faults.append(
                    Fault(file=self._file, where=f"line {line}, {'.'.join(here)}", reason=reason)
                )
                continue
            self._lines[here] = line
            yield name, self._value(value, here)
