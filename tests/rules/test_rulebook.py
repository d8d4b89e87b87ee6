from collections.abc import Iterator
from datetime import date, time, timedelta
from enum import Enum
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from domain.excerpt import Excerpt, Role
from domain.issue.commands import COMMANDS, OpenIssue
from domain.limits import Limit
from domain.rulebook import RuleBook, in_force
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source
from domain.workdays import Calendar
from reading.rulebook import EXCERPT_BYTES, read_editions, read_sources, rule_in_force

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules"
BY_HAND = Path(__file__).with_name("rules_default.txt")
NO_VALUE_OF_A_RULE = {"edition", "title", "in_force_from", "calendar"}
A_DAY = date(2026, 11, 2)


class Cell(NamedTuple):
    where: str
    says: str
    source: str | None


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


def cells(value: Any, where: str = "", source: str | None = None) -> Iterator[Cell]:
    """Walk every value of a book, each with the nearest source that stands beside or above it."""
    if isinstance(value, BaseModel) and not isinstance(value, Limit):
        source = getattr(value, "source", source)
        parts = {
            name: getattr(value, name) for name in type(value).model_fields if name in value.model_fields_set
        }
    elif isinstance(value, dict):
        parts = {key.value if isinstance(key, Enum) else key: part for key, part in value.items()}
    else:
        yield Cell(where, text(value), source)
        return
    for name, part in parts.items():
        if name != "source" and not (not where and name in NO_VALUE_OF_A_RULE):
            yield from cells(part, f"{where}.{name}" if where else name, source)


def text(value: Any) -> str:
    match value:
        case tuple():
            return ", ".join(map(text, value)) or "-"
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case time():
            return f"{value:%H:%M}"
        case Level():
            return value.name
        case _:
            return str(value)


@pytest.fixture(scope="module")
def ziyang() -> RuleBook:
    return rule_in_force(RULES / "ziyang.yaml", A_DAY)


@pytest.fixture(scope="module")
def demo() -> RuleBook:
    return rule_in_force(RULES / "demo.yaml", A_DAY)


@pytest.fixture(scope="module")
def found(ziyang: RuleBook) -> dict[str, Cell]:
    return {cell.where: cell for cell in cells(ziyang)}


@pytest.mark.parametrize("cell", by_hand(), ids=lambda cell: cell.where)
def test_a_cell_says_what_the_table_of_rules_says_and_names_its_rule(
    cell: Cell, found: dict[str, Cell]
) -> None:
    assert found.get(cell.where) == cell


def test_the_book_holds_no_cell_that_the_table_does_not_know(found: dict[str, Cell]) -> None:
    assert set(found) - {cell.where for cell in by_hand()} == set()


@pytest.mark.parametrize("name", ["ziyang", "demo"])
def test_every_number_answers_which_rule_it_is_from(name: str) -> None:
    book = rule_in_force(RULES / f"{name}.yaml", A_DAY)

    walked = list(cells(book))

    assert [cell.where for cell in walked if not cell.source] == []
    assert len(walked) > 250


def test_the_demo_invents_every_number_and_says_so(demo: RuleBook) -> None:
    assert {cell.source for cell in cells(demo)} == {"chosen"}


def test_the_demo_counts_in_seconds_only(demo: RuleBook) -> None:
    limits = [demo.excerpt(c, s, Source.PUBLIC, A_DAY).clocks for c, s in product(Category, Severity)]

    units = {sourced.limit.unit for clocks in limits for sourced in clocks.values()}

    assert units == {"s"}


def test_no_source_is_registered_that_no_rule_uses() -> None:
    used = (RULES / "ziyang.yaml").read_text(encoding="utf-8")

    unused = [tag for tag in read_sources(RULES / "sources.yaml") if tag not in used]

    assert unused == []


@pytest.mark.parametrize("name", ["ziyang", "demo"])
def test_the_book_gives_a_word_to_every_command_and_to_no_other(name: str) -> None:
    commands = rule_in_force(RULES / f"{name}.yaml", A_DAY).commands

    assert set(commands) == {command.__name__ for command in (OpenIssue, *COMMANDS)}


# ---------------------------------------------------------------- editions


