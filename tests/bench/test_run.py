import math
from pathlib import Path

import pytest

from bench.figures import Section
from bench.registry import Entry
from bench.results import Line
from bench.run import NotAsPromised, Run, readable, reason
from bench.session import Measurement, Session
from tests.bench.made_up import MACHINE, section

GOOD, BAD = Entry("good", ("G1",)), Entry("bad", ("G2", "G3"))


async def measure_well(session: Session) -> tuple[Section, ...]:
    session.tell(f"{session.pairs} 对 pairs")
    (session.folder / "trial.txt").write_text("tried", encoding="utf-8")
    return (section("G1", 0.8),)


async def measure_badly(session: Session) -> tuple[Section, ...]:
    raise ExceptionGroup("both", [RuntimeError(f"no life in {session.folder}/x"), RuntimeError("late")])


def loaded(entry: Entry) -> Measurement:
    return measure_well if entry == GOOD else measure_badly


async def measured(folder: Path, *entries: Entry) -> tuple[list[Line], list[str]]:
    told: list[str] = []
    run = Run(folder, 3, MACHINE, told.append, loaded)
    return [line async for lines in run.measure_all(entries) for line in lines], told


async def test_a_measurement_that_fails_does_not_take_the_others_along(tmp_path: Path) -> None:
    lines, _ = await measured(tmp_path, BAD, GOOD)

    assert [(line.id, line.section is None) for line in lines] == [("G2", True), ("G3", True), ("G1", False)]
    assert lines[2].section == section("G1", 0.8)


async def test_a_failure_is_told_without_the_places_of_this_machine_which_its_log_keeps(
    tmp_path: Path,
) -> None:
    lines, told = await measured(tmp_path, BAD)

    failure = lines[0].failure or ""
    assert "RuntimeError: late (failed-bad.log)" in failure
    assert str(tmp_path) not in failure
    assert str(tmp_path) in (tmp_path / "failed-bad.log").read_text(encoding="utf-8")
    assert failure in told[-1]


async def test_what_is_measured_now_is_told_with_its_lines(tmp_path: Path) -> None:
    _, told = await measured(tmp_path, GOOD)

    assert told == ["G1 bench.good (1/1)", "G1 · 3 对 pairs"]


async def test_a_trial_leaves_nothing_behind_unless_it_failed(tmp_path: Path) -> None:
    await measured(tmp_path, GOOD, BAD)

    assert [trial.name for trial in (tmp_path / "trial").iterdir()] == ["bad"]


def test_a_module_gives_the_lines_that_it_promised() -> None:
    with pytest.raises(NotAsPromised, match=r"\['G1'\] ≠ \['G2', 'G3'\]"):
        readable(BAD, [section("G1", 0.8)])


def test_a_number_that_is_none_is_a_failure_and_not_a_hole_in_the_file() -> None:
    with pytest.raises(ValueError, match="valid number"):
        readable(GOOD, [section("G1", math.inf)])


def test_the_reasons_of_several_tasks_are_told_once_each() -> None:
    several = ExceptionGroup(
        "all", [ValueError("a\nb"), ExceptionGroup("inner", [ValueError("a b"), OSError("c")])]
    )

    assert reason(several) == "ValueError: a b; OSError: c"
