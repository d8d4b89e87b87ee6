from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.posts import Post
from domain.roster import Absence, Acting, Capacity, Passed, Roster, Tenure, line, who_acts, why_nobody
from domain.roster_change import changed, due_posts, heads
from domain.succession import Succession, successors
from domain.terms import Level, PostKind
from tests.rules.given import (
    CITY,
    CITY_CHIEF,
    COUNTY_CHIEF,
    GENERAL_CHIEF,
    MONDAY,
    REACH,
    TOWNSHIP,
    TOWNSHIP_CHIEF,
    at,
)

LI, WANG, ZHAO, QIAN = "P-1", "P-2", "P-3", "P-4"
DAY = timedelta(days=1)


def holds(person: str, post: Post = TOWNSHIP_CHIEF, **more: Any) -> Tenure:
    return Tenure(post=post, person=person, **{"capacity": Capacity.HOLDER, **more})


def away(person: str, cover: str | None = None, **more: Any) -> Absence:
    return Absence(person=person, cover=cover, **{"from_at": MONDAY, **more})


def roster(*tenures: Tenure, absences: tuple[Absence, ...] = (), **more: Any) -> Roster:
    posts = dict.fromkeys((TOWNSHIP_CHIEF, COUNTY_CHIEF, CITY_CHIEF, GENERAL_CHIEF), "岗位")
    return Roster(**{"posts": posts, "tenures": tenures, "absences": absences, **more})


def asked(of: Roster, when: datetime = MONDAY, post: Post = TOWNSHIP_CHIEF) -> list[tuple[str, Capacity]]:
    return [(acting.person, acting.capacity) for acting in line(of, post, when)]


# ---------------------------------------------------------------- who acts


def test_the_holder_is_asked_then_the_deputy_then_who_was_named_to_act() -> None:
    three = roster(holds(ZHAO, capacity="acting"), holds(WANG, capacity="deputy"), holds(LI))

    assert asked(three) == [(LI, Capacity.HOLDER), (WANG, Capacity.DEPUTY), (ZHAO, Capacity.ACTING)]


def test_a_tenure_begins_with_its_first_moment_and_is_over_with_its_last() -> None:
    november = roster(holds(LI, from_at=MONDAY, until_at=MONDAY + DAY))
    instant = timedelta(microseconds=1)

    reached = [
        bool(line(november, TOWNSHIP_CHIEF, MONDAY + span))
        for span in (-instant, 0 * DAY, DAY - instant, DAY)
    ]

    assert reached == [False, True, True, False]


def test_an_unknown_post_reaches_nobody() -> None:
    assert who_acts(roster(holds(LI)), COUNTY_CHIEF, MONDAY) is None


def test_who_covers_stands_where_the_absent_stood() -> None:
    covered = roster(holds(LI), holds(WANG, capacity="deputy"), absences=(away(LI, QIAN),))

    first, second = line(covered, TOWNSHIP_CHIEF, MONDAY)

    passed = (Passed(capacity=Capacity.HOLDER, person=LI, why="absent"),)
    assert first == Acting(person=QIAN, capacity=Capacity.COVER, passed=passed)
    assert (second.person, second.capacity) == (WANG, Capacity.DEPUTY)


def test_a_cover_who_is_away_is_covered_in_turn() -> None:
    chained = roster(holds(LI), absences=(away(LI, WANG), away(WANG, ZHAO)))

    assert asked(chained) == [(ZHAO, Capacity.COVER)]


def test_covers_in_a_circle_reach_nobody_and_say_so() -> None:
    circle = roster(holds(LI), absences=(away(LI, WANG), away(WANG, LI)))

    assert line(circle, TOWNSHIP_CHIEF, MONDAY) == ()
    assert [(one.person, one.why) for one in why_nobody(circle, TOWNSHIP_CHIEF, MONDAY)] == [
        (LI, "absent"),
        (WANG, "absent"),
        (LI, "circle"),
        (None, "vacant"),
    ]


def test_an_absence_without_a_cover_leaves_the_deputy() -> None:
    alone = roster(holds(LI), holds(WANG, capacity="deputy"), absences=(away(LI),))

    assert asked(alone) == [(WANG, Capacity.DEPUTY)]


