from datetime import datetime, timedelta
from typing import Any

from domain.posts import Post
from domain.roster import Absence, Capacity, Channel, ChannelKind, Roster, Tenure
from domain.roster_check import Checked, Circle, Expired, HandOver, Stray, Unreached, check
from domain.succession import Succession
from domain.terms import Level, PostKind
from tests.rules.given import (
    CITY,
    CITY_CHIEF,
    COUNTY_CHIEF,
    MONDAY,
    REACH,
    TOWNSHIP,
    TOWNSHIP_CHIEF,
    at,
    book,
)

LI, WANG, ZHAO = "P-1", "P-2", "P-3"
DAYS = timedelta(days=30)
REACHABLE = {person: (Channel(kind=ChannelKind.SMS, address="1"),) for person in (LI, WANG, ZHAO)}


def holds(person: str, post: Post = CITY_CHIEF, **more: Any) -> Tenure:
    return Tenure(post=post, person=person, **{"capacity": Capacity.HOLDER, **more})


def checked(*tenures: Tenure, days: timedelta = DAYS, **more: Any) -> Checked:
    whole = {"posts": {CITY_CHIEF: "市级河长"}, "tenures": tenures, "channels": REACHABLE, **more}
    return check(Roster(**whole), MONDAY, MONDAY + days, book().calendar, book().day_ends.value)


def of_the_holes(found: Checked) -> list[tuple[Post, datetime, datetime | None]]:
    return [(hole.post, hole.since, hole.until) for hole in found.holes]


def test_a_chain_with_somebody_everywhere_is_whole() -> None:
    assert checked(holds(LI)).is_whole


def test_a_hole_lasts_from_the_last_day_of_one_to_the_first_of_the_next() -> None:
    found = checked(holds(LI, until_at=at("12-01 00:00")), holds(WANG, from_at=at("12-03 00:00")))

    assert of_the_holes(found) == [(CITY_CHIEF, at("12-01 00:00"), at("12-03 00:00"))]


def test_an_hour_without_cover_is_found() -> None:
    noon = Absence(person=LI, from_at=at("12-01 12:00"), until_at=at("12-01 13:00"))

    found = checked(holds(LI), absences=(noon,))

    assert of_the_holes(found) == [(CITY_CHIEF, at("12-01 12:00"), at("12-01 13:00"))]
    assert not found.is_whole


def test_a_hole_that_lasts_longer_than_the_check_looks_has_no_end() -> None:
    assert of_the_holes(checked(holds(LI, until_at=at("12-01 00:00")))) == [
        (CITY_CHIEF, at("12-01 00:00"), None)
    ]


def test_what_happens_after_the_days_looked_at_is_not_told() -> None:
    assert checked(holds(LI, until_at=MONDAY + DAYS)).is_whole


def test_a_level_for_which_no_post_was_ever_entered_is_a_hole() -> None:
    found = checked(holds(LI), reaches={REACH: TOWNSHIP})

    assert [(hole.post, hole.is_listed) for hole in found.holes] == [
        (TOWNSHIP_CHIEF, False),
        (COUNTY_CHIEF, False),
    ]


def test_who_acts_in_these_days_needs_a_channel_that_works() -> None:
    silent = {**REACHABLE, LI: (Channel(kind=ChannelKind.SMS, address="1", works=False),), WANG: ()}
    leave = Absence(person=LI, from_at=at("12-01 00:00"), until_at=at("12-02 00:00"), cover=WANG)

    found = checked(holds(LI), absences=(leave,), channels=silent)

    assert found.unreached == (
        Unreached(person=LI, posts=(CITY_CHIEF,)),
        Unreached(person=WANG, posts=(CITY_CHIEF,)),
    )


def test_a_deputy_whose_time_ends_without_a_follower_is_told() -> None:
    ended = holds(WANG, capacity="deputy", until_at=at("12-01 00:00"))
    follows = holds(ZHAO, capacity="deputy", from_at=at("12-01 00:00"))

    assert checked(holds(LI), ended).expired == (
        Expired(post=CITY_CHIEF, person=WANG, expired_at=at("12-01 00:00")),
    )
    assert checked(holds(LI), ended, follows).expired == ()


def test_thirty_working_days_after_the_chief_left_somebody_must_hold_the_post() -> None:
    left = holds(LI, until_at=at("10-20 00:00"))
    acting = holds(WANG, capacity="acting", from_at=at("10-20 00:00"))

    found = checked(left, acting)

    due = at("12-01 17:30")
    assert found.hand_overs == (
        HandOver(post=CITY_CHIEF, vacant_since=at("10-20 00:00"), due_at=due, acting=WANG),
    )
    assert found.holes == ()


def test_a_hand_over_in_time_or_not_yet_due_is_in_order() -> None:
    left = holds(LI, until_at=at("10-20 00:00"))
    acting = holds(WANG, capacity="acting")

    assert checked(left, acting, holds(ZHAO, from_at=at("12-01 17:00"))).hand_overs == ()
    assert checked(left, acting, holds(ZHAO, from_at=at("12-01 18:00"))).hand_overs != ()
    assert checked(holds(LI, until_at=at("11-20 00:00")), acting).hand_overs == ()


def test_who_only_ever_acted_must_hand_over_as_well() -> None:
    (late,) = checked(holds(WANG, capacity="acting", from_at=at("09-01 00:00"))).hand_overs

    assert (late.vacant_since, late.acting) == (at("09-01 00:00"), WANG)


def test_covers_in_a_circle_are_told_once_for_as_long_as_they_last() -> None:
    leave = Absence(person=LI, from_at=at("12-01 00:00"), until_at=at("12-05 00:00"), cover=WANG)
    other = Absence(person=WANG, from_at=at("12-03 00:00"), until_at=at("12-09 00:00"), cover=LI)

    found = checked(holds(LI), absences=(leave, other))

    assert found.circles == (Circle(people=(LI, WANG), since=at("12-03 00:00"), until=at("12-05 00:00")),)
    assert of_the_holes(found) == [(CITY_CHIEF, at("12-03 00:00"), at("12-05 00:00"))]


def test_a_tenure_of_a_post_that_is_not_there_is_told_unless_it_is_over() -> None:
    found = checked(holds(LI), holds(WANG, COUNTY_CHIEF), holds(ZHAO, TOWNSHIP_CHIEF, until_at=MONDAY))

    assert found.strays == (Stray(post=COUNTY_CHIEF, person=WANG),)


def test_a_cover_who_leaves_in_turn_makes_a_hole() -> None:
    leave = Absence(person=LI, from_at=MONDAY, cover=WANG)
    of_the_cover = Absence(person=WANG, from_at=MONDAY, cover=ZHAO)
    of_the_last = Absence(person=ZHAO, from_at=at("12-01 12:00"), until_at=at("12-01 13:00"))

    found = checked(holds(LI), absences=(leave, of_the_cover, of_the_last))

    assert of_the_holes(found) == [(CITY_CHIEF, at("12-01 12:00"), at("12-01 13:00"))]


def test_who_succeeds_and_leaves_makes_a_hole() -> None:
    rule = Succession(
        kind=PostKind.CHIEF, level=Level.CITY, successors=("government:{division}",), source="x"
    )
    acting = holds(WANG, f"government:{CITY}", until_at=at("12-01 00:00"))

    found = checked(acting, succession=(rule,))

    assert of_the_holes(found) == [(CITY_CHIEF, at("12-01 00:00"), None)]
