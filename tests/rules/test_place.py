"""研判: what words, coordinates and codes come to together, on the real registry of Ziyang."""

import json
import shutil
from collections import Counter
from math import cos, radians
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely.geometry.base import BaseGeometry

from domain.model import Label
from domain.place import Candidate, Located, Point, UnknownPlace, Where
from domain.posts import level_of, within
from domain.terms import Level
from reading.places import Gazetteer
from reading.registry import read_registry

ROOT = Path(__file__).parents[2]
ZIYANG = ROOT / "registry" / "ziyang"
YANJIANG, ANYUE, LEZHI = COUNTIES = ("512002000000", "512021000000", "512022000000")
REGISTRY = read_registry(ZIYANG)
GAZETTEER = Gazetteer.read(ZIYANG, REGISTRY)
METRE = 1 / 111_195
MARGIN, BESIDE = 500, 1_000
IN_ANYUE = Point(lon=105.3, lat=30.1)
BY_THE_TUOJIANG = Point(lon=104.6631, lat=30.1061)


def drawn(file: str) -> dict[str, BaseGeometry]:
    features = json.loads((ZIYANG / file).read_text(encoding="utf-8"))["features"]
    return {
        each["properties"]["code"]: shapely.from_geojson(json.dumps(each["geometry"])) for each in features
    }


MAP = drawn("boundaries.geojson")
CITY = shapely.union_all([MAP[county] for county in COUNTIES])


def locate(
    name: str | None = None, *, at: Point | None = None, reach: str | None = None, division: str | None = None
) -> Located:
    return GAZETTEER.locate(Where(name=name, point=at, reach=reach, division=division))


def reaches(located: Located) -> set[str | None]:
    return {each.reach for each in located.candidates}


def divisions(located: Located) -> set[str]:
    return {each.division for each in located.candidates}


def moved(point: shapely.Point, metres_east: float, metres_north: float) -> Point:
    east = metres_east * METRE / cos(radians(point.y))
    return Point(lon=point.x + east, lat=point.y + metres_north * METRE)


def in_metres(shape: BaseGeometry, point: Point) -> float:
    """Measure from the point, not from the middle of the map: the tests' own arithmetic."""
    scale = (cos(radians(point.lat)) / METRE, 1 / METRE)
    here = shapely.Point(point.lon * scale[0], point.lat * scale[1])
    return shapely.transform(shape, lambda degrees: degrees * scale).distance(here)


# ---------------------------------------------------------------- codes


@pytest.mark.parametrize("reach", REGISTRY.reaches)
def test_every_reach_is_certain_by_its_code(reach: str) -> None:
    certain = locate(reach=reach).certain

    assert certain is not None
    assert (certain.reach, certain.division) == (reach, REGISTRY.reach(reach).division)
    assert reach in certain.why.zh


def test_a_village_inside_the_reach_is_kept() -> None:
    certain = locate(reach="R09-01", division="512002104234").certain

    assert certain is not None
    assert certain.division == "512002104234"


def test_a_county_around_the_reach_says_no_more_than_the_reach() -> None:
    certain = locate(reach="R09-01", division=YANJIANG).certain

    assert certain is not None
    assert certain.division == "512002104000"


@pytest.mark.parametrize(
    ("reach", "division", "field"),
    [
        ("R99-01", None, "reach"),
        ("r01-01", None, "reach"),
        (None, "512099000000", "division"),
        ("R03-01", YANJIANG, "division"),
        ("R03-01", "999999999999", "division"),
    ],
)
def test_a_code_that_is_wrong_is_refused_by_name(reach: str | None, division: str | None, field: str) -> None:
    with pytest.raises(UnknownPlace) as refused:
        locate(reach=reach, division=division, name="沱江松涛镇")

    assert refused.value.field == field
    assert (reach if field == "reach" else division) in refused.value.reason.zh
    assert refused.value.reason.en


def test_words_do_not_undo_a_code() -> None:
    certain = locate("下游的沱江也看得见,潼南区", reach="R03-01").certain

    assert certain is not None
    assert certain.reach == "R03-01"


def test_coordinates_elsewhere_make_a_code_uncertain_and_both_are_named() -> None:
    located = locate(reach="R01-02", at=IN_ANYUE)

    assert located.certain is None
    assert [(each.reach, each.division) for each in located.candidates] == [
        ("R01-02", "512002101000"),
        (None, ANYUE),
    ]
    assert "不合" in located.candidates[0].why.zh


