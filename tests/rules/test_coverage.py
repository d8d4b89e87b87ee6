"""What no test has walked fails here: an arrow, a word, a fact, a refusal, a place that refuses, a line.

The examples run once more, in a process of their own that is watched; the properties are left out, so that
what they meet by chance counts for nothing.
"""

import ast
import dis
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, get_args

import pytest

from domain.issue.commands import COMMANDS
from domain.issue.events import Fact
from domain.issue.life import AT_ANY_OPEN_STAGE, LIFE
from domain.refusals import Refusal
from domain.terms import Stage

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "domain" / "issue").glob("*.py"))
EXAMPLES = (
    *("life", "jurisdiction", "refusals", "ladder", "rungs", "vacancy", "withdrawal", "rejection"),
    *("opening", "complaints", "hearing", "heard_again", "notices", "views", "attacks"),
    *("extension", "suspension", "dispute", "regrade", "adoption", "set_date", "rungs_five_and_six"),
    *("explain", "statement", "words_of_time", "bent_clocks", "bounds", "order", "repairing"),
    *("archiving", "difference", "steps"),
)
OTHERS = {
    "properties",
    "fair_properties",
    "second_clock",
    "second_clock_by_hand",
    "coverage",
    "excerpts",
    "derived",
    "calendar_data",
    "registry",
    "report_files",
    "samples",
    # What is ruled of many issues, of posts and people, and of bulletins.
    *(
        "measures",
        "measures_bounds",
        "objection",
        "figures",
        "figures_bounds",
        "bulletin",
        "bulletin_lint",
        "bulletin_words",
    ),
    *("burden", "execution", "roster", "roster_check", "roster_files", "roster_property"),
}

OF_BULLETINS = {"Unfit"}
"""Refusals that no issue says."""

Walked = dict[str, Any]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Run the examples and return what they walked."""
    out = tmp_path_factory.mktemp("walked") / "walked.json"
    files = [f"tests/rules/test_{name}.py" for name in EXAMPLES]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "-p",
            "tests.rules.walked",
            *files,
        ],
        cwd=ROOT,
        env={**os.environ, "WALKED": str(out), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    found = json.loads(out.read_text(encoding="utf-8"))
    return {
        name: {tuple(one) if isinstance(one, list) else one for one in ones} for name, ones in found.items()
    }


def test_every_arrow_of_the_life_is_walked(walked: Walked) -> None:
    arrows = {
        (here, command.__name__, there) for here, ways in LIFE.items() for command, there in ways.items()
    }
    arrows |= {(here, command.__name__, here) for here in LIFE for command in AT_ANY_OPEN_STAGE}
    elsewhere = {
        (Stage.STOPPED, "Assign", Stage.RECTIFYING),  # where no plan is needed
        (Stage.VERIFYING, "RejectRectification", Stage.TRANSFERRED),  # where it was enforced before
    }

    assert arrows | elsewhere == walked["arrows"]


def test_every_word_is_said(walked: Walked) -> None:
    assert walked["commands"] == {"OpenIssue"} | {command.__name__ for command in COMMANDS}


def test_every_kind_of_fact_happens(walked: Walked) -> None:
    facts, _ = get_args(Fact)

    assert walked["kinds"] == {kind.__name__ for kind in get_args(facts)}


def test_every_kind_of_refusal_is_met(walked: Walked) -> None:
    assert walked["refusals"] == {kind.__name__ for kind in Refusal.__subclasses__()} - OF_BULLETINS


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_place_that_refuses_has_refused(walked: Walked, module: Path) -> None:
    never = [
        f"line {first}: {text}"
        for first, last, text in refusing(module)
        if not any((module.name, line) in walked["sites"] for line in range(first, last + 1))
    ]

    assert never == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_line_of_the_rules_has_run(walked: Walked, module: Path) -> None:
    source = module.read_text(encoding="utf-8").splitlines()
    code = compile(module.read_text(encoding="utf-8"), str(module), "exec")

    never = {line for line in lines_of(code) if (module.name, line) not in walked["lines"]}

    assert {line: source[line - 1].strip() for line in sorted(never)} == {}


def test_every_file_of_examples_is_watched() -> None:
    files = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}

    assert set(EXAMPLES) <= files
    unknown = {name for name in files - set(EXAMPLES) - OTHERS if "tests.rules.given" in source_of(name)}
    assert unknown == set()


def source_of(name: str) -> str:
    return (Path(__file__).parent / f"test_{name}.py").read_text(encoding="utf-8")


def refusing(module: Path) -> Iterator[tuple[int, int, str]]:
    """Yield every call of `require`, every raise, and every call of a function that may refuse."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if (is_call and node.func.id in GUARDS) or (
            isinstance(node, ast.Raise) and "Error" not in ast.unparse(node)
        ):
            yield node.lineno, node.end_lineno or node.lineno, ast.unparse(node)[:80]


def guards() -> frozenset[str]:
    """Return the names of all functions of the rules that may refuse, told by what they call."""
    functions = {
        node.name: node
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    known: set[str] = {"require"}
    while True:
        more = {name for name, node in functions.items() if known & set(called_in(node))} - known
        if not more:
            return frozenset(known)
        known |= more


def called_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and "Error" not in ast.unparse(node):
            yield "require"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


GUARDS = guards()


def lines_of(code: CodeType) -> Iterator[int]:
    """Yield every line of a module that can run."""
    yield from (line for _, line in dis.findlinestarts(code) if line)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from lines_of(constant)
