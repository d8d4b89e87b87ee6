"""What somebody tried who wished the rules ill, each once."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.issue import commands as c
from domain.posts import kind_of
from domain.refusals import Incomplete, NotAtThisStage, NotYours
from domain.terms import Severity, Source, Stage
from tests.rules.given import MONDAY, an_issue, refusal_of, say, walk, word

DAY = timedelta(days=1)


def test_a_word_said_before_the_issue_was_opened_is_refused() -> None:
    issue = an_issue()

    early = word(issue, c.AttachReport, MONDAY - DAY, source=Source.PUBLIC)

    assert isinstance(refusal_of(issue, early), NotAtThisStage)


@pytest.mark.parametrize(
    "said_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-08:00", "1989-12-31T23:00:00Z"]
)
def test_a_moment_beyond_our_time_is_no_moment(said_at: str) -> None:
    attach = {
        "id": "x",
        "by": "office:512022000000",
        "said_at": said_at,
        "report": "ab" * 6,
        "source": "PUBLIC",
    }

    with pytest.raises(ValidationError):
        c.AttachReport.model_validate_json(str(attach).replace("'", '"'))


@pytest.mark.parametrize(
    "department", ["chief_office\n", "Chief_office", "chief office", "chief_office:x", ""]
)
def test_a_department_is_written_one_way_only(department: str) -> None:
    issue = walk(an_issue(), Stage.STOPPED)

    with pytest.raises(ValidationError):
        c.Assign(id="x", by="office:512022000000", said_at=MONDAY, unit=f"unit:512022000000:{department}")

    assert issue.stage is Stage.STOPPED


def test_full_width_digits_are_no_division() -> None:
    with pytest.raises(ValidationError):
        c.Assign(id="x", by="office:512022000000", said_at=MONDAY, unit="unit:５１２022000000:water")


def test_only_the_citys_roster_announces_vacancies() -> None:
    issue = an_issue()

    by_township = word(issue, c.AnnounceVacancy).model_copy(update={"by": "roster:512022113000"})

    assert kind_of(by_township.by) == "roster"
    assert isinstance(refusal_of(issue, by_township), NotYours)


def test_a_plan_is_not_accepted_before_it_was_submitted() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)
    submitted = issue.stage_since + 2 * DAY
    issue, _ = say(issue, word(issue, c.SubmitPlan, submitted))

    too_early = refusal_of(issue, word(issue, c.AcceptPlan, submitted - DAY))

    assert isinstance(too_early, Incomplete)


@pytest.mark.parametrize("command_id", ["a\0b", "两个字", "a b", "", "x" * 65])
def test_a_command_id_is_short_and_printable(command_id: str) -> None:
    with pytest.raises(ValidationError):
        c.AcceptPlan(id=command_id, by="office:512022000000", said_at=MONDAY)


@pytest.mark.parametrize("reason", ["a\0b", "\x1b]0;title\x07"])
def test_a_reason_holds_nothing_that_a_terminal_obeys(reason: str) -> None:
    with pytest.raises(ValidationError):
        c.NothingToStop(id="x", by="office:512022000000", said_at=MONDAY, reason=reason)
