import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from domain.issue.commands import COMMANDS, OpenIssue
from domain.rulebook import RuleBook, in_force
from domain.terms import Category, Severity, Source
from reading.cells import Cell, cells
from reading.rulebook import read_editions, read_sources, rule_in_force
from tests.rules.written import RULES, ZIYANG, a_later_edition

TAG = re.compile(r"\bS\d{2,3}[a-z]?\b")

BY_HAND = Path(__file__).with_name("rules_default.txt")
A_DAY = date(2026, 11, 2)


def by_hand() -> Iterator[Cell]:
    for line in BY_HAND.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        where, *says, source = line.split(" | ")
        if "{}" not in where:
            yield Cell(where, says[0], source)
            continue
        sources = source.split(" / ") if " / " in source else [source] * 3
        for severity, value, ground in zip(Severity, says, sources, strict=True):
            yield Cell(where.format(severity), value, ground)


@pytest.fixture(scope="module")
def ziyang() -> RuleBook:
    return rule_in_force(RULES / "ziyang.yaml", A_DAY)


@pytest.fixture(scope="module")
def demo() -> RuleBook:
    return rule_in_force(RULES / "demo.yaml", A_DAY)


@pytest.fixture(params=["ziyang", "demo"])
def book(request: pytest.FixtureRequest) -> RuleBook:
    named: RuleBook = request.getfixturevalue(request.param)
    return named


@pytest.fixture(scope="module")
def found(ziyang: RuleBook) -> dict[str, Cell]:
    return {cell.where: cell for cell in cells(ziyang)}


@pytest.mark.parametrize("cell", list(by_hand()), ids=lambda cell: cell.where)
def test_a_cell_says_what_the_table_of_rules_says_and_names_its_rule(
    cell: Cell, found: dict[str, Cell]
) -> None:
    assert found.get(cell.where) == cell


def test_the_book_holds_no_cell_that_the_table_does_not_know(found: dict[str, Cell]) -> None:
    assert set(found) - {cell.where for cell in by_hand()} == set()


def test_every_number_answers_which_rule_it_is_from(book: RuleBook) -> None:
    walked = list(cells(book))

    assert [cell.where for cell in walked if not cell.source] == []
    assert len(walked) > 250


def test_the_demo_invents_every_number_and_says_so(demo: RuleBook) -> None:
    assert {cell.source for cell in cells(demo)} == {"chosen"}


def test_the_demo_counts_in_seconds_only(demo: RuleBook) -> None:
    limits = [demo.excerpt(c, s, Source.PUBLIC, A_DAY).clocks for c, s in product(Category, Severity)]

    units = {sourced.limit.unit for clocks in limits for sourced in clocks.values()}

    assert units == {"s"}


def test_every_source_is_used_by_a_rule_and_every_source_used_is_registered() -> None:
    files = [file for file in RULES.glob("*.yaml") if file.name != "sources.yaml"]
    used = {
        tag
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        for tag in TAG.findall(line.partition("source:")[2])
    }

    assert used == set(read_sources(RULES / "sources.yaml"))


def test_the_book_gives_a_word_to_every_command_and_to_no_other(book: RuleBook) -> None:
    named = set(book.commands)

    assert named == {command.__name__ for command in (OpenIssue, *COMMANDS)} - {"RecordRepair"}


# ---------------------------------------------------------------- editions


def test_an_edition_is_in_force_from_its_first_day(ziyang: RuleBook) -> None:
    later = ziyang.model_copy(update={"edition": "ziyang-2027-1", "in_force_from": date(2027, 3, 1)})

    days = [date(2026, 10, 31), date(2026, 11, 1), date(2027, 2, 28), date(2027, 3, 1)]
    names = [getattr(in_force((later, ziyang), day), "edition", None) for day in days]

    assert names == [None, "ziyang-2026-2", "ziyang-2026-2", "ziyang-2027-1"]


def test_a_file_gives_its_editions_in_the_order_of_their_days(tmp_path: Path) -> None:
    later = a_later_edition(ZIYANG)
    for name in ("sources.yaml", "calendar"):
        (tmp_path / name).symlink_to(RULES / name)
    (tmp_path / "two.yaml").write_text(f"{later}---\n{ZIYANG}", encoding="utf-8")

    editions = read_editions(tmp_path / "two.yaml")

    assert [book.edition for book in editions] == ["ziyang-2026-2", "ziyang-2099-1"]


def test_a_years_notice_makes_no_other_edition(ziyang: RuleBook) -> None:
    calendar = ziyang.calendar.model_copy(update={"version": "another", "off": frozenset()})

    assert ziyang.model_copy(update={"calendar": calendar}).digest == ziyang.digest
    assert ziyang.model_copy(update={"title": "another"}).digest != ziyang.digest
