"""What must hold in every life, whatever is said to an issue, by whom and when.

What must hold of clocks that are extended, suspended, disputed or regraded is in test_fair_properties.py.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.chain import canonical
from domain.issue import commands as c
from domain.issue.clocks import next_mark
from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.decide import undone as is_undone_by
from domain.issue.events import (
    ChiefMoved,
    Escalated,
    LapseWithdrawn,
    Opened,
    PostPassed,
    read_fact,
)
from domain.issue.evolve import after, evolve, retell
from domain.issue.fact_base import Event
from domain.issue.life import leads_to
from domain.issue.state import Issue
from domain.issue.who import chiefs_from
from domain.refusals import Refusal
from domain.terms import ENDS, Clock, Level
from tests.rules.given import OTHER_COUNTY, Facts, tick
from tests.rules.strategies import DAY, Lived, Moment, lives

INSTANT = timedelta(microseconds=1)
LATER = st.integers(0, 90 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def answer(issue: Issue, moment: Moment) -> Facts | type[Refusal]:
    """Return the facts of a word, or the kind of its refusal."""
    try:
        return decide(issue, moment.command, moment.heard_at)
    except Refusal as refusal:
        return type(refusal)


def end_state(issue: Issue) -> dict[str, Any]:
    """Return what a late word may not change: stage, chief, unit, clocks and how far they were driven."""
    return {
        "stage": issue.stage,
        "chief": issue.chief,
        "unit": issue.unit,
        "rung": issue.rung,
        "clocks": {run.clock: (run.started_at, run.limit_at, run.rung) for run in issue.clocks},
        "rejections": issue.rejections,
    }


def passed(issue: Issue, facts: Facts, until: datetime) -> Issue:
    """Let facts happen and time pass."""
    issue = after(issue, facts)
    return after(issue, let_time_pass(issue, until))


@given(lives(), LATER)
def test_an_outage_changes_nothing(lived: Lived, later: timedelta) -> None:
    for moment in lived.moments:
        ticked, told = tick(moment.issue, moment.command.said_at - INSTANT)
        spoken = answer(ticked, moment)

        # Heard after an outage, the word finds the same facts told in one go.
        assert answer(moment.issue, moment) == (told + spoken if isinstance(spoken, list) else spoken)

    until = lived.clock + later
    assert let_time_pass(lived.issue, until) == tick(lived.issue, until)[1]


@settings(max_examples=1000)  # few late words meet a lapse that had climbed already
@given(lives())
def test_a_word_said_in_time_counts_though_heard_late(lived: Lived) -> None:
    for moment in lived.moments:
        is_told_apart = is_about_a_vacancy(moment) or is_settled_by_time(moment) or is_of_another_time(moment)
        if moment.then is moment.issue or is_told_apart:
            continue
        until = moment.heard_at + 30 * DAY
        at_once = answer(moment.then, moment)
        if isinstance(at_once, list):
            late = answer(moment.issue, moment)

            assert isinstance(late, list)
            assert {fact.clock for fact in late if isinstance(fact, LapseWithdrawn)} == undone(moment)
            heard_late, heard_at_once = passed(moment.issue, late, until), passed(moment.then, at_once, until)
            assert end_state(heard_late) == end_state(heard_at_once)


def is_about_a_vacancy(moment: Moment) -> bool:
    """A vacancy is no word of those who act: it moves the chief of the day on which it is learnt."""
    return isinstance(moment.command, c.AnnounceVacancy | c.AnnounceHolder | c.ReportUndeliverable)


def is_settled_by_time(moment: Moment) -> bool:
    """A suspension that lasted as long as it may, and a dispute that all left to lie, are not begun again."""
    then, issue = moment.then, moment.issue
    return then.is_suspended > issue.is_suspended or (then.dispute is not None and issue.dispute is None)


def is_of_another_time(moment: Moment) -> bool:
    """A request or a record withdraws no escalation: who was relieved meanwhile says it no more."""
    words = c.RequestExtension | c.GrantExtension | c.DenyExtension | c.RecordInterview
    return isinstance(moment.command, words) and moment.then.chief != moment.issue.chief


def undone(moment: Moment) -> set[Clock]:
    """Return the clocks that lapsed before a word was heard, and whose lapse the word undoes."""
    issue, command = moment.issue, moment.command
    lowest = {run: is_undone_by(issue, command, run) for run in (*issue.clocks, *issue.still)}
    return {
        run.clock
        for run, rung in lowest.items()
        if rung and any(mark.rung >= rung and mark.at >= command.said_at for mark in run.passed)
    }


@given(lives())
def test_a_refusal_moves_nothing(lived: Lived) -> None:
    without = lived.moments[0].then if lived.moments else lived.issue
    for moment in lived.moments:
        before, spoken = moment.issue.model_dump_json(), answer(moment.issue, moment)

        assert moment.issue.model_dump_json() == before
        if is_wrong(moment):
            assert not isinstance(spoken, list)

        # The life without its refused words is the same life.
        if moment.then is not moment.issue:
            without = after(without, let_time_pass(without, moment.heard_at))
        if isinstance(spoken, list):
            without = after(without, decide(without, moment.command, moment.heard_at))
        assert without == moment.after


def is_wrong(moment: Moment) -> bool:
    """Whether a word must be refused: a stranger's, or one that the stage does not know."""
    command, issue = moment.command, moment.issue
    if command.id in issue.heard:
        return False
    is_known = leads_to(issue.stage, type(command)) is not None
    return OTHER_COUNTY in command.by or not is_known or answers_nothing(issue, command)


