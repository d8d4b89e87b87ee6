"""`docs/rules.md` is true: every rule is in the table and in the code, every path and every test exists."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOMAIN = ROOT / "domain"
TESTS = ROOT / "tests" / "rules"
RULE = re.compile(r"\bR-[A-Z]+(?:-[A-Z0-9]+)*")
QUOTED = re.compile(r"`([^`]+)`")
TAG = re.compile(r"\bS\d{2,3}[a-z]?\b")
MANY = 4


class Row(NamedTuple):
    """A line of the table."""

    rule: str
    what: str
    ground: str
    code: tuple[str, ...]
    tests: tuple[str, ...]


def rows() -> list[Row]:
    lines = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| R-")
    ]
    return [
        Row(rule, what, ground, tuple(QUOTED.findall(code)), tuple(QUOTED.findall(tests)))
        for rule, what, ground, code, tests in cells
    ]


ROWS = rows()


@cache
def cited() -> dict[str, set[str]]:
    """Return the rules that the rule book names, each with the functions and tables that name it."""
    found: dict[str, set[str]] = {}
    for file in sorted(DOMAIN.rglob("*.py")):
        source = file.read_text(encoding="utf-8")
        module = ".".join(file.relative_to(DOMAIN).with_suffix("").parts)
        for name, text in named(ast.parse(source), source):
            for rule in RULE.findall(text):
                found.setdefault(rule, set()).add(f"{module}.{name}")
    return found


def named(tree: ast.Module | ast.ClassDef, source: str, within: str = "") -> Iterator[tuple[str, str]]:
    """Yield every function, method and table of a module with its text; a table with the string below it."""
    table = ""
    for node in tree.body:
        text = ast.get_source_segment(source, node) or ""
        if isinstance(node, ast.ClassDef):
            yield from named(node, source, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{within}{node.name}", text
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            table = ast.unparse(target)
        elif isinstance(node, ast.Expr) and table:
            yield f"{within}{table}", text


@cache
def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_rule_that_the_code_names_is_in_the_table_and_no_other() -> None:
    in_the_code = {rule for file in DOMAIN.rglob("*.py") for rule in RULE.findall(file.read_text("utf-8"))}

    assert {row.rule for row in ROWS} == in_the_code


def test_a_rule_has_one_row() -> None:
    assert len({row.rule for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_a_rule_names_the_code_that_names_it(row: Row) -> None:
    assert set(row.code) == cited()[row.rule]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_a_rule_names_tests_that_exist(row: Row) -> None:
    assert row.tests
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in names_in(TESTS / file), test


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
def test_a_rule_has_a_ground_that_is_registered_or_chosen(row: Row) -> None:
    register = (ROOT / "rules" / "sources.yaml").read_text(encoding="utf-8")

    assert row.what
    assert TAG.search(row.ground) or "chosen" in row.ground
    assert [tag for tag in TAG.findall(row.ground) if f"{tag}:" not in register] == []


def provisions() -> list[tuple[str, str, str]]:
    """Return the provisions of the default rules: section, what it says, what holds it."""
    lines = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if re.match(r"\| §\d", line)]
    return [(section.strip(), says.strip(), held.strip()) for section, says, held in cells]


NOT_HELD = ("漏巡", "跨界")
"""What no rule holds yet; each row says why."""


def test_every_section_of_the_default_rules_is_walked_through() -> None:
    counted = Counter(section for section, _, _ in provisions())

    assert {section for section, rows in counted.items() if rows >= MANY} == {"§4", "§5", "§6", "§7", "§9"}


@pytest.mark.parametrize(("section", "says", "held"), provisions())
def test_a_provision_is_held_by_rules_that_there_are_or_says_why_not(
    section: str, says: str, held: str
) -> None:
    named = RULE.findall(held)

    assert set(named) <= {row.rule for row in ROWS}
    assert bool(named) != held.startswith("not held: ")
    assert bool(named) != (says.startswith(NOT_HELD)), f"{section} {says}"
