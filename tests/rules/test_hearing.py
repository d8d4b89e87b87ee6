from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.chain import canonical
from domain.issue import commands as c
from domain.issue.clocks import next_mark
from domain.issue.commands import COMMANDS, Command
from domain.issue.decide import let_time_pass
from domain.issue.events import read_fact
from domain.issue.evolve import REMEMBERED, retell
from domain.issue.state import Issue
from domain.refusals import TooEarly
from domain.terms import Severity, Source, Stage
from tests.rules.given import (
    COUNTY_CHIEF,
    MONDAY,
    TOWNSHIP_CHIEF,
    an_issue,
    at,
    kinds,
    opened,
    opening,
    ready_for,
    refusal_of,
    say,
    tick,
    wait,
    walk,
    word,
)


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_word_five_seconds_ahead_is_heard_and_a_millisecond_more_is_not(kind: type[Command]) -> None:
    issue = ready_for(kind)
    moment = issue.at + timedelta(minutes=5)
    command = word(issue, kind, moment)

    assert say(issue, command, moment - timedelta(seconds=5))[1]
    refusal = refusal_of(issue, command, moment - timedelta(seconds=5, milliseconds=1))

    assert isinstance(refusal, TooEarly)


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_same_word_twice_is_one_fact(kind: type[Command]) -> None:
    issue = ready_for(kind)
    command = word(issue, kind)
    issue, _ = say(issue, command)

    assert say(issue, command) == (issue, [])
    assert say(issue, command, issue.at + timedelta(days=30)) == (issue, [])


def test_the_opening_itself_is_remembered_as_heard() -> None:
    assert an_issue().heard == ("open-1",)


def test_an_issue_remembers_its_last_words() -> None:
    issue = an_issue()
    for number in range(REMEMBERED + 5):
        issue, _ = say(issue, word(issue, c.AttachReport, id=f"attach-{number}"))

    assert len(issue.heard) == REMEMBERED
    assert issue.heard[-1] == f"attach-{REMEMBERED + 4}"


def test_time_speaks_before_the_word() -> None:
    issue = an_issue()

    issue, facts = say(issue, word(issue, c.RecordStop, at("11-24 22:00"), by=TOWNSHIP_CHIEF))

    assert kinds(facts) == ["EarlyReminded", "Lapsed", "Ordered", "Escalated", "Stopped"]
    assert issue.chief == COUNTY_CHIEF


def test_who_may_speak_is_asked_after_time_has_spoken() -> None:
    issue = an_issue(severity=Severity.SERIOUS)
    issue = walk(issue, Stage.PLANNING)
    issue, _ = say(issue, word(issue, c.SubmitPlan, done_on=at("12-07 09:00").date()))
    by_the_first_chief = word(issue, c.AcceptPlan, at("12-04 09:00"))

    assert issue.chief == by_the_first_chief.by
    assert refusal_of(issue, by_the_first_chief).status == 403  # the plan's lapse has raised the chief


def test_an_outage_of_weeks_tells_the_same_facts() -> None:
    issue = an_issue(source=Source.PUBLIC)

    assert tick(issue, at("2027-02-01 00:00")) == wait(issue, at("2027-02-01 00:00"))


def test_time_that_reaches_no_mark_tells_nothing() -> None:
    issue = an_issue()
    mark = next_mark(issue)
    assert mark

    assert let_time_pass(issue, mark.at - timedelta(microseconds=1)) == []
    assert len(let_time_pass(issue, mark.at)) == 1


@pytest.mark.parametrize("stage", list(Stage))
def test_an_issue_travels_as_text_and_comes_back_the_same(stage: Stage) -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), stage)

    assert Issue.model_validate_json(issue.model_dump_json()) == issue


def test_every_moment_is_kept_in_utc() -> None:
    beijing = timezone(timedelta(hours=8))

    command = c.AcceptPlan(id="a", by=TOWNSHIP_CHIEF, said_at=datetime(2026, 11, 23, 9, tzinfo=beijing))

    assert command.said_at == MONDAY
    assert command.said_at.tzinfo is UTC


def test_the_journal_tells_the_issue_again() -> None:
    _, facts = opened(opening(source=Source.PUBLIC, vacant=(COUNTY_CHIEF,)))
    issue, more = wait(an_issue(source=Source.PUBLIC, vacant=(COUNTY_CHIEF,)), MONDAY + timedelta(days=30))

    assert retell([read_fact(canonical(fact)) for fact in facts + more]) == issue
