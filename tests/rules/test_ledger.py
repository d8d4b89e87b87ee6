import csv
import io
import re
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from domain.report import Report
from domain.terms import Category, Origin, Severity, Source
from reading import grid
from reading.columns import Column
from reading.grid import LONGEST_CELL, NoLedger
from reading.ledger import Accepted, Closed, Ledger, Refused, ledger_name, read_ledger
from reading.registry import Registry, read_registry

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"
TODAY = date(2026, 11, 24)
ROW: dict[str, Any] = {
    "编号": "7",
    "河湖名称": "蟠龙河",
    "县(市、区)": "乐至县",
    "乡镇": "蟠龙镇",
    "问题类别": "乱建",
    "问题描述": "桥下搭了两间房。",
    "严重程度": "较严重",
    "发现时间": "2026-03-01",
    "整改时限": "2026-12-20",
}
EXCEL_DAY = datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001 - a workbook knows no time zones
HOSTILE = ("=HYPERLINK(1)", "<script>alert(1)</script>", "'; DROP TABLE reports; --", "{{7*7}}", "@SUM(A1)")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(ZIYANG)


def as_csv(file: Path, *rows: dict[str, Any], encoding: str = "utf-8-sig") -> Path:
    text = io.StringIO(newline="")
    sheet = csv.writer(text)
    titles = list(dict.fromkeys(title for row in rows for title in row))
    sheet.writerow(titles)
    for row in rows:
        sheet.writerow([row.get(title, "") for title in titles])
    file.write_bytes(text.getvalue().encode(encoding, "surrogatepass"))
    return file


def as_xlsx(file: Path, *rows: dict[str, Any]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    titles = list(dict.fromkeys(title for row in rows for title in row))
    sheet.append(["2026年存量问题台账"])
    sheet.append(titles)
    for row in rows:
        sheet.append([row.get(title) for title in titles])
    book.save(file)
    return file


def reports(ledger: Ledger) -> list[Report]:
    return [row.report for row in ledger.rows if isinstance(row, Accepted)]


def slips(ledger: Ledger) -> dict[str, str]:
    rows = [row for row in ledger.rows if isinstance(row, Refused)]
    return {slip.where: slip.reason.zh for row in rows for slip in row.slips}


def only_report(folder: Path, registry: Registry, **changes: Any) -> Report:
    ledger = read_ledger(as_csv(folder / "存量.csv", ROW | changes), registry, TODAY)
    assert not slips(ledger)
    (report,) = reports(ledger)
    return report


def test_a_row_is_the_report_of_a_stock_issue_with_its_own_plan(tmp_path: Path, registry: Registry) -> None:
    report = only_report(tmp_path, registry)

    assert (report.origin, report.plan_on) == (Origin.STOCK, date(2026, 12, 20))
    assert (report.category, report.severity) == (Category.BUILDING, Severity.SERIOUS)
    assert (report.reach, report.division) == ("R03-01", "512022113000")
    assert report.source is Source.ORDER
    assert report.seen_at is not None
    assert report.seen_at.isoformat() == "2026-02-28T16:00:00+00:00"


def test_what_a_report_has_no_field_for_is_kept_in_its_text(tmp_path: Path, registry: Registry) -> None:
    more = {"位置": "桥下", "经度": "105.1", "纬度": "30.2", "整改措施": "拆除", "备注": "有照片"}

    text = only_report(tmp_path, registry, **more).text

    assert text.splitlines() == [
        "桥下搭了两间房。",
        "坐标:105.1,30.2",
        "位置:桥下",
        "整改措施:拆除",
        "备注:有照片",
        "编号:7",
    ]


def test_who_is_named_in_a_ledger_is_in_nothing_that_is_read(tmp_path: Path, registry: Registry) -> None:
    persons = dict.fromkeys(("责任人", "联系电话", "举报人", "验收人", "责任河长"), "举报人甲乙丙")
    file = as_csv(tmp_path / "a.csv", ROW | persons, ROW | persons | {"编号": "8", "严重程度": "不明"})

    ledger = read_ledger(file, registry, TODAY)

    assert "甲乙丙" not in repr(ledger)
    assert set(ledger.persons) == set(persons)
    assert ledger.unknown == ()


def test_a_column_that_nobody_knows_is_named_and_not_read(tmp_path: Path, registry: Registry) -> None:
    ledger = read_ledger(as_csv(tmp_path / "a.csv", ROW | {"天气": "晴天霹雳"}), registry, TODAY)

    assert ledger.unknown == ("天气",)
    assert "晴天霹雳" not in repr(ledger.rows)


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 (BOM)"), ("gb18030", "GB18030")]
)
def test_a_file_says_in_which_encoding_it_was_written(
    tmp_path: Path, registry: Registry, encoding: str, said: str
) -> None:
    ledger = read_ledger(as_csv(tmp_path / "a.csv", ROW, encoding=encoding), registry, TODAY)

    assert ledger.written == said
    assert reports(ledger)[0].text.startswith("桥下搭了两间房。")


