from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue import events as fact
from domain.issue import wording
from domain.issue.document import ACTS, Signed, document
from domain.issue.evolve import retell
from domain.issue.life import LIFE
from domain.paper import Grid, Heading, Paper, Paragraph, day, han, numbered
from domain.terms import Clock, Severity, Source
from tests.rules.explained import BEGUN, live
from tests.rules.given import TOWNSHIP_OFFICE, WATER, at

NAMES = {WATER: "乐至县水务局", TOWNSHIP_OFFICE: "蟠龙镇河长办"}
SIGNED = Signed(number="蟠龙镇河办督〔2026〕1号", at=at("12-01 09:00"), by=TOWNSHIP_OFFICE)


def documented(
    kind: type[fact.Ordered | fact.BulletinDrafted] = fact.Ordered,
    signed: Signed | None = SIGNED,
    *,
    until: str = "12-11 09:00",
    is_withdrawn: bool = False,
    **opens: object,
) -> tuple[Paper, fact.Ordered | fact.BulletinDrafted]:
    """Return the document of the first such fact of a rectification that lapses, and the fact."""
    journal = live(*BEGUN, (until, None), **opens)
    number = next(place for place, event in enumerate(journal, 1) if isinstance(event, kind))
    event = journal[number - 1]
    assert isinstance(event, fact.Ordered | fact.BulletinDrafted)
    return document(retell(journal[:number]), event, NAMES, signed, is_withdrawn=is_withdrawn), event


def told(paper: Paper) -> str:
    return "\n".join(part.text for part in paper.body if isinstance(part, Heading | Paragraph))


def test_an_order_says_what_lapsed_and_by_when_to_report() -> None:
    paper, _ = documented()

    said = told(paper)
    assert "的整改时限为3个工作日（依据：选定、S05第52条；规则版本：ziyang-2026-2）" in said
    assert "自2026年11月23日10时起算，于2026年11月26日17时30分届满。" in said
    assert "截至2026年11月30日17时30分，已逾期4天，仍未办结。" in said
    assert "请乐至县水务局立即完成整改，并于2026年12月3日17时30分前书面报告办理结果。" in said
    assert "届时仍未办结的，自2026年12月3日17时30分起提级督办。" in said
    assert "签收与否不影响时限的计算" in said


def test_an_order_goes_to_who_must_act_and_the_chief_gets_a_copy() -> None:
    paper, event = documented()

    assert paper.to == ("乐至县水务局",)
    assert paper.copies == (f"{wording.post(event.to[1])}（{event.to[1]}）",)
    assert paper.signed == paper.printed_by == "蟠龙镇河长办"
    assert paper.mark == "蟠龙镇河长办文件"


def test_a_signed_order_has_its_number_its_day_and_who_signed() -> None:
    paper, _ = documented()

    assert (paper.number, paper.note) == (SIGNED.number, "签发岗位：蟠龙镇河长办")
    assert paper.dated is not None
    assert day(paper.dated) == "2026年12月1日"
    assert paper.title == "关于限期办结蟠龙河·蟠龙镇段乱堆问题的督办单"


def test_a_draft_has_neither_number_nor_day() -> None:
    paper, _ = documented(signed=None)

    assert (paper.number, paper.dated, paper.note, paper.draft) == (None, None, None, "送审稿")


def test_what_was_withdrawn_is_no_order_though_it_was_signed() -> None:
    paper, _ = documented(is_withdrawn=True)

    assert (paper.number, paper.draft) == (None, "已撤回")


def test_an_order_signed_after_the_next_step_is_reported_on_the_day_it_is_received() -> None:
    late = SIGNED.model_copy(update={"at": at("12-03 17:30")})

    assert "并于收到本单当日书面报告办理结果。" in told(documented(signed=late)[0])
    assert "12月3日17时30分前书面报告" in told(documented(signed=SIGNED)[0])


def test_an_order_lists_every_limit_that_runs_with_who_must_act() -> None:
    paper, _ = documented(source=Source.PUBLIC)

    (grid,) = (part for part in paper.body if isinstance(part, Grid))
    limits = {row[0]: row for row in grid.rows}
    assert set(limits) >= {"整改", "答复"}
    assert limits["整改"][2:] == ("2026-11-23 10:00", "2026-11-26 17:30", "乐至县水务局", "已逾期")


def test_what_moved_the_limit_and_what_it_rested_is_told() -> None:
    steps = (*BEGUN, ("11-24 12:00", c.SuspendClock), ("11-25 12:00", c.ResumeClock), ("12-06 09:00", None))
    journal = live(*steps)
    number = next(place for place, event in enumerate(journal, 1) if isinstance(event, fact.Ordered))
    event = journal[number - 1]
    assert isinstance(event, fact.Ordered)

    said = told(document(retell(journal[:number]), event, NAMES, None))

    assert "届满时间原为2026年11月26日17时30分，其后依规改定。" in said
    assert "其间停止计时1天，不计入时限。" in said


def test_a_document_is_the_same_whatever_happens_later() -> None:
    assert documented(until="12-01 09:00")[0] == documented(until="12-31 09:00")[0]


@pytest.mark.parametrize(("severity", "urgency"), [(Severity.GENERAL, None), (Severity.MAJOR, "特急")])
def test_an_order_about_a_major_issue_is_urgent(severity: Severity, urgency: str | None) -> None:
    assert documented(severity=severity)[0].urgency == urgency


def test_the_bulletin_of_an_issue_goes_to_all_and_says_until_when_to_object() -> None:
    paper, event = documented(fact.BulletinDrafted)

    assert isinstance(event, fact.BulletinDrafted)
    assert event.objection_until is not None
    assert (len(paper.to), paper.copies) == (len(event.to), ())
    assert paper.title == "关于蟠龙河·蟠龙镇段乱堆问题逾期未办结的通报"
    assert f"如有异议，可于{wording.official(event.objection_until)}前书面提出" in told(paper)


def test_every_clock_that_climbs_to_an_order_says_what_is_to_be_done() -> None:
    without_ladder = {Clock.RULING, Clock.REVIEW, Clock.SUSPENSION}
    before_and_after = {Clock.REGISTER, Clock.LOOK_BACK}

    assert set(ACTS) == set(Clock) - without_ladder - before_and_after
    assert LIFE


def test_midnight_ends_a_day_and_seconds_are_told_where_there_are_some() -> None:
    midnight = at("11-24 00:00")

    assert wording.official(midnight) == "2026年11月23日24时"
    assert wording.official(midnight + timedelta(seconds=9)) == "2026年11月24日0时0分9秒"


def test_headings_are_counted_within_the_one_above() -> None:
    levels = (1, 2, 2, 3, 4, 4, 1, 2, 3)
    body = [Heading(level=level, text="x") for level in levels]

    numbers = [number for number, _ in numbered(body)]

    assert numbers == ["一、", "（一）", "（二）", "1. ", "（1）", "（2）", "二、", "（一）", "1. "]


@pytest.mark.parametrize(
    ("count", "written"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")]
)
def test_counts_are_written_in_chinese(count: int, written: str) -> None:
    assert han(count) == written
