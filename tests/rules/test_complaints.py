from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue.commands import Command
from domain.refusals import AlreadyDone, Incomplete
from domain.terms import Clock, Source, Stage
from tests.rules.given import (
    MONDAY,
    TOWNSHIP_CHIEF,
    an_issue,
    at,
    kinds,
    limit_of,
    refusal_of,
    say,
    walk,
    word,
)


@pytest.mark.parametrize("source", [Source.PUBLIC, Source.HOTLINE])
def test_a_complaint_closes_only_after_the_reply(source: Source) -> None:
    issue = walk(an_issue(source=source), Stage.ACCEPTED)

    refusal = refusal_of(issue, word(issue, c.Close))
    issue, _ = say(issue, word(issue, c.ReplyToReporter))
    issue, _ = say(issue, word(issue, c.Close))

    assert isinstance(refusal, Incomplete)
    assert "答复" in refusal.zh
    assert issue.stage is Stage.CLOSED


@pytest.mark.parametrize("ending", [c.Dismiss, c.MergeInto])
def test_no_complaint_ends_before_its_reporter_is_answered(ending: type[Command]) -> None:
    issue = an_issue(source=Source.PUBLIC)

    refusal = refusal_of(issue, word(issue, ending))
    issue, _ = say(issue, word(issue, c.ReplyToReporter))
    issue, _ = say(issue, word(issue, ending))

    assert isinstance(refusal, Incomplete)
    assert "答复" in refusal.zh
    assert issue.is_over


def test_a_reply_ends_its_clock_only() -> None:
    issue = an_issue(source=Source.PUBLIC)

    issue, facts = say(issue, word(issue, c.ReplyToReporter))

    assert kinds(facts) == ["ReporterAnswered"]
    assert [run.clock for run in issue.clocks] == [Clock.STOP, Clock.WHOLE]


def test_a_reporter_is_answered_once() -> None:
    issue = an_issue(source=Source.PUBLIC)
    issue, _ = say(issue, word(issue, c.ReplyToReporter))

    assert isinstance(refusal_of(issue, word(issue, c.ReplyToReporter)), AlreadyDone)


def test_where_nobody_complained_nobody_is_answered() -> None:
    issue = an_issue()

    refusal = refusal_of(issue, word(issue, c.ReplyToReporter))

    assert isinstance(refusal, Incomplete)


def test_another_complaint_wants_an_answer_of_its_own() -> None:
    issue = an_issue(source=Source.PUBLIC)
    issue, _ = say(issue, word(issue, c.ReplyToReporter))
    moment = at("11-25 09:00")

    issue, _ = say(issue, word(issue, c.AttachReport, moment, source=Source.HOTLINE))

    assert issue.awaits_reply
    assert limit_of(issue, Clock.REPLY) == at("12-09 17:30")
    assert (issue.reports, issue.complaints) == (2, 2)


def test_a_first_complaint_makes_a_find_wait_for_its_answer() -> None:
    issue = walk(an_issue(), Stage.ACCEPTED)

    issue, _ = say(issue, word(issue, c.AttachReport, source=Source.PUBLIC))

    assert isinstance(refusal_of(issue, word(issue, c.Close)), Incomplete)


def test_a_complaint_that_waits_already_keeps_its_limit() -> None:
    issue = an_issue(source=Source.PUBLIC)

    later, _ = say(issue, word(issue, c.AttachReport, at("11-24 08:00"), source=Source.PUBLIC))

    assert limit_of(later, Clock.REPLY) == limit_of(issue, Clock.REPLY)


def test_a_report_of_a_patrol_wants_no_answer() -> None:
    issue, _ = say(an_issue(), word(an_issue(), c.AttachReport, source=Source.PATROL))

    assert not issue.awaits_reply
    assert (issue.reports, issue.complaints) == (2, 0)


def test_an_answer_given_before_the_last_complaint_came_does_not_answer_it() -> None:
    issue = an_issue(source=Source.PUBLIC)
    issue, _ = say(issue, word(issue, c.ReplyToReporter))
    issue, _ = say(issue, word(issue, c.AttachReport, MONDAY + timedelta(hours=2), source=Source.PUBLIC))

    early = word(issue, c.ReplyToReporter, MONDAY + timedelta(hours=1))

    assert isinstance(refusal_of(issue, early, MONDAY + timedelta(hours=3)), AlreadyDone)


def test_the_reply_may_be_said_by_any_office_of_the_place_and_by_no_chief() -> None:
    issue = an_issue(source=Source.PUBLIC)

    for office in ("512022113000", "512022000000", "512000000000"):
        assert say(issue, word(issue, c.ReplyToReporter, by=f"office:{office}"))[1]
    assert refusal_of(issue, word(issue, c.ReplyToReporter, by=TOWNSHIP_CHIEF)).status == 403