def test_the_same_row_is_the_same_report_in_a_workbook_and_in_another_order(
    tmp_path: Path, registry: Registry
) -> None:
    rows = [ROW | {"编号": f"{number:03d}", "位置": f"{number} 号桥"} for number in range(1, 5)]
    excel = [
        row | {"编号": int(row["编号"]), "发现时间": EXCEL_DAY, "整改时限": date(2026, 12, 20)}
        for row in reversed(rows)
    ]

    sent = reports(read_ledger(as_csv(tmp_path / "乐至.csv", *rows), registry, TODAY))
    again = reports(read_ledger(as_xlsx(tmp_path / "乐至.xlsx", *excel), registry, TODAY))

    assert len({report.id for report in sent}) == 4
    assert sorted(sent, key=lambda one: one.id) == sorted(again, key=lambda one: one.id)


def test_a_row_without_a_number_is_known_by_its_content(tmp_path: Path, registry: Registry) -> None:
    first, other = (
        only_report(tmp_path, registry, 编号=""),
        only_report(tmp_path, registry, 编号="", 位置="桥上"),
    )

    assert first.id == only_report(tmp_path, registry, 编号="无").id
    assert first.id != other.id


def test_the_same_number_in_another_ledger_is_another_report(tmp_path: Path, registry: Registry) -> None:
    file = as_csv(tmp_path / "a.csv", ROW)

    ids = {
        reports(read_ledger(file, registry, TODAY, name=name))[0].id
        for name in (None, "a", "乐至县", "安岳县")
    }

    assert len(ids) == 3


@pytest.mark.parametrize(
    "name", ["乐至.csv", "乐至.xlsx", "乐至(1).csv", "乐至 (2).xlsx", "乐至 - 副本.csv", "乐至.rejected.csv"]
)
def test_a_copy_of_a_file_is_the_same_ledger(name: str) -> None:
    assert ledger_name(Path(name)) == "乐至"


def test_a_number_that_comes_twice_is_refused_the_second_time(tmp_path: Path, registry: Registry) -> None:
    ledger = read_ledger(as_csv(tmp_path / "a.csv", ROW, ROW | {"编号": "007"}), registry, TODAY)

    assert len(reports(ledger)) == 1
    assert "与 第 2 行 的编号相同" in slips(ledger)["第 3 行「编号」"]


def test_a_row_that_was_closed_is_counted_and_not_opened(tmp_path: Path, registry: Registry) -> None:
    ledger = read_ledger(
        as_csv(tmp_path / "a.csv", ROW | {"销号日期": "2026.8.1", "严重程度": ""}), registry, TODAY
    )

    assert ledger.rows == (Closed(2),)


@pytest.mark.parametrize(
    "said",
    [
        "2026-3-1",
        "2026/03/01",
        "2026.3.1",
        "2026年3月1日",
        "2026 年 3 月 1 日",
        "20260301",
        "2026-03-01 08:30:00",
        "２０２６－０３－０１",
        date(2026, 3, 1),
        EXCEL_DAY,
        20260301,
    ],
)
def test_a_day_is_read_however_offices_write_it(tmp_path: Path, registry: Registry, said: Any) -> None:
    ledger = read_ledger(as_xlsx(tmp_path / "a.xlsx", ROW | {"发现时间": said}), registry, TODAY)

    (report,) = reports(ledger)
    assert report.seen_at == datetime.fromisoformat("2026-03-01T00:00:00+08:00")