def answers_nothing(issue: Issue, command: Command) -> bool:
    """Whether a word grants what nobody asked for, resumes what runs, or rules on what nobody disputes."""
    match command:
        case c.GrantExtension() | c.DenyExtension():
            return not issue.asked
        case c.UpholdSuspension() | c.ResumeClock():
            return issue.suspended is None
        case c.RuleOnDispute():
            return issue.dispute is None
        case _:
            return False


@given(lives(), LATER)
def test_facts_are_in_order_of_time(lived: Lived, later: timedelta) -> None:
    facts = lived.journal(later)

    assert all(before.at <= following.at for before, following in pairwise(facts))
    assert all(fact.said_at <= fact.at for fact in facts)


@given(lives(), LATER)
def test_the_same_word_twice_is_one_fact(lived: Lived, later: timedelta) -> None:
    issue = passed(lived.issue, [], lived.clock + later)
    for moment in lived.moments:
        if moment.facts:
            assert decide(moment.after, moment.command, moment.heard_at) == []
            assert decide(issue, moment.command, lived.clock + later) == []

    assert decide(issue, lived.life.opening, lived.clock) == []


@given(lives(), LATER)
def test_a_vacant_post_eats_no_time(lived: Lived, later: timedelta) -> None:
    facts = lived.journal(later)
    issue = retell(facts[:1])
    for place, fact in enumerate(facts):
        issue = evolve(issue, fact) if place else issue
        if isinstance(fact, PostPassed):
            followed = {type(other) for other in facts if moment_of(other) == moment_of(fact)}
            assert followed & {Opened, ChiefMoved, Escalated}
        # Between two moments the responsible chief is somebody, or the last who can be asked.
        if place + 1 == len(facts) or facts[place + 1].at > fact.at:
            assert issue.chief not in issue.vacant or issue.chief == chiefs_from(issue, Level.VILLAGE)[-1]


def moment_of(fact: Event) -> tuple[datetime, str | None]:
    """Return when a fact truly was and whose word made it."""
    return fact.said_at, fact.command


@given(lives(), LATER)
def test_a_closed_issue_has_no_mark(lived: Lived, later: timedelta) -> None:
    for ended in (moment.after for moment in lived.moments):
        if ended.stage in ENDS:
            assert ended.clocks == ()
            assert next_mark(ended) is None
            assert let_time_pass(ended, lived.clock + later) == []


@given(lives(), LATER)
def test_retelling_the_journal_gives_the_issue(lived: Lived, later: timedelta) -> None:
    facts, tail = lived.journal(later), "0" * 64
    issue = passed(lived.issue, [], lived.clock + later)

    bodies = [canonical(fact) for fact in facts]
    for number, body in enumerate(bodies, 1):
        tail = sha256(f"{tail}\n{number}\n{body}".encode()).hexdigest()

    assert [read_fact(body) for body in bodies] == facts
    assert retell([read_fact(body) for body in bodies]) == issue
    assert issue.tail == tail
    assert Issue.model_validate_json(issue.model_dump_json()) == issue


@given(lives(), LATER)
def test_an_open_issue_always_has_a_next_mark(lived: Lived, later: timedelta) -> None:
    ever = [moment.after for moment in lived.moments] + [passed(lived.issue, [], lived.clock + later)]
    for issue in ever:
        assert (next_mark(issue) is not None) == (not issue.is_over)
