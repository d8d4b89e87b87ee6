"""The direction of imports: import-linter's contracts, and what import-linter cannot see."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[2]
# They import what they like; nobody imports them.
OUTSIDE_THE_CONTRACTS = {"tests", "docs", "samples"}
ENTRY_POINTS = {"worker", "starter", "standalone"}

# import-linter roots packages only, so single files are held to these by hand.
FORBIDDEN_TO_FILES = {
    "settings.py": {"asyncpg", "temporalio", "domain", *ENTRY_POINTS},
    "logs.py": {"asyncpg", "domain", *ENTRY_POINTS},
    "connection.py": {"asyncpg", "domain", *ENTRY_POINTS},
    "metrics.py": {"asyncpg", "machine", *ENTRY_POINTS},
    "traces.py": {"asyncpg", "domain", *ENTRY_POINTS},
    "memory.py": {"asyncpg", "domain", *ENTRY_POINTS},
    "sandbox.py": {"asyncpg", "domain", *ENTRY_POINTS},
    "voices.py": {"asyncpg", "machine", *ENTRY_POINTS},
    "beside.py": {"asyncpg", "machine", *ENTRY_POINTS},
    "worker.py": {"asyncpg", "starter", "standalone", "demo", "machine", "bench"},
    "starter.py": {"asyncpg", "worker"},
    "standalone.py": {"asyncpg", "worker"},
}


def imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_every_import_points_inward(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)

    assert not broken, capsys.readouterr().out


def test_every_package_has_a_place_in_the_contracts() -> None:
    placed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]

    packages = {init.parent.name for init in ROOT.glob("*/__init__.py")} - OUTSIDE_THE_CONTRACTS

    assert packages == set(placed["root_packages"])


@pytest.mark.parametrize("file", sorted((ROOT / "domain").rglob("*.py")), ids=lambda file: file.stem)
def test_the_rule_book_imports_pydantic_and_the_standard_library_only(file: Path) -> None:
    allowed = sys.stdlib_module_names | {"domain", "pydantic", "pydantic_core"}

    assert set(imported_by(file)) <= allowed


def test_every_file_at_the_edge_has_its_part() -> None:
    assert {file.name for file in ROOT.glob("*.py")} == set(FORBIDDEN_TO_FILES)


@pytest.mark.parametrize("file", FORBIDDEN_TO_FILES)
def test_a_file_at_the_edge_keeps_to_its_part(file: str) -> None:
    assert FORBIDDEN_TO_FILES[file].isdisjoint(imported_by(ROOT / file))