@pytest.mark.parametrize(
    ("changes", "column", "said"),
    [
        ({"严重程度": "严重"}, "严重程度", "可用:一般、较严重、重大"),
        ({"问题类别": "乱来"}, "问题类别", "乱占、乱采、乱堆、乱建"),
        ({"问题描述": "无"}, "问题描述", "不能为空"),
        ({"问题描述": "x" * 10_000_000}, "问题描述", "10000000 字,最多 2000 字"),
        ({"问题描述": "a\x00b"}, "问题描述", "控制字符 U+0000"),
        ({"问题描述": "a\x1b[31mb"}, "问题描述", "控制字符 U+001B"),
        ({"备注": "a\x9bb"}, "备注", "控制字符 U+009B"),
        ({"备注": "甲" * 1995}, "问题描述", "超过 2000 字"),
        ({"整改时限": ""}, "整改时限", "不能为空"),
        ({"整改时限": "明年"}, "整改时限", "不是日期,应如 2026-03-01"),
        ({"整改时限": "2026-02-30"}, "整改时限", "没有 2026 年 2 月 30 日"),
        ({"整改时限": "46376"}, "整改时限", "请把单元格格式设为日期"),
        ({"整改时限": "9999-12-31"}, "整改时限", "年份 9999 不合理"),
        ({"整改时限": "2026-02-01"}, "整改时限", "早于发现时间 2026-03-01"),
        ({"发现时间": "2026-11-25"}, "发现时间", "晚于今天 2026-11-24"),
        ({"销号日期": "已销号"}, "销号日期", "不是日期"),
        ({"经度": "30.2", "纬度": "105.1"}, "经度", "是否填反"),
        ({"经度": "nan"}, "经度", "不是数"),
        ({"是否存量": "增量"}, "是否存量", "请作为线索报送"),
        ({"发现渠道": "梦见"}, "发现渠道", "可用:日常巡河"),
        ({"河湖名称": "蟠尨河"}, "河湖名称", "相近的有:蟠龙河"),
        ({"河湖名称": "", "河段": ""}, "河段", "缺少河段或河湖名称"),
        ({"河段": "R01-01"}, "河段", "不在「蟠龙河」上"),
        ({"河段": "R99-01"}, "河段", "名录中没有河段「R99-01」"),
        ({"乡镇": "龙台镇"}, "乡镇", "不在「乐至县」"),
        ({"县(市、区)": "", "乡镇": "龙台镇"}, "乡镇", "没有这个河段"),
        ({"河湖名称": "沱江", "河段": "", "县(市、区)": "", "乡镇": ""}, "河段", "有几个河段都符合"),
        ({"行政区划代码": "5.12022E+11"}, "行政区划代码", "名录中没有行政区划代码"),
    ],
)
def test_what_is_wrong_with_a_cell_is_said_with_its_place(
    tmp_path: Path, registry: Registry, changes: dict[str, str], column: str, said: str
) -> None:
    good = ROW | {"编号": "99"}

    ledger = read_ledger(
        as_csv(tmp_path / "a.csv", good | dict.fromkeys(changes, ""), ROW | changes, good | {"编号": "100"}),
        registry,
        TODAY,
    )

    told = [(where, why) for where, why in slips(ledger).items() if where == f"第 3 行「{column}」"]
    assert told, slips(ledger)
    assert said in told[0][1]
    assert isinstance(ledger.rows[1], Refused)
    assert isinstance(ledger.rows[2], Accepted)


