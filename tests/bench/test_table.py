import pytest

from bench.figures import at_most, figure
from bench.results import Results
from bench.table import markdown, number, rows, with_spread
from tests.bench.made_up import failed, line


def test_a_row_tells_value_spread_bars_and_verdict() -> None:
    assert list(rows(line("G1", 0.7, 0.66, 0.8))) == [
        (
            "G1a",
            "受理÷裸启动 accept ÷ raw start",
            "0.7 [0.66–0.8]",
            "≥ 0.6",
            "≥ 0.75",
            "○ 守住底线 must held",
        )
    ]


def test_a_failed_line_is_shown_with_its_reason() -> None:
    assert list(rows(failed("G7"))) == [("G7", "坏了 it broke", "", "", "", "✘ 未量成 failed")]


def test_every_row_of_the_document_has_the_columns_of_its_table() -> None:
    written = markdown(Results().with_lines([line("G1", 0.7), failed("G2", "a | b\nc")]))

    table = [row for row in written.splitlines() if row.startswith("|")][:4]

    assert [row.replace("\\|", "").count("|") for row in table] == [7, 7, 7, 7]
    assert table[0].startswith("| 编号 Id | 量什么 What |")
    assert "a \\| b c" in table[3]


def test_a_section_says_how_when_and_on_what_it_was_measured() -> None:
    written = markdown(Results().with_lines([line("G1", 0.7, 0.8)]), [("图 Plot", "ratios.png")])

    assert "![图 Plot](ratios.png)" in written
    assert "1. 2 核 cores, 23.5 GB, Linux x86_64, Python 3.11.7" in written
    assert "成对交替。 Pairs in turn." in written
    assert "2 对 pairs，2026-11-23 08:30 UTC，用时 took 61 s，机器 machine 1。" in written
    assert "| service | 112 |" in written
    assert "Absolute numbers hold for that machine and that minute only" in written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (0.66666, "0.667"),
        (1.5, "1.5"),
        (12.345, "12.3"),
        (48, "48"),
        (1234.5, "1,234"),
        (2e-05, "2e-05"),
    ],
)
def test_a_number_has_the_digits_that_a_reader_wants(value: float, written: str) -> None:
    assert number(value) == written


def test_a_value_that_never_varied_shows_no_spread_and_a_unit_where_it_has_one() -> None:
    assert with_spread(figure("G5", "events", [44, 44], at_most(52, 44), "events")) == "44 events"
