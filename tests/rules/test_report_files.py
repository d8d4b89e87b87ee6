import json
from pathlib import Path
from typing import Any

import pytest

from domain.report import Report
from reading.registry import Registry, read_registry
from reading.reports import LONGEST_LINE, Rejected, read_reports

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(ZIYANG)


def line(**changes: Any) -> bytes:
    report = {
        "id": "T-1",
        "text": "河边堆了建筑垃圾。",
        "category": "DUMPING",
        "severity": "GENERAL",
        "source": "PUBLIC",
        "reach": "R03-01",
        "division": "512022113000",
    }
    return json.dumps(report | changes, ensure_ascii=False).encode()


def read(folder: Path, registry: Registry, *lines: bytes) -> list[tuple[int, Report | Rejected]]:
    file = folder / "reports.jsonl"
    file.write_bytes(b"\n".join(lines))
    return list(read_reports(file, registry))


def refusal(folder: Path, registry: Registry, bad: bytes) -> Rejected:
    (_, first), (_, second), (_, third) = read(folder, registry, line(), bad, line(id="T-3"))
    assert isinstance(first, Report)
    assert isinstance(third, Report)
    assert isinstance(second, Rejected)
    assert second.line_number == 2
    return second


@pytest.mark.parametrize(
    ("bad", "zh", "en"),
    [
        (b'{"id": "T-1", "text": ', "不是合法的 JSON", "not JSON"),
        (b"[1]", "JSON 对象", "JSON object"),
        (b"[" * 20_000, "嵌套过深", "nested too deeply"),
        (line(seen_at=float("nan")), "NaN 不是数", "no number"),
        (line()[:-1] + b', "id": "T-2"}', "字段 id 重复", "id comes twice"),
        (b"\xff" + line(), "第 1 个字节不是 UTF-8", "byte 1 is not UTF-8"),
        (line(text="堆" * LONGEST_LINE), "一行超过", "longer than"),
        (line(text="堆" * 2001), "text 超过 2000 字", "text has over 2000"),
        (line(text=""), "text 不能为空", "text must not be empty"),
        (line(text="\x00"), "控制字符", "control character"),
        (line(id="a b"), "id 的格式不对", "id is not well formed"),
        (line(category="NO_SUCH_CATEGORY"), "category 的取值", "category cannot be"),
        (line(weather="rain"), "没有 weather 这个字段", "no field weather"),
        (line(borrowed="yes"), "borrowed 无效", "borrowed is not valid"),
        (line(seen_at="2026-11-23T08:00:00"), "seen_at 必须带时区", "needs a time zone"),
        (line(source="PATROL"), "finder", "finder"),
        (line(source="PATROL", finder="queen:1"), "finder 无效", "no kind of post"),
        (line(reach="R99-01"), "名录中没有河段 R99-01", "no reach R99-01"),
        (line(division="512022999000"), "名录中没有行政区划", "no division"),
        (line(division="512021212000"), "不在 512021212000", "not in 512021212000"),
        (line(division="512022000000"), "不在 512022000000", "not in 512022000000"),
        (line(recurrence_of="T-1"), "recurrence_of", "recurrence_of"),
        (line(recurrence_of="a b"), "recurrence_of", "recurrence_of"),
    ],
)
def test_a_bad_line_is_rejected_in_two_languages_and_stops_no_other(
    tmp_path: Path, registry: Registry, bad: bytes, zh: str, en: str
) -> None:
    rejected = refusal(tmp_path, registry, bad)

    assert zh in rejected.reason.zh
    assert en in rejected.reason.en
    assert len(rejected.raw) <= 200


def test_all_that_is_wrong_with_a_line_is_told_at_once(tmp_path: Path, registry: Registry) -> None:
    rejected = refusal(tmp_path, registry, line(category="NO_SUCH_CATEGORY", weather="rain"))

    assert rejected.reason.en.count(";") == 2


@pytest.mark.parametrize("earlier", ["512022-2026-000123", "T-0"])
def test_a_recurrence_names_an_issue_or_an_earlier_report(
    tmp_path: Path, registry: Registry, earlier: str
) -> None:
    ((_, report),) = read(tmp_path, registry, line(recurrence_of=earlier))

    assert isinstance(report, Report)
    assert report.recurrence_of == earlier


def test_a_village_of_the_reach_is_in_its_division(tmp_path: Path, registry: Registry) -> None:
    ((_, report),) = read(tmp_path, registry, line(division="512022113001"))

    assert isinstance(report, Report)


def test_empty_lines_are_skipped_but_counted(tmp_path: Path, registry: Registry) -> None:
    assert [number for number, _ in read(tmp_path, registry, line(), b"", b"  ", line(id="T-2"))] == [1, 4]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path, registry: Registry) -> None:
    read_lines = read(tmp_path, registry, b"\xef\xbb\xbf" + line() + b"\r", line(id="T-2") + b"\r", b"")

    assert [getattr(report, "id", None) for _, report in read_lines] == ["T-1", "T-2"]


def test_an_empty_file_holds_no_reports(tmp_path: Path, registry: Registry) -> None:
    assert read(tmp_path, registry, b"") == []


def test_a_line_of_exactly_the_longest_length_is_read(tmp_path: Path, registry: Registry) -> None:
    padded = line() + b" " * (LONGEST_LINE - len(line()))

    ((_, first), (_, second)) = read(tmp_path, registry, padded, padded + b" ")

    assert isinstance(first, Report)
    assert isinstance(second, Rejected)
