"""读标注条目: texts with the category that a person gave them; the keywords are judged by them."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from domain.terms import Category
from reading.complaints import complaint
from reading.errors import Fault, Unreadable

_SIX = {
    "占": Category.OCCUPATION,
    "采": Category.EXTRACTION,
    "堆": Category.DUMPING,
    "建": Category.BUILDING,
    "污": Category.SEWAGE,
    "漂": Category.FLOATING_DEBRIS,
}
_NONE_OF_THE_SIX = frozenset((None, *(of for of in Category if of not in _SIX.values())))
_MEANT: dict[str, frozenset[Category | None]] = {
    **{label: frozenset({of}) for label, of in _SIX.items()},
    **{of.value: frozenset({of}) for of in Category},
    "其他": _NONE_OF_THE_SIX,
    Category.OTHER: _NONE_OF_THE_SIX,
}


class _Line(BaseModel):
    """一行 of a file; a ledger has more columns than these."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(min_length=1)
    category_guess: str
    second_category_guess: str | None = None


class Entry(_Line):
    """标注条目: a text, and one or two labels: 占 采 堆 建 污 漂 其他, or the name of a category."""

    line: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the person gave, the likelier first."""
        return tuple(label for label in (self.category_guess, self.second_category_guess) if label)

    def agrees_with(self, category: Category | None) -> bool:
        """Tell whether either label means the category; 其他 means none, and any outside the six."""
        return any(self.means(label, category) for label in self.labels)

    @staticmethod
    def means(label: str, category: Category | None) -> bool:
        """Tell whether one label means the category."""
        return category in _MEANT[label]


def read_entries(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a JSONL file; raise Unreadable with every line that is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        reason = f"无法读取: {error.strerror}"
        raise Unreadable([Fault(file=path.name, where="the file", reason=reason)]) from None
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise Unreadable([Fault(file=path.name, where=where, reason="不是 UTF-8 (not UTF-8)")]) from None
    read = [_entry(path.name, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    entries = tuple(one for one in read if isinstance(one, Entry))
    faults = [fault for one in read if not isinstance(one, Entry) for fault in one]
    if not (entries or faults):
        faults = [Fault(file=path.name, where="the file", reason="没有任何条目 (no entry)")]
    if faults:
        raise Unreadable(faults)
    return entries


def _entry(file: str, number: int, line: str) -> Entry | list[Fault]:
    where = f"line {number}"
    try:
        entry = _Line.model_validate_json(line)
    except ValidationError as error:
        return [Fault(file=file, where=where, reason=_reason(problem)) for problem in error.errors()]
    entry = Entry(line=number, **entry.model_dump())
    return list(_unknown(file, where, entry)) or entry


def _reason(problem: ErrorDetails) -> str:
    if not problem["loc"]:
        return f"不是一个 JSON 对象 (not a JSON object): {problem['msg']}"
    said = complaint(problem)
    return f"{said.zh} ({said.en})"


def _unknown(file: str, where: str, entry: Entry) -> Iterator[Fault]:
    if not entry.labels:
        yield Fault(file=file, where=where, reason="缺少类别 (no label)")
    for label in entry.labels:
        if label not in _MEANT:
            known = " ".join((*_SIX, "其他"))
            yield Fault(file=file, where=where, reason=f"没有类别 {label},可用 {known} (no such label)")
