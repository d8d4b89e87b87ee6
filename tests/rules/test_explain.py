import re
from datetime import date, timedelta

import pytest

from domain.issue import commands as c
from domain.issue import wording
from domain.issue.events import read_fact
from domain.issue.evolve import retell
from domain.issue.explain import ClockAccount, explain
from domain.terms import Clock, SuspensionGround
from tests.rules import given
from tests.rules.explained import DAY, HOUR, NAMES, YEARS_END, account, live, lives, of, part, texts
from tests.rules.given import at, say, word


def stretches(of: ClockAccount) -> list[tuple[bool, str, timedelta, int, int | None]]:
    return [
        (each.is_running, wording.moment(each.since), each.length, each.begun, each.ended)
        for each in of.stretches
    ]


def test_an_extension_is_told_with_who_granted_it_and_the_end_of_the_same_start() -> None:
    told = part(account("extended"), Clock.RECTIFY)

    # Accepted on Monday, it had ended when it was reported on Friday.
    assert told == (
        "整改时限:3个工作日(依据 选定、S05第52条,ziyang-2026-2)\n"
        "   起算 2026-11-23 10:00(事实 3),原定 2026-11-26 17:30 届满\n"
        "   计时 2026-11-23 10:00 – 2026-11-27 09:00,3天23小时(事实 3–7)\n"
        "   改期 2026-11-24 10:00 已准予延期(事实 5,chief:512000000000:R03-01):"
        "3个工作日 + 延 1个工作日,改为 2026-11-27 17:30 届满\n"
        "   届满 2026-11-27 17:30\n"
        "   节点 2026-11-26 20:48 提醒(事实 6)\n"  # a fifth of 103.5 hours before the end
        "   合计 计时 3天23小时 + 停止 0秒 = 经过 3天23小时;已结束 2026-11-27 09:00"
    )
    assert of(account("extended"), Clock.RECTIFY).granted[0].amount == 1


def test_every_clock_that_ever_ran_is_told_in_the_order_in_which_they_began() -> None:
    told = account("extended").clocks

    began = [(each.clock, each.started, each.standing) for each in told]
    assert began == [
        (Clock.REPLY, 1, "running"),
        (Clock.STOP, 1, "ended"),
        (Clock.WHOLE, 1, "running"),
        (Clock.ASSIGN, 2, "ended"),
        (Clock.RECTIFY, 3, "ended"),
        (Clock.VERIFY, 7, "ended"),
        (Clock.CLOSE, 8, "running"),
    ]
    assert [each.ended for each in told] == [0, 2, 0, 3, 7, 8, 0]


def test_what_is_suspended_stands_still_up_to_the_moment_that_was_asked_for() -> None:
    rectify = of(account("suspended"), Clock.RECTIFY)

    assert stretches(rectify) == [
        (True, "2026-11-23 10:00", DAY + 2 * HOUR, 3, 4),
        (False, "2026-11-24 12:00", 2 * DAY + HOUR, 4, None),
    ]
    still = rectify.stretches[-1]
    assert (still.is_open, still.why, still.ground, still.by) == (
        *(True, "suspended"),
        *(SuspensionGround.LITIGATION, given.CITY_CHIEF),
    )
    assert (rectify.standing, rectify.ran, rectify.stood_still) == (
        *("suspended", DAY + 2 * HOUR),
        2 * DAY + HOUR,
    )
    assert f"(事实 4–,因行政诉讼,由 {given.CITY_CHIEF} 决定)" in part(account("suspended"), Clock.RECTIFY)
    assert part(account("suspended"), Clock.RECTIFY).endswith(
        "合计 计时 1天2小时 + 停止 2天1小时 = 经过 3天3小时;中止中"
    )