def test_an_edition_is_in_force_from_its_first_day(ziyang: RuleBook) -> None:
    later = ziyang.model_copy(update={"edition": "ziyang-2027-1", "in_force_from": date(2027, 3, 1)})

    days = [date(2026, 10, 31), date(2026, 11, 1), date(2027, 2, 28), date(2027, 3, 1)]
    names = [getattr(in_force((later, ziyang), day), "edition", None) for day in days]

    assert names == [None, "ziyang-2026-1", "ziyang-2026-1", "ziyang-2027-1"]


def test_a_file_gives_its_editions_in_the_order_of_their_days(tmp_path: Path) -> None:
    written = (RULES / "ziyang.yaml").read_text(encoding="utf-8")
    later = written.replace("ziyang-2026-1", "ziyang-2027-1").replace("2026-11-01", "2027-03-01")
    for name in ("sources.yaml", "calendar"):
        (tmp_path / name).symlink_to(RULES / name)
    (tmp_path / "two.yaml").write_text(f"{later}\n---\n{written}", encoding="utf-8")

    editions = read_editions(tmp_path / "two.yaml")

    assert [book.edition for book in editions] == ["ziyang-2026-1", "ziyang-2027-1"]


# ---------------------------------------------------------------- excerpts

ALL_SETS = [
    frozenset(named for named, taken in zip(Circumstance, bits, strict=True) if taken)
    for bits in product((False, True), repeat=len(Circumstance))
]


def days_of(year: int, step: int = 1) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range(0, 365, step)]


@pytest.mark.parametrize("name", ["ziyang", "demo"])
@pytest.mark.parametrize("category", Category)
def test_an_excerpt_is_small_on_new_years_day_whatever_the_issue(name: str, category: Category) -> None:
    book = rule_in_force(RULES / f"{name}.yaml", A_DAY)

    sizes = [
        len(
            book.excerpt(category, severity, source, date(2026, 1, 1), origin=origin, circumstances=named)
            .model_dump_json()
            .encode()
        )
        for severity, source, origin, named in product(Severity, Source, Origin, ALL_SETS)
    ]

    assert max(sizes) <= EXCERPT_BYTES


@pytest.mark.parametrize(
    ("year", "step"), [(2026, 1), *((year, 7) for year in range(2018, 2026))], ids=lambda value: str(value)
)
def test_the_longest_excerpt_is_small_on_every_day(year: int, step: int, ziyang: RuleBook) -> None:
    sizes = [
        len(
            ziyang.excerpt(
                Category.OCCUPATION,
                Severity.MAJOR,
                Source.PUBLIC,
                on,
                circumstances=[Circumstance.FLOOD_BLOCKING],
            )
            .model_dump_json()
            .encode()
        )
        for on in days_of(year, step)
    ]

    assert max(sizes) <= EXCERPT_BYTES


@pytest.mark.parametrize("name", ["ziyang", "demo"])
def test_an_excerpt_that_was_written_and_read_is_the_same_excerpt(name: str) -> None:
    book = rule_in_force(RULES / f"{name}.yaml", A_DAY)
    taken = [
        book.excerpt(category, severity, Source.PUBLIC, A_DAY, circumstances=named)
        for category, severity, named in product(Category, Severity, ALL_SETS)
    ]

    written = [excerpt.model_dump_json() for excerpt in taken]
    read = [Excerpt.model_validate_json(one) for one in written]

    assert read == taken
    assert [excerpt.model_dump_json() for excerpt in read] == written


def test_a_calendar_that_was_written_and_read_counts_the_same_days(ziyang: RuleBook) -> None:
    assert Calendar.model_validate_json(ziyang.calendar.model_dump_json()) == ziyang.calendar


def test_an_excerpt_permits_what_the_book_permits(ziyang: RuleBook) -> None:
    taken = ziyang.excerpt(Category.DUMPING, Severity.GENERAL, Source.PATROL, A_DAY)

    read = Excerpt.model_validate_json(taken.model_dump_json())

    assert {name: read.roles_of(name) for name in ziyang.commands} == {
        name: frozenset(permission.who) for name, permission in ziyang.commands.items()
    }
    assert read.roles_of("RecordStop") == {Role.CHIEF, Role.FORMER_CHIEF, Role.FINDER}
    assert read.photos == {"photos": 1, "before": 2, "after": 2}