def test_a_township_by_its_code_is_not_certain_until_a_water_is_named() -> None:
    assert locate(division="512022113000").certain is None
    assert locate("蟠龙河", division="512022113000").certain is not None
    assert locate("沱江", division="512022113000").certain is None


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("reach", REGISTRY.reaches)
def test_every_reach_is_certain_by_its_own_name(reach: str) -> None:
    certain = locate(f"有人举报:{REGISTRY.reach_name(reach)}有垃圾").certain

    assert certain is not None
    assert certain.reach == reach


@pytest.mark.parametrize("reach", REGISTRY.reaches)
def test_every_reach_is_certain_by_its_river_and_its_division(reach: str) -> None:
    row = REGISTRY.reach(reach)
    river = REGISTRY.rivers[row.river_id].name.partition("(")[0]
    for text in (
        f"{REGISTRY.division_name(row.division)}{river}",
        f"{river}流经 {REGISTRY.division_name(row.division)} 的地方",
    ):
        certain = locate(text).certain

        assert certain is not None, text
        assert (certain.reach, certain.division) == (reach, row.division)


def test_a_river_alone_leaves_all_its_reaches_unless_it_has_one() -> None:
    of_river = Counter(row.river_id for row in REGISTRY.reaches.values())
    for river in REGISTRY.rivers.values():
        located = locate(river.name)

        assert {code for code in reaches(located) if code} == {
            code for code, row in REGISTRY.reaches.items() if row.river_id == river.id
        }
        assert (located.certain is not None) == (of_river[river.id] == 1), river.name


def test_a_township_alone_is_never_certain() -> None:
    for division in REGISTRY.divisions.values():
        if division.level == Level.TOWNSHIP:
            located = locate(division.name)

            assert located.certain is None
            assert (None, division.code) in {(each.reach, each.division) for each in located.candidates}


@pytest.mark.parametrize(
    "text",
    [
        "九曲河路18号门口",  # a street
        "九曲河东二路",
        "九曲河畔小区",
        "九曲河大酒店门口",
        "九曲河社区居民反映",  # a village
        "蟠龙河水库",  # another water
        "保和镇阳化河与小阳化河交汇处",  # two waters
        "九曲河支流",
        "小九曲河",
        "沱江莲花泛滥",  # a flower
        "沱江雁江段",  # a county or a township
        "潼南区崇龛镇琼江云峰乡",  # across the boundary
        "河南省某县龙台河",  # the same name elsewhere
        "九曲河汇入沱江处松涛镇",
        "蟠龙河童家镇",  # a reach that the registry does not know
        "乐至县沱江松涛镇",
        "松涛镇小濛溪河",
        "天鹅村",  # in two townships
        "四合院",
        "绵阳市九曲河",
    ],
)
def test_what_may_be_something_else_is_left_to_a_person(text: str) -> None:
    located = locate(text)

    assert located.candidates
    assert located.certain is None


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("沱江松涛段", "R01-02"),
        ("沱江 · 松涛乡", "R01-02"),
        ("沱江(松涛镇)", "R01-02"),
        ("琼江龙门乡黄林树村", "R02-01"),  # as it was called before
        ("蒙溪河周礼镇", "R07-01"),  # as it is also written
        ("花溪河", "R09-01"),
        ("四川省资阳市雁江区丰裕镇民合水库", "L05-01"),
        ("雁江区濛溪河", "R07-02"),
        ("琼江支流姚市河,姚市镇", "R05-01"),
        ("九曲河东岸", "R06-01"),
        ("蟠龙河大桥下面", "R03-01"),
        ("王二溪水电站下游", "R01-08"),
        ("民合水库水库库区", "L05-01"),
        ("丰裕镇民合水库旁边的四合院", "L05-01"),
    ],
)
def test_other_ways_to_say_it_are_understood(text: str, reach: str) -> None:
    certain = locate(text).certain

    assert certain is not None
    assert certain.reach == reach


def test_of_two_names_the_longer_counts() -> None:
    assert reaches(locate("小阳化河")) == {"R09-01"}
    assert reaches(locate("小濛溪河")) == {None}
    assert reaches(locate("松涛镇小濛溪河")) == {None}
    assert reaches(locate("双石桥水库")) == {"L04-01"}


