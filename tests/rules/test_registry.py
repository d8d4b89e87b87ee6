import shutil
from pathlib import Path

import pytest

from domain.posts import level_of, office
from domain.terms import Category, Level
from reading.errors import Fault, Unreadable
from reading.registry import Registry, read_registry

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"
CITY = "512000000000"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return read_registry(ZIYANG)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ZIYANG, tmp_path / "ziyang"))


def replaced(file: Path, old: str, new: str) -> int:
    """Change one place in a file and return its line."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(Unreadable) as refusal:
        read_registry(folder)
    return refusal.value.faults


def counties(registry: Registry) -> list[str]:
    return [code for code, row in registry.divisions.items() if row.level == Level.COUNTY]


# ---------------------------------------------------------------- what Ziyang's registry holds


def test_the_three_counties_and_their_rivers_are_there(registry: Registry) -> None:
    assert {registry.division_name(code) for code in counties(registry)} == {"雁江区", "安岳县", "乐至县"}
    assert registry.reach_name("R03-01") == "蟠龙河·蟠龙镇段"
    assert registry.reach("R03-01").division == "512022113000"
    assert len(registry.reaches) == 28


def test_exactly_one_county_chief_is_vacant(registry: Registry) -> None:
    vacant = [post for post, row in registry.posts.items() if row.holder is None]

    assert vacant == ["chief:512022000000:R03-01"]
    assert registry.posts[vacant[0]].deputy is None
    assert registry.vacant_posts("512022113000", "R03-01") == tuple(vacant)


def test_every_reach_has_a_chain_of_chiefs_from_its_division_to_the_city(registry: Registry) -> None:
    for reach_id, reach in registry.reaches.items():
        wanted = [level for level in Level if level_of(reach.division) <= level <= Level.CITY]
        levels = [registry.posts[post].level for post in registry.chain(reach.division, reach_id)]

        assert levels == wanted, reach_id


def test_three_reaches_have_a_village_chief(registry: Registry) -> None:
    village = [
        row.reach for row in registry.posts.values() if row.level == Level.VILLAGE and "chief:" in row.post
    ]

    assert sorted(filter(None, village)) == ["L06-01", "R02-02", "R09-01"]


def test_every_category_has_a_unit_in_every_county(registry: Registry) -> None:
    for county in counties(registry):
        for category in Category:
            assert registry.unit_for(category, county) in registry.posts


def test_the_unit_of_a_township_is_the_department_of_its_county(registry: Registry) -> None:
    assert registry.unit_for(Category.SEWAGE, "512021212208") == "unit:512021000000:environment"


def test_every_level_above_a_reach_has_an_office(registry: Registry) -> None:
    for reach in registry.reaches.values():
        for level in Level:
            if level >= level_of(reach.division):
                assert office(reach.division, level) in registry.posts


def test_every_reach_has_a_patroller_and_a_cleaner(registry: Registry) -> None:
    for kind in ("patroller", "cleaner"):
        reaches = {row.reach for post, row in registry.posts.items() if post.startswith(f"{kind}:")}
        assert reaches == set(registry.reaches)


def test_posts_are_held_by_codes_and_shown_in_chinese(registry: Registry) -> None:
    assert registry.posts[f"office:{CITY}"].holder == "H-512000-003"
    assert registry.post_name(f"office:{CITY}") == "资阳市河长办"
    assert registry.post_name("procurator:512022000000") == "procurator:512022000000"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "reason"),
    [
        ("divisions.csv", "512022000000,乐至县,county", "512022000000,乐至县,kreis", "level", "is no level"),
        ("divisions.csv", "512022000000,乐至县,county", "512022000000,乐至县,City", "level", "is no level"),
        ("divisions.csv", "512022000000,乐至县,county", "512022000000,,county", "name", "at least 1"),
        ("divisions.csv", "512022113001,蟠龙", "51202211300,蟠龙", "code", "pattern"),
        (
            "divisions.csv",
            "512022113001,蟠龙社区,village",
            "512022113001,蟠龙社区,county",
            "level",
            "a village by",
        ),
        (
            "divisions.csv",
            "village,512022113000\n512022113200",
            "village,512022117000\n512022113200",
            "parent_code",
            "lies in 512022113000",
        ),
        ("rivers.csv", "R03,蟠龙河,river", "R03,蟠龙河,creek", "kind", "river"),
        ("rivers.csv", "R04,龙台河", "R03,龙台河", "id", "already on line"),
        ("reaches.csv", "R03-01,R03,", "R03-01,R99,", "river_id", "R99 is not in rivers.csv"),
        ("reaches.csv", "R03-01,R03,", "R03-01,R02,", "reach_id", "is not on river R02"),
        (
            "reaches.csv",
            "蟠龙河·蟠龙镇段,512022113000",
            "蟠龙河·蟠龙镇段,512022999000",
            "division",
            "512022999000 is not in divisions.csv",
        ),
        ("posts.csv", "chief:512022000000:R03-01", "queen:512022000000:R03-01", "post", "no kind of post"),
        ("posts.csv", "chief:512022000000:R03-01", "chief:512022000000", "post", "needs a reach"),
        (
            "posts.csv",
            "县级河长,county,512022000000,R03-01",
            "县级河长,city,512022000000,R03-01",
            "level",
            "county level",
        ),
        (
            "posts.csv",
            "县级河长,county,512022000000,R03-01",
            "县级河长,county,512021000000,R03-01",
            "division",
            "stands in",
        ),
        (
            "posts.csv",
            "县级河长,county,512022000000,R03-01",
            "县级河长,county,512022000000,R02-01",
            "reach",
            "answers for R03-01",
        ),
        (
            "posts.csv",
            "chief:512022000000:R03-01,蟠龙河·蟠龙镇段县级河长,county,512022000000",
            "chief:512021000000:R03-01,蟠龙河·蟠龙镇段县级河长,county,512021000000",
            "reach",
            "lies in 512022113000",
        ),
        ("posts.csv", "H-510000-001", "张三", "holder", "pattern"),
        ("departments.csv", "SEWAGE,environment", "SMELL,environment", "category", "OCCUPATION"),
        (
            "departments.csv",
            "SEWAGE,environment",
            "SEWAGE,forestry",
            "department",
            "unit:512002000000:forestry, unit:512021000000:forestry",
        ),
    ],
)
def test_a_bad_row_is_refused_with_file_line_column_and_reason(
    copied: Path, file: str, old: str, new: str, column: str, reason: str
) -> None:
    line = replaced(copied / file, old, new)

    fault = faults_of(copied)[0]

    assert (fault.file, fault.where) == (file, f"line {line}, column {column}")
    assert reason in fault.reason
    assert str(fault) == f"{file}: line {line}, column {column}: {fault.reason}"


def test_all_faults_of_all_files_are_told_at_once(copied: Path) -> None:
    replaced(copied / "rivers.csv", "R03,蟠龙河,river", "R03,蟠龙河,creek")
    replaced(copied / "posts.csv", "H-510000-001", "张三")

    with pytest.raises(Unreadable) as refusal:
        read_registry(copied)

    assert [fault.file for fault in refusal.value.faults] == ["rivers.csv", "posts.csv"]
    assert str(refusal.value).count("\n") == 1


def test_a_category_without_a_department_is_refused(copied: Path) -> None:
    file = copied / "departments.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith("OTHER,")), encoding="utf-8")

    assert [fault.reason for fault in faults_of(copied)] == ["OTHER has no main department"]


def test_a_missing_file_is_refused(copied: Path) -> None:
    (copied / "rivers.csv").unlink()

    assert [(fault.file, fault.where) for fault in faults_of(copied)] == [("rivers.csv", "the file")]


def test_a_wrong_header_is_refused(copied: Path) -> None:
    replaced(copied / "rivers.csv", "id,name,kind,basis,note", "id,name,sort,basis,note")

    assert [(fault.file, fault.where) for fault in faults_of(copied)] == [("rivers.csv", "line 1")]


@pytest.mark.parametrize("line", ["R03,蟠龙河,river\n", "R03,蟠龙河,river,a,b,c,d\n"])
def test_a_row_of_another_width_is_refused(copied: Path, line: str) -> None:
    file = copied / "rivers.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line if old.startswith("R03,") else old for old in lines), encoding="utf-8")

    assert ["cells where 5 are wanted" in fault.reason for fault in faults_of(copied)] == [True]


def test_a_file_that_is_not_utf_8_is_refused(copied: Path) -> None:
    (copied / "rivers.csv").write_bytes("id,name,kind,basis,note\nR01,沱江,river,,\n".encode("gb18030"))

    assert [fault.reason for fault in faults_of(copied)] == ["is not UTF-8"]


def test_a_file_saved_by_a_spreadsheet_is_read(copied: Path, registry: Registry) -> None:
    for file in copied.glob("*.csv"):
        text = file.read_text(encoding="utf-8").replace("\n", "\r\n")
        file.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\r\n")

    assert read_registry(copied) == registry
