import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bench import command, registry
from bench.__main__ import with_the_usual_word
from bench.command import app
from bench.figures import Section
from bench.registry import Entry
from bench.results import JSON_FILE, Results, read_results, write_whole
from bench.session import Session
from bench.table import MARKDOWN_FILE
from tests.bench.made_up import line, section


@pytest.fixture
def one_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry hold one module whose value is the number of pairs divided by ten."""

    async def measure(session: Session) -> tuple[Section, ...]:
        return (section("G1", session.pairs / 10),)

    module = ModuleType("bench.made_up")
    module.measure = measure  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bench.made_up", module)
    monkeypatch.setattr(registry, "ENTRIES", (Entry("made_up", ("G1",)),))


def said(*words: str) -> Result:
    return CliRunner().invoke(app, with_the_usual_word(list(words)))


@pytest.mark.usefixtures("one_measurement")
def test_a_run_that_holds_its_bars_ends_well_and_adds_to_the_table(tmp_path: Path) -> None:
    write_whole(tmp_path / JSON_FILE, Results().with_lines([line("G13", 0.7)]).as_json())

    ended = said("G1", "--pairs", "8", "--folder", str(tmp_path))

    assert ended.exit_code == 0
    assert [kept.id for kept in read_results(tmp_path).lines] == ["G1", "G13"]
    assert "✔ 达标 goal met" in ended.stdout
    written = (tmp_path / MARKDOWN_FILE).read_text(encoding="utf-8")
    assert "| G1a |" in written
    assert "| G13a |" in written


@pytest.mark.usefixtures("one_measurement")
def test_a_run_that_misses_a_bar_says_so_by_its_status(tmp_path: Path) -> None:
    ended = said("--pairs", "5", "--json", "--folder", str(tmp_path))

    assert ended.exit_code == 1
    figures = json.loads(ended.stdout)["lines"][0]["section"]["figures"]
    assert figures[0]["value"] == 0.5


@pytest.mark.parametrize("words", [("G99",), ("--pairs", "0"), ("--nothing",), ("publish", "G1")])
def test_bad_usage_is_neither_a_failure_nor_a_success(words: tuple[str, ...], tmp_path: Path) -> None:
    assert said(*words, "--folder", str(tmp_path)).exit_code == 2


def test_an_unknown_line_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    assert "known: G1 G2 G3" in said("G99", "--folder", str(tmp_path)).stderr


def test_nothing_is_published_where_nothing_was_measured(tmp_path: Path) -> None:
    ended = said("publish", "--folder", str(tmp_path))

    assert ended.exit_code == 2
    assert "no results yet" in ended.stderr


def test_what_is_published_is_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published, kept = tmp_path / "docs", tmp_path / "var"
    monkeypatch.setattr(command, "PUBLISHED", published)
    write_whole(kept / JSON_FILE, Results().with_lines([line("G1", 0.7)]).as_json())
    published.mkdir()
    (published / "gone.png").touch()

    ended = said("publish", "--folder", str(kept))

    assert ended.exit_code == 0
    assert read_results(published) == read_results(kept)
    assert "| G1a |" in (published / MARKDOWN_FILE).read_text(encoding="utf-8")
    assert {picture.name for picture in published.glob("*.png")} <= {"ratios.png"}


def test_a_file_of_something_else_stops_a_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / JSON_FILE).write_text("{}{}", encoding="utf-8")

    assert said("G1", "--folder", str(tmp_path)).exit_code == 2