@pytest.mark.parametrize(
    ("category", "severity", "plan"),
    [
        (Category.OCCUPATION, Severity.GENERAL, None),  # a general issue needs none, however long it has
        (Category.FLOATING_DEBRIS, Severity.MAJOR, None),  # 72h is less than 10wd
        (Category.ABNORMAL_WATER, Severity.SERIOUS, None),  # 1wd
        (Category.DUMPING, Severity.SERIOUS, "5wd"),  # exactly 10wd
        (Category.OTHER, Severity.MAJOR, "10wd"),
        (Category.BUILDING, Severity.SERIOUS, "5wd"),  # by plan
        (Category.SEWAGE, Severity.MAJOR, "24h"),  # the interim
    ],
)
def test_a_plan_is_asked_for_where_rectifying_takes_ten_working_days(
    category: Category, severity: Severity, plan: str | None, ziyang: RuleBook
) -> None:
    clocks = ziyang.excerpt(category, severity, Source.PATROL, A_DAY).clocks

    assert (str(clocks[Clock.PLAN].limit) if Clock.PLAN in clocks else None) == plan


@pytest.mark.parametrize(
    ("category", "origin", "has_stop"),
    [
        (Category.DUMPING, Origin.NEW, True),
        (Category.DUMPING, Origin.STOCK, False),
        (Category.FLOATING_DEBRIS, Origin.NEW, False),
        (Category.BANK_DAMAGE, Origin.NEW, False),
    ],
)
def test_a_stop_limit_runs_only_where_there_is_something_to_stop(
    category: Category, origin: Origin, has_stop: bool, ziyang: RuleBook
) -> None:
    excerpt = ziyang.excerpt(category, Severity.GENERAL, Source.PATROL, A_DAY, origin=origin)

    assert excerpt.has_stop_limit is has_stop


def test_hazardous_waste_is_handed_over_in_two_hours_and_rectified_as_other(ziyang: RuleBook) -> None:
    clocks = ziyang.excerpt(
        Category.DUMPING, Severity.SERIOUS, Source.PATROL, A_DAY, circumstances=[Circumstance.HAZARDOUS]
    ).clocks

    assert (str(clocks[Clock.ASSIGN].limit), str(clocks[Clock.RECTIFY].limit)) == ("2h", "20wd")


@pytest.mark.parametrize(
    ("severity", "source", "finder", "chief_verify_close"),
    [
        (Severity.GENERAL, Source.PATROL, Level.VILLAGE, (Level.VILLAGE, Level.TOWNSHIP, Level.TOWNSHIP)),
        (Severity.GENERAL, Source.PATROL, Level.TOWNSHIP, (Level.TOWNSHIP, Level.COUNTY, Level.COUNTY)),
        (Severity.GENERAL, Source.PUBLIC, None, (Level.TOWNSHIP, Level.COUNTY, Level.COUNTY)),
        (Severity.GENERAL, Source.INSPECTION, Level.CITY, (Level.CITY, Level.CITY, Level.CITY)),
        (Severity.GENERAL, Source.ORDER, Level.PROVINCE, (Level.CITY, Level.CITY, Level.CITY)),
        (Severity.SERIOUS, Source.PATROL, Level.VILLAGE, (Level.COUNTY, Level.COUNTY, Level.CITY)),
        (Severity.SERIOUS, Source.ORDER, Level.PROVINCE, (Level.COUNTY, Level.CITY, Level.CITY)),
        (Severity.MAJOR, Source.PATROL, Level.VILLAGE, (Level.CITY, Level.CITY, Level.CITY)),
    ],
)
def test_severity_and_finder_say_who_leads_verifies_and_closes(
    severity: Severity,
    source: Source,
    finder: Level | None,
    chief_verify_close: tuple[Level, Level, Level],
    ziyang: RuleBook,
) -> None:
    excerpt = ziyang.excerpt(Category.DUMPING, severity, source, A_DAY, finder=finder)

    assert (excerpt.chief, excerpt.verify, excerpt.close) == chief_verify_close
