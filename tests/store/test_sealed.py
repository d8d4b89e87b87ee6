"""封存表: one role reads it, every opening is a row, and no row of openings is ever changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from store import sealed
from store.migrate import FOLDER, migrate
from store.pool import Pool, close, open_pool
from store.seal import Broken, Keys, UnknownKey, fresh_key
from store.sealed import NotLetIn, Opener
from tests.servers import TestPostgres

OLD, NEW = fresh_key("2025"), fresh_key("2026")
OFFICE = Opener("H-512022-001", "office", "核实举报内容", "乐河办〔2026〕1号")
READING = (
    "SELECT * FROM sealed.reporters",
    "SELECT * FROM sealed.openings",
    "COPY sealed.reporters TO STDOUT",
    "INSERT INTO sealed.openings (token, by_subject, by_role, purpose) VALUES ('', '', '', 'x')",
)
CHANGING = (
    "UPDATE sealed.openings SET purpose = 'x'",
    "DELETE FROM sealed.openings",
    "TRUNCATE sealed.openings",
)


@pytest_asyncio.fixture(loop_scope="session")
async def role(postgres: TestPostgres, database: str) -> AsyncIterator[Pool]:
    """Give a pool of the role that alone reads sealed reporters."""
    pool = await open_pool(postgres.as_role(database, "river_seal"), 6)
    yield pool
    await close(pool)


def a_token(number: int) -> str:
    return f"{number:022d}"


async def keep(pool: Pool, keys: str, *numbers: int) -> None:
    for number in numbers:
        plain = f"reporter {number}".encode()
        await sealed.keep(pool, a_token(number), Keys.read(keys).seal(a_token(number), plain))


async def test_an_opening_is_a_row_that_names_role_and_purpose_and_not_the_person(role: Pool) -> None:
    await keep(role, NEW, 1)

    row = await sealed.take_out(role, a_token(1), OFFICE)

    assert row is not None
    assert Keys.read(NEW).open(a_token(1), row) == b"reporter 1"
    (opened,) = await sealed.openings(role, a_token(1))
    assert opened[1:] == ("office", "核实举报内容")
    assert (
        await role.fetchval("SELECT by_subject || ticket FROM sealed.openings")
        == "H-512022-001乐河办〔2026〕1号"
    )


async def test_two_openings_at_once_are_two_rows(role: Pool) -> None:
    await keep(role, NEW, 1)

    await asyncio.gather(*(sealed.take_out(role, a_token(1), OFFICE) for _ in range(5)))

    assert len(await sealed.openings(role, a_token(1))) == 5


async def test_a_token_that_nobody_has_opens_nothing_and_leaves_no_row(role: Pool) -> None:
    assert await sealed.take_out(role, a_token(9), OFFICE) is None
    assert await sealed.count_openings(role) == 0


async def test_nothing_comes_out_when_the_row_cannot_be_written(role: Pool, pool: Pool) -> None:
    await keep(role, NEW, 1)
    await pool.execute("REVOKE INSERT ON sealed.openings FROM river_seal")

    with pytest.raises(NotLetIn):
        await sealed.take_out(role, a_token(1), OFFICE)


@pytest.mark.parametrize("statement", READING)
async def test_the_programs_role_is_kept_out(statement: str, postgres: TestPostgres, database: str) -> None:
    connection = await asyncpg.connect(postgres.as_role(database, "river_service"))

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch(statement)
    await connection.close()


async def test_the_programs_role_is_told_so(postgres: TestPostgres, database: str) -> None:
    pool = await open_pool(postgres.as_role(database, "river_service"), 1)

    with pytest.raises(NotLetIn, match="RIVER_SEAL_DATABASE_URL"):
        await sealed.by_key(pool)
    await close(pool)


@pytest.mark.parametrize("change", [*CHANGING, "DELETE FROM sealed.reporters", "TRUNCATE sealed.reporters"])
async def test_the_seals_own_role_takes_nothing_away(change: str, role: Pool) -> None:
    await keep(role, NEW, 1)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await role.execute(change)


async def test_the_seals_own_role_gives_no_row_to_another_token(role: Pool) -> None:
    await keep(role, NEW, 1)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await role.execute("UPDATE sealed.reporters SET token = $1", a_token(2))


async def test_only_who_was_sealed_for_a_report_that_was_never_kept_is_forgotten(
    role: Pool, pool: Pool
) -> None:
    await keep(role, NEW, 1, 2, 3)
    await _report_by(pool, a_token(1))
    await pool.execute(
        "UPDATE sealed.reporters SET sealed_at = now() - interval '2 hours' WHERE token <> $1", a_token(3)
    )

    forgotten = await sealed.forget_unclaimed(role)

    left = [row["token"] for row in await role.fetch("SELECT token FROM sealed.reporters ORDER BY token")]
    assert forgotten == 1
    assert left == [a_token(1), a_token(3)]


async def test_the_programs_role_makes_nobody_forgotten(postgres: TestPostgres, database: str) -> None:
    pool = await open_pool(postgres.as_role(database, "river_service"), 1)

    with pytest.raises(NotLetIn):
        await sealed.forget_unclaimed(pool)
    await close(pool)


async def _report_by(pool: Pool, reporter: str) -> None:
    await pool.execute(
        "INSERT INTO leads (receipt, secret, sender, idempotency_key, digest, told, source, reporter,"
        " received_at, register_by, division)"
        " VALUES ('261124-00000001', '', '', '', '', '{}', '', $1, now(), now(), '')",
        reporter,
    )


@pytest.mark.parametrize("change", CHANGING)
async def test_openings_are_append_only_even_for_a_superuser(change: str, pool: Pool) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await pool.execute(change)


@pytest.mark.parametrize("read", ["issue_facts", "reports", "leads", "issues"])
async def test_the_seals_own_role_reads_no_journal(read: str, role: Pool) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)):
        await role.fetch(f"SELECT * FROM {read}")  # noqa: S608 - one of those above


async def test_the_programs_role_writes_every_other_table_and_owns_none(
    postgres: TestPostgres, database: str
) -> None:
    connection = await asyncpg.connect(postgres.as_role(database, "river_service"))
    tables = await connection.fetch(
        "SELECT relname, relname = 'schema_migrations' AS is_schema, pg_has_role(relowner, 'member') AS owns,"
        " has_table_privilege(oid, 'SELECT') AS reads, has_table_privilege(oid, 'INSERT') AND"
        " has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE') AS writes"
        " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )

    assert len(tables) > 5
    assert not [row["relname"] for row in tables if row["owns"] or not row["reads"]]
    assert [row["relname"] for row in tables if not row["writes"]] == ["schema_migrations"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
    await connection.close()


async def test_a_later_table_is_the_programs_as_well(
    postgres: TestPostgres, database: str, pool: Pool
) -> None:
    await pool.execute("CREATE TABLE later (number integer GENERATED BY DEFAULT AS IDENTITY, what text)")

    connection = await asyncpg.connect(postgres.as_role(database, "river_service"))

    assert await connection.execute("INSERT INTO later (what) VALUES ('x')") == "INSERT 0 1"
    await connection.close()


async def test_an_owner_who_is_no_superuser_migrates_and_is_kept_out(
    postgres: TestPostgres, empty_database: str
) -> None:
    as_owner = await _owned(postgres, empty_database)

    await migrate(as_owner)

    connection = await asyncpg.connect(as_owner)
    for statement in READING:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(statement)
    await connection.close()
    role = await open_pool(postgres.as_role(empty_database, "river_seal"), 1)
    await keep(role, NEW, 1)
    assert await sealed.take_out(role, a_token(1), OFFICE)
    admin = await asyncpg.connect(empty_database)
    await admin.execute("UPDATE sealed.reporters SET sealed_at = now() - interval '2 hours'")
    await admin.close()
    assert await sealed.forget_unclaimed(role) == 1
    await close(role)


async def test_a_missing_role_that_may_not_be_made_is_named(
    postgres: TestPostgres, empty_database: str, tmp_path: Path
) -> None:
    as_owner = await _owned(postgres, empty_database)
    for file in sorted(FOLDER.glob("*.sql")):
        text = file.read_text(encoding="utf-8").replace("river_seal", "river_unheard_of")
        (tmp_path / file.name).write_text(text, encoding="utf-8")

    with pytest.raises(asyncpg.RaiseError, match="缺少数据库角色 river_unheard_of"):
        await migrate(as_owner, tmp_path)


async def _owned(postgres: TestPostgres, dsn: str) -> str:
    """Let a database belong to a role of its own, as deploy/init-postgres.sh does; return its DSN."""
    name = dsn.partition("?")[0].rpartition("/")[2]
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"CREATE ROLE owner_of_{name} LOGIN PASSWORD 'open'")
    await admin.execute(f"ALTER DATABASE {name} OWNER TO owner_of_{name}")
    await admin.close()
    return f"postgresql://owner_of_{name}:open@127.0.0.1:{postgres.server.port}/{name}"


async def test_everything_moves_to_the_newest_key_and_no_opening_is_written(role: Pool) -> None:
    await keep(role, OLD, *range(1, 6))
    await keep(role, NEW, 6)
    keys, steps = Keys.read(f"{NEW},{OLD}"), list[None]()

    done = await sealed.reseal(role, keys, lambda: steps.append(None), at_a_time=2)

    assert (done, len(steps)) == ((5, ()), 5)
    assert await sealed.by_key(role) == {"2026": 6}
    assert await sealed.count_openings(role) == 0
    row = await sealed.take_out(role, a_token(3), OFFICE)
    assert row is not None
    assert Keys.read(NEW).open(a_token(3), row) == b"reporter 3"


async def test_an_interrupted_rotation_goes_on(role: Pool) -> None:
    await keep(role, OLD, *range(1, 8))
    keys, steps = Keys.read(f"{NEW},{OLD}"), list[None]()

    def stumble() -> None:
        steps.append(None)
        if len(steps) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await sealed.reseal(role, keys, stumble, at_a_time=3)

    assert await sealed.by_key(role) == {"2025": 4, "2026": 3}
    assert (await sealed.reseal(role, keys, lambda: None)).done == 4
    assert (await sealed.reseal(role, keys, lambda: None)).done == 0


async def test_two_rotations_at_once_do_the_work_once(role: Pool) -> None:
    await keep(role, OLD, *range(1, 30))
    keys = Keys.read(f"{NEW},{OLD}")

    both = await asyncio.gather(*(sealed.reseal(role, keys, lambda: None, at_a_time=5) for _ in range(2)))

    assert sum(each.done for each in both) == 29
    assert await sealed.by_key(role) == {"2026": 29}


async def test_what_cannot_be_opened_is_named_and_holds_up_nothing(role: Pool) -> None:
    await keep(role, OLD, *range(1, 6))
    await keep(role, fresh_key("lost"), 6)
    await role.execute("UPDATE sealed.reporters SET cipher = cipher || 'x' WHERE token = $1", a_token(2))

    done, refused = await sealed.reseal(role, Keys.read(f"{NEW},{OLD}"), lambda: None, at_a_time=2)

    assert done == 4
    assert [(type(each), each.token, each.key_id) for each in refused] == [
        (Broken, a_token(2), "2025"),
        (UnknownKey, a_token(6), "lost"),
    ]
    assert await sealed.by_key(role) == {"2025": 1, "2026": 4, "lost": 1}
