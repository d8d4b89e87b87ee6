"""The journal: a letter enters whole or not at all, once, and only where it fits."""

import asyncio

import pytest

from domain.chain import GENESIS, link
from domain.issue import commands as say
from domain.issue.events import read_fact
from domain.issue.letter import Letter, head_of
from store import journal
from store.effects import counts
from store.faults import Diverged, Gap
from store.figures import board, figures
from store.journal import record
from store.pool import Pool
from store.retelling import rebuild_read_model
from tests.store.letters import Life, closed, escalated


def retold_with(letter: Letter, place: int, body: str) -> Letter:
    """The same letter with other words at a place, its hashes following from them."""
    lines, before = [], letter.before
    for index, line in enumerate(letter.lines):
        words = body if index == place else line.body
        before = link(before, line.number, words)
        lines.append(line.model_copy(update={"body": words, "hash": before}))
    return letter.model_copy(update={"lines": tuple(lines)})


EVERYTHING = (
    "SELECT * FROM issue_facts ORDER BY issue_id, number",
    "SELECT * FROM issues ORDER BY issue_id",
    "SELECT * FROM effects ORDER BY issue_id, number, effect, addressee",
    "SELECT * FROM documents ORDER BY issue_id, number",
)


async def everything(pool: Pool) -> list[object]:
    return [[tuple(row) for row in await pool.fetch(table)] for table in EVERYTHING]


async def test_a_letter_is_recorded_and_answered_with_the_tail(pool: Pool) -> None:
    letter = Life().letter()

    recorded = await record(pool, letter)

    assert recorded == (letter.tail, 1, 1)
    assert tuple(await journal.facts(pool, letter.issue_id)) == letter.lines


async def test_the_same_letter_again_changes_nothing(pool: Pool) -> None:
    letter = escalated().letter()
    first = await record(pool, letter)
    before = await everything(pool)

    again = await record(pool, letter)

    assert again == (first.tail, first.number, 0)
    assert await everything(pool) == before


async def test_the_same_letter_from_many_hands_at_once_is_recorded_once(pool: Pool) -> None:
    letter = escalated().letter()

    recorded = await asyncio.gather(*(record(pool, letter) for _ in range(20)))

    assert {each.tail for each in recorded} == {letter.tail}
    assert sum(each.new for each in recorded) == len(letter.lines)
    assert (await counts(pool)).get("queued") == sum(effect.kind == "notice" for effect in letter.effects)


async def test_a_letter_that_is_known_in_part_adds_only_the_rest(pool: Pool) -> None:
    life = Life()
    first = life.letter()
    await record(pool, first)
    life.wait(15)

    recorded = await record(pool, life.whole_letter())

    assert recorded == (life.issue.tail, life.issue.number, life.issue.number - 1)
    assert await pool.fetchval("SELECT count(*) FROM effects WHERE number = 1") == len(first.effects)


async def test_another_fact_at_a_known_number_is_refused_and_nothing_is_kept(pool: Pool) -> None:
    life = Life()
    letter = life.letter()
    await record(pool, letter)
    before = await everything(pool)
    life.wait(15)
    other = retold_with(life.whole_letter(), 0, letter.lines[0].body.replace("蟠龙镇", "蟠虎镇"))

    with pytest.raises(Diverged) as refused:
        await record(pool, other)

    assert (refused.value.issue_id, refused.value.number) == (life.issue_id, 1)
    assert (refused.value.ours, refused.value.theirs) == (letter.tail, other.lines[0].hash)
    assert await everything(pool) == before


async def test_a_letter_that_diverges_learns_which_words_the_journal_heard_instead(pool: Pool) -> None:
    journals, issues = Life(), Life()
    await record(pool, journals.letter())
    issues.letter()
    journals.hear(say.AttachReport, 1, report="1" * 12, source="PATROL")
    journals.wait(15)
    journals.hear(say.RecordStop, 16, photos=1)
    await record(pool, journals.letter())
    issues.hear(say.RecordStop, 16, photos=1)
    issues.wait(200)
    assert issues.issue.number > journals.issue.number  # the letter's own words are none of the journal's

    with pytest.raises(Diverged) as refused:
        await record(pool, issues.letter())

    held = [read_fact(line.body).command for line in await journal.facts(pool, issues.issue_id)]
    assert refused.value.order == tuple(dict.fromkeys(command for command in held[1:] if command))
    assert len(refused.value.order) == 2