def test_a_village_of_that_name_in_several_townships_leaves_them_all() -> None:
    named = [code for code, row in REGISTRY.divisions.items() if row.name == "天鹅村"]

    assert len(named) == 2
    assert divisions(locate("天鹅村")) == set(named)
    assert divisions(locate("安岳县天鹅村")) == {code for code in named if within(code, ANYUE)}


def test_a_village_is_kept_as_the_finer_division() -> None:
    certain = locate("小阳化河花溪村").certain

    assert certain is not None
    assert (certain.reach, REGISTRY.division_name(certain.division)) == ("R09-01", "花溪村")


def test_a_hint_puts_its_reach_first_and_removes_none() -> None:
    located = locate("沱江莲花泛滥")

    assert located.candidates[0].reach == "R01-05"
    assert reaches(located) == reaches(locate("沱江"))


def test_words_that_contradict_each_other_name_both_with_the_reasons() -> None:
    located = locate("蟠龙河松涛镇")

    assert {(each.reach, each.division) for each in located.candidates} == {
        ("R03-01", "512022113000"),
        (None, "512002101000"),
    }
    assert all("不合" in each.why.zh and "against" in each.why.en for each in located.candidates)


def test_real_reports_from_elsewhere_are_never_certain_and_those_from_here_lead_to_their_reach() -> None:
    lines = (ROOT / "samples" / "ziyang_reports.jsonl").read_text(encoding="utf-8").splitlines()
    found = 0
    for report in map(json.loads, lines):
        certain = locate(f"{report.get('true_place') or ''} {report['text']}"[:200]).certain
        if report.get("borrowed"):
            assert certain is None, report
        elif certain is not None:
            assert certain.reach == report["reach"]
            found += 1
    assert found >= 2


def test_nothing_known_is_no_candidate() -> None:
    assert locate("随便说点什么") == Located()
    assert locate("四川省") == Located()
    assert locate("   ") == Located()
    assert locate() == Located()


# ---------------------------------------------------------------- coordinates


@pytest.mark.parametrize("county", COUNTIES)
def test_a_point_deep_inside_lies_in_its_county_and_is_not_certain(county: str) -> None:
    deep = MAP[county].buffer(-2 * MARGIN * METRE)
    for share in range(1, 12):
        west, south, east, north = deep.bounds
        line = shapely.LineString(
            [(west, south + (north - south) * share / 12), (east, south + (north - south) * share / 12)]
        )
        spot = deep.intersection(line).representative_point()
        located = locate(at=Point(lon=spot.x, lat=spot.y))

        assert {REGISTRY.reach(code).division[:6] for code in reaches(located) if code} <= {county[:6]}
        assert (None, county) in {(each.reach, each.division) for each in located.candidates}
        assert {code[:6] for code in divisions(located)} == {county[:6]}
        assert located.certain is None
        assert not located.outside


@pytest.mark.parametrize(("one", "other"), [(YANJIANG, ANYUE), (YANJIANG, LEZHI), (ANYUE, LEZHI)])
def test_on_a_boundary_and_near_it_on_each_side_both_counties_are_named(one: str, other: str) -> None:
    shared = MAP[one].intersection(MAP[other])
    third = next(MAP[county] for county in COUNTIES if county not in (one, other))
    met = 0
    for share in range(1, 20):
        spot = shared.interpolate(share / 20, normalized=True)
        if third.distance(spot) < 5 * MARGIN * METRE:
            continue
        for east, north in ((0, 0), (0.6 * MARGIN, 0), (-0.6 * MARGIN, 0), (0, 0.6 * MARGIN)):
            located = locate(at=moved(spot, east, north))

            assert {one, other} == {each.division for each in located.candidates if each.reach is None}
            assert located.certain is None
        met += 1
    assert met > 5


def test_the_margin_ends_where_it_says() -> None:
    corner = min(shapely.get_coordinates(CITY).tolist())
    spot = shapely.Point(corner)

    assert not locate(at=moved(spot, -0.98 * MARGIN, 0)).outside
    assert locate(at=moved(spot, -1.02 * MARGIN, 0)).outside


