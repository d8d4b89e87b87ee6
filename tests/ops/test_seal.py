"""`python -m ops seal`: keys are made, counted and changed without anybody being opened."""

import json

import pytest

from store import sealed
from store.pool import Pool
from store.seal import Keys, fresh_key
from tests.ops.terminal import Ops, ops_on
from tests.servers import TestPostgres

OLD, NEW = fresh_key("2025"), fresh_key("2026")


async def keep(pool: Pool, keys: str, *numbers: int) -> None:
    for number in numbers:
        token = f"{number:022d}"
        await sealed.keep(pool, token, Keys.read(keys).seal(token, b"somebody"))


@pytest.fixture
def sealing(postgres: TestPostgres, database: str) -> Ops:
    """Give `python -m ops` with both keys and the role of the seal."""
    role = postgres.as_role(database, "river_seal")
    return ops_on(database, seal_database_url=role, seal_keys=f"{NEW},{OLD}")


async def test_rotation_seals_everything_anew_and_says_how_much(pool: Pool, sealing: Ops) -> None:
    await keep(pool, OLD, 1, 2, 3)
    await keep(pool, NEW, 4)

    ran = await sealing("seal", "reseal", "--json")

    assert (ran.status, json.loads(ran.out)) == (0, {"resealed": 3, "key": "2026", "refused": []})
    status = await sealing("seal", "status", "--json")
    assert json.loads(status.out) == {"reporters": {"2026": 4, "2025": 0}, "missing": [], "openings": 0}
    assert NEW not in status.out + status.err + ran.out + ran.err


async def test_status_shows_which_key_seals_and_which_is_missing(pool: Pool, sealing: Ops) -> None:
    await keep(pool, fresh_key("2024"), 1)

    ran = await sealing("seal", "status")

    assert ran.status == 1
    lines = ran.out.splitlines()
    for key_id, state in (("2026", "封存用 seals"), ("2025", "仅开封 opens"), ("2024", "缺失 missing")):
        assert any(key_id in line and state in line for line in lines), ran.out


async def test_what_cannot_be_opened_is_named_and_ends_with_one(pool: Pool, sealing: Ops) -> None:
    await keep(pool, fresh_key("2024"), 1)
    await keep(pool, OLD, 2)

    ran = await sealing("seal", "reseal")

    assert ran.status == 1
    assert "已改封 resealed: 1 → 2026" in ran.out
    assert "缺少封存密钥 2024" in ran.out


async def test_a_new_key_is_one_line_that_can_be_read_and_never_the_same(ops: Ops) -> None:
    one, other = await ops("seal", "new-key"), await ops("seal", "new-key", "--id", "k1")

    assert (one.status, other.status) == (0, 0)
    assert Keys.read(f"{one.out.strip()},{other.out.strip()}").ids[1] == "k1"
    assert one.out.count("\n") == 1


@pytest.mark.parametrize("key_id", ["", "a:b", "a,b", "钥匙", "x" * 33])
async def test_a_key_has_an_id_that_can_be_read_again(key_id: str, ops: Ops) -> None:
    ran = await ops("seal", "new-key", "--id", key_id)

    assert (ran.status, ran.out) == ((0, ran.out) if key_id == "" else (2, ""))


async def test_without_the_role_its_address_is_asked_for(ops: Ops) -> None:
    ran = await ops("seal", "status")

    assert ran.status == 2
    assert "RIVER_SEAL_DATABASE_URL is missing" in ran.err


async def test_the_programs_role_is_told_that_it_is_the_wrong_one(
    postgres: TestPostgres, database: str
) -> None:
    wrong = ops_on(database, seal_database_url=postgres.as_role(database, "river_service"), seal_keys=NEW)

    ran = await wrong("seal", "status")

    assert (ran.status, "数据库不放行" in ran.err) == (2, True)


async def test_without_keys_nothing_is_resealed(postgres: TestPostgres, database: str, pool: Pool) -> None:
    await keep(pool, OLD, 1)
    none = ops_on(database, seal_database_url=postgres.as_role(database, "river_seal"))

    reseal, status = await none("seal", "reseal"), await none("seal", "status")

    assert (reseal.status, "RIVER_SEAL_KEYS is not set" in reseal.err) == (2, True)
    assert (status.status, "缺失 missing" in status.out) == (1, True)


async def test_a_malformed_key_is_named_by_place_and_not_shown(postgres: TestPostgres, database: str) -> None:
    role = postgres.as_role(database, "river_seal")
    wrong = ops_on(database, seal_database_url=role, seal_keys=f"{NEW},{OLD[:-3]}")

    ran = await wrong("seal", "status")

    assert (ran.status, "第 2 个密钥" in ran.err) == (2, True)
    assert OLD[5:12] not in ran.out + ran.err


async def test_no_server_ends_with_two(database: str) -> None:
    away = ops_on(database, seal_database_url="postgresql://river_seal@127.0.0.1:1/river", seal_keys=NEW)

    ran = await away("seal", "reseal")

    assert (ran.status, "数据库没有应答" in ran.err) == (2, True)