def test_a_suspension_that_was_reviewed_is_one_stretch_and_each_review_a_clock_of_its_own() -> None:
    told = account("reviewed")

    rectify = of(told, Clock.RECTIFY)
    assert stretches(rectify) == [
        (True, "2026-11-23 10:00", DAY + 2 * HOUR, 3, 4),
        (False, "2026-11-24 12:00", 98 * DAY, 4, 7),
        (True, "2027-03-02 12:00", DAY, 7, None),
    ]
    assert wording.moment(rectify.limit_at) == "2027-03-04 17:30"  # Thursday, and fourteen weeks
    reviews = [(each.started, each.ended) for each in told.clocks if each.clock is Clock.REVIEW]
    assert reviews == [(4, 5), (5, 6), (6, 7)]
    assert (of(told, Clock.SUSPENSION).started, of(told, Clock.SUSPENSION).ended) == (4, 7)
    assert "1 d 2 h (facts 3–4)" in part(told, Clock.RECTIFY, 1)
    assert f"98 d (facts 4–7, litigation, by {given.CITY_CHIEF})" in part(told, Clock.RECTIFY, 1)


def test_what_is_verified_stands_still_and_a_rejection_moves_it() -> None:
    verified, rejected = (of(account(name), Clock.RECTIFY) for name in ("verified", "rejected"))

    assert (verified.standing, verified.stood_still) == ("verifying", DAY + 3 * HOUR)
    assert verified.stretches[-1].by == given.WATER
    assert "(事实 4–,待核查)" in part(account("verified"), Clock.RECTIFY)
    assert stretches(rejected)[1] == (False, "2026-11-24 10:00", 2 * DAY, 4, 5)
    # Thursday 17:30, and two days: Saturday.
    assert [(each.kind, wording.moment(each.limit_at)) for each in rejected.changes] == [
        ("RectificationRejected", "2026-11-30 17:30")
    ]
    assert "改期 2026-11-26 10:00 核查退回(事实 5," in part(account("rejected"), Clock.RECTIFY)


def test_a_regrade_is_told_with_the_limit_before_and_the_one_after() -> None:
    told = part(account("regraded"), Clock.RECTIFY)

    assert told.startswith("整改时限:10个工作日")
    assert "原定 2026-11-26 17:30 届满" in told
    assert "改期 2026-11-24 10:00 类别等级已改定(事实 4," in told
    assert "届满 2026-12-07 17:30" in told  # 24 to 27 November, 30 November to 4 December, Monday
    assert of(account("regraded"), Clock.REPLY).changes == ()


def test_a_lapse_that_a_new_calendar_moved_into_the_future_is_told_as_one_before_it_was_moved() -> None:
    rectify, told = of(account("adopted"), Clock.RECTIFY), part(account("adopted"), Clock.RECTIFY)

    assert "节点 2027-01-04 17:30 催办(事实 5)(改期前)" in told
    assert "mark 2027-01-04 17:30 reminder (fact 5) (before it was moved)" in part(
        account("adopted"), Clock.RECTIFY, 1
    )
    assert "节点 2027-01-03 15:48 提醒(事实 4)\n" in told
    assert told.endswith(";计时中,曾逾期")
    assert (rectify.is_late, rectify.calendar, rectify.off) == (True, "2027-test", (date(2027, 1, 1),))
    assert "不计:放假 2027-01-01(日历 2027-test)" in told


def test_what_ended_before_a_calendar_was_adopted_is_told_by_the_calendar_of_its_time() -> None:
    done = (("12-31 09:00", c.ReportRectified), ("2027-01-04 10:00", c.AcceptRectification))
    journal = live(*YEARS_END, *done, ("2027-01-05 10:00", c.AdoptCalendar), said_at=at("12-30 08:00"))

    told = explain(retell(journal), at("2027-01-05 11:00"))

    assert (of(told, Clock.RECTIFY).calendar, of(told, Clock.RECTIFY).off) == ("2026-1", ())
    assert told.calendar_version == "2027-test"


