"""哨兵: it climbs every rung by time alone; what is missing, late or undelivered is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.canary import ABSENT_AFTER, COMES_WITHIN, is_absent
from domain.canary import CANARY_DIVISION, is_of_the_canary
from domain.canary_walk import KINDS, NOTICED_WITHIN, RECORDED_WITHIN, Sent, Told, ending, judge, opening
from domain.issue.decide import decide
from domain.issue.effects import effects_of
from domain.issue.evolve import after, evolve, retell
from domain.issue.fact_base import Event
from domain.issue.ladder import advance
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.terms import Rung, Stage
from reading.registry import read_registry
from reading.rulebook import read_editions
from tests.shape.test_contracts import ROOT
from workflows.canary import WALKS_FOR

(BOOK,) = read_editions(Path(ROOT / "rules" / "canary.yaml"))
ISSUE_ID, DIGEST = "999999-2026-000001", "c" * 32
NOON = datetime(2026, 11, 4, 4, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def walk(until: timedelta = WALKS_FOR) -> tuple[Issue, list[Event]]:
    told = open_issue(opening(ISSUE_ID, DIGEST, BOOK, NOON), NOON)
    climbed = advance(retell(told), NOON + until, inclusive=True)
    return after(retell(told), climbed), [*told, *climbed]


def as_recorded(late: timedelta = SECOND) -> list[Told]:
    _, facts = walk()
    return [
        Told(number, type(fact).__name__, fact.said_at, fact.said_at + late)
        for number, fact in enumerate(facts, start=1)
    ]


def as_received(late: timedelta = SECOND) -> list[Sent]:
    return [
        Sent(fact.number, "office:999999000000", "delivered", fact.mark_at + late) for fact in as_recorded()
    ]


def test_time_alone_brings_every_rung_while_the_workflow_looks_on() -> None:
    _, facts = walk()

    assert [KINDS[type(fact).__name__] for fact in facts if type(fact).__name__ in KINDS] == list(Rung)
    assert facts[-1].said_at + SECOND <= NOON + WALKS_FOR


def test_it_can_be_ended_after_the_last_rung() -> None:
    issue, _ = walk()
    at = NOON + WALKS_FOR

    ended = after(issue, decide(issue, ending(DIGEST, at), at))

    assert ended.stage is Stage.DISMISSED


def test_every_post_it_names_is_the_canarys() -> None:
    issue = None
    told: set[str] = set()
    for fact in walk()[1]:
        issue = evolve(issue, fact) if issue else retell([fact])
        told |= {effect.addressee for effect in effects_of(issue, fact)}

    assert told
    assert all(is_of_the_canary(post) and CANARY_DIVISION in post for post in told)


def test_no_real_post_is_the_canarys() -> None:
    assert not [post for post in read_registry(ROOT / "registry" / "ziyang").posts if is_of_the_canary(post)]


def test_a_walk_in_time_has_no_troubles() -> None:
    walked = judge(ISSUE_ID, NOON, as_recorded(), as_received())

    assert walked.troubles == ()
    assert (walked.recorded, walked.noticed) == (1.0, 1.0)


@pytest.mark.parametrize("rung", list(Rung))
def test_a_missing_rung_is_named(rung: Rung) -> None:
    told = [fact for fact in as_recorded() if KINDS.get(fact.kind) is not rung]

    (trouble,) = judge(ISSUE_ID, NOON, told, as_received()).troubles

    assert "缺少" in trouble.zh
    assert "missing" in trouble.en


def test_a_canary_without_any_fact_misses_all() -> None:
    assert len(judge(ISSUE_ID, NOON, [], []).troubles) == len(Rung)


@pytest.mark.parametrize("state", ["queued", "undeliverable"])
def test_an_undelivered_notice_is_named(state: str) -> None:
    sent = [*as_received()[1:], Sent(1, "office:999999000000", state, None)]

    (trouble,) = judge(ISSUE_ID, NOON, as_recorded(), sent).troubles

    assert "office:999999000000" in trouble.zh


def test_what_waits_for_a_signature_is_no_trouble() -> None:
    sent = [*as_received(), Sent(4, "office:999999000000", "unsigned", None)]

    assert judge(ISSUE_ID, NOON, as_recorded(), sent).troubles == ()


def test_a_fact_recorded_late_is_named_and_one_just_in_time_is_not() -> None:
    late = judge(ISSUE_ID, NOON, as_recorded(RECORDED_WITHIN + SECOND), as_received()).troubles
    in_time = judge(ISSUE_ID, NOON, as_recorded(RECORDED_WITHIN), as_received()).troubles

    assert len(late) == len(Rung)
    assert in_time == ()


def test_a_notice_that_came_late_is_named() -> None:
    late = judge(ISSUE_ID, NOON, as_recorded(), as_received(NOTICED_WITHIN + SECOND)).troubles

    assert len(late) == len(Rung)


def test_it_is_absent_after_two_hours_without_one() -> None:
    long_since = NOON - timedelta(days=1)

    assert is_absent(NOON, long_since, NOON + ABSENT_AFTER + SECOND)
    assert not is_absent(NOON, long_since, NOON + ABSENT_AFTER)
    assert is_absent(None, long_since, NOON)


def test_a_worker_that_has_just_started_gives_the_schedule_its_time() -> None:
    days_ago = NOON - timedelta(days=3)

    assert not is_absent(days_ago, NOON, NOON + COMES_WITHIN)
    assert is_absent(days_ago, NOON, NOON + COMES_WITHIN + SECOND)
