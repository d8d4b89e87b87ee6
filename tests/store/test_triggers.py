"""聚合措施 in the records: due once whoever looks how often, told with the same act, never unsaid."""

import asyncio
from datetime import datetime, timedelta

import asyncpg
import pytest

from activities.rounds import Rounds, due_now, take_all
from domain.issue.letter import write
from domain.issue.opening import open_issue
from domain.terms import Severity
from domain.triggers import Observation
from reading.triggers import read_trigger_rules
from store import objections, triggers
from store.journal import record
from store.pool import Pool, connected
from tests.rules.given import COUNTY, COUNTY_CHIEF, ROOT, TOWNSHIP_CHIEF, at, opened, opening, wait
from tests.rules.test_objection import decided, objected
from tests.workflows.shell import eventually

RULES = read_trigger_rules(ROOT / "rules" / "triggers.yaml")
NOW = at("11-30 09:00")


async def keep_lapsed(pool: Pool, number: int, said_at: datetime, until: datetime, **more: object) -> None:
    """Record the life of an issue that nobody stopped, until a moment."""
    command = opening(issue_id=f"512022-2026-{number:06}", said_at=said_at, **more)
    facts = open_issue(command, said_at)
    issue, _ = opened(command)
    _, passed = wait(issue, until)
    await record(pool, write(None, (*facts, *passed))[0])


async def three_lapsed(pool: Pool) -> None:
    for number in (1, 2, 3):
        await keep_lapsed(pool, number, at(f"11-2{number} 09:00"), at(f"11-2{number + 2} 09:00"))


async def told_to(pool: Pool, post: str) -> list[str]:
    async with connected(pool) as connection:
        rows = await connection.fetch("SELECT text FROM inbox WHERE addressee = $1 ORDER BY text", post)
    return [row["text"] for row in rows]


async def test_three_raised_issues_call_a_chief_in_once_and_tell_both(pool: Pool) -> None:
    await three_lapsed(pool)

    first, again = await take_all(pool, RULES, NOW), await take_all(pool, RULES, NOW)

    (due,) = [one for one in first if one.subject == TOWNSHIP_CHIEF]
    assert due.by == COUNTY_CHIEF
    assert again == []
    for post in (TOWNSHIP_CHIEF, COUNTY_CHIEF):
        assert [text for text in await told_to(pool, post) if TOWNSHIP_CHIEF in text] != []
    assert [one.due for one in await triggers.measures(pool, TOWNSHIP_CHIEF)] == [due]


async def test_many_who_look_at_once_take_a_measure_once(pool: Pool) -> None:
    await three_lapsed(pool)

    found = await asyncio.gather(*(take_all(pool, RULES, NOW) for _ in range(8)))

    keys = [due.key for each in found for due in each]
    assert len(keys) == len(set(keys)) > 0
    texts = await told_to(pool, COUNTY_CHIEF)
    assert len(texts) == len(set(texts))


async def test_what_was_raised_in_the_last_minute_of_a_quarter_is_found_in_the_next(pool: Pool) -> None:
    for number in (1, 2, 3):
        await keep_lapsed(pool, number, at("12-30 11:58"), at("12-31 23:59"))

    due = await due_now(pool, RULES, at("2027-01-01 00:10"))

    assert {one.period for one in due} == {"2026Q4"}


async def test_what_will_only_be_raised_is_not_counted(pool: Pool) -> None:
    await three_lapsed(pool)

    assert await due_now(pool, RULES, at("11-22 09:00")) == []


async def test_a_major_issue_long_overdue_is_found_in_the_read_model(pool: Pool) -> None:
    await keep_lapsed(pool, 9, at("11-02 09:00"), at("11-20 09:00"), severity=Severity.MAJOR)

    due = {one.trigger for one in await due_now(pool, RULES, at("11-20 09:00"))}

    assert "major_overdue" in due


async def test_an_observation_is_recorded_once_and_the_first_stands(pool: Pool) -> None:
    leaked = Observation(
        kind="leaked", subject=f"unit:{COUNTY}:water", period="2026-11", source="信访通报1号"
    )
    other = leaked.model_copy(update={"source": "另一份"})

    kept = [await triggers.observe(pool, one, f"office:{COUNTY}") for one in (leaked, leaked, other)]

    assert kept == [True, False, False]
    assert await triggers.observations(pool) == [leaked]
    assert [one.trigger for one in await take_all(pool, RULES, NOW)] == ["leaked"]


@pytest.mark.parametrize("table", ["observations", "measures"])
async def test_neither_is_ever_unsaid(pool: Pool, table: str) -> None:
    leaked = Observation(
        kind="leaked", subject=f"unit:{COUNTY}:water", period="2026-11", source="信访通报1号"
    )
    await triggers.observe(pool, leaked, f"office:{COUNTY}")
    await take_all(pool, RULES, NOW)

    async with connected(pool) as connection:
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of two


async def test_the_round_goes_on_while_the_worker_lives(pool: Pool, database: str) -> None:
    await three_lapsed(pool)
    rounds = asyncio.create_task(Rounds(database, RULES, lambda: NOW, every=0.05).run())

    async def is_found() -> bool:
        return bool(await triggers.measures(pool))

    await eventually("the measures are due", is_found, 10)
    rounds.cancel()

    assert {one.due.period for one in await triggers.measures(pool)} == {"2026Q4"}


async def test_an_objection_that_was_decided_is_reminded_of_no_more(pool: Pool) -> None:
    objection = objected()
    late = objection.decide_by + timedelta(seconds=1)
    await objections.keep(pool, objection)

    before = await objections.undecided(pool, late)
    await objections.decide(pool, objection, decided())

    assert before == [objection]
    assert await objections.undecided(pool, objection.decide_by) == []
    assert await objections.undecided(pool, late) == []
