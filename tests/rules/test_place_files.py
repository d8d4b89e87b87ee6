"""地图与别名: what a registry folder may hold beside its tables, and every fault of it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.place import Point, Where
from reading.errors import Fault, Unreadable
from reading.places import Gazetteer
from reading.registry import read_registry

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"
REGISTRY = read_registry(ZIYANG)
BOUNDARIES, RIVERS = "boundaries.geojson", "rivers.geojson"
OPTIONAL = (BOUNDARIES, RIVERS, "aliases.csv", "elsewhere.csv")
SQUARE = [[104.0, 30.0], [105.0, 30.0], [105.0, 31.0], [104.0, 31.0], [104.0, 30.0]]
BOW_TIE = [[104.0, 30.0], [105.0, 31.0], [105.0, 30.0], [104.0, 31.0], [104.0, 30.0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ZIYANG, tmp_path / "ziyang"))


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(Unreadable) as refusal:
        Gazetteer.read(folder, REGISTRY)
    return refusal.value.faults


def written(folder: Path, file: str, *features: dict[str, Any]) -> None:
    collection = {"type": "FeatureCollection", "features": features}
    (folder / file).write_text(json.dumps(collection), encoding="utf-8")


def area(code: str, ring: list[list[float]]) -> dict[str, Any]:
    return feature(code, "Polygon", [ring])


def feature(code: str, kind: str, coordinates: object) -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def test_a_registry_needs_neither_map_nor_aliases(folder: Path) -> None:
    for file in OPTIONAL:
        (folder / file).unlink()

    gazetteer = Gazetteer.read(folder, REGISTRY)

    assert gazetteer.locate(Where(name="沱江松涛镇")).certain is not None
    located = gazetteer.locate(Where(point=Point(lon=0, lat=0)))
    assert located.candidates == ()
    assert not located.outside  # nobody knows


def test_without_a_map_coordinates_do_not_speak_against_words(folder: Path) -> None:
    (folder / BOUNDARIES).unlink()

    where = Where(name="沱江松涛镇", point=Point(lon=104.66, lat=30.1))

    assert Gazetteer.read(folder, REGISTRY).locate(where).certain is not None


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([area("512099000000", SQUARE)], "没有 512099000000"),
        ([area("512002000000", BOW_TIE)], "Self-intersection"),
        ([area("512002000000", SQUARE), area("512002000000", SQUARE)], "重复"),
        ([area("512002000000", SQUARE), area("512021000000", SQUARE)], "重叠"),
        ([area("512002000000", SQUARE[:-1])], "no such shape"),
        ([area("512002000000", [[30.0, 104.0], [31.0, 104.0], [31.0, 105.0], [30.0, 104.0]])], "写反"),
        ([area("512002000000", [[1e6, 1e6], [2e6, 1e6], [2e6, 2e6], [1e6, 1e6]])], "degrees are wanted"),
        ([feature("512002000000", "Polygon", [])], "空"),
        ([feature("512002000000", "Polygon", "x")], "no such shape"),
        ([feature("512002000000", "Point", [104.0, 30.0])], "Polygon"),
        ([{"type": "Feature", "properties": {}, "geometry": {}}], "code"),
        ([{"type": "Feature", "properties": {"code": 512002000000}, "geometry": {}}], "code"),
        ([{"type": "Feature", "properties": {"code": "512002000000"}, "geometry": None}], "geometry"),
        (["x"], "features.0"),
    ],
)
def test_a_faulty_boundary_is_refused_by_name(folder: Path, features: list[Any], said: str) -> None:
    written(folder, BOUNDARIES, *features)

    faults = faults_of(folder)

    assert {fault.file for fault in faults} == {BOUNDARIES}
    assert any(said in str(fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "the file"),
        (b"{}", "type"),
        (b"[" * 100_000, "JSON"),
    ],
)
def test_what_is_no_map_is_refused_and_not_raised(folder: Path, content: bytes, said: str) -> None:
    (folder / RIVERS).write_bytes(content)

    faults = faults_of(folder)

    assert {fault.file for fault in faults} == {RIVERS}
    assert any(said in str(fault) for fault in faults), faults


def test_a_river_is_a_line_of_a_river_of_the_registry(folder: Path) -> None:
    line = [[104.6, 30.1], [104.7, 30.2]]
    written(folder, RIVERS, feature("R99", "LineString", line), area("R01", SQUARE))

    assert [fault.where for fault in faults_of(folder)] == ["feature 1, R99", "feature 2, R01"]


def test_the_faults_of_all_files_are_told_at_once(folder: Path) -> None:
    written(folder, BOUNDARIES, area("512099000000", SQUARE))
    written(folder, RIVERS, feature("R99", "LineString", [[1, 1], [2, 2]]))
    (folder / "aliases.csv").write_text("alias,code,basis\n老沱江,R99,x\n沱,R01,x\n", encoding="utf-8")
    (folder / "elsewhere.csv").write_text("name\n简阳\n", encoding="utf-8")

    faults = faults_of(folder)

    assert [(fault.file, fault.where) for fault in faults] == [
        (BOUNDARIES, "feature 1, 512099000000"),
        (RIVERS, "feature 1, R99"),
        ("aliases.csv", "line 3, column alias"),
        ("aliases.csv", "line 2, column code"),
        ("elsewhere.csv", "line 1"),
    ]


@pytest.mark.parametrize("code", ["R01", "R01-02", "512002101000"])
def test_an_alias_is_of_a_river_a_reach_or_a_division(folder: Path, code: str) -> None:
    (folder / "aliases.csv").write_text(f"alias,code,basis\n大水凼,{code},x\n", encoding="utf-8")

    located = Gazetteer.read(folder, REGISTRY).locate(Where(name="大水凼边"))

    assert "R01-02" in {each.reach for each in located.candidates}


def test_a_name_that_is_only_brackets_or_dots_is_found_nowhere(folder: Path) -> None:
    (folder / "aliases.csv").write_text("alias,code,basis\n··,R03,x\n", encoding="utf-8")
    (folder / "elsewhere.csv").write_text("name,basis\n(),x\n", encoding="utf-8")

    assert Gazetteer.read(folder, REGISTRY).locate(Where(name="随便什么")).candidates == ()


def test_boundaries_of_townships_are_finer_than_those_of_counties(folder: Path) -> None:
    inside = [[104.6, 30.0], [104.7, 30.0], [104.7, 30.1], [104.6, 30.1], [104.6, 30.0]]
    written(folder, BOUNDARIES, area("512002000000", SQUARE), area("512002101000", inside))
    (folder / RIVERS).unlink()
    gazetteer = Gazetteer.read(folder, REGISTRY)

    def at(lon: float, lat: float) -> Callable[[], set[str]]:
        return lambda: {
            each.division for each in gazetteer.locate(Where(point=Point(lon=lon, lat=lat))).candidates
        }

    assert at(104.65, 30.05)() == {"512002101000"}
    assert at(104.3, 30.5)() == {"512002000000"}
