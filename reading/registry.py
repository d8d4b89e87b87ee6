"""河湖名录: rivers, reaches, divisions, posts and departments of one place, read once and then only asked."""

from collections.abc import Mapping
from pathlib import Path

from domain.model import Frozen
from domain.posts import Division, Post, at_level, chief, level_of
from domain.terms import Category, Level
from reading.consistency import Tables, contradictions, unit_post
from reading.errors import Unreadable
from reading.rows import DepartmentRow, DivisionRow, PostRow, ReachRow, RiverRow


class Registry(Frozen):
    """河湖名录: everything that is known about one place, each part by its code."""

    divisions: Mapping[str, DivisionRow]
    rivers: Mapping[str, RiverRow]
    reaches: Mapping[str, ReachRow]
    posts: Mapping[str, PostRow]
    departments: Mapping[Category, DepartmentRow]

    def reach(self, reach_id: str) -> ReachRow:
        """Return a reach by its code; KeyError if there is none."""
        return self.reaches[reach_id]

    def reach_name(self, reach_id: str) -> str:
        """Return the Chinese name of a reach: `蟠龙河·蟠龙镇段`; KeyError if there is none."""
        return self.reaches[reach_id].name

    def division_name(self, code: Division) -> str:
        """Return the Chinese name of a division; KeyError if it is not in the registry."""
        return self.divisions[code].name

    def post_name(self, post: Post) -> str:
        """Return the Chinese name of a post, or the post itself if it is not in the registry."""
        row = self.posts.get(post)
        return row.name_zh if row else post

    def chain(self, division: Division, reach: str) -> tuple[Post, ...]:
        """河长链: return the chiefs of a reach from the division up to the city, lowest first."""
        levels = [level for level in Level if level >= level_of(division)]
        posts = (chief(division, level, reach) for level in levels)
        return tuple(post for post in posts if post in self.posts)

    def vacant_posts(self, division: Division, reach: str) -> tuple[Post, ...]:
        """空缺: return the chiefs on the chain without a holder, even if a deputy acts, lowest first."""
        return tuple(post for post in self.chain(division, reach) if self.posts[post].holder is None)

    def unit_for(self, category: Category, division: Division) -> Post:
        """主责单位: return the post of the category's main department in the county of the division."""
        return unit_post(at_level(division, Level.COUNTY), self.departments[category].department)


def read_registry(folder: Path) -> Registry:
    """Read the five tables of a registry folder; raise Unreadable with every fault of all of them."""
    tables = Tables.read(folder)
    # A refused row would be missed by many others, so contradictions are sought only once all rows are read.
    if faults := tables.unreadable() or list(contradictions(tables)):
        raise Unreadable(faults)
    return Registry(
        divisions=tables.divisions.rows,
        rivers=tables.rivers.rows,
        reaches=tables.reaches.rows,
        posts=tables.posts.rows,
        departments={row.category: row for row in tables.departments.rows.values()},
    )
