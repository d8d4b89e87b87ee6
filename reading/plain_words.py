"""平白的话: what pydantic found wrong with a document, said for the official who will mend it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reading.documents import Document, Place
from reading.errors import Fault

_NEEDED = {
    "source": "缺少依据 (a value without a source)",
    "in_force_from": "缺少施行日期 (an edition without a day)",
}
_SAID = {
    "extra_forbidden": "没有这个键 (unknown key)",
    "string_type": "须是文字 (text is wanted)",
    "string_too_short": "不能为空 (must not be empty)",
    "too_short": "不能为空 (must not be empty)",
    "int_parsing": "须是整数 (a whole number is wanted)",
    "int_type": "须是整数 (a whole number is wanted)",
    "int_from_float": "须是整数 (a whole number is wanted)",
    "float_parsing": "须是数字 (a number is wanted)",
    "float_type": "须是数字 (a number is wanted)",
    "bool_parsing": "须是 true 或 false (true or false is wanted)",
    "bool_type": "须是 true 或 false (true or false is wanted)",
    "date_type": "须是日期,如 2026-11-01 (a day is wanted)",
    "date_parsing": "须是日期,如 2026-11-01 (a day is wanted)",
    "date_from_datetime_parsing": "须是日期,如 2026-11-01 (a day is wanted)",
    "time_type": "须是时刻,如 17:30 (a time of day is wanted)",
    "time_parsing": "须是时刻,如 17:30 (a time of day is wanted)",
    "tuple_type": "须是列表 [a, b] (a list is wanted)",
    "dict_type": "须是下级各项 (a table is wanted)",
    "model_type": "须写成 {值, source: 依据} (write the value with its source)",
    "model_attributes_type": "须写成 {值, source: 依据} (write the value with its source)",
}
_BOUNDS = {
    "greater_than": ("须大于", "more than", "gt"),
    "greater_than_equal": ("不能小于", "not less than", "ge"),
    "less_than": ("须小于", "less than", "lt"),
    "less_than_equal": ("不能大于", "not more than", "le"),
}
_PATTERNS = {
    "source": "依据写作 chosen 或 S05 art. 52,可用 + 和 ; 连接 (write a source so)",
    "edition": "版次名用小写字母、数字、点和连字符 (lower-case letters, digits, dots, hyphens)",
}


def plain(document: Document, error: ValidationError) -> list[Fault]:
    """Return a fault for each place where the document is wrong, in the order of its lines."""
    told: dict[Place, str] = {}
    for problem in error.errors(include_url=False):
        place = _place(document, problem)
        told.setdefault(place, _reason(problem, place))
    faults = [(document.line(place), document.fault(place, reason)) for place, reason in told.items()]
    return [fault for _, fault in sorted(faults, key=lambda pair: pair[0])]


def _place(document: Document, problem: ErrorDetails) -> Place:
    """Keep of pydantic's path what is in the document: a union adds the name of the type that it tried."""
    place = tuple(_known(document.value, problem["loc"]))
    return (*place, str(problem["loc"][-1])) if problem["type"] == "missing" else place


def _known(value: Any, path: tuple[int | str, ...]) -> Iterator[str]:
    for part in path:
        parts = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(parts, dict):
            return
        key = part if part in parts else str(part)
        if key in parts:
            value = parts[key]
            yield str(part)


def _reason(problem: ErrorDetails, place: Place) -> str:
    kind, limits = problem["type"], problem.get("ctx", {})
    last = place[-1] if place else ""
    if problem["loc"] and problem["loc"][-1] == "[key]":
        return _SAID["extra_forbidden"]
    if kind == "missing":
        return _NEEDED.get(last, "缺少此项 (missing)")
    if kind == "value_error":
        return str(limits["error"])
    if kind in ("enum", "literal_error"):
        return f"只能是 (must be one of) {limits['expected']}"
    if kind in _BOUNDS:
        zh, en, bound = _BOUNDS[kind]
        return f"{zh} {limits[bound]} ({en} {limits[bound]})"
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(last, f"写法不合 (must look like) {limits['pattern']}")
    return _SAID.get(kind, problem["msg"])
