"""`python -m ops roster`: load, foresee, examine and ask, as an operator does."""

import json
import re
import shutil
from pathlib import Path

import pytest

from ops.roster_told import REMEDIES
from store.journal import record
from store.pool import Pool
from tests.ops.terminal import Ops
from tests.store.letters import COUNTY_CHIEF, TOWN_CHIEF, escalated

ZIYANG = Path(__file__).parents[2] / "registry" / "ziyang"
ISSUE = "512022-2026-000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a registry to change."""
    return Path(shutil.copytree(ZIYANG, tmp_path / "ziyang"))


def write(folder: Path, name: str, *lines: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def fill_the_vacancy(folder: Path) -> None:
    write(folder, "tenures.csv", f"{COUNTY_CHIEF},H-512022-001,holder,2026-01-01,")


async def versions(pool: Pool) -> int:
    count: int = await pool.fetchval("SELECT count(*) FROM roster_versions")
    return count


async def test_the_bare_command_loads_the_registry(pool: Pool, ops: Ops) -> None:
    ran = await ops("roster")

    assert ran.status == 0
    assert "已载入岗位 posts loaded: 259" in ran.out
    assert await versions(pool) == 1


async def test_loading_again_changes_nothing(pool: Pool, ops: Ops) -> None:
    await ops("roster", "load")

    ran = await ops("roster", "load")

    assert "与现有名册一致" in ran.out
    assert await versions(pool) == 1


async def test_a_dry_run_names_what_would_change_and_loads_nothing(
    pool: Pool, ops: Ops, folder: Path
) -> None:
    await ops("roster")
    await record(pool, escalated().letter())
    posts = (folder / "posts.csv").read_text(encoding="utf-8").replace(",H-512022-028,", ",,")
    (folder / "posts.csv").write_text(posts, encoding="utf-8")
    fill_the_vacancy(folder)

    ran = await ops("roster", "load", str(folder), "--dry-run")
    told = json.loads((await ops("roster", "load", str(folder), "--dry-run", "--json")).out)

    assert ran.status == 0
    assert "预演:未载入" in ran.out
    assert told["fall_vacant"] == [TOWN_CHIEF]
    assert told["held_again"] == [COUNTY_CHIEF]
    assert told["issues"] == {TOWN_CHIEF: [ISSUE], COUNTY_CHIEF: [ISSUE]}
    assert [tenure["person"] for tenure in told["leave"]] == ["H-512022-028"]
    assert f"{1} {ISSUE}" in ran.out
    assert await versions(pool) == 1


async def test_a_load_that_would_empty_most_posts_is_refused_until_it_is_forced(
    pool: Pool, ops: Ops, folder: Path
) -> None:
    await ops("roster")
    await record(pool, escalated().letter())
    for name in ("posts.csv", "tenures.csv"):
        emptied = re.sub(r",H-[0-9-]+", ",", (folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(
            emptied if name == "posts.csv" else emptied.splitlines()[0], encoding="utf-8"
        )

    ran = await ops("roster", "load", str(folder))
    foreseen = await ops("roster", "load", str(folder), "--dry-run")
    kept = await versions(pool)
    forced = await ops("roster", "load", str(folder), "--force")

    assert (ran.status, foreseen.status, forced.status) == (1, 0, 0)
    assert "超过现有的一半,没有载入" in ran.err
    assert (kept, await versions(pool)) == (1, 2)


async def test_with_one_wrong_row_nothing_is_loaded(pool: Pool, ops: Ops, folder: Path) -> None:
    fill_the_vacancy(folder)
    write(folder, "absences.csv", "H-404,2026-12-01,,", "H-512022-001,昨天,,")

    ran = await ops("roster", "load", str(folder))

    assert ran.status == 2
    assert "名册有误,没有载入" in ran.err
    assert "absences.csv: 第 2 行 person 列" in ran.err
    assert "absences.csv: 第 3 行 from 列" in ran.err
    assert await versions(pool) == 0


async def test_the_check_names_the_post_that_nobody_holds_and_what_to_do(pool: Pool, ops: Ops) -> None:
    await ops("roster")

    ran = await ops("roster", "check", columns=80)
    told = json.loads((await ops("roster", "check", "--json")).out)

    assert ran.status == 1
    assert COUNTY_CHIEF in ran.out
    assert [hole["post"] for hole in told["holes"]] == [COUNTY_CHIEF]
    assert told["whole"] is False
    assert REMEDIES["vacant"][:4] in ran.out.replace("\n", "")


async def test_a_chain_that_is_whole_is_told_so(pool: Pool, ops: Ops, folder: Path) -> None:
    fill_the_vacancy(folder)
    await ops("roster", "load", str(folder))

    ran = await ops("roster", "check")

    assert (ran.status, "责任链完整" in ran.out) == (0, True)


async def test_the_check_looks_as_many_days_ahead_as_it_is_told(pool: Pool, ops: Ops, folder: Path) -> None:
    fill_the_vacancy(folder)
    soon = await pool.fetchval("SELECT (now() + interval '45 days')::date::text")
    write(folder, "absences.csv", f"H-512022-028,{soon},{soon},")
    await ops("roster", "load", str(folder))

    ran = [(await ops("roster", "check", "--days", days)).status for days in ("30", "60")]

    assert ran == [0, 1]


async def test_without_a_roster_nothing_can_be_examined(pool: Pool, ops: Ops) -> None:
    ran = await ops("roster", "check")

    assert ran.status == 2
    assert "责任人名册为空" in ran.err


async def test_without_postgres_nothing_can_be_asked(pool: Pool, ops: Ops) -> None:
    nowhere = "postgresql://127.0.0.1:1/none"

    ran = [
        (await ops("roster", *words, url=nowhere)).status
        for words in (("check",), ("load",), ("who", TOWN_CHIEF))
    ]

    assert ran == [2, 2, 2]


async def test_who_acts_is_told_with_who_was_passed(pool: Pool, ops: Ops, folder: Path) -> None:
    write(folder, "absences.csv", "H-512022-028,2026-01-01,,H-512022-029")
    await ops("roster", "load", str(folder))

    acts, nobody = await ops("roster", "who", TOWN_CHIEF), await ops("roster", "who", COUNTY_CHIEF)

    assert (acts.status, nobody.status) == (0, 1)
    assert "H-512022-029(代班 cover)" in acts.out
    assert "H-512022-028 不在岗 absent" in acts.out
    assert "无人履职" in nobody.out


async def test_who_acted_before_the_roster_was_kept_is_not_known(pool: Pool, ops: Ops) -> None:
    await ops("roster")

    told = await ops("roster", "who", TOWN_CHIEF, "--at", "2020-01-01", "--json")

    assert told.status == 1
    assert json.loads(told.out)["line"] == []