def test_all_that_is_wrong_with_a_row_is_told_at_once(tmp_path: Path, registry: Registry) -> None:
    bad = {"严重程度": "?", "问题类别": "?", "河湖名称": "?", "整改时限": "?", "问题描述": "", "经度": "x"}

    ledger = read_ledger(as_xlsx(tmp_path / "a.xlsx", ROW | bad), registry, TODAY)

    assert set(slips(ledger)) == {"B3", "E3", "F3", "G3", "I3", "J3"}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_formula_a_page_or_a_query_is_text_and_nothing_else(
    tmp_path: Path, registry: Registry, kind: str, hostile: str
) -> None:
    row = ROW | {"备注": f" {hostile}", "位置": hostile, "问题描述": f"见 {hostile}"}
    file = as_csv(tmp_path / "a.csv", row) if kind == "csv" else as_xlsx(tmp_path / "a.xlsx", row)

    (report,) = reports(read_ledger(file, registry, TODAY))

    assert f"见 {hostile}" in report.text
    assert f"备注:{hostile}" in report.text
    # A workbook holds a formula's result and not its text; this one was never computed.
    assert (f"位置:{hostile}" in report.text) is (kind == "csv" or not hostile.startswith("="))


@pytest.mark.parametrize("column", [column for column in Column if column.value in ROW])
@pytest.mark.parametrize("value", [True, 3.5, time(8, 30), -1, 10**30, "#REF!"])
def test_a_value_of_the_wrong_kind_stops_no_other_row(
    tmp_path: Path, registry: Registry, column: Column, value: Any
) -> None:
    file = as_xlsx(tmp_path / "a.xlsx", ROW | {column.value: value}, ROW | {"编号": "8"})

    ledger = read_ledger(file, registry, TODAY)

    assert len(ledger.rows) == 2
    assert isinstance(ledger.rows[1], Accepted)


def test_blank_rows_are_skipped_but_counted(tmp_path: Path, registry: Registry) -> None:
    blank: dict[str, Any] = {}

    ledger = read_ledger(
        as_xlsx(tmp_path / "a.xlsx", ROW, blank, {"备注": "  "}, ROW | {"编号": 8}), registry, TODAY
    )

    assert [row.line for row in ledger.rows] == [3, 6]


def test_a_row_under_a_merged_cell_says_that_it_must_be_filled(tmp_path: Path, registry: Registry) -> None:
    file = as_xlsx(tmp_path / "a.xlsx", ROW, ROW | {"编号": 8, "严重程度": None})

    assert "合并的单元格" in slips(read_ledger(file, registry, TODAY))["G4"]


def test_the_first_visible_sheet_is_read_or_the_one_that_is_named(tmp_path: Path, registry: Registry) -> None:
    book = Workbook()
    hidden, seen, more = book.active, book.create_sheet("存量"), book.create_sheet("另表")
    assert hidden is not None
    hidden.sheet_state = "hidden"
    for sheet, number in ((hidden, 1), (seen, 2), (more, 3)):
        sheet.append(list(ROW))
        sheet.append([*(ROW | {"编号": number}).values()])
    book.save(tmp_path / "a.xlsx")

    first = read_ledger(tmp_path / "a.xlsx", registry, TODAY)
    named = read_ledger(tmp_path / "a.xlsx", registry, TODAY, sheet="另表")

    assert (first.sheet, named.sheet) == ("存量", "另表")
    assert reports(first)[0].text.endswith("编号:2")
    with pytest.raises(NoLedger, match="没有工作表「无此表」"):
        read_ledger(tmp_path / "a.xlsx", registry, TODAY, sheet="无此表")


