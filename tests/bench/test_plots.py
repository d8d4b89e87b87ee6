from pathlib import Path

from bench.figures import at_most
from bench.plots import comparable, draw, english
from bench.results import Line, Results
from tests.bench.made_up import AT, MACHINE, line, section

PNG = b"\x89PNG"


def test_every_distribution_has_a_picture_beside_that_of_the_ratios(tmp_path: Path) -> None:
    late = section("G6", 0.8).model_copy(
        update={"series": {"提级 escalation": (0.0, 12.0, 140.0), "none": ()}}
    )
    results = Results().with_lines(
        [line("G1", 0.7), Line(id="G6", at=AT, seconds=1, on=MACHINE, section=late)]
    )

    drawn = [file for _, file in draw(results, tmp_path)]

    assert drawn == ["ratios.png", "g6.png"]
    assert all((tmp_path / file).read_bytes().startswith(PNG) for file in drawn)


def test_where_nothing_was_measured_nothing_is_drawn(tmp_path: Path) -> None:
    assert draw(Results(), tmp_path) == []


def test_what_must_be_zero_has_no_place_on_an_axis_of_ratios() -> None:
    sections = [section("G7", 0.0, asked=at_most(0, 0)), section("G1", 0.7), section("G2", 1.0, asked=None)]

    assert [figure.id for figure, _ in comparable(sections)] == ["G1a"]


def test_without_a_chinese_font_the_english_remains() -> None:
    assert english("提级延迟（抖动关）Lateness of an escalation") == "Lateness of an escalation"
    assert english("受理÷裸启动(无工作进程) accept ÷ raw start") == "accept ÷ raw start"
    assert english("p99") == "p99"
