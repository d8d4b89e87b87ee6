from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.issue import commands as c
from domain.issue import wording
from domain.issue.clocks import next_mark
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.views import WIDE_BLANK, attributes, details, timer_line
from domain.issue.wording import subject
from domain.terms import Category, Severity, Source, Stage
from domain.written import written
from tests.rules.given import (
    CITY_CHIEF,
    COUNTY_CHIEF,
    MONDAY,
    PAPER,
    REASON,
    TOWNSHIP,
    TOWNSHIP_CHIEF,
    VILLAGE,
    WATER,
    an_issue,
    at,
    say,
    wait,
    walk,
    word,
)


def test_a_supervisor_finds_an_issue_by_what_it_is() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))
    issue, _ = wait(issue, at("12-04 09:00"))

    assert attributes(issue, "letter_waiting") == {
        "Stage": "rectifying",
        "Post": COUNTY_CHIEF,
        "Unit": WATER,
        "Category": "dumping",
        "Severity": "general",
        "Reach": "R03-01",
        "Division": TOWNSHIP,
        "Level": 3,
        "Rung": 3,
        "NextMark": at("12-10 17:30"),
        "Overdue": True,
        "Suspended": None,
        "Origin": "new",
        "Trouble": "letter_waiting",
    }


def test_a_village_is_found_under_its_township() -> None:
    assert attributes(an_issue(division=VILLAGE))["Division"] == TOWNSHIP


def test_what_is_over_has_no_next_mark() -> None:
    issue = walk(an_issue(), Stage.DISMISSED)

    assert attributes(issue)["NextMark"] is None


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("source", [Source.PUBLIC, Source.CAMERA])
def test_attributes_are_short_and_say_nothing_that_a_person_wrote(stage: Stage, source: Source) -> None:
    issue = walk(an_issue(Category.EXTRACTION, Severity.SERIOUS, source), stage)

    for value in attributes(issue).values():
        assert isinstance(value, int | bool | datetime | None) or len(value) <= 64
        assert REASON not in str(value)


def test_the_timer_says_in_chinese_what_it_is_for() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))
    before = next_mark(issue)
    issue, _ = wait(issue, at("12-01 09:00"))
    escalation = next_mark(issue)
    assert before
    assert escalation

    assert timer_line(issue, before) == f"整改时限 · 提醒 → {WATER}"
    assert timer_line(issue, escalation) == f"整改时限 · 提级督办 → {COUNTY_CHIEF}"
    assert len(timer_line(issue, escalation)) < 120


def test_the_details_tell_the_stage_the_limit_and_the_last_facts() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))

    shown = details(issue, "letter_waiting").replace(WIDE_BLANK, "")

    assert shown.startswith(
        "| 项目 | 内容 |\n|---|---|\n| 问题 | 512022-2026-000123 乱堆 · 蟠龙河·蟠龙镇段 · 一般 |"
    )
    assert "| 整改时限 | 2026-11-26 17:30 (3个工作日,依据 选定、S05第52条) |" in shown
    assert f"| 下一节点 | 2026-11-26 01:36 整改时限 · 提醒 → {WATER} |" in shown
    assert "| 逾期处置 | 未逾期 |" in shown
    assert "| 事实 3 | 2026-11-23 10:00 已交办 |" in shown
    assert "| 系统提示 | letter_waiting |" in shown


def test_the_details_of_what_is_late_and_of_what_is_closed() -> None:
    late, _ = wait(an_issue(), at("11-24 14:00"))
    closed = walk(an_issue(), Stage.CLOSED)

    assert "| 逾期处置 | 督办单 |" in details(late).replace(WIDE_BLANK, "")
    assert "| 责任单位 | 尚未交办 |" in details(late).replace(WIDE_BLANK, "")
    assert "| 回头看 | 2027-02-21 |" in details(closed).replace(WIDE_BLANK, "")


