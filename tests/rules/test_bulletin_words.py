"""通报的话: who may say what to a bulletin, at which moment; what leaves for the records."""

from datetime import timedelta
from typing import Any

import pytest

from domain.bulletin import commands as b
from domain.bulletin.clock import let_time_pass
from domain.bulletin.decide import checked, decide
from domain.bulletin.due import entries_in
from domain.bulletin.facts import Finding
from domain.bulletin.letter import write
from domain.bulletin.state import Bulletin, after
from domain.chain import GENESIS, link
from domain.indicators import month_of
from domain.issue import commands as c
from domain.issue.words import Command
from domain.limits import SourcedLimit
from domain.refusals import NotAtThisStage, NotYours, Unfit
from tests.rules.bulletins import (
    COUNTY_GENERAL,
    DECEMBER,
    HOUR,
    NOVEMBER,
    Told,
    a_bulletin,
    entered,
    events_of,
    lapsed,
    looked_through,
    order,
    published,
    say,
    submitted,
)
from tests.rules.given import COUNTY_OFFICE, MONDAY, ROSTER, WATER, at

LATER = at("12-14 09:00")
FOUND = (Finding(rule="quote", where="更正", what="与举报原文相同"),)


def drafted() -> Bulletin:
    return looked_through(a_bulletin(Told()), LATER)


def waiting() -> Bulletin:
    return submitted(a_bulletin(Told()), LATER)


def proposed() -> Bulletin:
    out, _ = say(published(a_bulletin(Told())), b.ProposeCorrection, LATER, COUNTY_OFFICE, text="有误。")
    return looked_through(out, LATER)


