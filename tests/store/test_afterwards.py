"""Facts after the end: appended to the journal of what is over, and of nothing else."""

import asyncio
from datetime import timedelta

import pytest

from domain.issue.archiving import Archived, archived
from domain.issue.events import HistoryArchived
from domain.issue.state import Issue
from store import journal
from store.afterwards import StillOpenError, append_after_the_end
from store.journal import record, retell_issue
from store.pool import Pool
from store.proof import verify_chain
from tests.store.letters import closed, escalated

FILE = Archived(digest="ab" * 32, bytes=12, runs=1, events=34)


def said(issue: Issue) -> list[HistoryArchived]:
    return archived(issue, FILE, issue.at + timedelta(hours=1))


async def test_a_fact_follows_the_end_and_the_proof_holds(pool: Pool) -> None:
    life = closed()
    await record(pool, life.letter())

    recorded = await append_after_the_end(pool, life.issue_id, said)

    issue = await retell_issue(pool, life.issue_id)
    assert (recorded.number, recorded.new, issue.tail) == (9, 1, recorded.tail)
    assert (await verify_chain(pool)).breaks == ()
    assert await pool.fetchval("SELECT number FROM issues") == 9


async def test_the_same_again_is_nothing_new(pool: Pool) -> None:
    life = closed()
    await record(pool, life.letter())

    first, again = [await append_after_the_end(pool, life.issue_id, said) for _ in range(2)]

    assert (again.tail, again.new) == (first.tail, 0)


async def test_nobody_writes_past_an_issue_that_is_open(pool: Pool) -> None:
    life = escalated()
    await record(pool, life.letter())

    with pytest.raises(StillOpenError, match=life.issue_id):
        await append_after_the_end(pool, life.issue_id, said)
    with pytest.raises(LookupError):
        await append_after_the_end(pool, "512022-2026-000099", said)

    assert len(await journal.facts(pool, life.issue_id)) == len(life.events)


async def test_several_who_write_at_once_are_all_heard(pool: Pool) -> None:
    life = closed()
    await record(pool, life.letter())
    files = [FILE.model_copy(update={"digest": f"{each:02x}" * 32}) for each in range(3)]

    await asyncio.gather(
        *(
            append_after_the_end(
                pool, life.issue_id, lambda issue, file=file: archived(issue, file, issue.at)
            )
            for file in files
        )
    )

    kinds = [line.kind for line in await journal.facts(pool, life.issue_id)]
    assert kinds.count("HistoryArchived") == len(files)
    assert (await verify_chain(pool)).breaks == ()


async def test_a_letter_of_the_life_that_comes_again_is_known(pool: Pool) -> None:
    life = closed()
    letter = life.letter()
    await record(pool, letter)
    await append_after_the_end(pool, life.issue_id, said)

    again = await record(pool, letter)

    assert (again.tail, again.new) == (letter.tail, 0)
