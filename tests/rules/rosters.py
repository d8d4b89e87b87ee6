"""随机的名册: random organisations in time, as plain values that shrink well."""

from datetime import datetime, timedelta

from hypothesis import strategies as st

from domain.roster import Absence, Capacity, Roster, Tenure
from domain.succession import Succession
from domain.terms import Level, PostKind
from tests.rules.given import CHAIN, CITY, MONDAY, REACH, TOWNSHIP

GOVERNMENT = f"government:{CITY}"
POSTS = (*CHAIN, GOVERNMENT)
PEOPLE = tuple(f"P-{number}" for number in range(1, 7))
STEP = timedelta(hours=6)
STEPS = 160
"""Forty days: longer than a check looks, and than two climbs."""

moments = st.integers(0, STEPS).map(lambda step: MONDAY + step * STEP)
people = st.sampled_from(PEOPLE)


@st.composite
def spans(draw: st.DrawFn) -> tuple[datetime | None, datetime | None]:
    """Draw a stretch of time that may have no beginning or no end."""
    start, length = draw(st.none() | st.integers(0, STEPS)), draw(st.none() | st.integers(1, STEPS))
    from_at = None if start is None else MONDAY + start * STEP
    until_at = None if length is None else MONDAY + ((start or 0) + length) * STEP
    return from_at, until_at


@st.composite
def tenures(draw: st.DrawFn) -> Tenure:
    """Draw somebody in some post."""
    from_at, until_at = draw(spans())
    capacity = draw(st.sampled_from((Capacity.HOLDER, Capacity.DEPUTY, Capacity.ACTING)))
    post = draw(st.sampled_from(POSTS))
    return Tenure(post=post, person=draw(people), capacity=capacity, from_at=from_at, until_at=until_at)


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    """Draw somebody who is away, covered or not, also by somebody who is away."""
    from_at, until_at = draw(spans())
    cover = draw(st.none() | people)
    return Absence(person=draw(people), from_at=from_at or MONDAY, until_at=until_at, cover=cover)


RULES = (
    Succession(
        kind=PostKind.GENERAL_CHIEF, level=Level.CITY, successors=("government:{division}",), source="x"
    ),
    Succession(kind=PostKind.CHIEF, level=Level.COUNTY, successors=(f"chief:{CITY}:{{reach}}",), source="x"),
)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Draw an organisation: who is in which post from when to when, who is away, who succeeds."""
    return Roster(
        posts=dict.fromkeys(POSTS, "岗位"),
        reaches={REACH: TOWNSHIP},
        tenures=tuple(draw(st.lists(tenures(), max_size=9))),
        absences=tuple(draw(st.lists(absences(), max_size=6))),
        succession=RULES[: draw(st.integers(0, len(RULES)))],
    )
