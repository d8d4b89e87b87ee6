"""The read model is made anew beside the old one, while letters keep coming; nobody ever sees a half."""

import asyncio
from collections.abc import Sequence

import pytest

from domain.issue import commands as say
from store import retelling as module
from store.journal import record
from store.pool import Connection, Pool
from store.proof import Break, verify_chain
from store.retelling import AtWorkError, journals_counted, rebuild_read_model
from tests.store.letters import Life, closed, escalated

MANY = 60
WRONG = "UPDATE issues SET stage = 'wrong', chief = 'nobody', number = number + ($1)"


async def filled(pool: Pool, many: int = MANY) -> list[Life]:
    lives = [Life(running) for running in range(1, many + 1)]
    for life in lives:
        await record(pool, life.letter())
    return lives


async def heads(pool: Pool) -> list[dict[str, object]]:
    rows = await pool.fetch("SELECT * FROM issues ORDER BY issue_id")
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


@pytest.mark.parametrize("ahead", [0, 7])
async def test_a_read_model_that_is_wrong_is_made_right(ahead: int, pool: Pool) -> None:
    for life in (closed(1), escalated(2), closed(3)):
        await record(pool, life.letter())
    right = await heads(pool)
    await pool.execute(WRONG, ahead)
    await pool.execute("DELETE FROM issues WHERE issue_id LIKE '%3'")
    stray = """(jsonb_populate_record(issues, '{"issue_id": "stray"}')).*"""
    await pool.execute(f"INSERT INTO issues SELECT {stray} FROM issues LIMIT 1")  # noqa: S608 - ours

    retold = await rebuild_read_model(pool)

    assert (retold.issues, retold.refused) == (3, ())
    assert await heads(pool) == right
    assert await pool.fetchval("SELECT count(*) FROM issues_retold") == 0


async def test_rows_that_are_right_are_not_written(pool: Pool) -> None:
    await filled(pool, 3)
    before = await pool.fetch("SELECT issue_id, ctid, updated_at FROM issues ORDER BY issue_id")

    await rebuild_read_model(pool)

    assert await pool.fetch("SELECT issue_id, ctid, updated_at FROM issues ORDER BY issue_id") == before


async def test_letters_keep_coming_and_none_is_lost(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 5)
    lives = await filled(pool)
    await pool.execute(WRONG, 0)
    done = asyncio.Event()

    async def speak() -> None:
        for life in lives:
            life.hear(say.RecordStop, 1, photos=1)
            await record(pool, life.letter())
            await asyncio.sleep(0)
        for running in range(MANY + 1, MANY + 11):
            await record(pool, Life(running).letter())
        done.set()

    speaking = asyncio.create_task(speak())
    times = 0
    while not done.is_set() or not times:
        await rebuild_read_model(pool)
        times += 1
    await speaking

    assert (await verify_chain(pool)).breaks == ()
    assert await journals_counted(pool) == MANY + 10
    await rebuild_read_model(pool)
    assert (await verify_chain(pool)).breaks == ()


@pytest.mark.parametrize("many", [1, module.FEW + 10])
async def test_what_letters_went_on_with_meanwhile_is_caught_up(
    many: int, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives, real, rounds = await filled(pool), module._retell_beside, list[int]()

    async def meanwhile(beside: Connection, issues: Sequence[str]) -> dict[str, Break]:
        refused = await real(beside, issues)
        if not rounds:
            for life in lives[:many]:
                life.hear(say.RecordStop, 1, photos=1)
                await record(pool, life.letter())
            await record(pool, Life(MANY + 1).letter())
        rounds.append(len(issues))
        return refused

    monkeypatch.setattr(module, "_retell_beside", meanwhile)
    await rebuild_read_model(pool)

    assert rounds[:2] == [MANY, many + 1]
    assert (await verify_chain(pool)).breaks == ()


async def test_who_reads_sees_all_old_rows_or_all_new_ones(pool: Pool) -> None:
    await filled(pool, 30)
    await pool.execute(WRONG, 0)
    seen: set[int] = set()
    done = asyncio.Event()

    async def look() -> None:
        while not done.is_set():
            seen.add(await pool.fetchval("SELECT count(*) FROM issues WHERE stage = 'wrong'"))

    looking = asyncio.create_task(look())
    await asyncio.sleep(0.02)
    await rebuild_read_model(pool)
    seen.add(await pool.fetchval("SELECT count(*) FROM issues WHERE stage = 'wrong'"))
    done.set()
    await looking

    assert seen == {30, 0}


@pytest.mark.parametrize("at", ["put_retold", "hold_letters", "swap", "drop_strays"])
async def test_cut_short_it_leaves_the_old_read_model_and_the_next_one_succeeds(
    at: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(pool, 4)
    right = await heads(pool)
    await pool.execute(WRONG, 0)
    wrong = await heads(pool)

    with monkeypatch.context() as patch:
        patch.setattr(module, "SQL", {**module.SQL, at: "SELECT 1 / 0"})
        with pytest.raises(Exception, match=r"division by zero|argument"):
            await rebuild_read_model(pool)
    after = await heads(pool)
    await rebuild_read_model(pool)

    assert after == wrong
    assert await heads(pool) == right


async def test_two_retellings_do_not_mix(pool: Pool) -> None:
    await filled(pool, 4)
    async with pool.acquire() as other:
        assert await other.fetchval(module.SQL["one_at_a_time"])
        with pytest.raises(AtWorkError):
            await rebuild_read_model(pool)
        await other.fetchval(module.SQL["let_go"])

    assert (await rebuild_read_model(pool)).issues == 4


async def test_what_cannot_be_retold_keeps_its_row_and_is_told(pool: Pool) -> None:
    await filled(pool, 2)
    before = await heads(pool)
    await pool.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
    await pool.execute("UPDATE issue_facts SET body = '{}' WHERE issue_id LIKE '%1'")

    retold = await rebuild_read_model(pool)

    assert (retold.issues, [each.issue_id for each in retold.refused]) == (1, ["512022-2026-000001"])
    assert await heads(pool) == before


async def test_the_table_beside_has_the_columns_of_the_read_model(pool: Pool) -> None:
    columns = [
        await pool.fetch(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
            " WHERE table_name = $1 ORDER BY column_name",
            table,
        )
        for table in ("issues", "issues_retold")
    ]

    assert columns[0] == columns[1]
    swapped = module.SQL["swap"].partition("SELECT")[0]
    assert {row["column_name"] for row in columns[0]} - {"updated_at"} == {
        name for name in (row["column_name"] for row in columns[0]) if f"{name}" in swapped
    } - {"updated_at"}


async def test_the_service_itself_may_retell(pool: Pool) -> None:
    assert await pool.fetchval(
        "SELECT has_table_privilege('river_service', 'issues_retold', 'SELECT, INSERT, UPDATE, DELETE')"
    )
    # What locks a table against writers asks for one of these.
    assert await pool.fetchval("SELECT has_table_privilege('river_service', 'issues', 'UPDATE, DELETE')")
