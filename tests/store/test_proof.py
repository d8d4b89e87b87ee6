"""The proof: whoever changes the journal behind the service's back is found out."""

import pytest

from domain.chain import link
from store.journal import record
from store.pool import Pool
from store.proof import NEVER_OPENED, verify_chain
from tests.store.letters import closed, escalated

CHANGES = {
    "words": "UPDATE issue_facts SET body = replace(body::text, '未清', '已清')::json WHERE number = 5",
    "hash": "UPDATE issue_facts SET hash = repeat('0', 64) WHERE number = 5",
    "moment": "UPDATE issue_facts SET at = at - interval '1 day' WHERE number = 5",
    "kind": "UPDATE issue_facts SET kind = 'RectificationAccepted' WHERE number = 5",
    "a fact in the middle": "DELETE FROM issue_facts WHERE number = 5",
    "the first fact": "DELETE FROM issue_facts WHERE number = 1",
    "the last fact": "DELETE FROM issue_facts WHERE number = 8",
}
FOUND_AT = {"the first fact": 1, "the last fact": 8}


async def tamper(pool: Pool, change: str) -> None:
    """Do what only a superuser can, and only on purpose."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
        await connection.execute("DELETE FROM effects")
        await connection.execute(change)
        await connection.execute("ALTER TABLE issue_facts ENABLE ALWAYS TRIGGER append_only")


async def test_an_untouched_journal_holds(pool: Pool) -> None:
    for life in (closed(1), escalated(2)):
        await record(pool, life.letter())

    assert await verify_chain(pool) == (2, 13, ())
    assert await verify_chain(pool, "512022-2026-000001") == (1, 8, ())


@pytest.mark.parametrize("change", CHANGES)
async def test_a_changed_journal_is_found_out(change: str, pool: Pool) -> None:
    for life in (closed(1), closed(2)):
        await record(pool, life.letter())

    await tamper(pool, f"{CHANGES[change]} AND issue_id LIKE '%1'")
    proof = await verify_chain(pool)

    assert [(broken.issue_id, broken.number) for broken in proof.breaks] == [
        ("512022-2026-000001", FOUND_AT.get(change, 5))
    ]


async def test_a_journal_that_vanished_is_missed(pool: Pool) -> None:
    await record(pool, closed().letter())

    await tamper(pool, "DELETE FROM issue_facts")

    assert [broken.reason for broken in (await verify_chain(pool)).breaks] == ["the journal is missing"]


async def test_a_chain_forged_anew_is_betrayed_by_the_read_model(pool: Pool) -> None:
    life = closed()
    letter = life.letter()
    await record(pool, letter)
    before, forged = letter.lines[6].hash, letter.lines[7].body.replace("ab12", "cd34")

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
        await connection.execute(
            "UPDATE issue_facts SET body = $1, hash = $2 WHERE number = 8", forged, link(before, 8, forged)
        )
    proof = await verify_chain(pool)

    assert [broken.reason for broken in proof.breaks] == ["the read model knows another fact here"]


FORGERIES = {
    "stage": "UPDATE issues SET stage = 'discovered'",
    "is_overdue": "UPDATE issues SET is_overdue = true",
    "is_suspended": "UPDATE issues SET is_suspended = true",
    "is_provisional": "UPDATE issues SET is_provisional = true",
    "chief": "UPDATE issues SET chief = 'office:510000000000'",
}


@pytest.mark.parametrize("forged", FORGERIES)
async def test_a_forged_read_model_is_found_out(forged: str, pool: Pool) -> None:
    await record(pool, closed(1).letter())
    await pool.execute(FORGERIES[forged])

    (broken,) = (await verify_chain(pool)).breaks

    assert broken.reason == f"the read model is wrong: {forged}"


async def test_a_journal_put_under_another_number_is_found_out(pool: Pool) -> None:
    await record(pool, closed(1).letter())
    await tamper(pool, "UPDATE issue_facts SET issue_id = '512022-2026-000009'")

    breaks = (await verify_chain(pool)).breaks

    assert "it is the journal of 512022-2026-000001" in {broken.reason for broken in breaks}


async def test_a_number_that_never_became_an_issue_is_told(pool: Pool) -> None:
    await pool.execute("INSERT INTO reports (report_id, body, received_at) VALUES ('lost', '{}', now())")
    await pool.execute(
        "INSERT INTO issue_numbers (report_id, county, year, running, issue_id, bound_at)"
        " VALUES ('lost', '512022', 2026, 7, '512022-2026-000007', now())"
    )

    (broken,) = (await verify_chain(pool)).breaks

    assert broken[:3] == ("512022-2026-000007", 1, NEVER_OPENED)
