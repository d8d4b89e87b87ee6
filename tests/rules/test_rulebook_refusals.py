"""What a rule file may not say: each edit is made to the book in force; the fault names place and reason."""

import re
from datetime import date
from pathlib import Path

import pytest

from reading.errors import Unreadable
from reading.rulebook import read_editions, read_sources, rule_in_force
from tests.rules.refused_edits import DUMPING, EDITS
from tests.rules.written import RULES
from tests.rules.written import ZIYANG as WRITTEN


def edited(old: str, new: str) -> str:
    assert WRITTEN.count(old) == 1, f"{old!r} must stand in the book once"
    return WRITTEN.replace(old, new)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    for name in ("sources.yaml", "calendar"):
        (tmp_path / name).symlink_to(RULES / name)
    return tmp_path / "book.yaml"


def faults(book: Path, text: str) -> list[tuple[str, str, str]]:
    """Return what is wrong as file, place without its line, and reason."""
    book.write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable) as refused:
        read_editions(book)
    return [
        (fault.file, re.sub(r"^line \d+, ", "", fault.where), fault.reason) for fault in refused.value.faults
    ]


@pytest.mark.parametrize(("old", "new", "where", "reason"), EDITS.values(), ids=EDITS)
def test_a_book_is_refused_that_holds(old: str, new: str, where: str, reason: str, book: Path) -> None:
    found = faults(book, edited(old, new))

    assert any(place == where or (not where and place.startswith("line")) for _, place, _ in found), found
    assert [file for file, _, _ in found] == ["book.yaml"] * len(found)
    assert any(reason in said for _, place, said in found if place == where or not where), found


def test_a_category_left_out_is_named(book: Path) -> None:
    sewage = WRITTEN[WRITTEN.index("  SEWAGE:  # 污水直排") : WRITTEN.index("  ABNORMAL_WATER:  # 水体异样")]

    found = faults(book, edited(sewage, ""))

    assert found == [("book.yaml", "rectify", "缺少 (missing) SEWAGE")]


def test_a_misspelt_category_is_unknown_and_the_right_one_is_missing(book: Path) -> None:
    found = faults(book, edited("  DUMPING:  # 乱堆\n    " + DUMPING, "  DUMPLING:\n    " + DUMPING))

    assert found == [
        ("book.yaml", "rectify.DUMPLING", "没有这个键 (unknown key)"),
        ("book.yaml", "rectify", "缺少 (missing) DUMPING"),
    ]


def test_a_severity_left_out_is_named(book: Path) -> None:
    found = faults(book, edited(f"    {DUMPING}\n", ""))

    assert found == [("book.yaml", "rectify.DUMPING.GENERAL", "缺少此项 (missing)")]


def test_a_command_left_out_is_named(book: Path) -> None:
    found = faults(book, edited("  AcceptPlan: {who: [chief], source: chosen}\n", ""))

    assert found == [("book.yaml", "commands", "缺少 (missing) AcceptPlan")]


def test_a_fault_names_its_line(book: Path) -> None:
    book.write_text(edited(DUMPING, "GENERAL: {limit: 3wd}"), encoding="utf-8")
    line = next(
        n for n, text in enumerate(book.read_text(encoding="utf-8").splitlines(), 1) if text.endswith("3wd}")
    )

    with pytest.raises(Unreadable) as refused:
        read_editions(book)

    assert str(refused.value) == (
        f"book.yaml: line {line}, rectify.DUMPING.GENERAL.source: 缺少依据 (a value without a source)"
    )


def test_all_faults_of_a_book_are_told_at_once(book: Path) -> None:
    broken = edited(DUMPING, "GENERAL: {limit: -3wd}").replace("share: 0.2, ", "share: 1, ")

    places = [place for _, place, _ in faults(book, broken)]

    assert places == [
        "rectify.DUMPING.GENERAL.limit",
        "rectify.DUMPING.GENERAL.source",
        "ladder.GENERAL.early.share",
    ]


def test_broken_yaml_is_refused_with_line_and_column(book: Path) -> None:
    book.write_text("edition: x\nlimits: {STOP: [\n", encoding="utf-8")

    with pytest.raises(Unreadable, match=r"^book\.yaml: line 3, column 1: YAML 写法有误"):
        read_editions(book)


def test_a_value_that_points_elsewhere_is_refused(book: Path) -> None:
    found = faults(book, "edition: &name x\ntitle: *name\n")

    assert found == [("book.yaml", "line 2", "请写出数值,不用 * 引用 (write the value out, no alias)")]


@pytest.mark.parametrize("text", ["", "# 只有注释\n"])
def test_a_file_without_an_edition_is_refused(text: str, book: Path) -> None:
    assert faults(book, text) == [("book.yaml", "the file", "没有任何版次 (no edition)")]


@pytest.mark.parametrize("text", ["42\n", "- a\n", "---\n---\n"])
def test_a_file_that_is_no_table_is_refused(text: str, book: Path) -> None:
    assert {file for file, _, _ in faults(book, text)} == {"book.yaml"}


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^none\.yaml: the file: 无法读取"):
        read_editions(tmp_path / "none.yaml")


def test_two_editions_of_one_name_are_refused(book: Path) -> None:
    again = edited("in_force_from: 2026-11-01", "in_force_from: 2027-03-01")

    assert faults(book, f"{WRITTEN}\n---\n{again}") == [
        ("book.yaml", "edition", "版次名相同 (same name): ziyang-2026-2")
    ]


def test_two_editions_of_one_first_day_are_refused(book: Path) -> None:
    again = edited("edition: ziyang-2026-2", "edition: ziyang-2026-3")

    assert faults(book, f"{WRITTEN}\n---\n{again}") == [
        ("book.yaml", "in_force_from", "施行日期相同 (same first day): 2026-11-01")
    ]


def test_a_book_whose_excerpt_grew_too_long_is_refused(book: Path) -> None:
    wordy = " + ".join(f"S05 art. {n}" for n in range(10, 30))

    found = faults(book, edited(DUMPING, f"GENERAL: {{limit: 3wd, source: {wordy}}}"))

    assert [place for _, place, _ in found] == ["rectify.DUMPING.GENERAL"]
    assert "不得超过 1536" in found[0][2]


def test_before_its_first_day_no_edition_is_in_force() -> None:
    with pytest.raises(Unreadable, match=r"^ziyang\.yaml: 2026-10-31: 该日没有施行中的版次"):
        rule_in_force(RULES / "ziyang.yaml", date(2026, 10, 31))


def test_a_fault_of_the_calendar_names_the_calendar(tmp_path: Path) -> None:
    (tmp_path / "calendar").mkdir()
    (tmp_path / "sources.yaml").symlink_to(RULES / "sources.yaml")
    (tmp_path / "book.yaml").write_text(WRITTEN, encoding="utf-8")
    published = (RULES / "calendar" / "cn-state-council.yaml").read_text(encoding="utf-8")
    (tmp_path / "calendar" / "cn-state-council.yaml").write_text(
        published.replace("published_through: 2026", "published_through: 2027"), encoding="utf-8"
    )

    with pytest.raises(Unreadable, match=r"^cn-state-council\.yaml: line \d+, years: 须逐年写到 2027 年"):
        read_editions(tmp_path / "book.yaml")


def test_a_source_without_a_title_is_refused(tmp_path: Path) -> None:
    register = tmp_path / "sources.yaml"
    register.write_text("S01: {grade: F}\n", encoding="utf-8")

    with pytest.raises(Unreadable, match=r"^sources\.yaml: line 1, S01\.title: 缺少此项"):
        read_sources(register)
