from datetime import timedelta

import pytest

from domain.issue import commands as c
from domain.issue.clocks import next_mark
from domain.issue.commands import COMMANDS, Command
from domain.issue.evolve import retell
from domain.issue.life import AT_ANY_OPEN_STAGE, leads_to
from domain.issue.state import Issue
from domain.issue.who import in_charge
from domain.refusals import AlreadyDone, NotAtThisStage
from domain.terms import Category, Clock, Origin, Severity, Source, Stage
from tests.rules.given import (
    BEFORE,
    CITY_CHIEF,
    COUNTY_CHIEF,
    FARMING,
    MONDAY,
    TOWNSHIP_CHIEF,
    WATER,
    an_issue,
    kinds,
    opened,
    opening,
    refusal_of,
    say,
    walk,
    word,
)

STAGES = {
    "D": Stage.DISCOVERED,
    "S": Stage.STOPPED,
    "P": Stage.PLANNING,
    "R": Stage.RECTIFYING,
    "T": Stage.TRANSFERRED,
    "V": Stage.VERIFYING,
    "A": Stage.ACCEPTED,
    "c": Stage.CLOSED,
    "d": Stage.DISMISSED,
    "m": Stage.MERGED,
}

# The life once more, written by hand: where each word leads from each stage; a dot where it is refused.
GRID = """
                      D S P R T V A c d m
RecordStop            S . . . . . . . . .
NothingToStop         S . . . . . . . . .
ReportCannotStop      D . . . . . . . . .
Assign                . P . . . . . . . .
SubmitPlan            . . P . . . . . . .
AcceptPlan            . . R . . . . . . .
ReportRectified       . . . V V . . . . .
AcceptRectification   . . . . . A . . . .
RejectRectification   . . . . . R . . . .
Close                 . . . . . . c . . .
Dismiss               d d d d d . . . . .
MergeInto             m m m m m . . . . .
AttachReport          D S P R T V A . . .
Reassign              . . P R T V . . . .
HandBack              . . P R . . . . . .
RuleOnDispute         . . P R . . . . . .
TransferToEnforcement . T T T . . . . . .
ReplyToReporter       D S P R T V A . . .
AnnounceVacancy       D S P R T V A . . .
AnnounceHolder        D S P R T V A . . .
ReportUndeliverable   D S P R T V A . . .
RecordRepair          D S P R T V A . . .
RequestExtension      D S P R T V A . . .
GrantExtension        D S P R T V A . . .
DenyExtension         D S P R T V A . . .
SuspendClock          D S P R T V A . . .
UpholdSuspension      D S P R T V A . . .
ResumeClock           D S P R T V A . . .
SetDate               D S P R T V A . . .
RecordInterview       D S P R T V A . . .
Regrade               D S P R T V A . . .
AdoptEdition          D S P R T V A . . .
AdoptCalendar         D S P R T V A . . .
"""


def grid() -> list[tuple[str, str, str]]:
    header, *rows = GRID.strip("\n").splitlines()
    return [
        (row.split()[0], here, there)
        for row in rows
        for here, there in zip(header.split(), row.split()[1:], strict=True)
    ]


def command_named(name: str) -> type[Command]:
    return next(command for command in COMMANDS if command.__name__ == name)


def a_serious_issue_at(stage: Stage, kind: type[Command]) -> Issue:
    """A serious issue, which needs a plan; a complaint where its own clocks are spoken of."""
    source = Source.PUBLIC if kind in OF_A_COMPLAINT else Source.CAMERA
    issue = walk(an_issue(severity=Severity.SERIOUS, source=source, vacant=(CITY_CHIEF,)), stage)
    if leads_to(stage, kind):
        for before in BEFORE.get(kind, ()):
            issue, _ = say(issue, said_here(issue, before))
    return issue


OF_A_COMPLAINT = (c.ReplyToReporter, c.RequestExtension, c.GrantExtension, c.DenyExtension)


def said_here(issue: Issue, kind: type[Command]) -> Command:
    """A word; no head of an office extends a transfer or a monthly batch, but the complaint's own clock."""
    if kind is c.RequestExtension and issue.stage in (Stage.TRANSFERRED, Stage.ACCEPTED):
        whole = {"clock": Clock.WHOLE, "amount": "1cd", "by": in_charge(issue, Clock.WHOLE)}
        return word(issue, kind, **whole)
    return word(issue, kind)


def test_the_grid_knows_every_word() -> None:
    assert {name for name, _, _ in grid()} == {command.__name__ for command in COMMANDS}


@pytest.mark.parametrize(("name", "here", "there"), grid(), ids="-".join)
def test_a_word_leads_where_the_life_says_or_is_refused(name: str, here: str, there: str) -> None:
    kind = command_named(name)
    issue = a_serious_issue_at(STAGES[here], kind)
    command = said_here(issue, kind)

    if there != ".":
        assert say(issue, command)[0].stage is STAGES[there]
    else:
        refusal = refusal_of(issue, command)
        over = issue.is_over and kind in AT_ANY_OPEN_STAGE
        assert isinstance(refusal, AlreadyDone if over else NotAtThisStage)


@pytest.mark.parametrize("stage", list(STAGES.values()))
def test_an_issue_is_opened_once(stage: Stage) -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), stage)
    again = opening(severity=Severity.SERIOUS, id="open-2", said_at=issue.at)

    assert isinstance(refusal_of(issue, again), NotAtThisStage)


