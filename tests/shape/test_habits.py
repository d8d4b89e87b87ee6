"""Habits that no linter checks: small modules, nothing left for later, locks that install anywhere."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "workflows", "activities", "store", "intake", "ops", "reading", "printing", "bench")
TESTED, SHIPPED, MEASURED = "requirements.lock", "requirements-runtime.lock", "requirements-bench.lock"
LOCKS = (TESTED, SHIPPED, MEASURED)

LONGEST = 250
LONGER_FOR_A_REASON: dict[str, str] = {
    "domain/issue/events.py": "a flat list of facts, read from top to bottom like the table it is",
    "domain/bulletin/facts.py": "the same of a bulletin",
    "domain/limits.py": "one grammar of limits and the one arithmetic that ends them",
    "domain/rulebook.py": "a flat list of what the book holds, with what is taken from it",
    "domain/provisions.py": "a flat list of what one provision may say",
}

LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PIN = re.compile(r"^[A-Za-z0-9._-]+==\S+( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
COMMENT = re.compile(r"^ *#")
ADDRESS_OR_PATH = re.compile(r"https?:|file:|--(extra-)?index-url|--find-links|(^|[\s\"'=])(/|~/|\.\./)\w")


def modules(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def called(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def our_own_texts() -> list[Path]:
    written = [*ROOT.glob("*.py"), *ROOT.glob("*.yml"), ROOT / "Makefile", ROOT / "Dockerfile"]
    written += modules(*PACKAGES, "demo", "machine", "tests")
    written += [
        *(ROOT / "store").rglob("*.sql"),
        *(file for file in (ROOT / "deploy").rglob("*") if file.is_file()),
    ]
    return sorted(file for file in written if file != Path(__file__))


@pytest.mark.parametrize("file", modules(*PACKAGES), ids=called)
def test_a_module_is_short_or_says_why(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())

    assert lines <= LONGEST or called(file) in LONGER_FOR_A_REASON


def test_every_excuse_for_a_long_module_is_still_needed() -> None:
    lengths = {name: len((ROOT / name).read_text("utf-8").splitlines()) for name in LONGER_FOR_A_REASON}

    assert all(length > LONGEST for length in lengths.values()), lengths


@pytest.mark.parametrize("file", our_own_texts(), ids=called)
def test_nothing_is_left_for_later(file: Path) -> None:
    assert not LATER.findall(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", modules("domain", "workflows"), ids=called)
def test_rules_and_workflows_catch_nothing_that_they_do_not_name(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    caught = [handler.type for handler in ast.walk(tree) if isinstance(handler, ast.ExceptHandler)]

    names = [name for kind in caught if kind is not None for name in re.findall(r"\w+", ast.unparse(kind))]

    assert None not in caught
    assert not {"Exception", "BaseException"} & set(names)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_path(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    assert not [line for line in lines if ADDRESS_OR_PATH.search(line)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    pins = [number for number, line in enumerate(lines) if PIN.match(line)]
    unlike = [line for line in lines if not (PIN.match(line) or HASH.match(line) or COMMENT.match(line))]

    assert pins
    assert not unlike
    assert all(HASH.match(lines[number + 1]) for number in pins)


def pins_of(lock: str) -> dict[str, set[str]]:
    """Return the pins by name; a name may have several, each for another platform."""
    pins: dict[str, set[str]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if PIN.match(line):
            pins.setdefault(line.partition("==")[0], set()).add(line)
    return pins


def test_what_runs_in_production_is_what_was_tested() -> None:
    tested, shipped = pins_of(TESTED), pins_of(SHIPPED)

    assert {name: tested.get(name) for name in shipped} == shipped


def test_what_is_measured_is_what_was_tested() -> None:
    tested, measured = pins_of(TESTED), pins_of(MEASURED)

    assert {name: measured[name] for name in measured.keys() & tested.keys()} == {
        name: tested[name] for name in measured.keys() & tested.keys()
    }
    assert set(pins_of(SHIPPED)) <= set(measured)
