"""告警的种类: whatever the code raises stands in the operators' table, and nothing else does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("activities", "intake", "ops", "store")
SOURCES = [*ROOT.glob("*.py"), *(file for name in PACKAGES for file in (ROOT / name).glob("*.py"))]
RAISED_BY = {"raise_alarm": 1, "raise_within": 1, "_alarm": 1, "Alarm": 0}
"""By what an alarm is raised or made, and the place of its kind among the arguments."""

TABLE = re.compile(r"\| kind \| what happened .*?\n\n", re.DOTALL)


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the names of a module that stand for a text."""
    found: dict[str, str] = {}
    for each in tree.body:
        if isinstance(each, ast.Assign):
            (target,) = each.targets
            pairs = (
                zip(target.elts, each.value.elts, strict=True)
                if isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple)
                else [(target, each.value)]
            )
            found |= {
                name.id: value.value
                for name, value in pairs
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
            }
    return found


def tuples(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the first part of each tuple that has a name."""
    return {
        target.id: each.value.elts[0]
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Tuple)
        for target in each.targets
        if isinstance(target, ast.Name)
    }


def raised_in(file: Path) -> Iterator[str]:
    """Return the kinds of alarm that a file raises; what cannot be told is returned as it is written."""
    tree = ast.parse(file.read_text("utf-8"))
    named, paired = constants(tree), tuples(tree)
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        place = RAISED_BY.get(name)
        if place is None or len(call.args) <= place:
            continue
        kind = call.args[place]
        if isinstance(kind, ast.Starred) and isinstance(kind.value, ast.Name):
            kind = paired.get(kind.value.id, kind.value)
        if isinstance(kind, ast.Constant):
            yield str(kind.value)
        elif isinstance(kind, ast.Name):
            yield named.get(kind.id, f"{file.name}: {kind.id}")
        else:
            yield f"{file.name}: {ast.unparse(kind)}"


def test_every_alarm_that_is_raised_is_in_the_table_and_no_other_is() -> None:
    raised = {kind for file in SOURCES for kind in raised_in(file)}
    handed_on = {"alarms.py: kind", "alarms.py: row", "pushes.py: alarm", "bulletin_records.py: letter"}
    table = TABLE.search((ROOT / "docs" / "operating.md").read_text("utf-8"))
    assert table is not None

    told = set(re.findall(r"^\| `(\w+)` \|", table[0], re.MULTILINE))

    assert raised - handed_on == told