def test_near_the_line_of_a_river_its_reaches_in_that_county_come_first() -> None:
    located = locate(at=BY_THE_TUOJIANG)

    tuojiang = {code for code, row in REGISTRY.reaches.items() if row.river_id == "R01"}
    assert reaches(located) == {*tuojiang, None}
    assert located.candidates[-1].reach is None
    assert "沱江概化线" in located.candidates[0].why.zh
    assert located.certain is None


@pytest.mark.parametrize(("share", "is_meant"), [(0.97, True), (1.03, False)])
def test_beyond_its_distance_a_river_is_not_meant(share: float, *, is_meant: bool) -> None:
    bend = min(shapely.get_coordinates(drawn("rivers.geojson")["R01"].intersection(MAP[YANJIANG])).tolist())
    line = drawn("rivers.geojson")["R01"]
    west = next(
        spot
        for spot in (moved(shapely.Point(bend), -step * 5.0, 0) for step in range(1000))
        if in_metres(line, spot) > share * BESIDE
    )

    assert ("R01-01" in reaches(locate(at=west))) == is_meant


@pytest.mark.parametrize(
    ("lon", "lat"), [(121.5, 31.2), (104.07, 30.67), (125.0, 20.0), (-104.6, 30.1), (104.6, -30.1), (180, 90)]
)
def test_far_away_is_outside_and_no_candidate(lon: float, lat: float) -> None:
    located = locate(at=Point(lon=lon, lat=lat))

    assert located.outside
    assert located.candidates == ()
    assert located.doubts


def test_one_candidate_is_not_certain_outside_or_in_doubt_or_without_a_reach() -> None:
    said = Label("因", "why")
    one = Candidate(division="512002101000", reach="R01-02", why=said)

    assert Located(candidates=(one,)).certain == one
    assert Located(candidates=(one,), outside=True).certain is None
    assert Located(candidates=(one,), doubts=(said,)).certain is None
    assert Located(candidates=(one, one)).certain is None
    assert Located(candidates=(one.model_copy(update={"reach": None}),)).certain is None


def test_no_position_is_said_to_be_none() -> None:
    assert "没有定位" in locate(at=Point(lon=0, lat=0)).doubts[0].zh


def test_coordinates_outside_leave_nothing_certain() -> None:
    for located in (
        locate("蟠龙河", at=Point(lon=0, lat=0)),
        locate(reach="R03-01", at=Point(lon=121, lat=31)),
    ):
        assert reaches(located) == {"R03-01"}
        assert located.outside
        assert located.certain is None


def test_swapped_coordinates_are_refused_with_a_hint() -> None:
    with pytest.raises(ValidationError, match=r"写反.*swapped"):
        Point(lon=30.1, lat=104.66)
    with pytest.raises(ValidationError, match="写反"):
        Where.model_validate_json('{"point": {"lon": 30.1, "lat": 104.66}}')


