"""What is stuck: what is trouble and what only takes its time; one trouble is named once, by its cause."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import stuck
from domain.bulletin import commands as b
from domain.bulletin.clock import let_time_pass as bulletin_time
from domain.bulletin.state import after as after_bulletin
from domain.issue import commands as c
from domain.issue import events as fact
from domain.issue.decide import let_time_pass
from domain.issue.evolve import retell
from domain.issue.fact_base import Event
from domain.model import Label
from domain.stuck import HUMAN, KINDS, OPERATORS, Kind, Stuck
from domain.stuck_rules import (
    BY,
    CAUSES,
    Asked,
    Cause,
    Failure,
    Source,
    cause_of,
    each_once,
    unapproved,
    unlooked,
    unreviewed,
    unruled,
)
from domain.terms import Severity
from tests.ops.lives import Life
from tests.rules.bulletins import DECEMBER, a_bulletin, say, submitted
from tests.rules.strategies import HOUR, Lived, lives

ISSUE = "512022-2026-000001"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def of(kind: Kind, subject: str = ISSUE, since: datetime | None = NOW, whose: str = OPERATORS) -> Stuck:
    return stuck.stuck(kind, subject, since, whose)


def disputed() -> Life:
    return Life(severity=Severity.MAJOR).say(c.RecordStop, c.Assign, c.HandBack)


def suspended() -> Life:
    return Life().say(c.RecordStop, c.Assign, c.SuspendClock)


def until(life: Life, kind: type[Event], count: int = 1) -> list[Event]:
    """Let time pass until it has demanded something so often."""
    issue = life.issue
    told: list[Event] = []
    for days in range(1, 400):
        told = let_time_pass(issue, issue.at + days * DAY / 4)
        if sum(isinstance(each, kind) for each in told) >= count:
            return [*life.facts, *told]
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words_and_a_repair_in_both_languages(kind: Kind) -> None:
    named = stuck.stuck(kind, ISSUE, NOW, "office:512022000000", what=Label("某事", "a thing"), count=2)

    assert set(KINDS) == set(BY) == set(Kind)
    assert named.why.zh
    assert named.why.en.isascii()
    assert "{" not in "".join((*named.why, named.repair))
    assert kind.label.zh
    assert kind.is_human is (kind in HUMAN)
    assert kind.is_human or named.repair.startswith(("python -m ops", "docker compose"))


@pytest.mark.parametrize("kind", CAUSES)
def test_what_follows_from_something_else_is_named_by_its_cause(kind: Kind) -> None:
    for cause in CAUSES[kind]:
        assert each_once([of(kind), of(cause)]) == (of(cause),)
        assert set(each_once([of(kind), of(cause, "512022-2026-000002")])) == {
            of(kind),
            of(cause, "512022-2026-000002"),
        }
    assert each_once([of(kind)], at_rest=[ISSUE]) == ()


def test_no_cause_is_itself_the_consequence_of_another() -> None:
    assert not set(CAUSES) & {cause for causes in CAUSES.values() for cause in causes}


def test_what_both_sources_tell_is_named_once_by_the_one_that_knows_since_when() -> None:
    vague, exact = of(Kind.EFFECT_UNDELIVERABLE, since=None), of(Kind.EFFECT_UNDELIVERABLE)

    assert each_once([vague, exact]) == each_once([exact, vague]) == (exact,)


def test_two_posts_that_did_not_sign_for_one_issue_are_two() -> None:
    both = [of(Kind.NO_RECEIPT, whose="unit:1"), of(Kind.NO_RECEIPT, whose="unit:2")]

    assert len(each_once(both)) == len(both)


@given(st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from("ab"), st.booleans())))
def test_nothing_is_lost_but_what_has_a_cause_in_the_list(drawn: list[tuple[Kind, str, bool]]) -> None:
    found = [of(kind, subject, NOW if dated else None) for kind, subject, dated in drawn]

    named = each_once(found)

    told = {(each.kind, each.subject) for each in named}
    lost = {(each.kind, each.subject) for each in found} - told
    assert len(told) == len(named)
    assert all(any((cause, subject) in told for cause in CAUSES.get(kind, ())) for kind, subject in lost)


def test_what_a_silent_source_alone_could_tell_is_not_looked_for() -> None:
    without_temporal, without_postgres = unlooked([Source.TEMPORAL]), unlooked([Source.POSTGRES])

    assert unlooked([]) == ()
    assert set(unlooked(Source)) == set(Kind)
    assert Kind.TASK_FAILING in without_temporal
    assert Kind.TASK_FAILING not in without_postgres
    assert Kind.RUN_MISSING in {*without_temporal} & {*without_postgres}
    assert Kind.MARK_PASSED not in {*without_temporal, *without_postgres}
    assert set(without_postgres) >= HUMAN


def test_a_dispute_is_stuck_once_its_first_ruler_was_silent() -> None:
    life = disputed()

    raised = until(life, fact.RulingRaised)

    asked, dispute = unruled(raised), retell(raised).dispute
    assert unruled(life.facts) is None
    assert asked is not None
    assert dispute is not None
    assert (asked.times, asked.whose) == (1, dispute.ruler)
    assert asked.since == next(each.said_at for each in raised if isinstance(each, fact.RulingRaised))


def test_a_dispute_that_climbed_further_is_stuck_since_it_was_first_left_to_lie() -> None:
    life = disputed()

    once, twice = (unruled(until(life, fact.RulingRaised, count)) for count in (1, 2))

    assert once is not None
    assert twice is not None
    assert twice.since == once.since
    assert twice.times > once.times
    assert twice.whose != once.whose


@settings(max_examples=60)
@given(lived=lives(), later_on=st.integers(0, 200))
def test_only_a_dispute_that_is_open_and_was_left_to_lie_is_stuck(lived: Lived, later_on: int) -> None:
    facts = lived.journal(later_on * HOUR)

    dispute, asked = retell(facts).dispute, unruled(facts)

    opened = max((n for n, each in enumerate(facts) if isinstance(each, fact.DisputeOpened)), default=0)
    raised = [each for each in facts[opened:] if isinstance(each, fact.RulingRaised)]
    assert (asked is not None) is (dispute is not None and any(each.why == "lapsed" for each in raised))
    assert asked is None or (dispute is not None and asked.whose == dispute.ruler)


def test_a_review_that_was_asked_for_a_day_ago_is_stuck_and_one_just_asked_for_is_not() -> None:
    facts = until(suspended(), fact.SuspensionReviewDue)
    (due,) = (each for each in facts if isinstance(each, fact.SuspensionReviewDue))

    assert unreviewed(facts, due.said_at) is None
    assert unreviewed(facts, due.said_at + DAY) == Asked(due.said_at, 1, due.to[0])
    assert unreviewed(suspended().facts, NOW + 400 * DAY) is None


@settings(max_examples=60)
@given(lived=lives(), later_on=st.integers(0, 400))
def test_only_a_suspension_that_lasts_and_was_asked_about_is_stuck(lived: Lived, later_on: int) -> None:
    facts = lived.journal(later_on * DAY)
    issue = retell(facts)

    asked = unreviewed(facts, issue.at + DAY)

    assert (asked is not None) is (issue.suspended is not None and issue.suspended.asked > 0)


def test_a_bulletin_is_stuck_once_its_approver_was_reminded_and_until_he_speaks() -> None:
    waiting = submitted(a_bulletin(), DECEMBER)

    reminded = after_bulletin(waiting, bulletin_time(waiting, waiting.at + 10 * DAY))
    assert reminded.wait is not None
    returned, _ = say(reminded, b.ReturnBulletin, reminded.at, reminded.wait.post, reason="数据待核")

    asked = unapproved(reminded)
    assert unapproved(waiting) is None
    assert asked is not None
    assert asked.whose == reminded.wait.post
    assert unapproved(returned) is None


def test_an_office_that_does_not_submit_its_bulletin_keeps_no_approver_waiting() -> None:
    bulletin = a_bulletin()

    silent = after_bulletin(bulletin, bulletin_time(bulletin, bulletin.at + 30 * DAY))

    assert silent.wait is not None
    assert silent.wait.turn > 0
    assert unapproved(silent) is None


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (Failure("WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"), Cause.NON_DETERMINISM),
        (Failure("TIMED_OUT"), Cause.TIMED_OUT),
        (Failure("UNHANDLED_FAILURE", "RuntimeError", "Failed decoding arguments"), Cause.PAYLOAD),
        (Failure("UNHANDLED_FAILURE", "ValidationError", "1 error", "in from_payloads"), Cause.PAYLOAD),
        (Failure("UNHANDLED_FAILURE", "JournalDisagreesError", "tail"), Cause.DISAGREES),
        (Failure("UNHANDLED_FAILURE", "ValidationError", "1 error", "in decide"), Cause.BUG),
        (Failure(""), Cause.BUG),
    ],
)
def test_a_failing_task_is_told_by_its_cause(failure: Failure, cause: Cause) -> None:
    assert cause_of(failure) is cause
