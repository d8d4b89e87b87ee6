"""What operators set right: who asked, who approved, who is at it; and what has gone out stays out."""

import asyncio

import pytest

from store import repairs
from store.journal import record
from store.pool import Pool
from store.repairs import Act, Asked, Filed
from tests.store.letters import closed

ISSUES = ("512022-2026-000001", "512022-2026-000002")
STAYS = ("unsigned", "delivered", "countermanded", "skipped")


def asked(*issues: str, ticket: str = "T-7") -> Asked:
    return Asked("skip", {"fact": 1}, issues, "修正后恢复", ticket, "OP-1")


async def in_state(pool: Pool, state: str) -> list[Act]:
    """Record a life of whose acts each is in one state."""
    life = closed()
    await record(pool, life.letter())
    await pool.execute("UPDATE effects SET state = $1, attempts = 3", state)
    return await repairs.acts_of(pool, life.issue_id)


async def states(pool: Pool, acts: list[Act]) -> set[str]:
    return {act.state for act in await repairs.acts_of(pool, acts[0].key.issue_id)}


@pytest.mark.parametrize("state", STAYS)
async def test_what_has_gone_out_or_is_for_a_person_to_sign_is_neither_sent_again_nor_given_up(
    state: str, pool: Pool
) -> None:
    acts = await in_state(pool, state)

    changed = [*await repairs.redeliver(pool, acts), *await repairs.skip(pool, acts, "a test")]

    assert changed == []
    assert await states(pool, acts) == {state}


@pytest.mark.parametrize("state", ["queued", "undeliverable"])
async def test_what_waits_or_was_given_up_is_due_now_and_can_be_given_up(state: str, pool: Pool) -> None:
    acts = await in_state(pool, state)

    again = await repairs.redeliver(pool, acts)
    queued = await repairs.acts_of(pool, ISSUES[0])
    given_up = await repairs.skip(pool, acts, "a test")

    assert again == given_up == acts
    assert {(act.state, act.attempts) for act in queued} == {("queued", 0)}
    assert await states(pool, acts) == {"skipped"}


@pytest.mark.parametrize("by", ["OP-1", "op-1"])
async def test_who_asked_is_nobody_else_however_the_code_is_written(by: str, pool: Pool) -> None:
    filed = await repairs.ask(pool, asked(*ISSUES))

    assert not filed.is_anothers(by)
    assert filed.is_anothers("OP-2")


async def test_the_first_who_approves_has_approved(pool: Pool) -> None:
    filed = await repairs.ask(pool, asked(*ISSUES))

    first, second = [await repairs.approve(pool, filed.id, by) for by in ("OP-2", "OP-3")]

    found = await repairs.find(pool, filed.id)
    assert (first, second) == ("OP-2", "OP-2")
    assert isinstance(found, Filed)
    assert (filed.approved_by, found.approved_by) == (None, "OP-2")


async def test_a_repair_of_one_issue_that_died_half_way_is_found_by_its_ticket_and_no_other(
    pool: Pool,
) -> None:
    begun = await repairs.ask(pool, asked(ISSUES[0]))
    await repairs.take_step(pool, begun.id, ISSUES[0], "begun", "OP-1")

    again = await repairs.ask(pool, asked(ISSUES[0]))
    others = [
        await repairs.ask(pool, asked(ISSUES[1])),
        await repairs.ask(pool, asked(ISSUES[0], ticket="T-8")),
        await repairs.ask(pool, asked(*ISSUES)),
    ]
    await repairs.take_step(pool, begun.id, ISSUES[0], "done", "OP-1")
    after_its_end = await repairs.ask(pool, asked(ISSUES[0]))

    assert again == begun
    assert len({begun.id, after_its_end.id, *(each.id for each in others)}) == 5


async def test_one_at_a_time_repairs_an_issue_and_others_other_issues(pool: Pool) -> None:
    async with repairs.alone(pool, ISSUES[0]) as first:
        async with repairs.alone(pool, ISSUES[0]) as second, repairs.alone(pool, ISSUES[1]) as elsewhere:
            pass
        async with repairs.alone(pool, ISSUES[0]) as still_second:
            pass
    async with asyncio.timeout(5), repairs.alone(pool, ISSUES[0]) as after:
        pass

    assert (first, second, elsewhere, still_second, after) == (True, False, True, False, True)
