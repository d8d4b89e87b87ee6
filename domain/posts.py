"""岗位与辖区: a post is a short string; its division says where it may speak.

`chief:512022113000:R03-01`, `office:512022000000`, `unit:512022000000:water`. Issues name posts, never
people; who holds one is looked up when a notice is delivered.
"""

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.terms import Level, PostKind

Division = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""行政区划: a 12-digit code, from the province (51…) down to the village."""

_DIGITS = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
_WITH_REACH = {PostKind.CHIEF, PostKind.POLICE, PostKind.PATROLLER, PostKind.CLEANER}
_WITH_DEPARTMENT = {PostKind.UNIT, PostKind.LIAISON}
_REACH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}")
_DEPARTMENT = re.compile(r"[a-z][a-z0-9_]{0,30}")

KNOWN = 10_000
"""How many posts and divisions are read once only: a city's are all among them."""


@lru_cache(KNOWN)
def _is_post(value: str) -> str:
    kind, _, rest = value.partition(":")
    if kind not in PostKind.__members__.values():
        raise ValueError(f"{value!r} names no kind of post; kinds are {', '.join(PostKind)}")
    division, _, tail = rest.partition(":")
    if not re.fullmatch(r"[0-9]{12}", division):
        raise ValueError(f"{value!r} needs a 12-digit division after {kind!r}")
    wants_tail = kind in _WITH_REACH | _WITH_DEPARTMENT
    written = _DEPARTMENT if kind in _WITH_DEPARTMENT else _REACH
    if wants_tail != bool(tail) or (tail and not written.fullmatch(tail)):
        wanted = "a reach or department" if wants_tail else "nothing"
        raise ValueError(f"{value!r} needs {wanted} after its division")
    return value


Post = Annotated[str, AfterValidator(_is_post)]
"""岗位 as `kind:division[:reach or department]`."""


@lru_cache(KNOWN)
def level_of(division: Division) -> Level:
    """Return the level of a division, told by its trailing zeros."""
    return min(
        (level for level, digits in _DIGITS.items() if not division[digits:].strip("0")),
        key=lambda level: _DIGITS[level],
    )


def at_level(division: Division, level: Level) -> Division:
    """Return the division itself or the one above it that stands at `level`."""
    return division[: _DIGITS[level]].ljust(12, "0")


def within(inner: Division, outer: Division) -> bool:
    """Tell whether `inner` lies in `outer` or is the same."""
    return at_level(inner, level_of(outer)) == outer and level_of(inner) <= level_of(outer)


def place_of(division: Division) -> str:
    """Return how the codes of a division and of all below it begin."""
    return division[: _DIGITS[level_of(division)]]


@lru_cache(KNOWN)
def kind_of(post: Post) -> PostKind:
    """Return what kind of post it is."""
    return PostKind(post.split(":", 1)[0])


def division_of(post: Post) -> Division:
    """Return the division in which a post stands."""
    return post.split(":", 2)[1]


def reach_of(post: Post) -> str | None:
    """Return the reach that a chief, a police chief, a patroller or a cleaner answers for."""
    return post.split(":", 2)[2] if kind_of(post) in _WITH_REACH else None


def department_of(post: Post) -> str | None:
    """Return the department of a unit."""
    return post.split(":", 2)[2] if kind_of(post) in _WITH_DEPARTMENT else None


def post_level(post: Post) -> Level:
    """Return the level at which a post stands."""
    return level_of(division_of(post))


def chief(division: Division, level: Level, reach: str) -> Post:
    """Return the chief of a reach at a level of the division."""
    return f"{PostKind.CHIEF}:{at_level(division, level)}:{reach}"


def general_chief(division: Division, level: Level) -> Post:
    """Return the 总河长 at a level of the division."""
    return f"{PostKind.GENERAL_CHIEF}:{at_level(division, level)}"


def office(division: Division, level: Level) -> Post:
    """Return the 河长办 at a level of the division."""
    return f"{PostKind.OFFICE}:{at_level(division, level)}"


def government(division: Division, level: Level) -> Post:
    """Return the people's government at a level of the division."""
    return f"{PostKind.GOVERNMENT}:{at_level(division, level)}"


def roster(division: Division) -> Post:
    """Return the roster of posts that the city of a division keeps."""
    return f"{PostKind.ROSTER}:{at_level(division, Level.CITY)}"


def answers_for(post: Post, division: Division, reach: str) -> bool:
    """辖区: tell whether a place lies in the jurisdiction of a post, and on its reach if it has one."""
    own_reach = reach_of(post)
    return within(division, division_of(post)) and own_reach in (None, reach)
