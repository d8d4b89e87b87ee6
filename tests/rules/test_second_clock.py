"""The clocks counted a second time, by another algorithm from the journal alone, against the first.

What is counted in second_clock.py comes from the prose of the rules. Where the two differ, one is wrong:
what is not settled stands as OPEN in test_second_clock_by_hand.py.
"""

import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from hypothesis import given, settings

from domain.issue import commands as c
from domain.issue.decide import let_time_pass
from domain.issue.evolve import after
from domain.issue.explain import ClockAccount, explain
from domain.issue.state import Issue
from tests.rules.given import Facts, at
from tests.rules.second_clock import ClockTold, audit
from tests.rules.second_ledger import Body
from tests.rules.second_lives import Busy, bodies_of, rectifying
from tests.rules.strategies import DAY, Lived, lives

HERE = Path(__file__).parent
BUSY = 1800
LIVES = 500
WANTED = {
    *("Opened", "EarlyReminded", "Lapsed", "Ordered", "Escalated", "BulletinDrafted", "LapseWithdrawn"),
    *("ExtensionGranted", "ExtensionDenied", "ClockSuspended", "SuspensionReviewDue", "SuspensionUpheld"),
    *("ClockResumed said", "ClockResumed went_on", "ClockResumed longest", "RectificationRejected"),
    *("DisputeOpened", "RulingRaised lapsed", "DisputeRuled", "DisputeRuled by silence", "HandedBack"),
    *("Regraded", "EditionAdopted", "CalendarAdopted", "DateSet", "Transferred", "PlanAccepted"),
    *("InterviewCalled", "InterviewHeld", "Referred", "StoppingFailed", "Closed"),
}
"""What the lives must have met, or their agreement says nothing."""


ADOPTING = ("Regraded", "EditionAdopted", "CalendarAdopted")


class Met:
    """What the lives of this process were, what they met, and which wait for an open question."""

    lives: ClassVar[set[str]] = set()
    kinds: ClassVar[Counter[str]] = Counter()


def told(account: ClockAccount) -> ClockTold:
    """Return what production tells of one clock, as the second clock tells it."""
    return ClockTold(
        str(account.clock),
        account.started_at,
        account.limit,
        [account.first_limit_at, *(change.limit_at for change in account.changes)],
        account.provisional,
        [(each.since, each.until, each.why or "") for each in account.stretches],  # type: ignore[arg-type]
        [(int(mark.rung), mark.at) for mark in account.passed],
        [(int(mark.rung), mark.at) for mark in account.undone],
        account.ran,
        account.stood_still,
        account.ended_at,
    )


def kind_of(body: Body) -> str:
    """Return a fact's kind, with what makes it another one."""
    if body["kind"] == "DisputeRuled" and "by" not in body:
        return "DisputeRuled by silence"
    return (
        f"{body['kind']} {body['why']}" if body["kind"] in ("ClockResumed", "RulingRaised") else body["kind"]
    )


def agree(issue: Issue, facts: Facts, as_of: datetime, name: object) -> None:
    """Hold one life's journal and production's account of it against the second clock."""
    bodies = bodies_of(facts)
    counted = audit(bodies, as_of)
    Met.lives.add(issue.tail)
    Met.kinds.update({kind_of(body) for body in bodies})

    assert not counted.differences, f"{name}: {counted.differences[:3]}"
    assert counted.clocks == [told(each) for each in explain(issue, as_of).clocks], name
    for each in counted.clocks:
        assert each.ran + each.stood_still == each.stretches[-1].until - each.start, name


# ---------------------------------------------------------------- random lives


@settings(max_examples=LIVES)
@given(lives())
def of_any_life(lived: Lived) -> None:
    as_of = lived.clock + lived.life.walked * 15 * DAY
    passed = let_time_pass(lived.issue, as_of)
    agree(after(lived.issue, passed), lived.facts + passed, as_of, lived.life.steps)


