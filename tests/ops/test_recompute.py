"""Verifying: a limit that somebody moved is found, in whatever fact, though the chain was made anew."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.issue.fact_base import Event
from ops.examine import examine
from ops.recompute import differences, limits_of
from store.journal import record
from store.pool import Pool
from tests.ops.lives import MOVED, STARTED, Life, forged


def number_of(life: Life, kind: str) -> int:
    return next(n for n, event in enumerate(life.facts, start=1) if type(event).__name__ == kind)


def number_that_starts(life: Life, clock: str) -> int:
    return next(n for n, event in enumerate(life.facts, 1) if clock in [s.clock for s in event.starts])


def a_day_later(limit: dict[str, Any]) -> None:
    at = datetime.fromisoformat(limit["limit_at"]) + timedelta(days=1)
    limit["limit_at"] = at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("kind", MOVED)
def test_every_moved_limit_can_be_recomputed(kind: str) -> None:
    life = MOVED[kind]()

    assert life.facts[number_of(life, kind) - 1].moves
    assert differences(life.facts) == []


@pytest.mark.parametrize("kind", MOVED)
async def test_a_moved_limit_that_was_changed_is_found(kind: str, pool: Pool) -> None:
    life = MOVED[kind]()
    number = number_of(life, kind)
    await record(pool, forged(life, number, lambda body: a_day_later(body["moves"][0])))

    verdict = await examine(pool)

    moved = next(each for each in verdict.findings if each.check == "limits")
    assert moved.number == number
    assert moved.proved != "not moved"
    assert verdict.looked["limits"] == sum(map(limits_of, life.facts))


@pytest.mark.parametrize("kind", MOVED)
def test_a_move_that_was_left_out_is_found(kind: str) -> None:
    life = MOVED[kind]()
    number = number_of(life, kind)
    left_out = [
        event.model_copy(update={"moves": ()}) if n == number else event
        for n, event in enumerate(life.facts, start=1)
    ]

    assert (differences(left_out)[0].number, differences(left_out)[0].recorded) == (number, "not moved")


def test_a_move_that_no_rule_makes_is_found() -> None:
    life = MOVED["ExtensionGranted"]()
    move = life.facts[-1].moves
    asked = len(life.facts) - 2
    slipped_in: list[Event] = [*life.facts]
    slipped_in[asked] = slipped_in[asked].model_copy(update={"moves": move})

    found = differences(slipped_in)

    assert (found[0].number, found[0].recomputed) == (asked + 1, "not moved")


@pytest.mark.parametrize("clock", STARTED)
async def test_a_clock_of_no_stage_that_was_changed_is_found(clock: str, pool: Pool) -> None:
    life = STARTED[clock]()
    number = number_that_starts(life, clock)

    def later(body: dict[str, Any]) -> None:
        a_day_later(next(start for start in body["starts"] if start["clock"] == clock))

    assert differences(life.facts) == []
    await record(pool, forged(life, number, later))
    verdict = await examine(pool)

    limits = (each for each in verdict.findings if each.check == "limits")
    assert next((each.number, each.where) for each in limits) == (number, clock)


def test_a_clock_begun_at_another_moment_than_its_fact_is_found() -> None:
    life = STARTED["REVIEW"]()
    suspended = life.facts[-1]
    earlier = [start.model_copy(update={"at": start.at - timedelta(days=1)}) for start in suspended.starts]
    changed = [*life.facts[:-1], suspended.model_copy(update={"starts": tuple(earlier)})]

    assert {each.clock for each in differences(changed)} == {"REVIEW", "SUSPENSION"}
