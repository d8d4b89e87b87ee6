"""`python -m ops rules`: what an official sees of a rule file before anybody opens an issue under it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reading.rulebook import EXCERPT_BYTES, read_editions
from tests.rules.written import RULES, ZIYANG, a_later_edition

ROOT = Path(__file__).parents[2]


def ops_rules(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a newcomer does: no server runs, no variable is set, the window is narrow."""
    ran = subprocess.run(
        [sys.executable, "-m", "ops", "rules", *map(str, words)],
        cwd=ROOT,
        env={"PATH": "", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Give a rule file of two editions."""
    shutil.copytree(RULES, tmp_path / "rules")
    book = tmp_path / "rules" / "book.yaml"
    book.write_text(f"{ZIYANG}---\n{a_later_edition(ZIYANG)}", encoding="utf-8")
    return book


def test_each_edition_is_told_with_what_makes_it_one(book: Path) -> None:
    first, second = read_editions(book)

    ran = ops_rules(book, "--json")

    told = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert [(each["edition"], each["in_force_from"], each["digest"]) for each in told] == [
        ("ziyang-2026-2", "2026-11-01", first.digest),
        ("ziyang-2099-1", "2099-03-01", second.digest),
    ]
    assert told[0]["calendar"] == {"name": "cn-state-council", "version": "2026-1", "years": [2018, 2026]}
    assert told[0]["limits"] == ZIYANG.count("{limit: ") - ZIYANG.count("{limit: none,")
    assert EXCERPT_BYTES / 2 < told[0]["longest_excerpt"] <= EXCERPT_BYTES


def test_a_person_reads_the_same(book: Path) -> None:
    told = json.loads(ops_rules(book, "--json").stdout)

    ran = ops_rules(book)

    shown = [[each["edition"], each["in_force_from"], each["digest"], each["limits"]] for each in told]
    assert [part for each in shown for part in map(str, each) if part not in ran.stdout] == []
    assert "2018-2026" in ran.stdout
    assert str(told[0]["longest_excerpt"]) in ran.stdout


def test_without_a_file_it_reads_the_rules_of_the_settings() -> None:
    assert "ziyang-2026-2" in ops_rules().stdout


def test_every_fault_of_a_file_is_told(book: Path) -> None:
    broken = ZIYANG.replace("{limit: 3wd, source: chosen; S05 art. 52}", "{limit: -3wd, source: S999}")
    book.write_text(broken.replace("  DUMPING:  # 乱堆", "  DUMPLING:"), encoding="utf-8")

    ran, as_json = ops_rules(book), ops_rules(book, "--json")

    faults = json.loads(as_json.stdout)["faults"]
    assert (ran.returncode, as_json.returncode) == (2, 2)
    assert len(ran.stderr.splitlines()) == len(faults) == 4
    for said in ("没有 S999", "时限不能为负", "没有这个键 (unknown key)", "缺少 (missing) DUMPING"):
        assert any(said in fault["reason"] for fault in faults), said
        assert said in ran.stderr


def test_a_value_answers_which_rule_it_is_from_in_each_edition(book: Path) -> None:
    ran = ops_rules(book, "--limit", "rectify.DUMPING.GENERAL", "--json")

    first, second = json.loads(ran.stdout)
    assert (first["edition"], first["says"], first["source"]) == (
        "ziyang-2026-2",
        "3wd",
        "chosen; S05 art. 52",
    )
    assert first["titles"] == {"S05": "行政强制法, 2011-06-30"}
    assert (second["edition"], second["says"], second["titles"]) == ("ziyang-2099-1", "5wd", {})


def test_a_value_names_the_title_of_its_source_and_says_that_a_number_was_chosen(book: Path) -> None:
    told = ops_rules(book, "--limit", "rectify.DUMPING.GENERAL").stdout

    assert "rectify.DUMPING.GENERAL.limit = 3wd" in told
    assert "S05 [F]: 行政强制法, 2011-06-30" in told
    assert "chosen: 数字为本项目选定" in told


def test_a_value_that_is_not_there_is_answered_with_the_nearest() -> None:
    ran = ops_rules("--limit", "rectify.DUMPLING.GENERAL")

    assert ran.returncode == 1
    assert "rectify.DUMPING.GENERAL" in ran.stderr