def test_two_clocks_that_know_nothing_of_each_other_agree_on_every_life() -> None:
    """The instants, the rungs and the sums of two thousand lives and more, each another one."""
    of_any_life()
    for seed in range(BUSY):
        life = Busy(seed)
        as_of = life.clock + seed % 4 * 30 * DAY
        agree(*life.until(as_of), as_of, f"Busy({seed})")

    assert len(Met.lives) >= 2000
    assert set(Met.kinds) >= WANTED, WANTED - set(Met.kinds)
    assert min(Met.kinds[kind] for kind in WANTED) >= 3, {kind: Met.kinds[kind] for kind in WANTED}


def test_the_second_clock_imports_nothing_of_the_first() -> None:
    code = "import sys, tests.rules.second_clock; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE.parents[1], capture_output=True, check=True
    )

    assert b"tests.rules.second_calendar" in loaded.stdout
    assert not [name for name in loaded.stdout.split() if name.split(b".")[0] in (b"domain", b"pydantic")]


# ---------------------------------------------------------------- it bites


def paused() -> tuple[list[Body], datetime]:
    life = rectifying().hears(c.SuspendClock, "11-24 10:00").hears(c.ResumeClock, "11-26 12:00")
    return bodies_of(life.waits("12-10 12:00").facts), at("12-10 12:00")


def number_of(bodies: list[Body], kind: str, name: str | None = None) -> int:
    return next(
        n for n, body in enumerate(bodies, 1) if body["kind"] == kind and name in (None, body.get("clock"))
    )


def test_an_honest_journal_has_no_difference() -> None:
    assert audit(*paused()).differences == []


def test_a_changed_limit_is_found_with_both_instants() -> None:
    bodies, as_of = paused()
    number = number_of(bodies, "Assigned")
    bodies[number - 1]["starts"][0]["limit_at"] = "2026-11-27T09:30:00Z"

    (found,) = audit(bodies, as_of).differences

    assert found == (number, "starts RECTIFY limit_at", at("11-27 17:30"), at("11-26 17:30"))


def test_a_changed_move_is_found_with_both_instants() -> None:
    bodies, as_of = paused()
    number = number_of(bodies, "ClockResumed")
    bodies[number - 1]["moves"][0]["limit_at"] = "2026-12-01T09:30:00Z"

    (found,) = audit(bodies, as_of).differences

    assert found == (number, "moves RECTIFY limit_at", at("12-01 17:30"), at("11-30 17:30"))


def test_a_lapse_told_too_late_is_found_with_both_instants() -> None:
    bodies, as_of = paused()
    number = number_of(bodies, "Lapsed", "RECTIFY")
    bodies[number - 1]["said_at"] = bodies[number - 1]["at"] = "2026-11-30T10:30:00Z"

    (found,) = audit(bodies, as_of).differences

    assert found == (number, "Lapsed RECTIFY", at("11-30 18:30"), at("11-30 17:30"))


def test_a_rest_that_was_dropped_is_found_at_every_instant_that_it_moved() -> None:
    bodies, as_of = paused()
    honest = [body for body in bodies if body["kind"] not in ("ClockSuspended", "ClockResumed")]
    number = number_of(honest, "Lapsed", "RECTIFY")

    found = audit(honest, as_of).differences

    assert (number, "Lapsed RECTIFY", at("11-30 17:30"), at("11-26 17:30")) in found
    assert (number, "Lapsed RECTIFY limit_at", at("11-30 17:30"), at("11-26 17:30")) in found


def test_a_rung_that_was_left_out_or_made_up_is_found() -> None:
    bodies, as_of = paused()
    number = number_of(bodies, "Ordered", "RECTIFY")
    left_out = [body for n, body in enumerate(bodies, 1) if n != number]
    made_up = [*bodies[:number], bodies[number - 1], *bodies[number:]]

    assert audit(left_out, as_of).differences == [(number, "Ordered RECTIFY", None, at("12-02 17:30"))]
    assert audit(made_up, as_of).differences == [(number + 1, "Ordered RECTIFY", at("12-02 17:30"), None)]
