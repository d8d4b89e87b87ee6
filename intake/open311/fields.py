"""表单: what a client posts: plain fields once, attributes once or several times, empty ones not at all."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from domain.model import Label
from intake.problems import Problem, wrong

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 200
_ATTRIBUTE = re.compile(r"attribute\[(?P<code>[^\[\]]{1,64})\](\[[0-9]{0,3}\])?")

NOT_A_FORM = Label(f"请以 {FORM} 提交", f"send it as {FORM}")
UNREADABLE = Label(
    "表单无法读取:须为 UTF-8,字段不超过 200 个", "the form is not UTF-8, or has more than 200 fields"
)
TWICE = Label("填了两个不同的值,请只填一个", "two different values were given: give one")


class Fields(NamedTuple):
    """字段 as they were filled in: each plain one's value, and all values of each attribute."""

    plain: Mapping[str, str]
    attributes: Mapping[str, tuple[str, ...]]

    def one_of(self, code: str) -> str | None:
        """Return the one value of an attribute that has at most one; Problem 400 for several."""
        values = self.attributes.get(code, ())
        if len(values) > 1:
            raise Problem(400, "twice", TWICE, [wrong(f"attribute[{code}]", TWICE)])
        return values[0] if values else None


def read_form(content_type: str, body: bytes) -> Fields:
    """Return the fields of a form; Problem 400 for what is none, and for a plain field with two values."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise Problem(400, "not-a-form", NOT_A_FORM)
    try:
        pairs = parse_qsl(body.decode(), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Problem(400, "unreadable", UNREADABLE) from None
    plain: dict[str, str] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        text = value.replace("\r\n", "\n").strip()
        if not text:
            continue
        if found := _ATTRIBUTE.fullmatch(name):
            code = found["code"]
            attributes[code] = tuple(dict.fromkeys((*attributes.get(code, ()), text)))
        elif plain.setdefault(name, text) != text:
            raise Problem(400, "twice", TWICE, [wrong(_shown(name), TWICE)])
    return Fields(plain, attributes)


def _shown(name: str) -> str:
    """A name that somebody made up is sent back short, and only as far as it can be printed."""
    return "".join(letter for letter in name if letter.isprintable())[:40]