def test_a_provisional_limit_is_shown_as_such() -> None:
    issue = walk(an_issue(said_at=at("12-30 09:00")), Stage.RECTIFYING)

    assert "2027-01-04 17:30(暂定)" in details(issue)


def test_seconds_are_shown_where_there_are_any() -> None:
    issue = an_issue(said_at=MONDAY + timedelta(seconds=7))

    assert "2026-11-24 09:00:07" in details(issue)


def after_words(*said: tuple[type[Command], str], **more: Any) -> Issue:
    """Return an issue assigned on Monday at ten to which words were said then."""
    issue = walk(an_issue(**more), Stage.RECTIFYING, at("11-23 10:00"))
    for kind, local in said:
        issue, _ = say(issue, word(issue, kind, at(local)))
    return issue


def shown(issue: Issue) -> list[str]:
    return details(issue).replace(WIDE_BLANK, "").split("\n")


def test_the_details_tell_what_stands_still_and_what_is_asked_for() -> None:
    stops, asks = (c.SuspendClock, "11-24 12:00"), (c.RequestExtension, "11-24 13:00")

    lines = shown(after_words(stops, asks, source=Source.PUBLIC))

    assert "| 逾期处置 | 中止计时 |" in lines
    assert "| 中止 | 全程时限、整改时限自 2026-11-24 12:00 起因行政诉讼停止计时 |" in lines
    assert f"| 延期申请 | 整改时限延长1个工作日,待 `{CITY_CHIEF}` 审批 |" in lines


def test_what_was_asked_for_and_not_granted_in_time_is_shown_no_more() -> None:
    asked = after_words((c.RequestExtension, "11-24 13:00"))

    late, _ = wait(asked, at("11-26 17:30"))

    assert [len([line for line in shown(issue) if "延期申请 |" in line]) for issue in (asked, late)] == [1, 0]


def test_the_details_tell_who_rules_and_who_was_not_reached() -> None:
    returned, again = (c.HandBack, "11-23 11:00"), (c.HandBack, "11-23 13:00")
    missed = (c.ReportUndeliverable, "11-23 14:00")
    issue = after_words(returned, (c.Reassign, "11-23 12:00"), again, missed)
    mark = next_mark(issue)
    assert mark

    assert f"| 争议裁定 | 待 `{COUNTY_CHIEF}` 裁定,已退回 2 次 |" in shown(issue)
    assert f"| 送达不能 | `{TOWNSHIP_CHIEF}` |" in shown(issue)
    assert timer_line(issue, mark) == f"争议裁定时限 · 催办 → {COUNTY_CHIEF}"


def test_nothing_that_a_person_wrote_is_shown() -> None:
    issue = an_issue(source=Source.PUBLIC)
    issue, _ = say(issue, word(issue, c.ReportCannotStop))
    issue, _ = say(issue, word(issue, c.ReplyToReporter))

    assert REASON not in details(issue)
    assert PAPER not in details(issue)
    assert TOWNSHIP_CHIEF not in details(issue)  # who is responsible no more


def test_an_issue_without_a_title_is_known_by_its_reach() -> None:
    assert subject(an_issue(title="")) == "乱堆 · R03-01 · 一般"


@pytest.mark.parametrize(
    ("limit", "as_written"),
    [
        ("24h", "24小时"),
        ("3wd", "3个工作日"),
        ("60cd", "60日"),
        ("20s", "20秒"),
        ("monthly", "月度批次"),
        ("plan <= 90cd", "按方案且不超过90日"),
        ("24h interim + plan <= 90cd", "24小时内临时控制,其余按方案且不超过90日"),
    ],
)
def test_a_limit_is_written_as_officials_write_it(limit: str, as_written: str) -> None:
    assert written(limit) == as_written


def test_a_source_is_written_as_officials_write_it() -> None:
    assert wording.ground("S01 art. 8, 11; chosen") == "S01第8, 11条、选定"
