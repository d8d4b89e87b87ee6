from pathlib import Path

import pytest

from bench.results import JSON_FILE, Results, Unreadable, exit_status, read_results, write_whole
from tests.bench.made_up import failed, line


def test_a_partial_run_leaves_the_other_lines_as_they_were() -> None:
    earlier = Results().with_lines([line("G10", 0.5), line("G2", 0.7), line("G1", 0.8)])

    merged = earlier.with_lines([line("G2", 0.9)])

    assert merged.lines == (line("G1", 0.8), line("G2", 0.9), line("G10", 0.5))


def test_a_failure_replaces_what_was_measured_before() -> None:
    merged = Results().with_lines([line("G1", 0.8)]).with_lines([failed("G1")])

    assert merged.lines == (failed("G1"),)


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    results = Results().with_lines([line("G1", 0.8, 0.7), failed("G2")])

    write_whole(tmp_path / JSON_FILE, results.as_json())

    assert read_results(tmp_path) == results
    assert [file.name for file in tmp_path.iterdir()] == [JSON_FILE]


def test_a_distribution_stands_on_one_line() -> None:
    told = line("G1", 0.8)
    assert told.section is not None
    told = told.model_copy(
        update={"section": told.section.model_copy(update={"series": {"p": (1.5, 2e-07)}})}
    )

    assert '"p": [ 1.5, 2e-07 ]' in Results(lines=(told,)).as_json()


def test_a_folder_without_results_has_none(tmp_path: Path) -> None:
    assert read_results(tmp_path) == Results()


def test_a_file_of_something_else_is_not_overwritten_in_silence(tmp_path: Path) -> None:
    (tmp_path / JSON_FILE).write_text('{"lines": 1}', encoding="utf-8")

    with pytest.raises(Unreadable, match="move them away"):
        read_results(tmp_path)


def test_a_run_falls_short_when_a_bar_is_missed_or_a_measurement_failed() -> None:
    assert exit_status([line("G1", 0.8), line("G2", 0.6)]) == 0
    assert exit_status([line("G1", 0.8), line("G2", 0.59)]) == 1
    assert exit_status([line("G1", 0.8), failed("G2")]) == 1
