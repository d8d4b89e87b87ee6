"""`python -m ops classify`: a suggestion with its reasons, and how often a person agrees."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.rules.written import RULES

ROOT = Path(__file__).parents[2]


def classify(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a newcomer does: no server runs, the window is narrow."""
    ran = subprocess.run(
        [sys.executable, "-m", "ops", "classify", *map(str, words)],
        cwd=ROOT,
        env={"PATH": "", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    return tmp_path / "entries.jsonl"


def write(file: Path, entries: Iterable[tuple[str, str, str | None]]) -> None:
    lines = [
        {"text": text, "category_guess": label, "second_category_guess": second}
        for text, label, second in entries
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_text_is_answered_with_category_severity_and_every_reason() -> None:
    ran = classify("饮用水源保护区内有人采砂")

    assert ran.returncode == 0
    assert "乱采 EXTRACTION" in ran.stdout
    assert "重大 MAJOR" in ran.stdout
    assert "第 11 字“采砂”:乱采 +7" in ran.stdout
    assert "“采砂” at 11: illegal extraction +7" in ran.stdout


def test_a_script_reads_the_same() -> None:
    ran = classify("夜间有人采砂", "天气晴朗", "--json")

    dug, fine = json.loads(ran.stdout)
    assert (dug["category"], dug["severity"], dug["scores"]) == ("EXTRACTION", "SERIOUS", {"EXTRACTION": 7})
    assert (dug["reasons"][0]["word"], dug["reasons"][0]["at"], dug["reasons"][0]["weight"]) == ("采砂", 4, 7)
    assert (fine["category"], fine["severity"], fine["reasons"]) == (None, "GENERAL", [])


def test_four_right_in_five_are_enough_and_the_miss_is_told_with_its_reasons(entries: Path) -> None:
    four = [
        ("有人采砂", "采", None),
        ("河面漂着水葫芦", "堆", "漂"),
        ("有人电鱼", "其他", None),
        ("天气晴朗", "其他", None),
    ]
    write(entries, [*four, ("岸边倾倒渣土", "建", None)])

    ran, as_json = classify("--check", entries), classify("--check", entries, "--json")

    told = json.loads(as_json.stdout)
    assert (ran.returncode, as_json.returncode) == (0, 0)
    assert "4/5 = 80.0%, 80% 达到" in ran.stdout
    assert "第 5 行 line 5  岸边倾倒渣土" in ran.stdout
    assert "“倾倒”:乱堆 +4" in ran.stdout
    assert (told["entries"], told["right"], told["accuracy"], told["bar"]) == (5, 4, 0.8, 0.8)
    assert told["confusion"] == {
        "采": {"EXTRACTION": 1},
        "漂": {"FLOATING_DEBRIS": 1},
        "其他": {"ILLEGAL_FISHING": 1, "none": 1},
        "建": {"DUMPING": 1},
    }
    assert [(miss["line"], miss["category"]) for miss in told["misses"]] == [(5, "DUMPING")]


def test_fewer_than_four_in_five_end_with_one(entries: Path) -> None:
    write(entries, [("有人采砂", "采", None), ("岸边倾倒渣土", "建", None)])

    ran = classify("--check", entries)

    assert (ran.returncode, "1/2 = 50.0%, 80% 未达到" in ran.stdout) == (1, True)


def test_a_file_of_no_entries_ends_with_two_and_says_why(entries: Path, tmp_path: Path) -> None:
    entries.write_text("\n", encoding="utf-8")

    empty, missing = classify("--check", entries), classify("--check", tmp_path / "none.jsonl", "--json")

    assert (empty.returncode, "没有任何条目" in empty.stderr) == (2, True)
    assert missing.returncode == 2
    assert "无法读取" in json.loads(missing.stdout)["faults"][0]["reason"]


def test_neither_a_text_nor_a_file_and_both_end_with_two(entries: Path) -> None:
    write(entries, [("有人采砂", "采", None)])

    assert classify().returncode == classify("采砂", "--check", entries).returncode == 2


def test_the_keywords_are_those_of_the_settings(tmp_path: Path) -> None:
    shutil.copy(RULES / "sources.yaml", tmp_path)
    words = (RULES / "keywords.yaml").read_text(encoding="utf-8")
    file = tmp_path / "words.yaml"
    file.write_text(words.replace("采砂, 非法采砂,", "砂舞, 采砂, 非法采砂,", 1), encoding="utf-8")

    changed = classify("沙舞", RIVER_KEYWORDS=str(file))
    file.write_text(words.replace("weight: 7", "weight: 70"), encoding="utf-8")
    broken = classify("沙舞", RIVER_KEYWORDS=str(file))

    assert "乱采 EXTRACTION" in changed.stdout
    assert (broken.returncode, "不能大于 10" in broken.stderr) == (2, True)
