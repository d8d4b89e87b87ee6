"""What the READMEs say is there: the picture, the commands, the files, the settings."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from docs.picture import READMES, drawn_into
from domain.limits import Limit, Unit
from domain.rulebook import RuleBook
from domain.terms import Clock, Severity, zh
from reading.rulebook import read_editions
from settings import Settings, variable
from workflows.names import BY_NAME

ROOT = Path(__file__).parents[2]
TEXTS = [
    *READMES,
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# A running service, or the reader, makes these.
MADE_LATER = re.compile(r"^(var/|\.venv|\.env$|river-)")
OF_ANOTHER_PROGRAM = {"RIVER_", "RIVER_EXAMPLES"}

LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)[^)]*\)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|yml|yaml|csv|toml))`")
MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m ([a-z][\w.]*)")
OPERATORS_WORD = re.compile(r"-m ops ([a-z]+)")
SCRIPT = re.compile(r"python (\w+\.py)(?: (\w+))?")
SETTING = re.compile(r"RIVER_[A-Z_]*")
QUERY = re.compile(r"```sql\n(.*?)```", re.DOTALL)
ATTRIBUTE = re.compile(r"`?\b([A-Z][A-Za-z]+)\b`? (?:=|!=|>=|<|IN|IS|STARTS_WITH)")

OFFICIALS = (ROOT / "README.zh.md").read_text(encoding="utf-8")
UNITS = {Unit.HOURS: "小时", Unit.WORKING_DAYS: "个工作日", Unit.CALENDAR_DAYS: "日"}
TABLES = [
    *("制止", "交办", "整改方案", "核查", "销号", "答复举报人", "信访件全程"),
    *("乱堆", "乱占", "乱采", "乱建", "污水直排", "漂浮物"),
]
"""The rows of the two tables of limits."""


def called(text: Path) -> str:
    return text.relative_to(ROOT).as_posix()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def found(pattern: re.Pattern[str], text: Path) -> Iterator[str]:
    for match in pattern.finditer(text.read_text(encoding="utf-8")):
        yield match[match.lastindex or 0]


def exists(module: str) -> bool:
    package, _, _ = module.rpartition(".")
    return (not package or exists(package)) and find_spec(module) is not None


def recipe(target: str) -> str:
    match = re.search(rf"^{target}:(.*(?:\n\t.*)*)", MAKEFILE, re.MULTILINE)
    assert match is not None
    return match[1]


@pytest.mark.parametrize("readme", READMES, ids=called)
def test_the_picture_of_the_life_is_the_table(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")

    assert drawn_into(text, READMES[readme]) == text, "run python -m docs.picture"


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_make_target_named_exists(text: Path) -> None:
    assert set(found(MAKE, text)) <= targets()


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_link_leads_somewhere(text: Path) -> None:
    broken = [link for link in found(LINK, text) if not (text.parent / link).exists()]

    assert broken == []


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_file_named_exists(text: Path) -> None:
    kept_here = [name for name in found(FILE, text) if not MADE_LATER.match(name)]
    # In a table of one folder's contents a name may stand alone.
    near = (ROOT, ROOT / "docs", ROOT / "tests", ROOT / "var")

    missing = [name for name in kept_here if not any((folder / name).exists() for folder in near)]

    assert [name for name in missing if name not in {"postgres/", "keys/", "log/", "demo/"}] == []


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_module_run_by_name_exists(text: Path) -> None:
    assert [name for name in found(MODULE, text) if not exists(name)] == []


@pytest.mark.parametrize("target", sorted(targets()))
def test_every_module_that_a_target_runs_exists(target: str) -> None:
    assert [name for name in MODULE.findall(recipe(target)) if not exists(name)] == []


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_operators_word_and_every_entry_point_exists(text: Path) -> None:
    operators = (ROOT / "ops" / "__main__.py").read_text(encoding="utf-8")
    written = text.read_text(encoding="utf-8")

    unknown = [word for word in found(OPERATORS_WORD, text) if not re.search(rf"\b{word}\b", operators)]
    for script, word in SCRIPT.findall(written):
        code = (ROOT / script).read_text(encoding="utf-8")
        if word and f"def {word}(" not in code and f'"{word}"' not in code:
            unknown.append(f"{script} {word}")

    assert unknown == []


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_variable_named_is_a_setting(text: Path) -> None:
    settings = {variable(field) for field in Settings.model_fields}

    assert set(found(SETTING, text)) - OF_ANOTHER_PROGRAM <= settings


@pytest.mark.parametrize("text", TEXTS, ids=called)
def test_every_query_asks_for_a_search_attribute_that_is_set(text: Path) -> None:
    asked = {name for query in found(QUERY, text) for name in ATTRIBUTE.findall(query)}

    assert asked - {"TemporalReportedProblems"} <= set(BY_NAME)


def test_the_picture_files_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    shown = {Path(link).name for text in TEXTS for link in found(LINK, text)}

    assert {picture.name for picture in pictures} <= shown
    assert all(picture.stat().st_size < 400_000 for picture in pictures)


def test_the_tests_of_the_readme_are_those_of_the_check() -> None:
    for readme in READMES:
        assert "```sh\nmake test\n```" in readme.read_text(encoding="utf-8")

    assert "test" in recipe("check").split("##")[0].split()
    assert recipe("test").split("\n\t")[1:] == ["$(PYTEST)"]
    assert re.search(r"^PYTEST \?= .*-m pytest -n 2 --dist loadfile$", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("row", TABLES)
def test_the_limits_that_officials_read_are_those_of_the_book(row: str) -> None:
    book = read_editions(ROOT / "rules" / "ziyang.yaml")[0]
    rows = re.findall(rf"^\| {row} \|(.*)\|$", OFFICIALS, re.MULTILINE)

    said = [cell.strip() for cell in rows[0].split("|")][:3]

    assert said == [in_words(limit) for limit in limits(book, row)]


def limits(book: RuleBook, name: str) -> list[Limit | None]:
    if name == zh(Clock.PLAN):
        return [book.plan.of(severity).limit for severity in Severity]
    clocks = {zh(Clock(clock)): row for clock, row in book.limits.items()}
    categories = {zh(category): row for category, row in book.rectify.items()}
    row = {**clocks, **categories}[name.removeprefix("信访件").removesuffix("举报人")]
    return [row.of(severity).limit for severity in Severity]


def in_words(limit: Limit | None) -> str:
    match limit:
        case None:
            return "不需要"
        case Limit(unit=Unit.MONTHLY):
            return "月度批次"
        case Limit(unit=Unit.PLAN, interim=None):
            return f"按方案，不超过{in_words(limit.ceiling)}"
        case Limit(unit=Unit.PLAN):
            return f"{in_words(limit.interim)}内临时控制，其余按方案，不超过{in_words(limit.ceiling)}"
        case _:
            return f"{limit.amount}{UNITS[limit.unit]}"
