"""Whatever is changed in a journal, of any row, in any column, by one byte: it is found and located."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

import asyncpg
import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from store.journal import record
from store.pool import Pool
from store.proof import Break, verify_chain
from tests.store.letters import closed, escalated

ISSUES = tuple(f"512022-2026-{running:06d}" for running in (1, 2, 3))
COLUMNS = ("issue_id", "number", "kind", "at", "said_at", "recorded_at", "body", "hash", "recorded_seal")
TYPES = {"number": "int", "at": "timestamptz", "said_at": "timestamptz", "recorded_at": "timestamptz"}
TYPES |= {"body": "json", "recorded_seal": "bytea"}
FOUND_AS = {
    "recorded_seal": {"recorded_at"},
    # A key that is another one leaves a hole where it was, and a stray where it is.
    "issue_id": {"number", "issue_id"},
}
LOCATED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Facts = dict[str, int]


@pytest.fixture(scope="module")
def lengths() -> Facts:
    lives = (closed(1), escalated(2), closed(3))
    return {life.issue_id: len(life.events) for life in lives}


async def filled(pool: Pool) -> None:
    if await pool.fetchval("SELECT count(*) FROM issue_facts") == 0:
        for life in (closed(1), escalated(2), closed(3)):
            await record(pool, life.letter())


async def breaks_after(pool: Pool, change: Callable[[Any], Any]) -> tuple[Break, ...]:
    """Do as the owner of the tables could, look, and undo it; what Postgres itself refuses is not done."""
    connection = await asyncpg.connect(pool._connect_args[0])
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
        try:
            await change(connection)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
            reject()
        return await looked_at(connection)
    finally:
        await transaction.rollback()
        await connection.close()


async def looked_at(connection: Any) -> tuple[Break, ...]:
    """Look with the eyes of the transaction that changed it."""
    return (await verify_chain(Seen(connection))).breaks  # type: ignore[arg-type]


class Seen:
    """A pool of one connection, in whose open transaction everything happens."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def acquire(self, **_: object) -> Self:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def transaction(self, **_: object) -> Self:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


async def test_nothing_changed_is_nothing_found(pool: Pool) -> None:
    await filled(pool)

    assert (await verify_chain(pool)).breaks == ()


@LOCATED
@given(data=st.data())
async def test_one_changed_byte_is_found_and_located(data: st.DataObject, pool: Pool) -> None:
    await filled(pool)
    rows = await pool.fetch("SELECT *, number::text AS n FROM issue_facts ORDER BY issue_id, number")
    row = data.draw(st.sampled_from(rows), label="row")
    column = data.draw(st.sampled_from(COLUMNS), label="column")
    was = await pool.fetchval(
        f"SELECT {column}::text FROM issue_facts WHERE issue_id = $1 AND number = $2",  # noqa: S608 - ours
        row["issue_id"],
        row["number"],
    )
    place = data.draw(st.integers(0, len(was) - 1), label="place")
    byte = data.draw(st.characters(min_codepoint=32, max_codepoint=0x9FFF), label="byte")
    changed = was[:place] + byte + was[place + 1 :]
    assume(changed != was)
    kind = TYPES.get(column, "text")

    async def change(connection: Any) -> None:
        did = await connection.fetchrow(
            f"UPDATE issue_facts SET {column} = $3::text::{kind} WHERE issue_id = $1 AND number = $2"  # noqa: S608
            f" RETURNING {column}",
            row["issue_id"],
            row["number"],
            changed,
        )
        same = did[column] == row[column]
        assume(not same)  # another way to write the same moment

    breaks = await breaks_after(pool, change)

    located = {(each.issue_id, each.number) for each in breaks}
    assert (row["issue_id"], row["number"]) in located
    (one,) = [each for each in breaks if each.issue_id == row["issue_id"]]
    assert set(one.column.split(", ")) <= FOUND_AS.get(column, {column})


@LOCATED
@given(data=st.data())
async def test_a_removed_row_is_missed(data: st.DataObject, pool: Pool, lengths: Facts) -> None:
    await filled(pool)
    issue_id = data.draw(st.sampled_from(ISSUES))
    number = data.draw(st.integers(1, lengths[issue_id]))

    async def remove(connection: Any) -> None:
        await connection.execute(
            "DELETE FROM issue_facts WHERE issue_id = $1 AND number = $2", issue_id, number
        )

    (broken,) = await breaks_after(pool, remove)

    assert (broken.issue_id, broken.number, broken.column) == (issue_id, number, "number")


@LOCATED
@given(data=st.data())
async def test_a_swapped_pair_is_found(data: st.DataObject, pool: Pool, lengths: Facts) -> None:
    await filled(pool)
    issue_id = data.draw(st.sampled_from(ISSUES))
    first, second = sorted(data.draw(st.sets(st.integers(1, lengths[issue_id]), min_size=2, max_size=2)))

    async def swap(connection: Any) -> None:
        for was, becomes in ((first, 1000), (second, first), (1000, second)):
            await connection.execute(
                "UPDATE issue_facts SET number = $3 WHERE issue_id = $1 AND number = $2",
                issue_id,
                was,
                becomes,
            )

    (broken,) = await breaks_after(pool, swap)

    assert (broken.issue_id, broken.number) == (issue_id, first)
    assert broken.column in {"body", "hash", "body or hash"}


async def test_a_journal_of_which_nothing_is_left_but_its_drawn_number_is_missed(pool: Pool) -> None:
    await pool.execute("INSERT INTO reports (report_id, body, received_at) VALUES ('1', '{}', now())")
    await pool.execute("INSERT INTO number_counters VALUES ('512022', 2026, 3)")
    await pool.execute(
        "INSERT INTO issue_numbers (report_id, county, year, running, issue_id, bound_at)"
        " VALUES ('1', '512022', 2026, 1, $1, now())",
        ISSUES[0],
    )
    await record(pool, closed(1).letter())

    breaks = (await verify_chain(pool)).breaks

    assert [(each.issue_id, each.column) for each in breaks] == [
        (ISSUES[1], "issue_id"),
        (ISSUES[2], "issue_id"),
    ]


async def test_what_was_recorded_before_there_were_seals_holds_and_after_one_there_must_be_one(
    pool: Pool,
) -> None:
    await filled(pool)
    await pool.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")

    await pool.execute("UPDATE issue_facts SET recorded_seal = NULL WHERE number <= 2")
    assert (await verify_chain(pool)).breaks == ()
    await pool.execute("UPDATE issue_facts SET recorded_seal = NULL WHERE number = 4")

    assert {each.number for each in (await verify_chain(pool)).breaks} == {4}


async def test_no_column_of_the_journal_is_forgotten(pool: Pool) -> None:
    columns = await pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'issue_facts'"
    )

    assert {row["column_name"] for row in columns} == set(COLUMNS)


async def test_the_seal_is_made_with_the_moment_that_is_kept(pool: Pool) -> None:
    await filled(pool)
    rows = await pool.fetch("SELECT recorded_at, recorded_seal FROM issue_facts")

    assert all(isinstance(row["recorded_at"], datetime) and row["recorded_seal"] for row in rows)
    assert len({row["recorded_seal"] for row in rows}) == len(rows)