def test_a_provisional_limit_is_told_as_such_until_the_notice_is_adopted() -> None:
    told = account("provisional")

    assert "届满 2027-01-04 17:30(暂定:含国务院办公厅尚未公布放假安排的年份)" in part(told, Clock.RECTIFY)
    assert "limit 2027-01-04 17:30 (provisional: the notice is not published)" in part(told, Clock.RECTIFY, 1)
    assert "暂定" not in "\n".join(texts(account("adopted"))[0])


@pytest.mark.parametrize(
    ("assigned", "limit", "off", "worked"),
    [
        ("09-28 10:00", "2026-10-08 17:30", "2026-10-01—10-07", ""),  # Tuesday, Wednesday, Thursday week
        ("02-12 10:00", "2026-02-24 17:30", "2026-02-16—02-23", "2026-02-14"),  # Friday, Saturday, Tuesday
        ("09-30 10:00", "2026-10-10 17:30", "2026-10-01—10-07", "2026-10-10"),  # to the worked Saturday
        ("11-23 10:00", "2026-11-26 17:30", "", ""),
    ],
)
def test_days_off_and_weekends_worked_within_a_limit_are_named(
    assigned: str, limit: str, off: str, worked: str
) -> None:
    moment = at(assigned)
    stop = word(given.an_issue(said_at=moment - HOUR), c.RecordStop, moment - HOUR)
    issue, _ = say(given.an_issue(said_at=moment - HOUR), stop)
    issue, _ = say(issue, word(issue, c.Assign, moment))

    told = explain(issue, moment)

    assert wording.moment(of(told, Clock.RECTIFY).limit_at) == limit
    printed = part(told, Clock.RECTIFY)
    assert re.findall(r"放假 (\S+)\(日历 2026-1\)", printed) == ([off] if off else [])
    assert re.findall(r"调休上班 (\S+)\(日历 2026-1\)", printed) == ([worked] if worked else [])
    assert (of(told, Clock.STOP).off, of(told, Clock.STOP).worked) == ((), ())  # hours know no holiday


def test_what_lapsed_is_told_mark_by_mark() -> None:
    told = part(account("late"), Clock.RECTIFY)

    assert re.findall(r"节点 (\S+ \S+) (\S+)\(事实 (\d)\)\n", told) == [
        ("2026-11-26 01:36", "提醒", "4"),  # a fifth of 79.5 hours before the end
        ("2026-11-26 17:30", "催办", "5"),
        ("2026-11-30 17:30", "督办单", "6"),
        ("2026-12-03 17:30", "提级督办", "7"),
    ]
    assert told.endswith(";计时中,曾逾期")


def test_an_account_up_to_a_moment_before_the_last_fact_tells_of_that_fact_too() -> None:
    issue = retell(lives()["extended"][0])

    told = explain(issue, at("11-25 09:00"))

    assert of(told, Clock.REPLY).stretches[-1].until == issue.at


def test_an_issue_under_an_excerpt_from_before_the_fair_clocks_is_explained_too() -> None:
    told = of(account("old"), Clock.RECTIFY)

    assert (told.changes, told.stood_still, wording.moment(told.limit_at)) == (
        *((), timedelta()),
        "2026-11-30 17:30",
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_ran_and_what_stood_still_is_what_has_gone_by(name: str) -> None:
    for clock in account(name).clocks:
        until = clock.ended_at or max(at(lives()[name][1]), clock.started_at)
        assert clock.ran + clock.stood_still == clock.elapsed == until - clock.started_at
        assert sum((each.length for each in clock.stretches), timedelta()) == clock.elapsed
        assert min(each.length for each in clock.stretches) >= timedelta()
        ends = [(each.until, each.ended) for each in clock.stretches[:-1]]
        assert ends == [(each.since, each.begun) for each in clock.stretches[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_a_journal_read_again_is_explained_as_the_issue_was(name: str) -> None:
    journal, as_of = lives()[name]

    again = retell([read_fact(fact.model_dump_json()) for fact in journal])

    assert explain(again, at(as_of)) == account(name)