async def test_a_letter_whose_hash_does_not_follow_from_its_words_is_refused(pool: Pool) -> None:
    letter = Life().letter()
    line = letter.lines[0].model_copy(update={"hash": "f" * 64})

    with pytest.raises(Diverged):
        await record(pool, letter.model_copy(update={"lines": (line,)}))

    assert await journal.facts(pool, letter.issue_id) == []


async def test_a_letter_after_a_missing_one_is_refused(pool: Pool) -> None:
    life = Life()
    life.letter()
    life.wait(15)

    with pytest.raises(Gap, match="expects a fact before 2, the letter brings fact 2"):
        await record(pool, life.letter())

    assert await journal.facts(pool, life.issue_id) == []


async def test_a_letter_after_another_tail_is_refused(pool: Pool) -> None:
    life = Life()
    await record(pool, life.letter())
    life.wait(15)
    letter = life.letter().model_copy(update={"before": GENESIS})

    with pytest.raises(Gap, match="before fact 2"):
        await record(pool, retold_with(letter, -1, ""))

    assert len(await journal.facts(pool, life.issue_id)) == 1


async def test_a_letter_that_comes_late_does_not_turn_the_read_model_back(pool: Pool) -> None:
    life = Life()
    first = life.letter()
    await record(pool, first)
    life.hear(say.RecordStop, 1, photos=1)
    await record(pool, life.letter())

    recorded = await record(pool, first)

    assert recorded == (first.tail, 1, 0)
    assert (await board(pool))[0].stage == "stopped"


async def test_a_journal_retold_is_the_issue(pool: Pool) -> None:
    for life in (closed(1), escalated(2)):
        await record(pool, life.letter())

        assert await journal.retell_issue(pool, life.issue_id) == life.issue


async def test_an_issue_without_a_journal_cannot_be_retold(pool: Pool) -> None:
    with pytest.raises(LookupError, match="512022-2026-000404"):
        await journal.retell_issue(pool, "512022-2026-000404")


async def test_the_read_model_retold_is_the_read_model(pool: Pool) -> None:
    for life in (closed(1), escalated(2)):
        await record(pool, life.letter())
    before = await _heads(pool)
    await pool.execute("UPDATE issues SET stage = 'merged', rung = 6, number = 99")
    await pool.execute("DELETE FROM issues WHERE issue_id LIKE '%2'")

    retold = await rebuild_read_model(pool)

    assert retold == (2, ())
    assert await _heads(pool) == before


async def test_the_read_model_holds_the_head_of_the_issue(pool: Pool) -> None:
    life = escalated()
    letter = life.letter()
    await record(pool, letter)

    row = await pool.fetchrow("SELECT * FROM issues")

    assert row is not None
    assert {name: row[name] for name in letter.head.model_dump() if name != "look_backs_on"} == (
        head_of(life.issue).model_dump(exclude={"look_backs_on"})
    )
    assert (row["number"], row["tail"]) == (life.issue.number, life.issue.tail)


async def test_figures_count_what_happened(pool: Pool) -> None:
    raised = escalated(2)
    raised.wait(15 * 24)
    for life in (closed(1), raised):
        await record(pool, life.letter())

    counted = await figures(pool)

    assert (counted.issues, counted.closed, counted.escalated, counted.bulletins) == (2, 1, 1, 1)
    assert counted.facts == len(raised.events) + 8
    assert [level.name for level in counted.levels] == ["COUNTY", "CITY", "PROVINCE"]


async def _heads(pool: Pool) -> list[dict[str, object]]:
    rows = [dict(row) for row in await pool.fetch("SELECT * FROM issues ORDER BY issue_id")]
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]
