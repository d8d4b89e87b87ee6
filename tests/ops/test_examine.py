"""Verifying: whatever the facts do not demand is named, whatever they demand and is not there as well."""

from datetime import timedelta

import pytest

from domain.issue.events import read_fact
from domain.issue.letter import write
from ops.examine import examine
from store.documents import sign
from store.effects import Receiver, hand_out
from store.journal import record
from store.kept import sample
from store.pool import Pool
from tests.histories import golden
from tests.store.letters import FOUND, closed, escalated

ISSUE = "512022-2026-000001"
LATER = FOUND + timedelta(days=3)
RECEIVER = Receiver(is_known=True, is_received=True, person="H-1")
STRAY = "('512022-2026-000001', 2, 'notice', 'office:510000000000', 't', NULL, 'queued')"


async def everything(pool: Pool) -> list[str]:
    """Record every golden life, of those that share a number one; return the numbers."""
    lives = {golden.read(name)["issue_id"]: golden.read(name)["journal"] for name in golden.NAMES}
    for journal in lives.values():
        facts = tuple(read_fact(line["body"]) for line in journal)
        letter, _, left = write(None, facts, limit=len(facts))
        assert not left
        await record(pool, letter)
    return list(lives)


async def test_every_life_that_was_ever_recorded_holds(pool: Pool) -> None:
    lives = await everything(pool)

    verdict = await examine(pool)

    assert verdict.findings == ()
    assert verdict.issues == len(lives)
    assert all(verdict.looked[check] for check in ("facts", "heads", "limits", "acts", "documents"))


async def test_what_was_signed_and_delivered_holds(pool: Pool) -> None:
    await record(pool, escalated().letter())
    order = await pool.fetchval("SELECT number FROM documents WHERE kind = 'order' LIMIT 1")
    issuer = await pool.fetchval("SELECT issuer FROM documents WHERE number = $1", order)
    await sign(pool, ISSUE, order, issuer, LATER)
    while await hand_out(pool, 50, timedelta(minutes=1), lambda _: RECEIVER, LATER):
        pass

    verdict = await examine(pool)

    assert await pool.fetchval("SELECT count(*) FROM effects WHERE state <> 'delivered'") == 0
    assert verdict.findings == ()


@pytest.mark.parametrize("state", ["undeliverable", "skipped"])
async def test_what_could_not_be_delivered_or_was_given_up_holds(state: str, pool: Pool) -> None:
    await record(pool, escalated().letter())
    await pool.execute("UPDATE effects SET state = $1 WHERE number = 1", state)

    verdict = await examine(pool)

    assert verdict.findings == ()


FORGED = {
    "DELETE FROM effects WHERE number = 1 AND addressee LIKE 'office%'": ("acts", 1, "missing"),
    f"INSERT INTO effects VALUES {STRAY}": (  # noqa: S608 - ours
        "acts",
        2,
        "queued",
    ),
    "UPDATE effects SET text = text || '。' WHERE number = 1 AND addressee LIKE 'chief%'": ("acts", 1, None),
    "UPDATE effects SET issuer = 'office:510000000000' WHERE effect = 'order'": (
        "acts",
        4,
        "office:510000000000",
    ),
    "UPDATE effects SET state = 'queued' WHERE effect = 'order'": ("acts", 4, "queued"),
    "UPDATE effects SET state = 'countermanded' WHERE number = 1 AND addressee LIKE 'chief%'": (
        "acts",
        1,
        "countermanded",
    ),
    "UPDATE effects SET state = 'delivered' WHERE number = 1 AND addressee LIKE 'chief%'": (
        "acts",
        1,
        "delivered, in no inbox",
    ),
    "UPDATE documents SET text = '督'": ("documents", 4, "督"),
    "UPDATE documents SET state = 'withdrawn'": ("documents", 4, "withdrawn"),
    "UPDATE documents SET drafted_at = drafted_at + interval '1 second'": ("documents", 4, None),
    "UPDATE documents SET addressees = ARRAY['office:510000000000']": (
        "documents",
        4,
        "office:510000000000",
    ),
    "DELETE FROM documents": ("documents", 4, "missing"),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_what_goes_out_and_was_forged_is_named(forged: str, pool: Pool) -> None:
    life = escalated()
    await record(pool, life.letter())
    numbers = [n for n, event in enumerate(life.events, 1) if type(event).__name__ == "Ordered"]
    await pool.execute(forged)

    verdict = await examine(pool)

    check, number, kept = FORGED[forged]
    number = numbers[0] if number == 4 else number
    assert (check, number) in {(each.check, each.number) for each in verdict.findings}
    assert kept is None or kept in {each.kept for each in verdict.findings}


async def test_what_was_taken_back_goes_to_nobody(pool: Pool) -> None:
    facts = tuple(read_fact(line["body"]) for line in golden.read("lapse_withdrawn")["journal"])
    await record(pool, write(None, facts, limit=len(facts))[0])
    assert (await examine(pool)).findings == ()

    await pool.execute("UPDATE effects SET state = 'queued' WHERE state = 'countermanded'")

    assert {each.where.rpartition(": ")[2] for each in (await examine(pool)).findings} == {"state"}


async def test_a_sample_is_drawn_again_by_its_seed(pool: Pool) -> None:
    for running in range(1, 30):
        await record(pool, closed(running).letter())

    first, again, other = [await sample(pool, 5, seed) for seed in ("a", "a", "b")]

    assert first == again != other
    assert len(set(first)) == 5
    assert len(await sample(pool, 100, "a")) == 29
    assert (await examine(pool, first)).issues == 5
