"""What the records cannot prove by themselves: running workflows, archives, and what was kept outside."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.chain import GENESIS, link
from domain.issue import commands as say
from domain.issue.events import read_fact
from domain.issue.letter import Letter, write
from ops import living as module
from ops.anchor import UnfitAnchor, against, anchored
from ops.examine import examine
from ops.export import write_export
from ops.export_files import files_of
from ops.export_keys import keep_private_key
from ops.living import living
from store.journal import record
from store.kept import kept
from store.pool import Pool
from store.proof import told
from store.retelling import rebuild_read_model
from tests.ops.terminal import Ops
from tests.servers import TestPostgres
from tests.store.letters import FOUND, closed, escalated
from tests.workflows.shell import Shell, shell

ISSUE = "512022-2026-000001"


@pytest_asyncio.fixture(loop_scope="session")
async def one(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> AsyncIterator[Shell]:
    """Give a shell with a database of its own."""
    dsn = await postgres.fresh_database()
    async with shell(temporal_env, dsn, f"further-{tmp_path.name}") as one:
        yield one
    await postgres.drop(dsn)


async def test_what_runs_is_held_against_its_journal(one: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    issue, ended = await one.open(), await one.open()
    await issue.say(say.RecordStop)
    await ended.say(say.Dismiss)
    for each in (issue, ended):
        await each.journal()
    await ended.handle.result()

    held = await living(one.client, one.pool, [issue.issue_id, ended.issue_id])
    await one.pool.execute("ALTER TABLE issue_facts DISABLE TRIGGER append_only")
    await one.pool.execute("DELETE FROM effects WHERE number = 2")
    await one.pool.execute("DELETE FROM issue_facts WHERE issue_id = $1 AND number = 2", issue.issue_id)
    looked, found = await living(one.client, one.pool, [issue.issue_id])

    assert held == (1, [])
    assert looked == 1
    assert {"number", "tail", "stage"} <= {each.where for each in found}
    assert {(each.subject, each.number) for each in found} == {(issue.issue_id, 1)}
    await issue.handle.terminate("tested")


async def test_a_letter_under_way_is_waited_for(one: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = await one.open()
    await issue.journal()
    real, looks = module.journal.retell_issue, []

    async def late(pool: Pool, issue_id: str) -> object:
        looks.append(issue_id)
        if len(looks) == 1:
            before = await real(pool, issue_id)
            await issue.say(say.RecordStop)
            await issue.journal()
            return before
        return await real(pool, issue_id)

    monkeypatch.setattr(module.journal, "retell_issue", late)

    assert await living(one.client, one.pool, [issue.issue_id]) == (1, [])
    assert len(looks) == 2
    monkeypatch.undo()
    await issue.handle.terminate("tested")


def forged(letter: Letter) -> Letter:
    """Do as the owner of the tables could: another life from its fifth fact on, with every hash right."""
    facts = [read_fact(line.body) for line in letter.lines]
    facts[4] = facts[4].model_copy(update={"reason": "已清运干净"})
    before = GENESIS
    other, _, _ = write(None, tuple(facts), limit=len(facts))
    for line in other.lines:
        assert line.hash == link(before, line.number, line.body)
        before = line.hash
    return other


async def forge(pool: Pool, letter: Letter) -> None:
    for table in ("effects", "documents", "issue_facts", "issues"):
        await pool.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        await pool.execute(f"DELETE FROM {table} WHERE issue_id = $1", letter.issue_id)  # noqa: S608 - ours
    await record(pool, letter)


async def test_a_life_rewritten_whole_is_told_by_what_was_kept_outside_only(
    pool: Pool, tmp_path: Path
) -> None:
    life = closed()
    letter = life.letter()
    await record(pool, letter)
    await record(pool, escalated(2).letter())
    key, _ = keep_private_key(tmp_path / "key.jwk")
    (each,) = [one async for one in kept(pool, [ISSUE])]
    write_export(tmp_path / "out", each, files_of(each, told(each.facts), None, {}), key)
    manifest = tmp_path / "out" / "manifest.json"
    assert await against(pool, manifest, key.public) == (1, [])

    await forge(pool, forged(letter))

    assert (await examine(pool)).findings == ()
    looked, (found,) = await against(pool, manifest, key.public)
    assert (looked, found.subject, found.number) == (1, ISSUE, len(letter.lines))


async def test_an_anchor_tells_and_its_ends_locate(pool: Pool, ops: Ops, tmp_path: Path) -> None:
    letter = closed().letter()
    for each in (letter, escalated(2).letter()):
        await record(pool, each)
    await pool.execute("ALTER TABLE issue_facts DISABLE TRIGGER ALL")
    await pool.execute(
        "UPDATE issue_facts SET recorded_at = recorded_at - interval '1 hour', recorded_seal = NULL"
    )
    words = ("anchor", "--key", str(tmp_path / "key.jwk"), "--tails", str(tmp_path / "tails"))
    line = (await ops(*words)).out
    (tmp_path / "line").write_text(line)

    whole = [await ops("verify", "--against", str(tmp_path / name), "--json") for name in ("line", "tails")]
    await record(pool, closed(3).letter())  # what came later is not in it
    later = await ops("verify", "--against", str(tmp_path / "line"), "--key", str(tmp_path / "key.jwk"))
    await forge(pool, forged(letter))
    told_so = [
        json.loads((await ops("verify", "--against", str(tmp_path / n), "--json")).out)
        for n in ("line", "tails")
    ]

    assert line.startswith("river-anchor-1 ")
    assert [ran.status for ran in (*whole, later)] == [0, 0, 0], later.out + later.err
    assert [each["looked"]["outside"] for each in told_so] == [2, 2]
    outside = [[f for f in each["findings"] if f["check"] == "outside"] for each in told_so]
    assert outside[0][0]["where"] == "anchor"
    assert (outside[1][0]["subject"], outside[1][0]["number"]) == (ISSUE, len(letter.lines))


SPOILED = {
    "nothing": "",
    "another format": "river-anchor-9 2026-11-29T12:00:00+00:00 1 1 ab ab ab\n",
    "no line": "hello\n",
    "other ends": "river-anchor-1 2026-11-29T12:00:00+00:00 1 1 ab ab ab\n512022-2026-000001 1 ab\n",
    "no manifest": "{}",
}


@pytest.mark.parametrize("how", SPOILED)
async def test_what_is_no_anchor_is_refused_by_name(how: str, pool: Pool, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(SPOILED[how])

    with pytest.raises(UnfitAnchor, match="kept"):
        await against(pool, tmp_path / "kept")


async def test_an_anchor_by_another_key_is_refused(pool: Pool, tmp_path: Path) -> None:
    key, _ = keep_private_key(tmp_path / "key.jwk")
    other, _ = keep_private_key(tmp_path / "other.jwk")
    await record(pool, closed().letter())
    words = (await anchored(pool, FOUND)).words
    (tmp_path / "line").write_text(f"{words} {key.public.fingerprint} {key.sign(words.encode())}\n")

    assert await against(pool, tmp_path / "line", key.public) == (0, [])
    with pytest.raises(UnfitAnchor):
        await against(pool, tmp_path / "line", other.public)


async def test_an_issue_that_is_unknown_and_a_missing_file_end_the_command(
    pool: Pool, ops: Ops, tmp_path: Path
) -> None:
    await record(pool, closed().letter())

    both = await ops("verify", ISSUE, "512022-2026-000404")
    missing = await ops("verify", "--against", str(tmp_path / "no"))
    sampled = await ops("verify", "--sample", "1", "--seed", "s", "--json")

    assert (both.status, missing.status, sampled.status) == (1, 2, 0)
    assert json.loads(sampled.out)["seed"] == "s"


async def test_a_retelling_after_facts_that_follow_the_end_holds(pool: Pool) -> None:
    await record(pool, closed().letter())

    await rebuild_read_model(pool)

    assert (await examine(pool)).findings == ()
