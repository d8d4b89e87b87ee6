"""名录的行: one type for a line of each table of a registry; its fields are the columns."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field

from domain.model import Frozen
from domain.posts import Division, Post
from domain.terms import Category, Level


def _named_level(value: object) -> object:
    if isinstance(value, str) and value.upper() in Level.__members__ and value.islower():
        return Level[value.upper()]
    raise ValueError(f"{value!r} is no level; levels are {', '.join(Level.__members__).lower()}")


def _nothing(value: object) -> object:
    return value or None


NamedLevel = Annotated[Level, BeforeValidator(_named_level)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Holder = Annotated[
    Annotated[str, Field(pattern=r"^H-\d{6}-\d{3}$")] | None,
    BeforeValidator(_nothing),
]
"""任职代码: a code that stands for a person; names of people are kept elsewhere. Empty: nobody."""


class WaterKind(StrEnum):
    """水体种类: river or reservoir."""

    RIVER = "river"
    RESERVOIR = "reservoir"


class DivisionRow(Frozen):
    """行政区划: one line of `divisions.csv`."""

    code: Division
    name: Name
    level: NamedLevel
    parent_code: Annotated[Division | None, BeforeValidator(_nothing)]


class RiverRow(Frozen):
    """河湖: one line of `rivers.csv`."""

    id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}$")]
    name: Name
    kind: WaterKind
    basis: str
    note: str


class ReachRow(Frozen):
    """河段: one line of `reaches.csv`; `status` says how far its place is confirmed."""

    reach_id: Annotated[str, Field(pattern=r"^[A-Z]\d{2}-\d{2}$")]
    river_id: str
    name: Name
    division: Division
    status: str
    evidence: str


class PostRow(Frozen):
    """岗位: one line of `posts.csv`."""

    post: Post
    name_zh: Name
    level: NamedLevel
    division: Division
    reach: Annotated[str | None, BeforeValidator(_nothing)]
    holder: Holder
    deputy: Holder


class DepartmentRow(Frozen):
    """主责部门: one line of `departments.csv`: which department a category belongs to, and why."""

    category: Category
    department: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    name_zh: Name
    basis: Name