@pytest.mark.parametrize(
    ("bulletin", "kind", "words"),
    [
        (drafted(), b.ReviseBulletin, {"remarks": ("请抓紧办理。",)}),
        (drafted(), b.SubmitBulletin, {}),
        (drafted(), b.WithdrawBulletin, {"reason": "另行处理"}),
        (waiting(), b.ReturnBulletin, {"reason": "请复核"}),
        (published(a_bulletin(Told())), b.ProposeCorrection, {"text": "有误。"}),
        (proposed(), b.ReturnCorrection, {"reason": "再核"}),
        (proposed(), b.ApproveCorrection, {}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_stranger_says_nothing_to_a_bulletin(
    bulletin: Bulletin, kind: type[Command], words: dict[str, Any]
) -> None:
    assert say(bulletin, kind, LATER + HOUR, COUNTY_OFFICE, **words)[1]

    with pytest.raises(NotYours):
        say(bulletin, kind, LATER + HOUR, WATER, **words)


def test_what_was_submitted_is_not_revised() -> None:
    with pytest.raises(NotAtThisStage):
        say(waiting(), b.ReviseBulletin, LATER + HOUR, COUNTY_OFFICE, remarks=("请抓紧办理。",))


def test_a_word_at_the_very_limit_is_in_time() -> None:
    passes_on = at("12-21 17:30")

    _, facts = say(waiting(), b.ApproveBulletin, passes_on, COUNTY_OFFICE)

    assert [type(fact).__name__ for fact in facts] == ["Reminded", "Approved"]
    with pytest.raises(NotYours):
        say(waiting(), b.ApproveBulletin, passes_on + timedelta(microseconds=1), COUNTY_OFFICE)


def test_whoever_is_next_is_reminded_before_it_passes_on_again() -> None:
    facts = let_time_pass(waiting(), at("12-24 17:30"))

    assert [(type(fact).__name__, fact.to) for fact in facts] == [
        ("Reminded", COUNTY_OFFICE),
        ("PassedOn", COUNTY_GENERAL),
        ("Reminded", COUNTY_GENERAL),
    ]


def test_nobody_is_passed_over_before_he_was_reminded() -> None:
    slow, fast = (SourcedLimit.model_validate({"limit": f"{days}wd", "source": "chosen"}) for days in (5, 3))
    rules = waiting().rules.model_copy(update={"reminder": slow, "next_approver": fast})
    bulletin = waiting().model_copy(update={"rules": rules})

    reminded, passed_on = let_time_pass(bulletin, at("12-21 17:30"))

    assert (reminded.said_at, passed_on.said_at) == (at("12-21 17:30"), at("12-21 17:30"))


def test_a_bulletin_of_which_somebody_was_struck_is_approved_after_another_look() -> None:
    heard = a_bulletin(lapsed(), moment=DECEMBER)
    bulletin = submitted(after(heard, let_time_pass(heard, LATER)), LATER)
    (one,) = bulletin.named
    words = {"issue_id": one.issue_id, "facts": one.facts}
    struck, _ = say(bulletin, b.ReportLapseWithdrawn, LATER + HOUR, ROSTER, **words)

    with pytest.raises(Unfit):
        say(struck, b.ApproveBulletin, LATER + HOUR, COUNTY_OFFICE)
    assert say(looked_through(struck), b.ApproveBulletin, LATER + HOUR, COUNTY_OFFICE)[1]


def test_an_issue_stays_named_while_another_of_its_lapses_stands() -> None:
    bulletin = a_bulletin(lapsed(), moment=DECEMBER)
    (one,) = bulletin.named
    words = {"issue_id": one.issue_id, "facts": (one.facts[0] - 1,)}

    assert say(bulletin, b.ReportLapseWithdrawn, DECEMBER + HOUR, ROSTER, **words)[1] == []


def test_of_what_was_withdrawn_no_look_says_anything() -> None:
    gone, _ = say(drafted(), b.WithdrawBulletin, LATER, COUNTY_OFFICE, reason="另行处理")

    assert checked(gone, gone.revision, FOUND, LATER) == []


def test_a_correction_in_which_something_is_found_waits_for_nobody() -> None:
    bulletin = proposed()

    then = after(bulletin, checked(bulletin, bulletin.revision, FOUND, LATER))

    assert (then.proposed, then.wait, then.is_issued) == (None, None, True)


def test_a_word_is_remembered_though_others_followed() -> None:
    returned, _ = say(waiting(), b.ReturnBulletin, LATER + HOUR, COUNTY_OFFICE, reason="请复核")
    again = b.SubmitBulletin(id=returned.heard[0], by=COUNTY_OFFICE, said_at=LATER)

    assert len(returned.heard) == 2
    assert decide(returned, again, LATER + 2 * HOUR) == []


# ---------------------------------------------------------------- for the records


def test_each_fact_of_a_letter_is_chained_to_the_one_before() -> None:
    first, bulletin = write(None, events_of(order(), [lapsed()]))
    then, _ = write(bulletin, let_time_pass(bulletin, LATER))

    assert (first.before, then.before) == (GENESIS, first.tail)
    for letter in (first, then):
        before = letter.before
        for line in letter.lines:
            assert line.hash == link(before, line.number, line.body)
            before = line.hash


def test_a_letter_says_who_was_struck_and_that_all_was_withdrawn() -> None:
    bulletin = a_bulletin(lapsed(), moment=DECEMBER)
    (one,) = bulletin.named
    facts = say(bulletin, b.ReviseBulletin, DECEMBER + HOUR, COUNTY_OFFICE, strike=(one.issue_id,))[1]
    struck, then = write(bulletin, facts)
    withdrawn, _ = write(then, say(then, b.WithdrawBulletin, LATER, COUNTY_OFFICE, reason="另行处理")[1])

    assert (struck.struck, struck.is_withdrawn) == ((one.issue_id,), False)
    assert (withdrawn.struck, withdrawn.is_withdrawn) == ((), True)


# ---------------------------------------------------------------- who enters one


def test_an_issue_enters_a_bulletin_in_its_period_unless_the_lapse_is_taken_back() -> None:
    told = lapsed()
    december = month_of(DECEMBER.date())
    (one, *_) = entered(told)

    assert entries_in(told.story(december), NOVEMBER) == ()
    assert one.number in entries_in(told.story(december), december)
    told.say(c.RecordStop, MONDAY + HOUR)
    assert entries_in(told.story(december), december) == ()
