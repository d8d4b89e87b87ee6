"""名册的自洽: what the dated tables of a roster must agree on, row against row and with the registry."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from domain.posts import Post, kind_of, post_level
from domain.roster import Capacity
from domain.succession import Succession, successors
from reading.errors import Fault
from reading.registry import Registry
from reading.roster_rows import AbsenceRow, ChannelRow, SuccessionRow, TenureRow
from reading.roster_tables import DatedTable, Line

Dated = TypeVar("Dated", TenureRow, AbsenceRow)
Row = TypeVar("Row", bound=BaseModel)

_POST: TypeAdapter[Post] = TypeAdapter(Post)
_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Sheets(NamedTuple):
    """四张表, each as it was read; any of them may be missing from a folder."""

    tenures: DatedTable[TenureRow]
    absences: DatedTable[AbsenceRow]
    succession: DatedTable[SuccessionRow]
    channels: DatedTable[ChannelRow]

    @classmethod
    def read(cls, folder: Path) -> "Sheets":
        return cls(
            DatedTable(folder, "tenures.csv", TenureRow),
            DatedTable(folder, "absences.csv", AbsenceRow),
            DatedTable(folder, "succession.csv", SuccessionRow),
            DatedTable(folder, "people/channels.csv", ChannelRow),
        )


def contradictions(sheets: Sheets, registry: Registry | None) -> Iterator[Fault]:
    """Yield a fault for every row that its own cells, another row or the registry contradicts."""
    yield from _spans(sheets.tenures)
    yield from _spans(sheets.absences)
    yield from _overlaps(sheets.tenures, lambda row: (row.post, row.capacity), "同一岗位同一身份的任职")
    yield from _overlaps(sheets.absences, lambda row: row.person, "同一人的不在岗")
    yield from _repeated(sheets.succession, "kind", lambda row: (row.kind, row.level))
    yield from _repeated(sheets.channels, "address", lambda row: (row.person, row.kind, row.address))
    yield from _misshaped(sheets.channels)
    if registry is not None:  # else every post and every person would be unknown
        yield from _posts(sheets, registry)
        yield from _people(sheets, registry)
        yield from _successors(sheets.succession, registry)


def _spans(table: DatedTable[Dated]) -> Iterator[Fault]:
    for number, row in table.lines:
        if _begin(row) >= _end(row):
            yield table.fault(number, "until", "须晚于起始,请核对两个日期 (it must come after `from`)")


def _overlaps(table: DatedTable[Dated], of: Callable[[Dated], Hashable], what: str) -> Iterator[Fault]:
    by_key: defaultdict[Hashable, list[Line[Dated]]] = defaultdict(list)
    for line in sorted(table.lines, key=lambda line: _begin(line.row)):
        by_key[of(line.row)].append(line)
    for lines in by_key.values():
        longest = lines[0]
        for line in lines[1:]:
            if _begin(line.row) < _end(longest.row):
                at = f"与第 {longest.number} 行重叠,请写明前一段的截止日期 (overlaps line {longest.number})"
                yield table.fault(line.number, "from", f"{what}{at}")
            longest = max(longest, line, key=lambda line: _end(line.row))


def _begin(row: TenureRow | AbsenceRow) -> datetime:
    return _EVER if row.from_at is None else row.from_at


def _end(row: TenureRow | AbsenceRow) -> datetime:
    return _NEVER if row.until_at is None else row.until_at


def _repeated(table: DatedTable[Row], column: str, of: Callable[[Row], Hashable]) -> Iterator[Fault]:
    first: dict[Hashable, int] = {}
    for number, row in table.lines:
        earlier = first.setdefault(of(row), number)
        if earlier != number:
            yield table.fault(
                number, column, f"与第 {earlier} 行重复,请删去一行 (the same as line {earlier})"
            )


def _misshaped(table: DatedTable[ChannelRow]) -> Iterator[Fault]:
    for number, row in table.lines:
        if not row.looks_right():
            yield table.fault(number, "address", f"不像 {row.kind} 的地址,请核对 (no address of its kind)")


def _posts(sheets: Sheets, registry: Registry) -> Iterator[Fault]:
    for number, row in sheets.tenures.lines:
        listed = registry.posts.get(row.post)
        standing = listed and {Capacity.HOLDER: listed.holder, Capacity.DEPUTY: listed.deputy}
        if not standing:
            reason = "posts.csv 中没有这个岗位,请先在那里设岗 (posts.csv has no such post)"
            yield sheets.tenures.fault(number, "post", reason)
        elif standing.get(row.capacity):
            reason = (
                f"posts.csv 已写 {standing[row.capacity]},请把那一格清空,只在此处写 (said in posts.csv too)"
            )
            yield sheets.tenures.fault(number, "capacity", reason)


def _people(sheets: Sheets, registry: Registry) -> Iterator[Fault]:
    held = {person for row in registry.posts.values() for person in (row.holder, row.deputy)}
    known = {
        *held,
        *(line.row.person for line in sheets.tenures.lines),
        *(line.row.person for line in sheets.channels.lines),
    }
    unknown = "名册中没有此人:既无任职也无联系渠道,请核对代码 (nobody has this code)"
    for number, row in sheets.absences.lines:
        if row.person not in known:
            yield sheets.absences.fault(number, "person", unknown)
        if row.cover and row.cover not in known:
            yield sheets.absences.fault(number, "cover", unknown)
        if row.cover == row.person:
            yield sheets.absences.fault(number, "cover", "不能由本人代班,请写他人 (nobody covers himself)")


def _successors(table: DatedTable[SuccessionRow], registry: Registry) -> Iterator[Fault]:
    for number, row in table.lines:
        rule = Succession(**dict(row))
        concerned = [p for p in registry.posts if (kind_of(p), post_level(p)) == (row.kind, row.level)]
        named = {successor for post in concerned for successor in successors([rule], post)}
        for successor in sorted(named):
            try:
                _POST.validate_python(successor)
            except ValidationError as error:
                said = error.errors()[0]["msg"].removeprefix("Value error, ")
                reason = f"不是岗位,请写如 government:{{division}} (no post: {said})"
                yield table.fault(number, "successors", reason)
                break
