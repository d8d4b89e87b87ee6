"""聚合触发: each bound of a measure by what only it tells apart."""

from datetime import timedelta

from domain.issue import commands as c
from domain.issue.events import Escalated
from domain.issue.opening import open_issue
from domain.measures import lapses_due, observed_due, overdue_of, raised_in
from domain.terms import Severity, Source
from tests.rules.given import CITY, an_issue, at, opened, opening, say, wait, word
from tests.rules.test_measures import RULES, by_subject, observed, raised

PROVINCE = "510000000000"


def test_a_fourth_raise_is_no_ground_of_a_measure_that_was_due_by_three() -> None:
    lapses = [raised(number, at("11-02 09:00") + timedelta(days=number)) for number in (1, 2, 3, 4)]

    three, four = (by_subject(lapses_due(some, RULES)) for some in (lapses[:3], lapses))

    assert four == three


def test_the_earliest_raises_are_the_ground_in_whatever_order_they_are_read() -> None:
    lapses = [raised(number, at("11-02 09:00") + timedelta(days=9 - number)) for number in (1, 2, 3, 4)]

    (due,) = {one.because for one in lapses_due(lapses, RULES)}

    assert due == ("512022-2026-000004", "512022-2026-000003", "512022-2026-000002")


def test_a_unit_of_the_province_is_called_in_by_its_general_chief() -> None:
    unit = f"unit:{PROVINCE}:water"
    lapses = [raised(number, at("11-02 09:00")).model_copy(update={"owner": unit}) for number in (1, 2, 3)]

    assert by_subject(lapses_due(lapses, RULES))[unit].by == f"general:{PROVINCE}"


def test_nobody_above_the_deployment_calls_in() -> None:
    months = observed("ranked_last", "2026-01", "2026-02", "2026-03", subject=f"government:{CITY}")

    (due,) = observed_due(months, RULES)

    assert due.by == f"general:{CITY}"


def test_a_raise_after_too_many_rejections_is_no_raise_after_a_lapse() -> None:
    command = opening()
    facts = open_issue(command, command.said_at)
    issue, _ = opened(command)
    rejected = (c.ReportRectified, c.RejectRectification) * 3
    for kind in (c.RecordStop, c.Assign, *rejected):
        issue, more = say(issue, word(issue, kind))
        facts += more

    assert "rejected" in [event.reason for event in facts if isinstance(event, Escalated)]
    assert raised_in(facts) == []


def test_the_limit_that_ended_first_says_since_when_a_major_issue_is_overdue() -> None:
    of_one, _ = wait(an_issue(severity=Severity.MAJOR), at("12-31 09:00"))
    of_two, _ = wait(an_issue(severity=Severity.MAJOR, source=Source.PUBLIC), at("12-31 09:00"))

    assert sum(run.is_overdue for run in of_two.clocks) > 1
    first, second = overdue_of(of_one, RULES), overdue_of(of_two, RULES)
    assert first
    assert second
    assert second.too_long_at == first.too_long_at
