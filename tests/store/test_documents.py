"""Documents: drafts until a person signs; numbers per issuer, kind and year, none twice, none left out."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.issue import commands as say
from domain.terms import Severity
from store.documents import NotSignable, SignedDocument, abbreviation, drafts, sign
from store.journal import record
from store.pool import Pool
from tests.store.letters import COUNTY, COUNTY_CHIEF, OFFICE, TOWN_CHIEF, TOWN_OFFICE, UNIT, Life, escalated

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
ORDER, BULLETIN = 4, 9
GENERAL_CHIEF = f"general:{COUNTY}"


async def with_a_bulletin(pool: Pool, running: int = 1, severity: Severity = Severity.GENERAL) -> Life:
    """An issue whose bulletin is fact 9, issued by the city's office."""
    life = escalated(running, severity)
    life.wait(15 * 24)
    await record(pool, life.letter())
    return life


async def refusal(pool: Pool, issue_id: str, number: int, by: str) -> str:
    with pytest.raises(NotSignable) as refused:
        await sign(pool, issue_id, number, by, NOW)
    assert refused.value.label.zh
    assert refused.value.label.en
    return refused.value.code


async def test_an_order_is_a_draft_and_goes_out_when_it_is_signed(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    (draft,) = await drafts(staffed)
    state = "SELECT state, text FROM effects WHERE effect = 'order'"
    assert (draft.number, draft.kind, draft.issuer, draft.severity) == (
        ORDER,
        "order",
        TOWN_OFFICE,
        "GENERAL",
    )
    assert (await staffed.fetchrow(state))["state"] == "unsigned"

    signed = await sign(staffed, life.issue_id, ORDER, TOWN_OFFICE, NOW)

    assert signed.document_number == "蟠龙镇河办督〔2026〕1号"
    assert signed.addressees == (TOWN_CHIEF,)
    assert tuple(await staffed.fetchrow(state)) == ("queued", f"蟠龙镇河办督〔2026〕1号 {draft.text}")
    assert await drafts(staffed) == []


async def test_a_document_of_several_addressees_is_one(staffed: Pool) -> None:
    await with_a_bulletin(staffed)

    rows = await staffed.fetch("SELECT kind, addressees FROM documents ORDER BY number")

    assert [row["kind"] for row in rows] == ["order", "bulletin"]
    assert len(rows[1]["addressees"]) == 3


async def test_signatures_at_once_draw_numbers_without_doubles_and_gaps(staffed: Pool) -> None:
    lives = [escalated(running) for running in range(1, 21)]
    await asyncio.gather(*(record(staffed, life.letter()) for life in lives))

    signed = await asyncio.gather(
        *(sign(staffed, life.issue_id, ORDER, TOWN_OFFICE, NOW) for life in lives for _ in range(2)),
        return_exceptions=True,
    )

    numbers = [each.document_number for each in signed if isinstance(each, SignedDocument)]
    refused = [each.code for each in signed if isinstance(each, NotSignable)]
    assert sorted(numbers) == sorted(f"蟠龙镇河办督〔2026〕{n}号" for n in range(1, 21))
    assert refused == ["already_signed"] * 20


async def test_a_refused_signature_uses_up_no_number(staffed: Pool) -> None:
    for running in (1, 2):
        await record(staffed, escalated(running).letter())
    await refusal(staffed, "512022-2026-000001", ORDER, UNIT)

    signed = await sign(staffed, "512022-2026-000002", ORDER, TOWN_CHIEF, NOW)

    assert signed.document_number.endswith("〔2026〕1号")


async def test_a_year_begins_in_china_and_begins_with_one(staffed: Pool) -> None:
    for running in (1, 2):
        await record(staffed, escalated(running).letter())
    await sign(staffed, "512022-2026-000001", ORDER, TOWN_OFFICE, NOW)

    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    signed = await sign(staffed, "512022-2026-000002", ORDER, TOWN_OFFICE, new_year)

    assert signed.document_number == "蟠龙镇河办督〔2027〕1号"


@pytest.mark.parametrize("by", [OFFICE, COUNTY_CHIEF, UNIT, "chief:512022113000:R09-09", GENERAL_CHIEF])
async def test_an_order_is_signed_at_its_own_place_and_level(by: str, staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())

    assert await refusal(staffed, life.issue_id, ORDER, by) == "wrong_signer"


@pytest.mark.parametrize("severity", Severity)
async def test_a_bulletin_is_signed_by_nobody_it_is_entered_in_one(severity: Severity, staffed: Pool) -> None:
    life = await with_a_bulletin(staffed, severity=severity)
    draft = next(draft for draft in await drafts(staffed) if draft.kind == "bulletin")
    division = draft.issuer.split(":")[1]

    for by in (draft.issuer, f"general:{division}"):
        assert await refusal(staffed, life.issue_id, draft.number, by) == "by_bulletin"


async def test_what_was_never_drafted_cannot_be_signed(staffed: Pool) -> None:
    assert await refusal(staffed, "512022-2026-000404", 1, OFFICE) == "unknown"


async def test_a_signed_document_is_not_signed_again(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    await sign(staffed, life.issue_id, ORDER, TOWN_OFFICE, NOW)

    assert await refusal(staffed, life.issue_id, ORDER, TOWN_OFFICE) == "already_signed"


async def test_a_lapse_withdrawn_withdraws_its_drafts_and_what_has_not_gone_out(staffed: Pool) -> None:
    life = Life()
    life.hear_late(say.RecordStop, said=1, heard=15, photos=1)
    await record(staffed, life.letter())

    states = {
        (row["number"], row["effect"]): row["state"]
        for row in await staffed.fetch("SELECT number, effect, state FROM effects")
    }

    assert await refusal(staffed, life.issue_id, ORDER, TOWN_OFFICE) == "withdrawn"
    assert states[ORDER, "order"] == "countermanded"
    assert states[3, "notice"] == "countermanded"
    assert states[6, "countermand"] == "queued"


async def test_a_document_signed_before_the_withdrawal_stays_signed(staffed: Pool) -> None:
    life = escalated()
    await record(staffed, life.letter())
    await sign(staffed, life.issue_id, ORDER, TOWN_OFFICE, NOW)

    life.hear_late(say.RecordStop, said=1, heard=15, photos=1)
    await record(staffed, life.letter())

    assert await refusal(staffed, life.issue_id, ORDER, TOWN_OFFICE) == "already_signed"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("资阳市河长办", "资河办"),
        ("雁江区河长办", "雁河办"),
        ("莲花街道河长办", "莲花河办"),
        (None, "512022000000河办"),
    ],
)
def test_an_issuer_is_abbreviated_as_its_documents_are(name: str | None, short: str) -> None:
    assert abbreviation(OFFICE, name) == short
