"""`python -m ops locate`: which reach somebody means, and who would answer for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def locate(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a newcomer does: no server runs, no variable is set."""
    ran = subprocess.run(
        [sys.executable, "-m", "ops", "locate", *words],
        cwd=ROOT,
        env={"PATH": "", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


def test_a_certain_place_is_told_with_its_reason_and_its_chiefs() -> None:
    ran = locate("沱江松涛镇")

    assert ran.returncode == 0
    for part in ("certain", "R01-02", "沱江·松涛镇段", "提到“松涛镇”", "chief:512002000000:R01-02"):
        assert part in ran.stdout


def test_scripts_read_the_same() -> None:
    ran = locate("蟠龙镇", "--json")

    told = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert told["certain"] is False
    assert [each["reach"] for each in told["candidates"]] == ["R03-01", None]
    assert told["candidates"][0]["posts"][0]["post"] == "chief:512022113000:R03-01"
    assert told["candidates"][1]["posts"][0]["post"] == "office:512022113000"


def test_a_place_outside_says_so() -> None:
    ran = locate("--lon", "121.5", "--lat", "31.2")

    assert ran.returncode == 1
    assert "名录范围之外" in ran.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "请给出文字"),
        (("--lat", "30"), "一并给出"),
        (("--lon", "30.1", "--lat", "104.6"), "写反"),
        (("--lon", "nan", "--lat", "30"), "lon"),
        (("--reach", "R99-01"), "reach: 名录中没有河段 R99-01"),
        (("--division", "12"), "division"),
        (("字" * 201,), "name"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(words: tuple[str, ...], said: str) -> None:
    ran = locate(*words)

    assert ran.returncode == 2
    assert said in ran.stderr


def test_a_registry_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    ran = locate("沱江", RIVER_REGISTRY=str(tmp_path))

    assert ran.returncode == 2
    assert "divisions.csv" in ran.stderr