def test_who_is_back_acts_again() -> None:
    leave = roster(holds(LI), absences=(away(LI, WANG, until_at=MONDAY + DAY),))

    assert asked(leave, MONDAY + DAY) == [(LI, Capacity.HOLDER)]


def test_nobody_is_asked_twice_though_he_also_covers() -> None:
    both = roster(holds(LI), holds(WANG, capacity="deputy"), absences=(away(LI, WANG),))

    assert asked(both) == [(WANG, Capacity.COVER)]


def test_an_ended_tenure_is_told_apart_from_a_post_that_nobody_held() -> None:
    ended = roster(
        holds(LI, until_at=MONDAY), holds(ZHAO, until_at=MONDAY - DAY), holds(WANG, capacity="acting")
    )

    (acting,) = line(ended, TOWNSHIP_CHIEF, MONDAY)

    assert [(one.capacity, one.person, one.why) for one in acting.passed] == [
        (Capacity.HOLDER, LI, "expired"),
        (Capacity.DEPUTY, None, "vacant"),
    ]


# ---------------------------------------------------------------- succession

OF_THE_GENERAL = Succession(
    kind=PostKind.GENERAL_CHIEF, level=Level.CITY, successors=("government:{division}",), source="x"
)
GOVERNMENT = f"government:{CITY}"


def test_the_rule_names_who_acts_where_nobody_holds_the_post() -> None:
    by_rule = roster(holds(LI, GOVERNMENT), succession=(OF_THE_GENERAL,))

    assert asked(by_rule, post=GENERAL_CHIEF) == [(LI, Capacity.ACTING)]


def test_who_succeeds_may_be_covered_and_may_be_gone() -> None:
    by_rule = roster(holds(LI, GOVERNMENT), succession=(OF_THE_GENERAL,), absences=(away(LI, WANG),))
    gone = roster(holds(LI, GOVERNMENT, until_at=MONDAY), succession=(OF_THE_GENERAL,))

    assert asked(by_rule, post=GENERAL_CHIEF) == [(WANG, Capacity.COVER)]
    assert asked(gone, post=GENERAL_CHIEF) == []


def test_the_rule_speaks_of_its_kind_and_level_only() -> None:
    county = "general:512022000000"

    assert successors((OF_THE_GENERAL,), county) == ()
    assert successors((OF_THE_GENERAL,), CITY_CHIEF) == ()


def test_a_successor_stands_on_the_same_reach_and_is_never_the_post_itself() -> None:
    rule = Succession(
        kind=PostKind.CHIEF,
        level=Level.CITY,
        successors=("police:{division}:{reach}", "chief:{division}:{reach}"),
        source="x",
    )

    assert successors((rule,), CITY_CHIEF) == (f"police:{CITY}:{REACH}",)


# ---------------------------------------------------------------- people, chains, differences


@pytest.mark.parametrize(
    "name", ["李四", "lisi", "13800000000", "51202219800101001X", "P_1", "=1+1", "P-" + "1" * 60]
)
def test_a_name_is_no_code_of_a_person(name: str) -> None:
    with pytest.raises(ValidationError):
        holds(name)


def test_a_chain_ends_with_the_highest_general_chief() -> None:
    with_county = roster(posts=dict.fromkeys((CITY_CHIEF, GENERAL_CHIEF, "general:512022000000"), "岗位"))

    assert heads(with_county) == (CITY_CHIEF, GENERAL_CHIEF)


def test_a_reach_is_due_a_chief_at_every_level_from_where_it_lies() -> None:
    due = due_posts(roster(posts={GENERAL_CHIEF: "市总河长"}, reaches={REACH: TOWNSHIP}))

    assert set(due) == {GENERAL_CHIEF, TOWNSHIP_CHIEF, COUNTY_CHIEF, CITY_CHIEF}


def test_the_difference_names_who_comes_who_leaves_and_what_falls_vacant() -> None:
    old = roster(holds(LI), holds(ZHAO, CITY_CHIEF))
    new = roster(holds(WANG, COUNTY_CHIEF), holds(ZHAO, CITY_CHIEF))

    difference = changed(old, new, at("11-23 09:00"))

    assert difference.come == (holds(WANG, COUNTY_CHIEF),)
    assert difference.leave == (holds(LI),)
    assert difference.fall_vacant == (TOWNSHIP_CHIEF,)
    assert difference.held_again == (COUNTY_CHIEF,)
