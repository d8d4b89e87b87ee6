"""研判: one thing is one issue, and what is doubtful is a person's question."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lead import Told
from domain.model import Label
from domain.place import Candidate, Located, Point, Where
from domain.posts import level_of, post_level, within
from domain.registering import marks, register_by, register_limit, repeats
from domain.rulebook import RuleBook
from domain.terms import Category, Level, Origin, Rung, Severity, Source
from domain.triage import (
    Attach,
    Nearby,
    Open,
    Park,
    Understood,
    Wait,
    common_division,
    metres,
    triage,
    understand,
)
from reading.errors import Unreadable
from reading.rulebook import read_editions
from reading.triage import read_triage_rules

ROOT = Path(__file__).parents[2]
RULES = read_triage_rules(ROOT / "rules" / "triage.yaml")
BOOK: RuleBook = read_editions(ROOT / "rules" / "ziyang.yaml")[-1]
TOWN, REACH = "512022113000", "R03-01"
PLACE = Candidate(division=TOWN, reach=REACH, why=Label("河段编号", "by code"))
OTHER_PLACE = Candidate(division="512022117000", reach="R02-01", why=Label("地名", "by name"))
HERE = Point(lon=105.0, lat=30.0)
ISSUE = "512022-2026-000001"
WIDEST = max(RULES.radius.values())


def told(
    source: Source = Source.PUBLIC,
    point: Point | None = None,
    severity: Severity | None = None,
    origin: Origin = Origin.NEW,
) -> Told:
    return Told(
        text="桥下有垃圾。",
        source=source,
        where=Where(reach=REACH, point=point),
        severity=severity,
        origin=origin,
    )


def of_kind(category: Category | None = Category.DUMPING) -> Understood:
    return Understood(category=category, severity=Severity.GENERAL)


def near(issue_id: str | None = ISSUE, reach: str = REACH, point: Point | None = None) -> Nearby:
    return Nearby(receipt="261124-AAAAAAAA", issue_id=issue_id, reach=reach, point=point)


def certain() -> Located:
    return Located(candidates=(PLACE,))


def test_the_first_report_of_a_thing_opens_an_issue() -> None:
    decision = triage(told(), of_kind(), certain(), [], RULES)

    assert decision == Open(place=PLACE, category=Category.DUMPING, severity=Severity.GENERAL)


def test_the_next_report_of_it_is_attached_to_the_oldest_that_is_open() -> None:
    decision = triage(told(), of_kind(), certain(), [near(), near("512022-2026-000002")], RULES)

    assert isinstance(decision, Attach)
    assert decision.issue_id == ISSUE


def test_a_report_waits_while_another_of_the_same_thing_is_being_opened() -> None:
    assert triage(told(), of_kind(), certain(), [near(issue_id=None)], RULES) == Wait()


def test_a_superiors_order_is_answered_for_by_itself() -> None:
    assert isinstance(triage(told(Source.ORDER), of_kind(), certain(), [near()], RULES), Open)


def test_stock_is_never_attached_to_what_is_new() -> None:
    assert isinstance(triage(told(origin=Origin.STOCK), of_kind(), certain(), [near()], RULES), Open)


def test_what_recurs_is_an_issue_of_its_own() -> None:
    recurring = told().model_copy(update={"recurrence_of": ISSUE})

    assert isinstance(triage(recurring, of_kind(), certain(), [near()], RULES), Open)


@pytest.mark.parametrize(
    ("located", "category"),
    [
        (Located(), Category.DUMPING),
        (Located(candidates=(PLACE, OTHER_PLACE)), Category.DUMPING),
        (Located(candidates=(PLACE.model_copy(update={"reach": None}),)), Category.DUMPING),
        (certain(), None),
    ],
)
def test_what_is_doubtful_waits_for_a_person_with_all_that_it_may_be(
    located: Located, category: Category | None
) -> None:
    decision = triage(told(), of_kind(category), located, [near()], RULES)

    assert isinstance(decision, Park)
    assert decision.candidates == located.candidates
    assert decision.reason.zh
    assert decision.reason.en


def test_two_points_further_apart_than_the_radius_are_two_things_on_one_reach() -> None:
    there = Point(lon=105.0, lat=30.0 + 150 / 111_195)

    assert isinstance(triage(told(point=HERE), of_kind(), certain(), [near(point=there)], RULES), Open)


def test_two_points_within_the_radius_are_one_thing_even_across_reaches() -> None:
    there = Point(lon=105.0, lat=30.0 + 90 / 111_195)

    decision = triage(told(point=HERE), of_kind(), certain(), [near(reach="R02-01", point=there)], RULES)

    assert isinstance(decision, Attach)


@given(
    lon=st.floats(100, 110),
    lat=st.floats(20, 50),
    away=st.floats(-0.5, 0.5),
    up=st.floats(-0.5, 0.5),
    category=st.sampled_from(Category),
    same_reach=st.booleans(),
)
def test_a_report_is_attached_only_within_the_radius_of_its_kind(
    lon: float, lat: float, away: float, up: float, category: Category, *, same_reach: bool
) -> None:
    here, there = Point(lon=lon, lat=lat), Point(lon=lon + away, lat=lat + up)
    other = near(reach=REACH if same_reach else "R02-01", point=there)

    decision = triage(told(point=here), of_kind(category), certain(), [other], RULES)

    assert isinstance(decision, Attach) == (metres(here, there) <= RULES.radius[category])


@given(
    one=st.builds(Point, lon=st.floats(-180, 180), lat=st.floats(-90, 90)),
    other=st.builds(Point, lon=st.floats(-180, 180), lat=st.floats(-90, 90)),
)
def test_a_distance_is_the_same_both_ways_and_never_beyond_the_antipode(one: Point, other: Point) -> None:
    assert metres(one, other) == pytest.approx(metres(other, one), abs=1e-3)
    assert 0 <= metres(one, other) <= 20_015_100


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    assert metres(HERE, Point(lon=105, lat=31)) == pytest.approx(111_195, rel=1e-3)


@given(said=st.none() | st.sampled_from(Severity), hinted=st.sampled_from(Severity))
def test_words_alone_never_grade_a_report_to_the_top(said: Severity | None, hinted: Severity) -> None:
    severity = understand(told(severity=said), None, hinted, RULES).severity

    assert severity is (said or min(hinted, RULES.most_by_words, key=list(Severity).index))
    assert said or severity is not Severity.MAJOR


def test_the_tellers_own_kind_stands_before_the_suggested_one() -> None:
    said = told().model_copy(update={"category": Category.SEWAGE})

    assert understand(said, Category.DUMPING, Severity.GENERAL, RULES).category is Category.SEWAGE
    assert understand(told(), Category.DUMPING, Severity.GENERAL, RULES).category is Category.DUMPING


DIVISIONS = st.sampled_from(
    ["512022113000", "512022113201", "512022117000", "512021100000", "512002000000", "512000000000"]
)


@given(st.lists(DIVISIONS, min_size=1, max_size=4))
def test_whoever_decides_between_places_stands_above_them_all(divisions: list[str]) -> None:
    candidates = [PLACE.model_copy(update={"division": division}) for division in divisions]

    office = common_division(candidates, "512000000000")

    assert all(within(division, office) or within(office, division) for division in divisions)
    assert level_of(office) >= Level.COUNTY


def test_two_counties_are_decided_between_by_their_city() -> None:
    candidates = [PLACE, PLACE.model_copy(update={"division": "512021100000"})]

    assert common_division(candidates, "510000000000") == "512000000000"
    assert common_division([], "512000000000") == "512000000000"


BY_DAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BY_NIGHT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "at", "severity", "due"),
    [
        (Source.PUBLIC, BY_DAY, Severity.GENERAL, BY_DAY),
        (Source.HOTLINE, BY_NIGHT, Severity.GENERAL, datetime(2026, 11, 25, 1, 0, tzinfo=UTC)),
        (Source.PUBLIC, BY_NIGHT, Severity.MAJOR, BY_NIGHT),
        (Source.PATROL, BY_DAY, Severity.GENERAL, datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        (Source.PATROL, BY_DAY, Severity.MAJOR, BY_DAY + timedelta(hours=2)),
        (Source.CAMERA, BY_NIGHT, Severity.GENERAL, datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_report_is_registered_by_when_the_rule_book_says(
    source: Source, at: datetime, severity: Severity, due: datetime
) -> None:
    assert register_by(BOOK, register_limit(BOOK, source, severity, at), at) == due


def test_an_undecided_lead_climbs_from_the_countys_office_to_the_citys_and_stays_there() -> None:
    climbed = marks(BOOK, BY_DAY, TOWN)

    assert climbed[0].at == BY_DAY
    assert [mark.rung for mark in climbed[:3]] == [Rung.REMINDER, Rung.ORDER, Rung.ESCALATION]
    assert [post_level(mark.addressee) for mark in climbed[:4]] == [3, 3, 4, 4]
    assert all(before.at < after.at for before, after in pairwise(climbed))
    assert repeats(BOOK) == timedelta(hours=12)


def test_a_fault_in_the_triage_rules_is_named_with_its_line(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "triage.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "triage.yaml"
    broken.write_text(text.replace("DUMPING: 100", "DUMPING: -1"), encoding="utf-8")

    with pytest.raises(Unreadable, match=r"triage\.yaml: line 7, radius\.DUMPING"):
        read_triage_rules(broken)


def test_each_kind_has_its_radius() -> None:
    assert set(RULES.radius) == set(Category)
    assert RULES.radius[Category.ABNORMAL_WATER] == WIDEST
