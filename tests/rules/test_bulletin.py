"""通报的一生: heard, looked through, submitted, approved, issued, corrected; and never silent."""

from datetime import timedelta

import pytest

from domain.bulletin import commands as b
from domain.bulletin.clock import let_time_pass, next_mark
from domain.bulletin.decide import checked, decide, issued
from domain.bulletin.due import named_of
from domain.bulletin.facts import Finding
from domain.bulletin.messages import told
from domain.bulletin.rules import chain
from domain.bulletin.state import Bulletin, after, evolve, retell
from domain.bulletin.terms import Awaited, BulletinKind, BulletinState
from domain.issue import commands as c
from domain.issue.events import BulletinDrafted
from domain.issue.state import Dispute, Ruler, Suspended
from domain.posts import Post
from domain.refusals import AlreadyDone, NotAtThisStage, NotYours, Refusal, TooEarly, TooLate, Unfit
from domain.terms import Level, Severity, SuspensionGround
from tests.rules.bulletins import (
    CITY_GENERAL,
    COUNTY_GENERAL,
    DAY,
    DECEMBER,
    HOUR,
    Told,
    a_bulletin,
    approved,
    entered,
    events_of,
    lapsed,
    looked_through,
    of_its_own,
    published,
    rules,
    say,
    submitted,
)
from tests.rules.given import CITY, CITY_OFFICE, COUNTY, COUNTY_OFFICE, ROSTER, TOWNSHIP_CHIEF, WATER, at

LATER = at("12-14 09:00")


def named() -> Bulletin:
    """A monthly bulletin in which a township's chief is named, being heard until 10 December, 17:30."""
    return a_bulletin(lapsed(), moment=DECEMBER)


def refusal(bulletin: Bulletin, kind: type[b.Command], by: Post, **words: object) -> Refusal:
    with pytest.raises(Refusal) as refused:
        say(bulletin, kind, LATER, by, **words)
    return refused.value


