"""规则书的一格一格: every value of an edition, with the place where it stands and the rule it comes from."""

import re
from collections.abc import Iterator
from datetime import time
from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel

from domain.limits import Limit
from domain.rulebook import RuleBook
from domain.terms import Level

TAG = re.compile(r"S\d{2,3}[a-z]?")
"""How a source of the register is called."""

_HEAD = {"edition", "title", "in_force_from", "calendar"}
"""What names an edition and is no rule."""


class Cell(NamedTuple):
    """一格: `rectify.DUMPING.GENERAL.limit`, what it says, and the nearest source beside or above it."""

    where: str
    says: str
    source: str | None


def cells(book: RuleBook) -> Iterator[Cell]:
    """Yield every value of an edition in the order of the book."""
    for name in type(book).model_fields:
        if name not in _HEAD:
            yield from _walk(getattr(book, name), name, None)


def _walk(value: Any, where: str, source: str | None) -> Iterator[Cell]:
    if isinstance(value, BaseModel) and not isinstance(value, Limit):
        source = getattr(value, "source", source)
        fields = type(value).model_fields
        parts = {name: getattr(value, name) for name in fields if name in value.model_fields_set}
    elif isinstance(value, dict):
        parts = {key.value if isinstance(key, Enum) else key: part for key, part in value.items()}
    else:
        yield Cell(where, _text(value), source)
        return
    for name, part in parts.items():
        if name != "source":
            yield from _walk(part, f"{where}.{name}", source)


def _text(value: Any) -> str:
    match value:
        case tuple():
            return ", ".join(map(_text, value)) or "-"
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case time():
            return f"{value:%H:%M}"
        case Level():
            return value.name
        case _:
            return str(value)