def test_a_general_issue_needs_no_plan() -> None:
    issue = walk(an_issue(), Stage.STOPPED)

    issue, facts = say(issue, word(issue, c.Assign))

    assert issue.stage is Stage.RECTIFYING
    assert issue.unit == WATER
    assert [start.clock for start in facts[-1].starts] == [Clock.RECTIFY]


@pytest.mark.parametrize(
    ("category", "severity", "stage"),
    [
        (Category.DUMPING, Severity.SERIOUS, Stage.PLANNING),
        (Category.FLOATING_DEBRIS, Severity.SERIOUS, Stage.RECTIFYING),
        (Category.ILLEGAL_FISHING, Severity.MAJOR, Stage.RECTIFYING),
        (Category.BUILDING, Severity.MAJOR, Stage.PLANNING),
        (Category.OCCUPATION, Severity.GENERAL, Stage.RECTIFYING),
    ],
)
def test_a_plan_is_needed_where_rectifying_takes_ten_working_days(
    category: Category, severity: Severity, stage: Stage
) -> None:
    issue = walk(an_issue(category, severity), Stage.STOPPED)

    issue, _ = say(issue, word(issue, c.Assign))

    assert issue.stage is stage


@pytest.mark.parametrize(
    ("category", "more"),
    [
        (Category.FLOATING_DEBRIS, {}),
        (Category.BANK_DAMAGE, {}),
        (Category.OCCUPATION, {"origin": Origin.STOCK, "plan_on": MONDAY.date() + timedelta(days=3)}),
    ],
)
def test_where_there_is_nothing_to_stop_the_issue_waits_for_a_unit_at_once(
    category: Category, more: dict[str, object]
) -> None:
    issue, facts = opened(opening(category, **more))

    assert kinds(facts) == ["Opened", "StoppingNotNeeded"]
    assert issue.stage is Stage.STOPPED
    assert [run.clock for run in issue.clocks] == [Clock.ASSIGN]
    assert retell(facts) == issue


def test_nothing_to_stop_is_a_fact_of_its_own() -> None:
    issue = an_issue()

    issue, facts = say(issue, word(issue, c.NothingToStop))

    assert kinds(facts) == ["StoppingNotNeeded"]
    assert [run.clock for run in issue.clocks] == [Clock.ASSIGN]


def test_what_cannot_be_stopped_raises_the_chief_and_starts_the_stop_clock_again() -> None:
    issue = an_issue()

    issue, facts = say(issue, word(issue, c.ReportCannotStop, MONDAY + timedelta(hours=3)))

    stop = issue.run(Clock.STOP)
    assert kinds(facts) == ["StoppingFailed", "ChiefMoved"]
    assert (issue.stage, issue.chief) == (Stage.DISCOVERED, COUNTY_CHIEF)
    assert issue.former_chiefs == (TOWNSHIP_CHIEF,)
    assert stop
    assert stop.limit_at == MONDAY + timedelta(hours=27)
    assert stop.passed == ()


def test_what_nobody_above_can_stop_goes_on_as_a_lapse() -> None:
    issue = an_issue(severity=Severity.MAJOR)
    for _ in range(2):
        issue, _ = say(issue, word(issue, c.ReportCannotStop))

    refusal = refusal_of(issue, word(issue, c.ReportCannotStop))

    assert isinstance(refusal, AlreadyDone)
    assert "已提请" in refusal.zh


def test_a_reassignment_changes_the_unit_and_no_clock() -> None:
    issue = walk(an_issue(), Stage.RECTIFYING)

    later, _ = say(issue, word(issue, c.Reassign))

    assert (later.unit, later.clocks) == (FARMING, issue.clocks)


def test_what_was_enforced_and_is_rejected_is_enforced_again() -> None:
    issue = walk(an_issue(), Stage.TRANSFERRED)
    issue, _ = say(issue, word(issue, c.ReportRectified))

    issue, _ = say(issue, word(issue, c.RejectRectification))

    assert issue.stage is Stage.TRANSFERRED
    assert [run.clock for run in issue.clocks] == [Clock.ENFORCEMENT]


def test_a_new_unit_makes_its_own_plan() -> None:
    issue = walk(an_issue(severity=Severity.SERIOUS), Stage.PLANNING)
    issue, _ = say(issue, word(issue, c.SubmitPlan))

    issue, _ = say(issue, word(issue, c.Reassign))

    assert issue.plan is None


def test_the_look_backs_are_named_at_closing() -> None:
    general = walk(an_issue(), Stage.CLOSED)
    major = walk(an_issue(severity=Severity.MAJOR), Stage.CLOSED)

    assert [str(day) for day in general.look_backs_on] == ["2027-02-21"]
    assert [str(day) for day in major.look_backs_on] == ["2026-12-23", "2027-02-21", "2027-05-22"]


@pytest.mark.parametrize("end", [Stage.CLOSED, Stage.DISMISSED, Stage.MERGED])
def test_what_is_over_has_no_clock_and_no_mark(end: Stage) -> None:
    issue = walk(an_issue(source=Source.PUBLIC), end)

    assert issue.is_over
    assert issue.clocks == ()
    assert next_mark(issue) is None


def test_only_facts_make_an_issue() -> None:
    _, facts = opened(opening())

    with pytest.raises(TypeError):
        retell(facts[1:] or [walk_fact()])


def walk_fact():  # noqa: ANN201
    issue = an_issue()
    return say(issue, word(issue, c.RecordStop))[1][0]
