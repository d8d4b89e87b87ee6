"""申诉: who is named may object in time, who took no part decides, and silence decides nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue import events as fact
from domain.issue.fact_base import Event
from domain.issue.opening import open_issue
from domain.limits import Limit
from domain.measures import concerned, silent_due, told
from domain.objection import Complaint, Decision, Objection, answered, may_decide, object_to, said
from domain.posts import Post
from domain.refusals import AlreadyDone, Incomplete, NotAtThisStage, NotYours, Refusal, TooLate
from domain.terms import Clock
from tests.rules.given import (
    CITY,
    CITY_CHIEF,
    CITY_OFFICE,
    COUNTY_OFFICE,
    GENERAL_CHIEF,
    PATROLLER,
    PROVINCE_OFFICE,
    WATER,
    at,
    opened,
    opening,
    say,
    wait,
    word,
)

DECIDED = Limit.model_validate("30cd")
SAID = at("12-24 09:00")


def a_life() -> list[Event]:
    """Return a life that lapsed while it was rectified, until its first interview."""
    command = opening()
    facts = open_issue(command, command.said_at)
    issue, _ = opened(command)
    for kind in (c.RecordStop, c.Assign):
        issue, more = say(issue, word(issue, kind))
        facts += more
    _, passed = wait(issue, at("12-23 09:00"))
    return [*facts, *passed]


def number_of(life: Sequence[Event], kind: type[Event]) -> int:
    return next(number for number, event in enumerate(life, 1) if isinstance(event, kind))


def objected(
    by: Post = WATER,
    reason: str = "已按期办结,照片在卷",
    said_at: datetime = SAID,
    kind: type[Event] | None = None,
) -> Objection:
    life = a_life()
    number = number_of(life, kind or fact.BulletinDrafted)
    return object_to(life, number, Complaint(by=by, reason=reason, said_at=said_at), DECIDED)


def decided(by: Post = PROVINCE_OFFICE, reason: str = "经核实") -> Decision:
    return Decision(by=by, outcome="upheld", reason=reason, said_at=SAID + timedelta(days=3))


def refused(speak: Callable[[], object]) -> type[Refusal] | None:
    """Return the kind of refusal with which something is answered, in two languages, or nothing."""
    try:
        speak()
    except Refusal as refusal:
        no = refusal
    else:
        return None
    assert no.zh
    assert str(no)
    return type(no)


def test_whom_the_bulletin_names_may_object_until_the_day_it_says() -> None:
    life = a_life()
    bulletin = life[number_of(life, fact.BulletinDrafted) - 1]
    assert isinstance(bulletin, fact.BulletinDrafted)
    until = bulletin.objection_until
    assert until is not None

    objection = objected(said_at=until)

    assert objection.rung.name == "BULLETIN"
    assert objection.decide_by > until + timedelta(days=29)
    assert objection.asked not in objection.involved
    assert refused(lambda: objected(said_at=until + timedelta(seconds=1))) is TooLate


@pytest.mark.parametrize("kind", [fact.BulletinDrafted, fact.InterviewCalled])
def test_each_of_the_higher_rungs_can_be_objected_to(kind: type[Event]) -> None:
    assert objected(kind=kind).by == WATER


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"by": PATROLLER}, NotYours),
        ({"reason": "  "}, Incomplete),
        ({"kind": fact.Lapsed}, NotAtThisStage),
        ({"kind": fact.Opened}, NotAtThisStage),
    ],
    ids=["not named", "no reason", "a reminder", "an opening"],
)
def test_what_is_no_objection_is_refused_by_name(changes: dict[str, Any], refusal: type[Refusal]) -> None:
    assert refused(lambda: objected(**changes)) is refusal


@pytest.mark.parametrize("number", [0, -1, 99])
def test_a_fact_that_is_not_there_cannot_be_objected_to(number: int) -> None:
    words = Complaint(by=WATER, reason="x", said_at=SAID)

    assert refused(lambda: object_to(a_life(), number, words, DECIDED)) is NotAtThisStage


def test_what_was_withdrawn_need_not_be_objected_to() -> None:
    life = a_life()
    number = number_of(life, fact.BulletinDrafted)
    withdrawn = fact.LapseWithdrawn(
        at=SAID,
        said_at=SAID,
        rule="R-WITHDRAW",
        clock=Clock.RECTIFY,
        facts=(number,),
    )
    words = Complaint(by=WATER, reason="x", said_at=SAID)

    assert refused(lambda: object_to([*life, withdrawn], number, words, DECIDED)) is AlreadyDone


@pytest.mark.parametrize(
    "by",
    [CITY_OFFICE, WATER, PATROLLER, COUNTY_OFFICE, "office:511000000000"],
    ids=["issuer", "objector", "patroller", "below", "elsewhere"],
)
def test_who_took_part_or_stands_below_does_not_decide(by: Post) -> None:
    objection = objected()
    assert objection.involved[0] == CITY_OFFICE

    assert refused(lambda: may_decide(objection, None, decided(by))) is NotYours


def test_who_had_the_issue_or_objects_or_is_a_unit_does_not_decide() -> None:
    objection = objected()
    issuer, chief = objection.involved
    own = objection.model_copy(update={"by": f"government:{CITY}"})

    assert (issuer, chief) == (CITY_OFFICE, CITY_CHIEF)
    assert refused(lambda: may_decide(objection, None, decided(chief))) is NotYours
    assert refused(lambda: may_decide(own, None, decided(own.by))) is NotYours
    assert refused(lambda: may_decide(objection, None, decided(f"unit:{CITY}:water"))) is NotYours


def test_an_office_that_took_part_is_not_asked() -> None:
    life = a_life()
    words = Complaint(by=WATER, reason="x", said_at=SAID)
    number = number_of(life, fact.BulletinDrafted)

    asked = object_to(life, number, words, DECIDED, signers=[PROVINCE_OFFICE]).asked

    assert (objected().asked, asked) == (PROVINCE_OFFICE, "general:510000000000")


def test_who_signed_the_bulletin_does_not_decide_on_it() -> None:
    life = a_life()
    number = number_of(life, fact.BulletinDrafted)
    words = Complaint(by=WATER, reason="x", said_at=SAID)
    signed = object_to(life, number, words, DECIDED, signers=[GENERAL_CHIEF])

    assert refused(lambda: may_decide(objected(), None, decided(GENERAL_CHIEF))) is None
    assert refused(lambda: may_decide(signed, None, decided(GENERAL_CHIEF))) is NotYours


def test_who_signed_the_bulletin_only_after_the_objection_does_not_decide_either() -> None:
    earlier = objected()

    assert refused(lambda: may_decide(earlier, None, decided(GENERAL_CHIEF), [GENERAL_CHIEF])) is NotYours


@pytest.mark.parametrize("by", [PROVINCE_OFFICE, GENERAL_CHIEF, f"government:{CITY}"])
def test_who_stands_beside_or_above_and_took_no_part_decides_once(by: Post) -> None:
    objection = objected()

    may_decide(objection, None, decided(by))

    assert refused(lambda: may_decide(objection, decided(by), decided(by))) is AlreadyDone
    assert refused(lambda: may_decide(objection, None, decided(by, reason=" "))) is Incomplete


def test_the_notices_say_what_was_objected_to_and_decided_and_no_persons_words() -> None:
    objection = objected(reason="当事人王某的原话")

    told_of = said(objection) + answered(objection, decided(reason="领导李某批示"))

    assert "通报提出申诉" in told_of
    assert "其间不停止执行" in told_of
    assert "申诉成立" in told_of
    assert "王某" not in told_of
    assert "李某" not in told_of


def test_an_objection_left_undecided_is_reminded_of_once() -> None:
    objection = objected()

    in_time = list(silent_due([objection], objection.decide_by))
    (due,) = silent_due([objection], objection.decide_by + timedelta(seconds=1))

    assert in_time == []
    assert due.subject == objection.asked
    assert due.by in concerned(due)
    assert "申诉逾期未作决定" in told(due)
