"""游标: a place in a list, as an opaque text that fits only the question it was given for."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import TypeAdapter, ValidationError

from domain.model import Label
from intake.problems import Problem, wrong

T = TypeVar("T")

Cursor = Annotated[
    str | None, Query(max_length=400, description="上一页的 next; what the page before gave as next")
]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数; how many at a time")]

BROKEN = Label("游标无效,请从第一页重新查询", "this cursor is not valid here: begin with the first page")


def cursor_for(place: tuple[Any, ...], question: object) -> str:
    """Write a place down for a question; what the question is, is not in it."""
    text = json.dumps([_stands_for(question), *place], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str, question: object, kind: TypeAdapter[T]) -> T:
    """Read a place; raises Problem 400 for a text that is none, or that belongs to another question."""
    try:
        asked, *place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        read = kind.validate_python(place)
    except (ValidationError, ValueError, TypeError, RecursionError):
        raise _broken() from None
    if asked != _stands_for(question):
        raise _broken()
    return read


def _broken() -> Problem:
    return Problem(400, "bad-cursor", BROKEN, [wrong("query.cursor", BROKEN)])


def _stands_for(question: object) -> str:
    return sha256(repr(question).encode()).hexdigest()[:12]
