from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest

from domain.excerpt import Excerpt
from domain.limits import Limit
from domain.roles import Role
from domain.rulebook import RuleBook
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source
from domain.workdays import Calendar
from reading.rulebook import EXCERPT_BYTES, rule_in_force

RULES = Path(__file__).parents[2] / "rules"
A_DAY = date(2026, 11, 2)


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


def size(excerpt: Excerpt) -> int:
    return len(excerpt.model_dump_json().encode())


ALL_SETS = [
    frozenset(named for named, taken in zip(Circumstance, bits, strict=True) if taken)
    for bits in product((False, True), repeat=len(Circumstance))
]


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("category", Category)
def test_an_excerpt_is_small_on_new_years_day_whatever_the_issue(
    category: Category, severity: Severity, book: RuleBook
) -> None:
    new_years_day = date(2026, 1, 1)

    excerpts = [
        book.excerpt(category, severity, Source.PUBLIC, new_years_day, circumstances=named)
        for named in ALL_SETS
    ]

    assert max(map(size, excerpts)) <= EXCERPT_BYTES


@pytest.mark.parametrize("year", range(2018, 2027))
def test_the_longest_excerpt_is_small_on_every_day_of_a_year(year: int, ziyang: RuleBook) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(0, 365, 1 if year == 2026 else 7)]

    excerpts = [
        ziyang.excerpt(
            Category.OCCUPATION,
            Severity.MAJOR,
            Source.PUBLIC,
            on,
            circumstances=[Circumstance.FLOOD_BLOCKING],
        )
        for on in days
    ]

    assert max(map(size, excerpts)) <= EXCERPT_BYTES


def test_an_excerpt_that_was_written_and_read_is_the_same_excerpt(book: RuleBook) -> None:
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


@pytest.mark.parametrize("category", [Category.FLOATING_DEBRIS, Category.BANK_DAMAGE])
def test_debris_and_damage_have_no_act_that_could_be_stopped(category: Category, ziyang: RuleBook) -> None:
    excerpt = ziyang.excerpt(category, Severity.GENERAL, Source.PATROL, A_DAY)

    assert not excerpt.has_stop_limit


def test_a_stock_issue_has_neither_a_stop_nor_a_plan_limit(ziyang: RuleBook) -> None:
    excerpt = ziyang.excerpt(Category.BUILDING, Severity.MAJOR, Source.SATELLITE, A_DAY, origin=Origin.STOCK)

    assert {Clock.STOP, Clock.PLAN}.isdisjoint(excerpt.clocks)


def test_dumping_has_a_stop_limit(ziyang: RuleBook) -> None:
    excerpt = ziyang.excerpt(Category.DUMPING, Severity.GENERAL, Source.PATROL, A_DAY)

    assert excerpt.clocks[Clock.STOP].limit == Limit.model_validate("24h")


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


@pytest.mark.parametrize(
    ("severity", "seconds"), [(Severity.GENERAL, 60), (Severity.SERIOUS, 60), (Severity.MAJOR, 0)]
)
def test_only_a_major_issue_wakes_without_jitter(severity: Severity, seconds: int, ziyang: RuleBook) -> None:
    assert ziyang.excerpt(Category.DUMPING, severity, Source.PATROL, A_DAY).jitter == seconds


def test_a_recurring_issue_has_a_chief_one_level_higher(ziyang: RuleBook) -> None:
    excerpt = ziyang.excerpt(
        Category.DUMPING, Severity.GENERAL, Source.PATROL, A_DAY, finder=Level.VILLAGE, recurring=True
    )

    assert excerpt.chief is Level.TOWNSHIP


@pytest.mark.parametrize(
    ("on", "limit"),
    [
        (date(2026, 4, 30), "5wd"),  # the day before the season
        (date(2026, 5, 1), "2wd"),  # half of five, rounded down
        (date(2026, 9, 30), "2wd"),
        (date(2026, 10, 1), "5wd"),
    ],
)
def test_a_flood_blocking_issue_has_half_the_time_from_may_to_september(
    on: date, limit: str, ziyang: RuleBook
) -> None:
    excerpt = ziyang.excerpt(
        Category.EXTRACTION, Severity.GENERAL, Source.PATROL, on, circumstances=[Circumstance.FLOOD_BLOCKING]
    )

    assert str(excerpt.limit(Clock.RECTIFY, on).limit) == limit


def test_an_issue_that_blocks_no_flood_has_the_whole_time_in_the_season(ziyang: RuleBook) -> None:
    in_season = date(2026, 7, 1)

    excerpt = ziyang.excerpt(Category.EXTRACTION, Severity.GENERAL, Source.PATROL, in_season)

    assert str(excerpt.limit(Clock.RECTIFY, in_season).limit) == "5wd"


def test_the_season_halves_the_time_to_rectify_and_no_other(ziyang: RuleBook) -> None:
    in_season = date(2026, 7, 1)

    excerpt = ziyang.excerpt(
        Category.EXTRACTION,
        Severity.GENERAL,
        Source.PATROL,
        in_season,
        circumstances=[Circumstance.FLOOD_BLOCKING],
    )

    assert str(excerpt.limit(Clock.VERIFY, in_season).limit) == "5wd"


@pytest.mark.parametrize(
    ("whole", "half"),
    [("1wd", "1wd"), ("3wd", "1wd"), ("5wd", "2wd"), ("20wd", "10wd"), ("plan <= 61cd", "plan <= 30cd")],
)
def test_half_a_limit_is_rounded_down_and_at_least_one(whole: str, half: str) -> None:
    assert str(Limit.model_validate(whole).halved()) == half