@pytest.mark.parametrize(
    "given",
    [
        {"lon": 104.6, "lat": 91},
        {"lon": 30, "lat": 181},
        {"lon": "x", "lat": 104},
        {"lon": float("nan"), "lat": 104},
    ],
)
def test_other_wrong_coordinates_are_not_called_swapped(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        Point.model_validate(given)

    assert "写反" not in str(refused.value)


def test_swapped_coordinates_that_are_possible_are_told_by_where_they_would_lie(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ZIYANG, tmp_path / "west"))
    square = [[84.0, 43.0], [85.0, 43.0], [85.0, 44.0], [84.0, 44.0], [84.0, 43.0]]
    feature = {
        "type": "Feature",
        "properties": {"code": YANJIANG},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    west = {"type": "FeatureCollection", "features": [feature]}
    (folder / "boundaries.geojson").write_text(json.dumps(west), encoding="utf-8")
    gazetteer = Gazetteer.read(folder, REGISTRY)

    located = gazetteer.locate(Where(point=Point(lon=43.5, lat=84.5)))

    assert located.outside
    assert "写反" in located.doubts[0].zh


# ---------------------------------------------------------------- words and coordinates together


def test_words_and_coordinates_that_agree_are_certain_and_both_are_reasons() -> None:
    certain = locate("沱江松涛镇", at=BY_THE_TUOJIANG).certain

    assert certain is not None
    assert certain.reach == "R01-02"
    for part in ("沱江", "松涛镇", "坐标在雁江区"):
        assert part in certain.why.zh


def test_coordinates_choose_among_the_reaches_of_a_river_in_two_counties() -> None:
    assert locate("濛溪河").certain is None

    certain = locate("濛溪河", at=IN_ANYUE).certain

    assert certain is not None
    assert certain.reach == "R07-01"


def test_words_and_coordinates_that_contradict_each_other_are_both_named() -> None:
    located = locate("沱江松涛镇", at=IN_ANYUE)

    assert {(each.reach, each.division) for each in located.candidates} == {
        ("R01-02", "512002101000"),
        (None, ANYUE),
    }
    assert located.certain is None
    assert all("不合" in each.why.zh for each in located.candidates)


def test_a_point_by_the_river_and_a_township_name_the_reach_first_but_no_water_is_named() -> None:
    located = locate("南津镇", at=BY_THE_TUOJIANG)

    assert located.candidates[0].reach == "R01-08"
    assert located.certain is None


# ---------------------------------------------------------------- who answers for it


def test_a_reach_is_answered_for_by_its_chiefs_and_a_division_by_its_offices() -> None:
    reach, township = locate("蟠龙镇").candidates

    assert GAZETTEER.responsible(reach) == REGISTRY.chain("512022113000", "R03-01")
    assert GAZETTEER.responsible(township) == (
        "office:512022113000",
        "office:512022000000",
        "office:512000000000",
    )


def test_somebody_answers_for_every_candidate() -> None:
    for name in (row.name for row in (*REGISTRY.divisions.values(), *REGISTRY.rivers.values())):
        for candidate in locate(name).candidates:
            if level_of(candidate.division) <= Level.CITY:
                assert GAZETTEER.responsible(candidate), candidate


# ---------------------------------------------------------------- properties

NAMES = sorted(
    {
        row.name
        for row in (*REGISTRY.divisions.values(), *REGISTRY.rivers.values(), *REGISTRY.reaches.values())
    }
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(NAMES)
        | st.sampled_from([name[:-1] for name in NAMES])
        | st.sampled_from("小大路村河镇段 ·(,\n上"),
        max_size=6,
    ).map("".join),
).map(lambda text: "".join(sign for sign in text if sign >= " " and not "\x7f" <= sign <= "\x9f")[:200])
POINTS = st.one_of(
    st.builds(Point, lon=st.floats(104.3, 105.9), lat=st.floats(29.5, 30.8)),
    st.builds(Point, lon=st.floats(-180, 180), lat=st.floats(-90, 90)),
)


@st.composite
def wheres(draw: st.DrawFn) -> Where:
    """Give a place whose codes, if there are two, do not contradict each other."""
    reach = draw(st.none() | st.sampled_from(sorted(REGISTRY.reaches)))
    possible = [
        code for code in REGISTRY.divisions if reach is None or within(code, REGISTRY.reach(reach).division)
    ]
    return Where(
        reach=reach,
        division=draw(st.none() | st.sampled_from(possible)),
        point=draw(st.none() | POINTS),
        name=draw(st.none() | TEXTS),
    )


@given(where=wheres())
def test_whatever_is_said_only_places_of_the_registry_are_meant(where: Where) -> None:
    located = GAZETTEER.locate(where)

    for candidate in located.candidates:
        assert candidate.division in REGISTRY.divisions
        assert candidate.why.zh
        assert candidate.why.en
        if candidate.reach is not None:
            assert within(candidate.division, REGISTRY.reach(candidate.reach).division)
    spots = [(each.reach, each.division) for each in located.candidates]
    assert len(spots) == len(set(spots))
    if where.reach is not None:
        assert where.reach in reaches(located)
    assert GAZETTEER.locate(where) == located


@given(where=wheres())
def test_what_is_certain_contradicts_nothing(where: Where) -> None:
    certain = GAZETTEER.locate(where).certain

    if certain is not None:
        assert certain.reach is not None
        assert where.reach in (None, certain.reach)
        assert "不合" not in certain.why.zh
        if where.point is not None:
            assert in_metres(MAP[certain.division[:6] + "000000"], where.point) <= 1.01 * MARGIN
        if where.division is not None:
            assert within(certain.division, where.division) or within(where.division, certain.division)


@given(point=POINTS)
def test_coordinates_alone_are_never_certain(point: Point) -> None:
    located = locate(at=point)

    assert located.certain is None
    assert located.outside == (not located.candidates)
