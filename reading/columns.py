"""台账的列: what a ledger's column is about, by the titles that offices give it."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from reading.grid import MOST_COLUMNS, Grid, Line, NoLedger


class Column(StrEnum):
    """列: each with the title that we write ourselves."""

    NUMBER = "编号"
    RIVER = "河湖名称"
    REACH = "河段"
    COUNTY = "县(市、区)"
    TOWNSHIP = "乡镇"
    VILLAGE = "村"
    DIVISION = "行政区划代码"
    PLACE = "位置"
    LONGITUDE = "经度"
    LATITUDE = "纬度"
    CATEGORY = "问题类别"
    DESCRIPTION = "问题描述"
    SEVERITY = "严重程度"
    SEEN_ON = "发现时间"
    SOURCE = "发现渠道"
    UNIT = "责任单位"
    MEASURE = "整改措施"
    PLAN_ON = "整改时限"
    DONE_ON = "实际完成日期"
    CLOSED_ON = "销号日期"
    STOCK = "是否存量"
    REMARK = "备注"


_TITLES: dict[Column, str] = {
    Column.NUMBER: "编号 台账编号 问题编号 序号 number no id issueid",
    Column.RIVER: "河湖名称 河流名称 河湖 河流 湖泊 水库 河道名称 水体名称 river riverorlake"
    " waterbody rivername",
    Column.REACH: "河段 河段名称 河段编码 河段代码 岸段 reach reachcode",
    Column.COUNTY: "县 区县 县区 县市区 县级 所属县 所在县 行政区划 行政区 county district",
    Column.TOWNSHIP: "乡镇 镇 乡 街道 乡镇街道 乡镇/街道 所在乡镇 township town",
    Column.VILLAGE: "村 村社区 村/社区 行政村 所在村 village",
    Column.DIVISION: "行政区划代码 行政区划编码 区划代码 division divisioncode adcd",
    Column.PLACE: "位置 地点 地点描述 位置/地点描述 位置描述 详细位置 具体位置 详细地址 地址 place location",
    Column.LONGITUDE: "经度 东经 longitude lon lng",
    Column.LATITUDE: "纬度 北纬 latitude lat",
    Column.CATEGORY: "问题类别 问题类型 类别 类型 四乱类型 四乱类别 category kind",
    Column.DESCRIPTION: "问题描述 问题 描述 问题概况 问题简述 存在问题 主要问题 问题内容 description text",
    Column.SEVERITY: "严重程度 问题等级 等级 问题程度 严重等级 severity grade",
    Column.SEEN_ON: "发现时间 发现日期 排查时间 排查日期 seenon foundon discovered discoveredon",
    Column.SOURCE: "发现渠道 来源 问题来源 发现方式 渠道 发现渠道/来源 source channel",
    Column.UNIT: "责任单位 整改责任单位 牵头单位 主责单位 整改单位 unit responsibleunit",
    Column.MEASURE: "整改措施 措施 整改方案 整改要求 measure measures rectificationmeasure",
    Column.PLAN_ON: "整改时限 完成期限 整改期限 计划完成时间 计划完成日期 完成时限 整改完成时限"
    " 整改时限/完成期限 limit deadline planon dueon",
    Column.DONE_ON: "实际完成日期 实际完成时间 完成日期 整改完成日期 completedon doneon",
    Column.CLOSED_ON: "销号日期 销号时间 closedon closingdate closed",
    Column.STOCK: "是否存量 存量/增量 存量增量 存量或增量 stock origin",
    Column.REMARK: "备注 说明 remark remarks note notes",
}
_BY_TITLE = {title: column for column, titles in _TITLES.items() for title in titles.split()}
REQUIRED = (Column.DESCRIPTION, Column.CATEGORY, Column.SEVERITY, Column.PLAN_ON)
_PERSONS = re.compile(
    r"责任人|负责人|联系|电话|手机|举报人|反映人|验收人|姓名|承办人|经办人|填报人|身份证|河长"
    r"|人$|person|phone|mobile|contact|reporter|acceptor|chief|name$"
)
_LOOKED_THROUGH = 10
"""Lines before the titles: the ledger's name, the office, the day."""
_AT_LEAST = 3
_RUNNING = "序号"
"""The number of a row where it has no other: it changes when rows are sorted anew."""


class Head(NamedTuple):
    """表头: where each column is, and the titles of what is not kept: persons, and what nobody knows."""

    line: int
    columns: dict[Column, int]
    titles: tuple[str, ...]
    persons: tuple[str, ...]
    unknown: tuple[str, ...]


def read_head(grid: Grid) -> Head:
    """Read on to the line of titles; raise NoLedger without one, or if a column is missing or doubled."""
    for _, line in zip(range(_LOOKED_THROUGH), grid.lines, strict=False):
        titles = tuple("" if value is None else str(value).strip() for value in line.values)
        if sum(_column(title) is not None for title in titles) >= _AT_LEAST:
            return _head(grid, line, titles)
    wanted = "、".join(REQUIRED)
    raise NoLedger(
        f"前 {_LOOKED_THROUGH} 行里没有找到表头;须有的列:{wanted},以及{Column.REACH}或{Column.RIVER}",
        f"no line of titles among the first {_LOOKED_THROUGH}; the columns must be {wanted}, and a place",
    )


def _head(grid: Grid, line: Line, titles: tuple[str, ...]) -> Head:
    if any(titles[MOST_COLUMNS:]):
        raise NoLedger(f"超过 {MOST_COLUMNS} 列", f"more than {MOST_COLUMNS} columns")
    columns: dict[Column, int] = {}
    others: list[str] = []
    for at, title in enumerate(titles):
        column = _column(title)
        if column is None or _gives_way(title, titles):
            others += [_shown(title)] if title else []
        elif column in columns:
            first, second = (grid.place(line.number, place, titles[place]) for place in (columns[column], at))
            raise NoLedger(f"{first} 与 {second} 都是「{column}」", f"{first} and {second} are both {column}")
        else:
            columns[column] = at
    missing = [column for column in REQUIRED if column not in columns]
    if not {Column.REACH, Column.RIVER} & columns.keys():
        missing.append(Column.REACH)
    if missing:
        names = "、".join(missing)
        raise NoLedger(
            f"{grid.place(line.number)} 的表头缺少列:{names}", f"these columns are missing: {names}"
        )
    persons = tuple(title for title in others if _PERSONS.search(_plain(title)))
    return Head(line.number, columns, titles, persons, _without(others, persons))


def _gives_way(title: str, titles: tuple[str, ...]) -> bool:
    numbers = {_plain(other) for other in titles if _column(other) is Column.NUMBER}
    return _plain(title) == _RUNNING and numbers != {_RUNNING}


def _without(titles: Iterable[str], some: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(title for title in titles if title not in some)


def _column(title: str) -> Column | None:
    return _BY_TITLE.get(_plain(title))


def _plain(title: str) -> str:
    """Return a title without what offices put around it: units and hints in brackets, asterisks, blanks."""
    title = unicodedata.normalize("NFKC", title[: 4 * _SHOWN]).lower()
    return re.sub(r"\([^()]*\)|[\s*_:]", "", title)


_SHOWN = 40


def _shown(title: str) -> str:
    return title if len(title) <= _SHOWN else title[:_SHOWN] + "…"
