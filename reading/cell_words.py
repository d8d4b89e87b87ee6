"""一格的内容: what one cell of a ledger says, as text, a day, a number or one of a few words."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from domain.model import FIRST_YEAR, LAST_YEAR_OF_DAYS, Label
from domain.terms import LABELS, Category, Severity, Source
from reading.grid import LONGEST_CELL, Value

Term = TypeVar("Term", bound=StrEnum)

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, which a terminal obeys, and halves of characters, which nothing can store."""
_NOTHING = frozenset({"", "/", "\\", "-", "--", "—", "——", "无", "暂无", "n/a", "null", "none"})
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]?\d{1,2}[:时].*)?")
_DAY_IN_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = range(25_000, 80_000)
"""How Excel counts the days of 1968 to 2119 where a cell is not formatted as a day."""


class Misread(Exception):
    """A cell that does not say what it should; carries the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Label(zh, en)


def text(value: Value) -> str:
    """Return the text of a cell, empty if it says nothing; its lines end as on Unix."""
    match value:
        case None:
            return ""
        case bool():
            raise Misread(f"应为文字,不是 {value}", f"text is wanted, not {value}")
        case datetime() | date():
            return f"{value:%Y-%m-%d}"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case str():
            return _clean(value)
        case _:
            raise Misread(f"应为文字,不是时间 {value}", f"text is wanted, not the time {value}")


def _clean(value: str) -> str:
    if len(value) > LONGEST_CELL:
        raise Misread(
            f"{len(value)} 字,最多 {LONGEST_CELL} 字", f"{len(value)} characters, at most {LONGEST_CELL}"
        )
    if unseen := _UNSEEN.search(value):
        code = f"U+{ord(unseen.group()):04X}"
        raise Misread(f"含有控制字符 {code},请删去", f"it has the control character {code}: delete it")
    plain = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return "" if plain.lower() in _NOTHING else plain


def word(value: Value) -> str:
    """Return the text of a cell that holds a name or a code: full-width letters and blanks do not count."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text(value)))


def number_of_row(value: Value) -> str:
    """编号: `007`, `7` and 7.0 are one number: Excel turns the first into the last."""
    plain = word(value)
    digits = re.fullmatch(r"0*(\d+)(?:\.0+)?", plain)
    return digits.group(1) if digits else plain


def day(value: Value) -> date | None:
    """Return the day that a cell names; its time of day does not count."""
    if isinstance(value, datetime):
        return _of_ours(value.year, value.month, value.day)
    if isinstance(value, date):
        return _of_ours(value.year, value.month, value.day)
    plain = unicodedata.normalize("NFKC", text(value))
    if not plain:
        return None
    said = _DAY.fullmatch(re.sub(r"\s+", " ", plain)) or _DAY_IN_DIGITS.fullmatch(plain)
    if said is None:
        said = _DAY.fullmatch(re.sub(r"\s", "", plain))
    if said is None:
        raise _no_day(plain)
    return _of_ours(*(int(part) for part in said.groups()))


def _of_ours(year: int, month: int, of_month: int) -> date:
    try:
        said = date(year, month, of_month)
    except ValueError:
        raise Misread(
            f"没有 {year} 年 {month} 月 {of_month} 日这一天", f"there is no day {year}-{month}-{of_month}"
        ) from None
    if not FIRST_YEAR <= year <= LAST_YEAR_OF_DAYS:
        raise Misread(f"年份 {year} 不合理", f"{year} is no year of this service")
    return said


def _no_day(plain: str) -> Misread:
    if re.fullmatch(r"\d{5}(\.\d+)?", plain) and int(plain[:5]) in _SERIAL:
        return Misread(
            f"{plain[:5]} 像是日期的序列数,请把单元格格式设为日期", f"{plain[:5]}: format the cell as a day"
        )
    return Misread(
        f"「{shown(plain)}」不是日期,应如 2026-03-01、2026年3月1日或 20260301",
        f"{shown(plain)!r} is no day: write 2026-03-01",
    )


def number(value: Value) -> float | None:
    """Return the number in a cell, also where it is written as text."""
    plain = word(value).rstrip("°度EeNn")
    if not plain:
        return None
    try:
        said = float(plain)
    except ValueError:
        said = math.nan
    if not math.isfinite(said):
        raise Misread(f"「{shown(plain)}」不是数", f"{shown(plain)!r} is no number")
    return said


def term(value: Value, of: type[Term], also: Mapping[str, Term]) -> Term | None:
    """Return the term that a cell names: in Chinese, in English, by its code or by another usual word."""
    plain = word(value)
    if not plain:
        return None
    known: dict[str, Term] = {**also}
    for one in of:
        label = LABELS[one]
        known |= {label.zh: one, word(label.en): one, one.lower(): one}
    if found := known.get(plain.lower()) or known.get(plain.removesuffix("问题")):
        return found
    names = "、".join(LABELS[one].zh for one in of)
    raise Misread(f"「{shown(plain)}」无效,可用:{names}", f"{shown(plain)!r} is none of {', '.join(of)}")


CATEGORIES: Mapping[str, Category] = {
    "侵占": Category.OCCUPATION,
    "侵占河道": Category.OCCUPATION,
    "采砂": Category.EXTRACTION,
    "非法采砂": Category.EXTRACTION,
    "倾倒": Category.DUMPING,
    "乱倒": Category.DUMPING,
    "违建": Category.BUILDING,
    "违法建设": Category.BUILDING,
    "排污": Category.SEWAGE,
    "水面漂浮物": Category.FLOATING_DEBRIS,
    "水质异常": Category.ABNORMAL_WATER,
}
SEVERITIES: Mapping[str, Severity] = {"较重": Severity.SERIOUS, "特别重大": Severity.MAJOR}
SOURCES: Mapping[str, Source] = {
    "巡河": Source.PATROL,
    "巡查": Source.PATROL,
    "河长巡河": Source.PATROL,
    "举报": Source.PUBLIC,
    "群众举报": Source.PUBLIC,
    "热线": Source.HOTLINE,
    "12345": Source.HOTLINE,
    "12314": Source.HOTLINE,
    "监控": Source.CAMERA,
    "卫星": Source.SATELLITE,
    "遥感": Source.SATELLITE,
    "卫星遥感": Source.SATELLITE,
    "督查": Source.INSPECTION,
    "暗访": Source.INSPECTION,
    "暗访督查": Source.INSPECTION,
    "执法监管": Source.INSPECTION,
    "交办": Source.ORDER,
    "移交": Source.TRANSFER,
    "媒体": Source.MEDIA,
}

_LONGEST_SHOWN = 30


def shown(said: str) -> str:
    """Return as much of what a cell says as a sentence about it can bear."""
    return said if len(said) <= _LONGEST_SHOWN else said[:_LONGEST_SHOWN] + "…"
