"""An order on paper as the records tell it: draft, signed, withdrawn; names as the roster has them."""

from datetime import UTC, datetime

import pytest

from domain.issue import commands as say
from store.documents import documents_of, sign
from store.journal import record
from store.papers import paper_of
from store.pool import Pool
from tests.store.letters import TOWN_OFFICE, Life, escalated

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ORDER = 4


async def test_an_order_is_a_draft_until_it_is_signed_and_then_has_its_number(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    draft = await paper_of(staffed, life.issue_id, ORDER)

    await sign(staffed, life.issue_id, ORDER, TOWN_OFFICE, NOW)
    signed = await paper_of(staffed, life.issue_id, ORDER)

    assert (draft.number, draft.draft, draft.dated) == (None, "送审稿", None)
    assert (signed.number, signed.note) == ("蟠龙镇河办督〔2026〕1号", "签发岗位：蟠龙镇河长办")
    assert signed.to == ("蟠龙镇级河长",)
    assert signed.mark == "蟠龙镇河长办文件"


async def test_what_happens_later_leaves_a_document_as_it_was(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    before = await paper_of(staffed, life.issue_id, ORDER)

    life.wait(20 * 24)
    await record(staffed, life.letter())

    assert await paper_of(staffed, life.issue_id, ORDER) == before


async def test_a_withdrawn_order_says_so(staffed: Pool) -> None:
    life = Life()
    life.hear_late(say.RecordStop, said=1, heard=15, photos=1)
    await record(staffed, life.letter())

    assert (await paper_of(staffed, life.issue_id, ORDER)).draft == "已撤回"
    assert [each.state for each in await documents_of(staffed, life.issue_id)] == ["withdrawn"]


@pytest.mark.parametrize("number", [1, 3, 404])
async def test_a_fact_that_made_no_document_has_none(number: int, staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())

    with pytest.raises(LookupError):
        await paper_of(staffed, life.issue_id, number)


async def test_an_issue_that_is_not_there_has_no_documents(staffed: Pool) -> None:
    assert await documents_of(staffed, "512022-2026-000404") == []


async def test_a_post_that_the_roster_lacks_is_called_by_its_kind(pool: Pool) -> None:
    life = escalated()
    await record(pool, life.letter())

    assert (await paper_of(pool, life.issue_id, ORDER)).signed == f"乡镇级河长办（{TOWN_OFFICE}）"