def zipped(file: Path, *rows: dict[str, Any], **changes: bytes) -> Path:
    """Write a workbook some of whose parts hold something else."""
    as_xlsx(file, *(rows or [ROW]))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    named = {"sheet": "xl/worksheets/sheet1.xml", "book": "xl/workbook.xml", "extra": "xl/media/extra.bin"}
    parts |= {named[part]: content for part, content in changes.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'


def test_a_file_that_is_no_ledger_is_refused_with_a_reason(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "a.xlsx"

    def reason(content: bytes | None = None) -> str:
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(NoLedger) as refused:
            read_ledger(file, registry, TODAY)
        return refused.value.reason.zh

    assert "旧版 .xls" in reason(b"\xd0\xcf\x11\xe0" + b"\0" * 100)
    assert "已损坏" in reason(b"PK\x03\x04" + b"\0" * 100)
    assert "没有找到表头" in reason(b"")
    assert "没有找到表头" in reason("\n".join(["一,二,三"] * 20).encode())
    assert "既不是 UTF-8 也不是 GB18030" in reason(b"\xff\xff\xff\xff")
    assert "引号不成对" in reason(",".join(ROW).encode() + '\n1,"没有关上\n2,3\n'.encode())
    assert "缺少列:整改时限" in reason(",".join(title for title in ROW if title != "整改时限").encode())
    assert "都是「严重程度」" in reason((",".join(ROW) + ",问题等级").encode())
    zipped(file, sheet=ENTITIES)
    assert "已损坏" in reason()
    zipped(file, sheet=b"<worksheet><sheetData><row r='x'>")
    assert "已损坏" in reason()
    zipped(file, book=b"<x/>")
    assert "已损坏" in reason()
    zipped(file, extra=b"\0" * 501 * 2**20)
    assert "展开后有 501 MB" in reason()
    file.write_bytes(b"")
    with file.open("r+b") as sparse:
        sparse.truncate(grid.LARGEST_FILE + 1)
    assert "最多 50 MB" in reason()


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_whole(tmp_path: Path, registry: Registry) -> None:
    file = as_xlsx(tmp_path / "a.xlsx", ROW, ROW | {"编号": 8})
    with zipfile.ZipFile(file) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    small = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', sheet)
    assert small != sheet

    ledger = read_ledger(zipped(file, ROW, ROW | {"编号": 8}, sheet=small), registry, TODAY)

    assert len(reports(ledger)) == 2


def test_a_hundred_thousand_rows_are_refused_at_once(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "a.csv"
    row = ",".join(str(value) for value in ROW.values())
    file.write_text("\n".join([",".join(ROW), *[row] * 100_000]), encoding="utf-8")

    with pytest.raises(NoLedger, match="超过 20000 行,请按县或按年分成几个文件"):
        read_ledger(file, registry, TODAY)


def test_a_sheet_with_its_last_row_far_away_is_refused(tmp_path: Path, registry: Registry) -> None:
    rows = b"<row r='1'><c r='A1' t='inlineStr'><is><t>x</t></is></c></row><row r='999999999'/>"
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = b"<worksheet xmlns='" + space + b"'><sheetData>" + rows + b"</sheetData></worksheet>"
    file = zipped(tmp_path / "a.xlsx", sheet=sheet)

    with pytest.raises(NoLedger):
        read_ledger(file, registry, TODAY)


CELLS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *HOSTILE,
            "一般",
            "重大",
            "乱占",
            "蟠龙河",
            "R03-01",
            "乐至县",
            "2026-12-20",
            "存量",
            "1",
            "",
            "\ud800",
        ]
    ),
)
TITLES = st.permutations([column.value for column in Column])


@settings(max_examples=150, deadline=None, database=None)
@given(TITLES, st.lists(st.lists(CELLS, max_size=25), max_size=6), st.sampled_from(["utf-8", "gb18030"]))
def test_every_row_of_any_table_is_accepted_closed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, titles: list[str], rows: list[list[str]], encoding: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "random.csv"
    text = io.StringIO(newline="")
    csv.writer(text).writerows([titles, *rows])
    file.write_bytes(text.getvalue().encode(encoding, "replace"))

    ledger = read_ledger(file, read_registry_once(), TODAY)

    written = list(
        csv.reader(
            io.StringIO(
                file.read_bytes().decode("utf-8" if encoding == "utf-8" else ledger_encoding(ledger)),
                newline=None,
            )
        )
    )
    assert len(ledger.rows) == sum(any(cell.strip() for cell in row) for row in written[1:])
    for row in ledger.rows:
        if isinstance(row, Refused):
            assert row.slips
            assert all(slip.where and slip.reason.zh and slip.reason.en for slip in row.slips)
        if isinstance(row, Accepted):
            assert len(row.report.text) <= LONGEST_CELL
            row.report.model_dump_json().encode()


def ledger_encoding(ledger: Ledger) -> str:
    return ledger.written.split(" ")[0].lower()


_ONCE: list[Registry] = []


def read_registry_once() -> Registry:
    if not _ONCE:
        _ONCE.append(read_registry(ZIYANG))
    return _ONCE[0]
