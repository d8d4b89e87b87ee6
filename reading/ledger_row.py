"""台账的一行: one row of a ledger as the report of a stock issue, with every slip that it has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeVar

from pydantic import ValidationError

from domain import posts
from domain.model import Frozen, Label
from domain.posts import Division, Post
from domain.report import Report
from domain.terms import Category, Level, Origin, Severity, Source
from domain.workdays import at_local
from reading import cell_words
from reading.cell_words import CATEGORIES, SEVERITIES, SOURCES, Misread, term, text, word
from reading.columns import Column
from reading.complaints import complaint
from reading.grid import Value
from reading.ledger_place import Atlas, Misplaced
from reading.registry import Registry

Said = TypeVar("Said")

UNSAID_SOURCE = Source.ORDER
"""A ledger without a channel is a list that came from above; unlike a complaint it asks for no reply."""
_TOLD_BESIDE = (
    Column.PLACE,
    Column.VILLAGE,
    Column.UNIT,
    Column.MEASURE,
    Column.DONE_ON,
    Column.REMARK,
    Column.NUMBER,
)
"""What a report has no field for is kept in its text, each under its title."""
_FIELDS: Mapping[str, Column] = {"text": Column.DESCRIPTION, "finder": Column.SOURCE}
_STOCK_WORDS = {"存量": True, "是": True, "stock": True, "yes": True, "y": True, "true": True, "1": True}
_NEW_WORDS = {"增量", "新增", "否", "new", "no", "n", "false", "0"}
_EASTMOST, _WESTMOST, _NORTHMOST, _SOUTHMOST = 136.0, 73.0, 54.0, 3.0


class Slip(Frozen):
    """一处错误: the cell, and what is wrong and what would be right."""

    where: str
    reason: Label


@dataclass(frozen=True)
class Cells:
    """一行的格: the value of each column, and where it stands."""

    values: Mapping[Column, Value]
    place: Callable[[Column], str]
    is_sheet: bool


@dataclass
class Stock:
    """读出的一行: a report, still without an id of its own; or closed; or what is wrong with it."""

    report: Report | None = None
    is_closed: bool = False
    slips: list[Slip] = field(default_factory=list)


def read_row(cells: Cells, atlas: Atlas, registry: Registry, today: date) -> Stock:
    """Read one row; all that is wrong with it is told at once."""
    return _Reader(cells, atlas, registry, today).read()


class _Reader:
    def __init__(self, cells: Cells, atlas: Atlas, registry: Registry, today: date) -> None:
        self._cells, self._atlas, self._registry, self._today = cells, atlas, registry, today
        self._stock = Stock()

    def read(self) -> Stock:
        closed_on = self._past_day(Column.CLOSED_ON)
        if closed_on and not self._stock.slips:
            self._stock.is_closed = True
            return self._stock
        self._is_stock()
        place = self._place()
        source = self._take(Column.SOURCE, lambda value: term(value, Source, SOURCES)) or UNSAID_SOURCE
        category = self._needed(Column.CATEGORY, lambda value: term(value, Category, CATEGORIES))
        severity = self._needed(Column.SEVERITY, lambda value: term(value, Severity, SEVERITIES))
        seen_on = self._past_day(Column.SEEN_ON)
        plan_on = self._needed(Column.PLAN_ON, cell_words.day)
        if seen_on and plan_on and plan_on < seen_on:
            self._slip(
                Column.PLAN_ON,
                Label(f"{plan_on} 早于发现时间 {seen_on}", f"{plan_on} is before it was found on {seen_on}"),
            )
        words = self._words()
        if not self._stock.slips and place and category and severity and plan_on:
            self._make(place, words, source, category, severity, seen_on, plan_on)
        return self._stock

    def _make(
        self,
        place: tuple[str, Division],
        words: str,
        source: Source,
        category: Category,
        severity: Severity,
        seen_on: date | None,
        plan_on: date,
    ) -> None:
        reach, division = place
        try:
            self._stock.report = Report(
                id="stock",
                text=words,
                category=category,
                severity=severity,
                origin=Origin.STOCK,
                source=source,
                finder=self._finder(source, division, reach),
                reach=reach,
                division=division,
                seen_at=at_local(seen_on, time()) if seen_on else None,
                plan_on=plan_on,
            )
        except ValidationError as error:
            for problem in error.errors():
                column = _FIELDS.get(str(problem["loc"][0]) if problem["loc"] else "", Column.DESCRIPTION)
                self._slip(column, complaint(problem))

    def _finder(self, source: Source, division: Division, reach: str) -> Post | None:
        """发现岗位: a ledger names none, and a patrol's is its lowest chief, an inspection's the office."""
        match source:
            case Source.PATROL:
                chain = self._registry.chain(posts.at_level(division, Level.TOWNSHIP), reach)
                return chain[0] if chain else posts.chief(division, Level.COUNTY, reach)
            case Source.INSPECTION:
                from_above = {
                    "省": Level.PROVINCE,
                    "中央": Level.PROVINCE,
                    "国家": Level.PROVINCE,
                    "市": Level.CITY,
                }
                said = word(self._cells.values.get(Column.SOURCE))
                level = next((level for name, level in from_above.items() if name in said), Level.COUNTY)
                return posts.office(division, level)
            case _:
                return None

    def _words(self) -> str:
        description = self._needed(Column.DESCRIPTION, text) or ""
        told = [description]
        beside = {column: self._beside(column) for column in _TOLD_BESIDE}
        told += [f"{column}:{said}" for column, said in beside.items() if said]
        point = [self._degrees(column) for column in (Column.LONGITUDE, Column.LATITUDE)]
        if None not in point:
            told.insert(1, f"坐标:{point[0]},{point[1]}")
        return "\n".join(told)

    def _beside(self, column: Column) -> str | None:
        if column is Column.DONE_ON:
            done_on = self._past_day(column)
            return str(done_on) if done_on else None
        return self._take(column, cell_words.number_of_row if column is Column.NUMBER else text)

    def _degrees(self, column: Column) -> float | None:
        is_longitude = column is Column.LONGITUDE
        low, high = (_WESTMOST, _EASTMOST) if is_longitude else (_SOUTHMOST, _NORTHMOST)
        said = self._take(column, cell_words.number)
        if said is not None and not low <= said <= high:
            self._slip(
                column,
                Label(
                    f"{said:g} 不在 {low:g}—{high:g} 之间;经度与纬度是否填反,是否写成了度分秒?",
                    f"{said:g} is not within {low:g} to {high:g}: are they swapped, or not decimal degrees?",
                ),
            )
        return said

    def _is_stock(self) -> None:
        said = (self._take(Column.STOCK, word) or "").lower()
        if not said or said in _STOCK_WORDS:
            return
        if said in _NEW_WORDS:
            reason = Label(
                "增量问题不由台账立案,请作为线索报送", "what is new is not opened from a ledger: report it"
            )
        else:
            reason = Label("应为 是、否、存量 或 增量", "write stock or new")
        self._slip(Column.STOCK, reason)

    def _place(self) -> tuple[str, Division] | None:
        columns = (
            Column.RIVER,
            Column.REACH,
            Column.DIVISION,
            Column.COUNTY,
            Column.TOWNSHIP,
            Column.VILLAGE,
        )
        before = len(self._stock.slips)
        said = {column: self._take(column, word) or "" for column in columns}
        if len(self._stock.slips) > before:
            return None
        try:
            return self._atlas.locate(said)
        except Misplaced as misplaced:
            self._slip(misplaced.column, misplaced.reason)
            return None

    def _past_day(self, column: Column) -> date | None:
        said = self._take(column, cell_words.day)
        if said and said > self._today:
            self._slip(
                column, Label(f"{said} 晚于今天 {self._today}", f"{said} is after today, {self._today}")
            )
        return said

    def _needed(self, column: Column, read: Callable[[Value], Said | None]) -> Said | None:
        before = len(self._stock.slips)
        said = self._take(column, read)
        if not said and len(self._stock.slips) == before:
            merged = ";合并的单元格须拆开后逐行填写" if self._cells.is_sheet else ""
            self._slip(
                column, Label(f"「{column}」不能为空{merged}", f"{column.name.lower()} must not be empty")
            )
        return said

    def _take(self, column: Column, read: Callable[[Value], Said | None]) -> Said | None:
        try:
            return read(self._cells.values.get(column))
        except Misread as misread:
            self._slip(column, misread.reason)
            return None

    def _slip(self, column: Column, reason: Label) -> None:
        self._stock.slips.append(Slip(where=self._cells.place(column), reason=reason))
