"""统计数: parts add up to the whole, what is suspended is not overdue, what was taken back does not count."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bulletin.due import drafted_on, due_by, named_of, period_of, periodic_id
from domain.bulletin.messages import title
from domain.bulletin.paper import paper, rate_words
from domain.bulletin.terms import BulletinKind
from domain.figures import figures, part_of, ranking, tell
from domain.indicators import COUNTS, RATES, Figure, Indicator, Period
from domain.issue import commands as c
from domain.paper import Grid, Heading, Paragraph
from domain.terms import Source
from tests.rules.bulletins import NOVEMBER, Told, a_bulletin, entered, lapsed, number, published, rules
from tests.rules.given import CITY, COUNTY, MONDAY, OTHER_TOWNSHIP, TOWNSHIP, at, book
from tests.rules.strategies import Lived, lives

DECEMBER = Period(first=date(2026, 12, 1), last=date(2026, 12, 31))


def by_key(*told: Told, period: Period = NOVEMBER, division: str = COUNTY) -> dict[str, Figure]:
    made = figures([each.story(period) for each in told], period, division)
    return {figure.key: figure for figure in made}


def count(indicator: Indicator, *told: Told, period: Period = NOVEMBER) -> int:
    return by_key(*told, period=period)[indicator].count


def test_found_and_closed_in_a_period_are_those_said_in_it() -> None:
    shut, still = Told(1).closed(), Told(2)

    made = by_key(shut, still)

    assert made["found"].issues == (number(1), number(2))
    assert made["closed"].issues == (number(1),)
    assert made["open"].issues == (number(2),)
    assert (made["on_time"].count, made["on_time"].of) == (1, 1)
    assert by_key(shut, still, period=DECEMBER)["found"].count == 0


def test_an_issue_that_nobody_stopped_is_overdue_and_counts_at_every_rung_that_it_climbed() -> None:
    told = lapsed()

    assert [
        count(indicator, told) for indicator in (Indicator.OVERDUE, Indicator.REMINDED, Indicator.ORDERED)
    ] == [
        1,
        1,
        1,
    ]
    assert count(Indicator.NAMED, told) == 0
    assert count(Indicator.NAMED, told, period=DECEMBER) == 1


def test_a_suspended_issue_is_suspended_and_not_overdue() -> None:
    told = Told().walk(c.RecordStop, c.Assign).say(c.SuspendClock, MONDAY + timedelta(hours=5))

    made = by_key(told)

    assert (made["suspended"].count, made["overdue"].count, made["open"].count) == (1, 0, 1)


def test_a_suspended_issue_whose_reporter_waits_too_long_is_not_overdue_either() -> None:
    told = Told(source=Source.PUBLIC).walk(c.RecordStop, c.Assign)
    told.say(c.SuspendClock, MONDAY + timedelta(hours=5)).wait(at("12-30 09:00"))

    made = by_key(told, period=DECEMBER)

    assert told.issue.is_overdue
    assert (made["suspended"].count, made["overdue"].count) == (1, 0)


def test_a_lapse_that_was_taken_back_counts_nowhere() -> None:
    told = Told().wait(at("11-25 09:00"))
    assert count(Indicator.OVERDUE, told) == 1

    told.say(c.RecordStop, MONDAY + timedelta(hours=1))

    made = by_key(told)
    assert [made[each].count for each in (Indicator.OVERDUE, Indicator.REMINDED, Indicator.ORDERED)] == [
        0,
        0,
        0,
    ]


def test_a_lapse_of_november_taken_back_in_december_is_no_lapse_of_november() -> None:
    told = Told(said_at=at("11-29 12:00")).wait(at("12-02 09:00"))

    told.say(c.RecordStop, at("11-29 13:00"))

    assert count(Indicator.OVERDUE, told) == 0


def test_what_came_back_and_who_found_it_are_shares_of_what_was_found() -> None:
    back = Told(1, recurrence_of=number(77), source=Source.HOTLINE)

    made = by_key(back, Told(2, source=Source.CAMERA))

    assert (made["recurred"].issues, made["recurred"].of) == ((number(1),), 2)
    assert made["self_found"].issues == (number(2),)


def test_extensions_and_returns_are_counted_as_issues() -> None:
    extended = Told(1).walk(c.RecordStop, c.Assign, c.RequestExtension, c.GrantExtension)
    returned = Told(2).walk(c.RecordStop, c.Assign, c.ReportRectified, c.RejectRectification)

    made = by_key(extended, returned)

    assert made["extended"].issues == (number(1),)
    assert made["returned"].issues == (number(2),)


def test_a_part_is_one_level_below() -> None:
    assert part_of(TOWNSHIP, COUNTY) == TOWNSHIP
    assert part_of("512022113201", COUNTY) == TOWNSHIP
    assert part_of(TOWNSHIP, CITY) == COUNTY
    assert part_of(COUNTY, COUNTY) == COUNTY


@given(st.lists(lives(longest=6), min_size=1, max_size=4))
def test_parts_add_up_to_the_whole_and_every_rate_is_a_share_of_its_whole(lived: list[Lived]) -> None:
    period = Period(first=date(2026, 6, 1), last=date(2027, 1, 31))
    told = [tell(one.facts, period.ends_at) for one in lived]
    named = [
        story._replace(issue=story.issue.model_copy(update={"issue_id": number(n)}))
        for n, story in enumerate(told, 1)
    ]

    made = {figure.key: figure for figure in figures(named, period, COUNTY)}

    for indicator in Indicator:
        parts = [f for key, f in made.items() if key.startswith(f"{indicator}.")]
        by_place = [f for f in parts if f.key.partition(".")[2].isdigit()]
        by_kind = [f for f in parts if f not in by_place]
        for some in (by_place, by_kind):
            assert sorted(issue for f in some for issue in f.issues) == sorted(made[indicator].issues)
        if indicator in RATES:
            assert set(made[indicator].issues) <= set(made[indicator].among or ())
            assert made[indicator].among == made[RATES[indicator]].issues
    assert not set(made["overdue"].issues) & set(made["suspended"].issues)
    assert set(made["overdue"].issues) | set(made["suspended"].issues) <= set(made["open"].issues)
    assert not set(made["on_time"].issues) & set(made["open"].issues)


# ---------------------------------------------------------------- ranked


def rate(key: str, count: int, of: int) -> Figure:
    among = tuple(number(n) for n in range(1, of + 1))
    return Figure(key=key, issues=among[:count], among=among)


def test_a_ranking_is_of_outcomes_and_leaves_out_who_closed_too_few() -> None:
    made = [
        rate(f"on_time.{TOWNSHIP}", 9, 10),
        rate(f"recurred.{TOWNSHIP}", 1, 10),
        rate(f"on_time.{OTHER_TOWNSHIP}", 18, 20),
        rate(f"recurred.{OTHER_TOWNSHIP}", 0, 10),
        rate(f"on_time.{COUNTY}", 3, 3),
        rate(f"recurred.{COUNTY}", 0, 3),
    ]

    rows = ranking(made, 10)

    assert [(row.division, row.rank) for row in rows] == [(OTHER_TOWNSHIP, 1), (TOWNSHIP, 2), (COUNTY, None)]


def test_equal_outcomes_share_a_place() -> None:
    made = [
        figure
        for place in (TOWNSHIP, OTHER_TOWNSHIP)
        for figure in (rate(f"on_time.{place}", 10, 10), rate(f"recurred.{place}", 0, 10))
    ]

    assert [row.rank for row in ranking(made, 10)] == [1, 1]


def test_nothing_counts_patrols_or_log_ins() -> None:
    assert not [indicator for indicator in Indicator if "patrol" in indicator or "login" in indicator]


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("kind", "period", "on"),
    [
        (BulletinKind.MONTHLY, date(2026, 11, 5), date(2026, 12, 7)),
        (BulletinKind.MONTHLY, date(2026, 9, 5), date(2026, 10, 13)),
        (BulletinKind.QUARTERLY, date(2026, 8, 5), date(2026, 10, 20)),
        (BulletinKind.YEARLY, date(2025, 8, 5), date(2026, 1, 9)),
    ],
)
def test_a_bulletin_is_drafted_on_its_working_day(kind: BulletinKind, period: date, on: date) -> None:
    assert drafted_on(kind, period_of(kind, period), rules(), book().calendar) == on


def test_a_missed_day_is_caught_up_and_no_period_is_due_twice() -> None:
    calendar = book().calendar

    at_once = due_by(date(2026, 12, 20), date(2026, 10, 1), rules(), calendar)
    by_day = [
        each
        for day in range((date(2026, 12, 20) - date(2026, 10, 1)).days)
        for each in due_by(
            date(2026, 10, 2) + timedelta(days=day),
            date(2026, 10, 1) + timedelta(days=day),
            rules(),
            calendar,
        )
    ]

    assert at_once == by_day
    ids = [periodic_id(kind, period, COUNTY) for kind, period in at_once]
    assert ids == [
        f"{COUNTY}-2026-{each}" for each in ("monthly-9", "quarterly-3", "monthly-10", "monthly-11")
    ]


# ---------------------------------------------------------------- printed


def test_a_share_of_too_few_is_written_without_its_rate() -> None:
    assert rate_words(rate("on_time", 3, 3), 10) == "3/3（分母不足10,不列比率）"
    assert rate_words(rate("on_time", 9, 12), 10) == "75%（9/12）"


def test_a_bulletin_is_printed_with_every_figure_in_words_and_its_issues_in_the_annex() -> None:
    told = [Told(1).closed(), Told(2), lapsed(3)]
    made = figures([each.story() for each in told], NOVEMBER, COUNTY)
    bulletin = published(a_bulletin(*told[:2]))

    printed = paper(bulletin, made, {bulletin.issuer: "乐至县河长办"})

    assert printed.title == title(bulletin) == "关于2026年11月河湖问题办理情况的通报"
    assert (printed.mark, printed.number) == ("乐至县河长办文件", "乐河办通〔2026〕1号")
    words = "".join(part.text for part in printed.body if isinstance(part, Paragraph))
    (annex,) = printed.annexes
    lists = {part.caption: part.rows for part in annex.body if isinstance(part, Grid)}
    for indicator in COUNTS:
        figure = next(each for each in made if each.key == indicator)
        assert f"{figure.count}个" in words
        if figure.count:
            rows = next(rows for caption, rows in lists.items() if caption.endswith(f"({figure.count}个)"))
            assert rows
    assert all(issue in str(lists["新发现(3个)"]) for issue in (number(1), number(2), number(3)))
    headings = [part.text for part in printed.body if isinstance(part, Heading)]
    assert headings[:3] == ["总体情况", "分区域情况", "分类别情况"]


def test_a_draft_has_no_number_and_a_quarterly_one_a_ranking() -> None:
    bulletin = a_bulletin(Told(), kind=BulletinKind.QUARTERLY)
    made = figures([Told().story()], NOVEMBER, COUNTY)

    printed = paper(bulletin, made, {})

    assert (printed.number, printed.dated) == (None, None)
    assert "办理结果排名" in [part.text for part in printed.body if isinstance(part, Heading)]


def test_those_named_stand_with_their_post_and_never_with_a_person() -> None:
    told = lapsed()
    bulletin = a_bulletin(told)
    made = figures([told.story()], NOVEMBER, COUNTY)

    printed = paper(bulletin, made, {})

    (grid,) = [part for part in printed.body if isinstance(part, Grid) and part.caption == "被通报问题"]
    assert grid.rows[0][0] == told.issue.issue_id
    assert bulletin.named_posts[0] in grid.rows[0][-1]
    assert (
        named_of([told.story()], [(each.issue_id, each.number) for each in entered(told)]) == bulletin.named
    )
