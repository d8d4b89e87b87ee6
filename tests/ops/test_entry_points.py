"""What a newcomer meets first: the addresses, a missing variable, a faulty file."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import standalone
from machine.service import Addresses
from tests.rules.written import RULES, ZIYANG

ROOT = Path(__file__).parents[2]
NOWHERE = {
    "RIVER_DATABASE_URL": "postgresql://river@127.0.0.1:1/river",
    "RIVER_TEMPORAL_ADDRESS": "127.0.0.1:1",
}


def run(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RIVER_")}
    ran = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env={**plain, "COLUMNS": "80", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr
    return ran


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    file = tmp_path / "reports.jsonl"
    file.write_text("", encoding="utf-8")
    return file


def test_the_line_to_copy_is_whole_and_a_shell_understands_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    url = f"postgresql://river@127.0.0.1:5433/river?passfile={tmp_path / 'a folder'}/postgres.pgpass&x=1"
    key = f"{tmp_path / 'a folder'}/keys/tokens.private.jwk"
    prepared = {"RIVER_TOKEN_KEY": key, "RIVER_JWKS": "not needed here", "RIVER_HTTP_PORT": "8010"}
    addresses = Addresses(
        "http://127.0.0.1:8233", "127.0.0.1:7299", "river", url, tmp_path, tmp_path, prepared
    )

    standalone.announce(addresses, as_json=False)

    said = capsys.readouterr().out.splitlines()
    (line,) = [line for line in said if line.startswith("export ")]
    assert "http://127.0.0.1:8010" in "".join(line.strip(" │") for line in said)
    assert shlex.split(line) == [
        "export",
        f"RIVER_DATABASE_URL={url}",
        "RIVER_TEMPORAL_ADDRESS=127.0.0.1:7299",
        f"RIVER_TOKEN_KEY={key}",
    ]


@pytest.mark.parametrize("words", [("starter.py", "report"), ("-m", "ops", "inbox")], ids=["report", "ops"])
def test_a_missing_database_ends_with_two_and_says_what_to_copy(
    words: tuple[str, ...], reports: Path
) -> None:
    argument = reports if "report" in words else "office:512022000000"

    ran = run(*words, argument)

    assert ran.returncode == 2
    assert "RIVER_DATABASE_URL is missing" in ran.stderr
    assert "on one machine: copy the export line that `make up` prints" in ran.stderr


@pytest.mark.parametrize("words", [("starter.py", "report"), ("-m", "ops", "inbox")], ids=["report", "ops"])
def test_a_wrong_setting_ends_with_two(words: tuple[str, ...], reports: Path) -> None:
    argument = reports if "report" in words else "office:512022000000"

    ran = run(*words, argument, **NOWHERE, RIVER_LOG_LEVEL="loud")

    assert (ran.returncode, "RIVER_LOG_LEVEL is wrong" in ran.stderr) == (2, True)


def test_reporting_under_faulty_rules_says_that_the_file_must_be_mended(
    tmp_path: Path, reports: Path
) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    book = tmp_path / "rules" / "book.yaml"
    book.write_text(ZIYANG.replace("source: chosen; S05 art. 52", "source: S999"), encoding="utf-8")

    ran = run("starter.py", "report", reports, **NOWHERE, RIVER_RULES=str(book))

    assert ran.returncode == 2
    assert "没有立案" in ran.stderr
    assert "nothing was opened" in ran.stderr
    assert "没有 S999" in ran.stderr
    assert "run it again" not in ran.stderr


def test_reporting_where_no_server_runs_says_that_it_may_be_run_again(reports: Path) -> None:
    ran = run("starter.py", "report", reports, **NOWHERE)

    assert (ran.returncode, "run it again" in ran.stderr) == (2, True)


def test_reporting_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    ran = run("starter.py", "report", tmp_path / "none.jsonl", **NOWHERE)

    assert (ran.returncode, "run it again" in ran.stderr) == (2, False)