def kinds(facts: list[object]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


# ---------------------------------------------------------------- drafted and heard


def test_who_is_named_is_heard_for_three_working_days() -> None:
    bulletin = named()

    assert bulletin.state is BulletinState.HEARING
    assert bulletin.until == at("12-10 17:30")
    assert next_mark(bulletin).at == at("12-10 17:30")


def test_where_nobody_is_named_nobody_waits() -> None:
    bulletin = a_bulletin(Told())

    assert bulletin.state is BulletinState.PREPARING
    assert bulletin.named == ()


def test_a_reply_in_time_is_kept_and_the_last_one_ends_the_hearing() -> None:
    bulletin = named()
    (who,) = bulletin.named_posts

    then, facts = say(bulletin, b.ReplyToBulletin, at("12-08 09:00"), who, text="已在清运")

    assert kinds(facts) == ["Replied", "HearingClosed"]
    assert then.state is BulletinState.PREPARING
    assert then.replies[0].by == who


def test_a_reply_said_in_time_counts_though_the_window_was_closed_before_it_was_heard() -> None:
    bulletin = named()
    (who,) = bulletin.named_posts
    closed = after(bulletin, let_time_pass(bulletin, at("12-11 08:00")))

    then, facts = say(closed, b.ReplyToBulletin, at("12-10 17:29"), who, now=at("12-11 08:01"), text="已清运")

    assert kinds(facts) == ["Replied"]
    assert then.replies[0].at == at("12-10 17:29")


def test_a_late_reply_a_second_one_and_a_strangers_are_refused() -> None:
    bulletin = named()
    (who,) = bulletin.named_posts
    once, _ = say(bulletin, b.ReplyToBulletin, at("12-08 09:00"), who, text="已在清运")

    assert isinstance(refusal(bulletin, b.ReplyToBulletin, who, text="晚了"), TooLate)
    assert isinstance(refusal(bulletin, b.ReplyToBulletin, WATER, text="路过"), NotYours)
    with pytest.raises(AlreadyDone):
        say(once, b.ReplyToBulletin, at("12-08 10:00"), who, text="再说一遍")


def test_nothing_is_submitted_before_those_named_were_heard() -> None:
    bulletin = looked_through(named())

    with pytest.raises(NotAtThisStage):
        say(bulletin, b.SubmitBulletin, at("12-09 09:00"), COUNTY_OFFICE)


@pytest.mark.parametrize("standing", ["suspended", "dispute"])
def test_a_suspended_or_disputed_issue_is_not_named(standing: str) -> None:
    issue = lapsed()
    (one,) = entered(issue)
    still = {
        "suspended": Suspended(since=LATER, number=9, ground=SuspensionGround.COURT, by=None, clocks=()),
        "dispute": Dispute(units=(WATER,), rulers=(Ruler(post=COUNTY_OFFICE, until=LATER),)),
    }
    plain = issue.story()
    story = plain._replace(issue=plain.issue.model_copy(update={standing: still[standing]}))

    assert [named.issue_id for named in named_of([plain], [(one.issue_id, one.number)])] == [one.issue_id]
    assert named_of([story], [(one.issue_id, one.number)]) == ()


def test_named_is_who_had_to_act_as_the_fact_says_and_not_a_unit_that_had_acted() -> None:
    told = Told().walk(c.RecordStop, c.Assign, c.ReportRectified).wait(at("12-31 09:00"))
    (one,) = entered(told)
    drafted = told.facts[one.number - 1]
    assert isinstance(drafted, BulletinDrafted)

    (named,) = named_of([told.story()], [(one.issue_id, one.number)])

    assert drafted.to[0] == COUNTY_OFFICE  # which did not verify in time
    assert (named.chief, named.unit) == (COUNTY_OFFICE, None)


def test_an_office_names_no_superior_though_the_issue_climbed_above_it() -> None:
    told = lapsed()
    (one,) = entered(told)

    (named,) = named_of([told.story()], [(one.issue_id, one.number)])

    assert told.issue.chief.startswith("office:51000")
    assert named.chief.startswith(f"chief:{CITY}")


# ---------------------------------------------------------------- looked through


def test_a_text_nobody_looked_through_goes_no_further() -> None:
    bulletin = a_bulletin(Told())

    assert isinstance(refusal(bulletin, b.SubmitBulletin, COUNTY_OFFICE), Unfit)
    assert looked_through(bulletin).needs_a_look is False


def test_what_was_found_stands_in_the_way_until_it_is_revised() -> None:
    bulletin = a_bulletin(Told())
    found = (Finding(rule="quote", where="工作要求第 1 段", what="与举报原文相同"),)
    with_it = after(bulletin, checked(bulletin, 1, found, DECEMBER))

    assert "举报原文" in refusal(with_it, b.SubmitBulletin, COUNTY_OFFICE).zh
    revised, _ = say(with_it, b.ReviseBulletin, LATER, COUNTY_OFFICE, remarks=("请抓紧办理。",))
    assert revised.needs_a_look
    assert submitted(revised, LATER).state is BulletinState.SUBMITTED


def test_a_look_at_an_older_revision_says_nothing_of_this_one() -> None:
    bulletin = a_bulletin(Told())
    revised, _ = say(bulletin, b.ReviseBulletin, LATER, COUNTY_OFFICE, remarks=("请抓紧办理。",))

    assert checked(revised, 1, (), LATER) == []


def test_a_telephone_number_is_refused_even_where_the_look_missed_it() -> None:
    bulletin = a_bulletin(Told())
    revised, _ = say(bulletin, b.ReviseBulletin, LATER, COUNTY_OFFICE, remarks=("请联系 138 0013 8000。",))

    assert "电话" in refusal(looked_through(revised, LATER), b.SubmitBulletin, COUNTY_OFFICE).zh


def test_what_is_found_at_the_last_moment_takes_the_approval_back() -> None:
    bulletin = approved(submitted(a_bulletin(Told()), LATER), LATER + HOUR)
    found = (Finding(rule="suspended", where="512022-2026-000001", what="已中止"),)

    then = after(bulletin, checked(bulletin, bulletin.revision, found, LATER + 2 * HOUR))

    assert then.state is BulletinState.PREPARING
    assert then.approved_by is None
    assert issued(then, "乐河办通〔2026〕1号", LATER + 2 * HOUR) == []


# ---------------------------------------------------------------- approval


@pytest.mark.parametrize(
    ("kind", "approver"),
    [
        (BulletinKind.MONTHLY, COUNTY_OFFICE),
        (BulletinKind.QUARTERLY, COUNTY_GENERAL),
        (BulletinKind.YEARLY, COUNTY_GENERAL),
    ],
)
def test_each_kind_has_its_approver(kind: BulletinKind, approver: Post) -> None:
    bulletin = submitted(a_bulletin(Told(), kind=kind), LATER)

    assert bulletin.wait.post == approver


@pytest.mark.parametrize(
    ("severity", "approver"), [(Severity.SERIOUS, CITY_OFFICE), (Severity.MAJOR, CITY_GENERAL)]
)
def test_a_bulletin_of_its_own_is_approved_by_severity(severity: Severity, approver: Post) -> None:
    issue = lapsed(severity=severity)
    moment = issue.issue.at
    bulletin = retell(events_of(of_its_own(issue, severity), [issue], moment))
    heard = after(bulletin, let_time_pass(bulletin, bulletin.until))

    then = submitted(heard, bulletin.until + HOUR)

    assert then.wait.post == approver


def test_only_whose_turn_it_is_approves() -> None:
    bulletin = submitted(a_bulletin(Told()), LATER)

    for by in (COUNTY_GENERAL, CITY_OFFICE, WATER, TOWNSHIP_CHIEF):
        assert isinstance(refusal(bulletin, b.ApproveBulletin, by), NotYours)
    assert approved(bulletin, LATER + HOUR).approved_by == COUNTY_OFFICE


def test_an_approver_may_return_it() -> None:
    bulletin = submitted(a_bulletin(Told()), LATER)

    then, _ = say(bulletin, b.ReturnBulletin, LATER, COUNTY_OFFICE, reason="数字请复核")

    assert then.state is BulletinState.PREPARING


def test_silence_is_reminded_after_three_days_and_goes_to_the_next_after_five() -> None:
    bulletin = submitted(a_bulletin(Told()), at("12-14 09:00"))

    facts = let_time_pass(bulletin, at("12-21 17:30"))

    assert [(type(f).__name__, f.said_at, f.to) for f in facts] == [
        ("Reminded", at("12-17 17:30"), COUNTY_OFFICE),
        ("PassedOn", at("12-21 17:30"), COUNTY_GENERAL),
    ]


def test_the_last_in_the_chain_is_reminded_for_ever() -> None:
    bulletin = submitted(a_bulletin(Told()), at("12-14 09:00"))

    facts = let_time_pass(bulletin, at("12-14 09:00") + 200 * DAY)

    assert [f.to for f in facts if type(f).__name__ == "PassedOn"] == [
        COUNTY_GENERAL,
        CITY_OFFICE,
        CITY_GENERAL,
        "office:510000000000",
    ]
    assert {f.to for f in facts[-5:]} == {"office:510000000000"}


def test_a_bulletin_nobody_submits_is_somebodys_business_too() -> None:
    bulletin = a_bulletin(Told(), moment=DECEMBER)

    facts = let_time_pass(bulletin, at("12-14 17:30"))

    assert [(type(f).__name__, f.awaited) for f in facts] == [
        ("Reminded", Awaited.SUBMISSION),
        ("PassedOn", Awaited.SUBMISSION),
    ]


def test_a_chain_ends_above_the_deployment() -> None:
    assert chain(CITY, "general", Awaited.APPROVAL, Level.CITY) == (CITY_GENERAL, "office:510000000000")
    assert chain(COUNTY, "general", Awaited.SUBMISSION, Level.CITY)[0] == COUNTY_OFFICE


# ---------------------------------------------------------------- issued, withdrawn, corrected


def test_what_was_approved_is_issued_once() -> None:
    bulletin = published(a_bulletin(Told()))

    assert bulletin.document_number == "乐河办通〔2026〕1号"
    assert issued(bulletin, "乐河办通〔2026〕2号", LATER) == []
    assert next_mark(bulletin) is None


def test_a_withdrawn_bulletin_is_never_issued_and_an_approved_one_never_withdrawn() -> None:
    bulletin = submitted(a_bulletin(Told()), LATER)
    gone, _ = say(bulletin, b.WithdrawBulletin, LATER, COUNTY_OFFICE, reason="另行处理")

    assert gone.state is BulletinState.WITHDRAWN
    assert issued(gone, "乐河办通〔2026〕1号", LATER) == []
    assert next_mark(gone) is None
    assert isinstance(refusal(gone, b.ApproveBulletin, COUNTY_OFFICE), NotAtThisStage)
    signed = approved(bulletin, LATER + HOUR)
    with pytest.raises(NotAtThisStage):
        say(signed, b.WithdrawBulletin, LATER + HOUR, COUNTY_OFFICE, reason="晚了")


def test_a_correction_is_a_later_entry_that_is_itself_approved() -> None:
    bulletin = published(a_bulletin(Told()))
    proposed, _ = say(bulletin, b.ProposeCorrection, LATER, COUNTY_OFFICE, text="第二段所列单位有误。")

    assert isinstance(refusal(proposed, b.ApproveCorrection, COUNTY_OFFICE), Unfit)
    then, facts = say(looked_through(proposed, LATER), b.ApproveCorrection, LATER, COUNTY_OFFICE)

    assert kinds(facts) == ["Corrected"]
    assert (then.corrections[0].text, then.document_number) == (
        "第二段所列单位有误。",
        bulletin.document_number,
    )
    assert then.remarks == bulletin.remarks
    assert next_mark(then) is None


def test_a_correction_has_the_clock_of_an_approval() -> None:
    bulletin = published(a_bulletin(Told()))
    proposed, _ = say(bulletin, b.ProposeCorrection, at("12-14 09:00"), COUNTY_OFFICE, text="有误。")

    facts = let_time_pass(proposed, at("12-21 17:30"))

    assert [(type(f).__name__, f.awaited) for f in facts] == [
        ("Reminded", Awaited.CORRECTION),
        ("PassedOn", Awaited.CORRECTION),
    ]


def test_a_correction_may_be_returned_and_only_one_waits() -> None:
    bulletin = published(a_bulletin(Told()))
    proposed, _ = say(bulletin, b.ProposeCorrection, LATER, COUNTY_OFFICE, text="有误。")

    assert isinstance(refusal(proposed, b.ProposeCorrection, COUNTY_OFFICE, text="又有误。"), AlreadyDone)
    then, _ = say(proposed, b.ReturnCorrection, LATER, COUNTY_OFFICE, reason="再核")
    assert then.proposed is None
    assert isinstance(refusal(then, b.ApproveCorrection, COUNTY_OFFICE), NotAtThisStage)


def test_a_receipt_is_of_a_person_once_and_moves_no_clock() -> None:
    bulletin = published(a_bulletin(Told()))

    then, _ = say(bulletin, b.SignForBulletin, LATER, COUNTY_GENERAL, person="H-512022-001")

    assert then.receipts[0].person == "H-512022-001"
    assert next_mark(then) == next_mark(bulletin)
    again = refusal(then, b.SignForBulletin, COUNTY_GENERAL, person="H-512022-001")
    assert isinstance(again, AlreadyDone)
    assert isinstance(refusal(then, b.SignForBulletin, WATER, person="H-1"), NotYours)


# ---------------------------------------------------------------- a lapse that was taken back


def of_one_serious_issue() -> Bulletin:
    issue = lapsed(severity=Severity.SERIOUS)
    return retell(events_of(of_its_own(issue, Severity.SERIOUS), [issue], issue.issue.at))


def test_a_lapse_taken_back_before_issue_withdraws_a_bulletin_of_its_own() -> None:
    bulletin = of_one_serious_issue()
    (one,) = bulletin.named
    moment = bulletin.at + HOUR

    words = {"issue_id": one.issue_id, "facts": one.facts}
    then, facts = say(bulletin, b.ReportLapseWithdrawn, moment, ROSTER, **words)

    assert kinds(facts) == ["Withdrawn"]
    assert then.state is BulletinState.WITHDRAWN


def test_a_lapse_taken_back_before_issue_strikes_the_issue_from_a_periodic_one() -> None:
    bulletin = named()
    (one,) = bulletin.named

    words = {"issue_id": one.issue_id, "facts": one.facts}
    then, facts = say(bulletin, b.ReportLapseWithdrawn, DECEMBER + HOUR, ROSTER, **words)

    assert kinds(facts) == ["Struck"]
    assert then.named == ()
    assert then.needs_a_look


def test_a_lapse_taken_back_after_issue_makes_a_correction_due() -> None:
    bulletin = named()
    (one,) = bulletin.named
    out = published(after(bulletin, let_time_pass(bulletin, bulletin.until)), bulletin.until + HOUR)

    words = {"issue_id": one.issue_id, "facts": one.facts}
    then, facts = say(out, b.ReportLapseWithdrawn, out.at + HOUR, ROSTER, **words)

    assert kinds(facts) == ["CorrectionDue"]
    assert then.corrections_due == (one.issue_id,)
    assert then.document_number == out.document_number
    assert [line.to for line in told(then, facts[0])] == [COUNTY_OFFICE]


def test_only_the_service_itself_says_that_a_lapse_was_taken_back() -> None:
    bulletin = named()
    (one,) = bulletin.named
    words = {"issue_id": one.issue_id, "facts": one.facts}

    assert isinstance(refusal(bulletin, b.ReportLapseWithdrawn, COUNTY_OFFICE, **words), NotYours)


# ---------------------------------------------------------------- whatever is said


def test_the_same_word_twice_is_one_fact() -> None:
    bulletin = looked_through(a_bulletin(Told()))
    then, facts = say(bulletin, b.SubmitBulletin, LATER, COUNTY_OFFICE)
    command = b.SubmitBulletin(id=facts[-1].command, by=COUNTY_OFFICE, said_at=LATER)

    assert decide(then, command, LATER) == []


def test_a_word_from_the_future_is_refused() -> None:
    with pytest.raises(TooEarly):
        say(looked_through(a_bulletin(Told())), b.SubmitBulletin, LATER, COUNTY_OFFICE, now=LATER - DAY)


def test_a_persons_words_go_into_no_notice() -> None:
    bulletin = named()
    (who,) = bulletin.named_posts
    then, facts = say(bulletin, b.ReplyToBulletin, at("12-08 09:00"), who, text="当事人李某已清运")

    lines = [line.text for fact in facts for line in told(then, fact)]

    assert lines
    assert not [line for line in lines if "李某" in line]


def test_an_outage_changes_nothing_in_what_time_says() -> None:
    bulletin = submitted(a_bulletin(Told()), at("12-14 09:00"))
    until = at("12-14 09:00") + 60 * DAY

    step, facts = bulletin, []
    while (mark := next_mark(step)) and mark.at <= until:
        for fact in let_time_pass(step, mark.at + timedelta(minutes=1)):
            step, facts = evolve(step, fact), [*facts, fact]

    assert facts == let_time_pass(bulletin, until)


def test_the_numbers_come_with_their_sources() -> None:
    assert rules().reply_window.source == "chosen"
    assert rules().periodic["yearly"].source == "S76"
