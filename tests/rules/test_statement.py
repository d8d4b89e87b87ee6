import re
from datetime import date, timedelta

import pytest

from domain.issue import commands as c
from domain.issue import wording
from domain.issue.explain import explain
from domain.issue.statement import statement
from domain.terms import Clock, Stage
from tests.rules import given
from tests.rules.explained import DAY, HOUR, NAMES, account, of, part, texts
from tests.rules.given import an_issue, at, say, wait, walk, word


def test_seconds_are_printed_whole_and_so_is_their_sum() -> None:
    rectify, told = of(account("to the second"), Clock.RECTIFY), part(account("to the second"), Clock.RECTIFY)

    assert rectify.stood_still == DAY + timedelta(seconds=1.8)
    assert "计时 2026-11-23 10:00 – 2026-11-24 12:00:07,1天2小时7秒(" in told
    assert "停止 2026-11-24 12:00:07 – 2026-11-25 12:00:09,1天2秒(" in told
    assert "合计 计时 1天3小时7秒 + 停止 1天2秒 = 经过 2天3小时9秒" in told


UNITS = {"天": DAY, "小时": HOUR, "分": HOUR / 60, "秒": HOUR / 3600}
UNITS |= {"d": DAY, "h": HOUR, "min": HOUR / 60, "s": HOUR / 3600}


def read(length: str) -> timedelta:
    """Return a printed length; all of it must be understood."""
    found = re.findall(r"(\d+) ?(天|小时|分|秒|min|d|h|s) ?", length)
    assert "".join(f"{amount}{unit}" for amount, unit in found) == length.replace(" ", "")
    return sum((int(amount) * UNITS[unit] for amount, unit in found), timedelta())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("language", "line", "total"),
    [
        (0, r"   (计时|停止) .* – [^,]*,([^(]*)\(", r"合计 计时 (.*) \+ 停止 (.*) = 经过 ([^;]*);"),
        (1, r"   (ran|stood) +\d.* – [^,]*, ([^(]*) \(", r"sum   ran (.*) \+ stood (.*) = elapsed ([^;]*);"),
    ],
)
def test_what_is_printed_adds_up(name: str, language: int, line: str, total: str) -> None:
    told = account(name)
    for clock in told.clocks:
        printed = part(told, clock.clock, language)
        lengths = [
            (running in ("计时", "ran"), read(length)) for running, length in re.findall(line, printed)
        ]
        ran, stood, elapsed = map(read, re.findall(total, printed)[0])
        assert ran + stood == elapsed
        assert ran == sum((length for is_running, length in lengths if is_running), timedelta())
        assert stood == sum((length for is_running, length in lengths if not is_running), timedelta())


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_tell_the_same_moments_and_the_same_facts(name: str) -> None:
    chinese, english = texts(account(name))

    assert len(chinese) == len(english)
    for one, other in zip(chinese, english, strict=True):
        assert re.findall(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", one) == re.findall(
            r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", other
        )
        assert re.findall(r"事实 ([\d–]+)", one) == re.findall(r"facts? ([\d–]+)", other)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_person_wrote_is_told(name: str) -> None:
    told = account(name)

    for said in (statement(told), told.model_dump_json()):
        assert given.REASON not in said
        assert given.PAPER not in said


def test_a_limit_of_days_ends_at_twenty_four_hours_of_the_last() -> None:
    assert "   届满 2027-01-22 24:00(暂定" in part(account("extended"), Clock.WHOLE)


def days(*listed: str) -> str:
    return wording.days([date.fromisoformat(day) for day in listed])


@pytest.mark.parametrize(
    ("listed", "printed"),
    [
        ((), ""),
        (("2026-10-01",), "2026-10-01"),
        (("2026-10-01", "2026-10-02"), "2026-10-01—10-02"),
        (("2026-10-02", "2026-10-05"), "2026-10-02—10-05"),  # Friday and Monday
        (("2026-10-01", "2026-10-05"), "2026-10-01、2026-10-05"),  # a Friday lies between
        (("2026-10-02", "2026-10-06"), "2026-10-02、2026-10-06"),  # a Monday lies between
        (("2026-10-06", "2026-10-01", "2026-10-02", "2026-10-05"), "2026-10-01—10-06"),
        (("2026-02-14", "2026-02-28"), "2026-02-14、2026-02-28"),
        (("2026-09-25", "2026-10-01", "2026-10-10"), "2026-09-25、2026-10-01、2026-10-10"),
    ],
)
def test_days_are_printed_as_runs_that_go_on_over_a_weekend(listed: tuple[str, ...], printed: str) -> None:
    assert days(*listed) == printed


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(), "0秒", "0 s"),
        (timedelta(microseconds=999_999), "0秒", "0 s"),
        (timedelta(seconds=59), "59秒", "59 s"),
        (HOUR / 60, "1分", "1 min"),
        (DAY, "1天", "1 d"),
        (DAY - timedelta(seconds=1), "23小时59分59秒", "23 h 59 min 59 s"),
        (3 * DAY + timedelta(seconds=5), "3天5秒", "3 d 5 s"),
        (400 * DAY + 4 * HOUR + timedelta(minutes=5), "400天4小时5分", "400 d 4 h 5 min"),
    ],
)
def test_a_length_is_printed_in_the_units_that_it_has(span: timedelta, zh: str, en: str) -> None:
    assert (wording.length(span).zh, wording.length(span).en) == (zh, en)


def test_a_lapse_that_was_withdrawn_stands_in_the_account_as_withdrawn() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING, at("11-23 10:00"))
    reported = word(issue, c.ReportRectified, at("11-26 12:00"))
    issue, _ = wait(issue, at("12-03 18:00"))
    issue, _ = say(issue, reported, at("12-03 18:00"))

    lines = statement(explain(issue, issue.at)).splitlines()

    assert "   节点 2026-11-26 17:30 催办(事实 5)(已撤回)" in lines
