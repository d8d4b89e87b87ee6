"""名录的自洽: what the five tables of a registry must agree on, row against row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.posts import Division, Post, at_level, division_of, level_of, post_level, reach_of, within
from domain.terms import Category, Level, PostKind
from reading.errors import Fault
from reading.rows import DepartmentRow, DivisionRow, PostRow, ReachRow, RiverRow
from reading.tables import Table


@dataclass(frozen=True)
class Tables:
    """五张表: the registry's files as they were read, before anything vouches for them."""

    divisions: Table[DivisionRow]
    rivers: Table[RiverRow]
    reaches: Table[ReachRow]
    posts: Table[PostRow]
    departments: Table[DepartmentRow]

    @classmethod
    def read(cls, folder: Path) -> "Tables":
        return cls(
            divisions=Table(folder / "divisions.csv", DivisionRow, "code"),
            rivers=Table(folder / "rivers.csv", RiverRow, "id"),
            reaches=Table(folder / "reaches.csv", ReachRow, "reach_id"),
            posts=Table(folder / "posts.csv", PostRow, "post"),
            departments=Table(folder / "departments.csv", DepartmentRow, "category"),
        )

    def unreadable(self) -> list[Fault]:
        tables = (self.divisions, self.rivers, self.reaches, self.posts, self.departments)
        return [fault for table in tables for fault in table.faults]


def contradictions(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for every row that another row, or its own code, contradicts."""
    yield from _divisions(tables)
    yield from _reaches(tables)
    yield from _posts(tables)
    yield from _departments(tables)


def unit_post(division: Division, department: str) -> Post:
    """责任单位: return the post of a department in a division."""
    return f"{PostKind.UNIT}:{division}:{department}"


def _divisions(tables: Tables) -> Iterator[Fault]:
    table = tables.divisions
    for code, row in table.rows.items():
        if row.level != level_of(code):
            yield table.fault(code, "level", f"{code} is a {level_of(code).name.lower()} by its code")
        elif row.level == Level.PROVINCE:
            if row.parent_code is not None:
                yield table.fault(code, "parent_code", "nothing stands above a province")
        elif row.parent_code != at_level(code, Level(row.level + 1)):
            above = at_level(code, Level(row.level + 1))
            yield table.fault(code, "parent_code", f"{code} lies in {above}, not in {row.parent_code}")
        elif row.parent_code not in table.rows:
            yield table.fault(code, "parent_code", f"division {row.parent_code} is not in {table.file}")


def _reaches(tables: Tables) -> Iterator[Fault]:
    table = tables.reaches
    for reach_id, row in table.rows.items():
        if row.river_id not in tables.rivers.rows:
            yield table.fault(reach_id, "river_id", f"river {row.river_id} is not in {tables.rivers.file}")
        elif not reach_id.startswith(f"{row.river_id}-"):
            yield table.fault(reach_id, "reach_id", f"{reach_id} is not on river {row.river_id}")
        if row.division not in tables.divisions.rows:
            yield table.fault(reach_id, "division", _unknown_division(row.division))


def _posts(tables: Tables) -> Iterator[Fault]:
    table = tables.posts
    for post, row in table.rows.items():
        if row.division != division_of(post):
            yield table.fault(post, "division", f"{post} stands in {division_of(post)}")
        elif row.division not in tables.divisions.rows:
            yield table.fault(post, "division", _unknown_division(row.division))
        if row.level != post_level(post):
            yield table.fault(post, "level", f"{post} stands at {post_level(post).name.lower()} level")
        if row.reach != reach_of(post):
            yield table.fault(post, "reach", f"{post} answers for {reach_of(post) or 'no reach'}")
        elif row.reach is not None:
            yield from _post_on_its_reach(tables, row, row.reach)


def _post_on_its_reach(tables: Tables, row: PostRow, reach_id: str) -> Iterator[Fault]:
    reach = tables.reaches.rows.get(reach_id)
    if reach is None:
        yield tables.posts.fault(row.post, "reach", f"reach {reach_id} is not in {tables.reaches.file}")
    elif not (within(reach.division, row.division) or within(row.division, reach.division)):
        yield tables.posts.fault(
            row.post, "reach", f"{reach_id} lies in {reach.division}, not in {row.division}"
        )


def _departments(tables: Tables) -> Iterator[Fault]:
    table = tables.departments
    for category in Category:
        if category not in table.rows:
            yield Fault(file=table.file, where="column category", reason=f"{category} has no main department")
    counties = [code for code, row in tables.divisions.rows.items() if row.level == Level.COUNTY]
    for row in table.rows.values():
        missing = _missing(tables, (unit_post(county, row.department) for county in counties))
        if missing:
            yield table.fault(row.category, "department", f"not in {tables.posts.file}: {', '.join(missing)}")


def _missing(tables: Tables, posts: Iterable[Post]) -> list[Post]:
    return [post for post in posts if post not in tables.posts.rows]


def _unknown_division(code: Division) -> str:
    return f"division {code} is not in divisions.csv"
