"""The operators' commands that read and sign the records, run as an operator runs them."""

import json
import shlex
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activities.courier import deliver_all
from domain.chain import link
from domain.issue.events import Lapsed
from domain.issue.fact_base import Event
from domain.issue.wording import moment
from ops.recompute import differences
from store.journal import record
from store.pool import Pool
from tests.ops.terminal import Ops, ops_on
from tests.store.letters import OFFICE, TOWN_CHIEF, TOWN_OFFICE, closed, escalated
from tests.store.test_proof import tamper

ISSUE = "512022-2026-000001"


@pytest.fixture
def ops(database: str) -> Ops:
    """Give `python -m ops` on the test's database."""
    return ops_on(database)


async def nobody(_issue_id: str, _post: str) -> None:
    """No post is vacant here."""


async def test_a_draft_is_listed_signed_and_received(staffed: Pool, ops: Ops) -> None:
    await record(staffed, escalated().letter())

    (draft,) = json.loads((await ops("drafts", "--json")).out)
    signed = await ops("sign", draft["issue_id"], str(draft["number"]), "--by", draft["issuer"], "--json")
    await deliver_all(staffed, nobody)
    inbox = json.loads((await ops("inbox", TOWN_CHIEF, "--json")).out)

    number = json.loads(signed.out)["document_number"]
    assert (signed.status, number) == (0, "蟠龙镇河办督〔2026〕1号")
    assert [line["text"] for line in inbox if line["effect"] == "order"] == [f"{number} {draft['text']}"]


async def test_what_is_copied_from_a_narrow_window_is_whole(staffed: Pool, ops: Ops) -> None:
    await record(staffed, escalated().letter())

    told = (await ops("drafts", columns=80)).out
    (line,) = [line for line in told.splitlines() if " -m ops sign " in line]
    signed = await ops(*shlex.split(line)[3:], columns=80)
    await deliver_all(staffed, nobody)
    inbox = await ops("inbox", TOWN_CHIEF, columns=80)

    assert signed.status == 0, signed.err
    assert Path(line.split()[0]).name.startswith("python")
    assert f"收件 {TOWN_CHIEF}: " in inbox.out
    assert ISSUE in inbox.out


async def test_an_inbox_tells_the_time_of_china(staffed: Pool, ops: Ops) -> None:
    await record(staffed, escalated().letter())
    await deliver_all(staffed, nobody)

    (received, *_) = json.loads((await ops("inbox", TOWN_CHIEF, "--json")).out)
    told = (await ops("inbox", TOWN_CHIEF, columns=80)).out

    assert moment(datetime.fromisoformat(received["received_at"])) in told


async def test_a_document_that_cannot_be_signed_says_why_in_two_languages(staffed: Pool, ops: Ops) -> None:
    await record(staffed, escalated().letter())

    ran = await ops("sign", ISSUE, "4", "--by", OFFICE)

    assert ran.status == 1
    assert "无权签发" in ran.err
    assert "may not sign" in ran.err


async def test_a_post_written_wrongly_is_refused(ops: Ops) -> None:
    ran = await ops("sign", ISSUE, "4", "--by", "办公室")

    assert (ran.status, "names no kind of post" in ran.err) == (2, True)


async def test_verifying_whole_records_finds_nothing(pool: Pool, ops: Ops) -> None:
    for life in (closed(1), escalated(2)):
        await record(pool, life.letter())

    ran = await ops("verify", "--json")

    verdict = json.loads(ran.out)
    assert (ran.status, verdict["holds"], verdict["issues"], verdict["looked"]["facts"]) == (0, True, 2, 13)
    assert verdict["looked"]["limits"] == 8


async def test_verifying_changed_records_says_where(pool: Pool, ops: Ops) -> None:
    await record(pool, closed().letter())
    await tamper(pool, "UPDATE issue_facts SET hash = repeat('0', 64) WHERE number = 3")

    ran = await ops("verify", ISSUE)

    assert ran.status == 1
    assert "the hash does not follow from the words" in ran.out


async def test_verifying_finds_a_limit_moved_even_where_the_chain_was_forged(pool: Pool, ops: Ops) -> None:
    life = closed()
    letter = life.letter()
    before, lines = letter.before, []
    for line in letter.lines:
        body = line.body.replace('"limit_at":"2026-11-17T09:30:00Z"', '"limit_at":"2026-11-30T09:30:00Z"')
        before = link(before, line.number, body)
        lines.append(line.model_copy(update={"body": body, "hash": before}))
    await record(pool, letter.model_copy(update={"lines": tuple(lines)}))

    ran = await ops("verify", "--json")

    verdict = json.loads(ran.out)
    assert ran.status == 1
    assert ("limits", "RECTIFY") in {(each["check"], each["where"]) for each in verdict["findings"]}


async def test_verifying_an_unknown_issue_is_not_a_success(pool: Pool, ops: Ops) -> None:
    assert (await ops("verify", "512022-2026-000404")).status == 1


async def test_retelling_brings_the_read_model_back(pool: Pool, ops: Ops) -> None:
    for life in (closed(1), escalated(2)):
        await record(pool, life.letter())
    await pool.execute("DELETE FROM issues")

    one, rest = await ops("retell", "--issue", ISSUE), await ops("retell", "--json")

    assert (one.status, rest.status) == (0, 0)
    assert await pool.fetchval("SELECT count(*) FROM issues") == 2


async def test_a_database_that_does_not_answer_ends_the_command_with_two(ops: Ops) -> None:
    ran = await ops("verify", url="postgresql://river@127.0.0.1:1/river")

    assert ran.status == 2
    assert "Postgres does not answer" in ran.err


async def test_the_roster_is_loaded_from_the_registry(pool: Pool, ops: Ops) -> None:
    ran = await ops("roster")

    assert ran.status == 0, ran.err
    assert await pool.fetchval("SELECT count(*) FROM posts") > 200
    assert await pool.fetchval("SELECT name_zh FROM posts WHERE post = $1", TOWN_OFFICE) == "蟠龙镇河长办"


def test_every_limit_of_a_life_can_be_recomputed() -> None:
    for life in (closed(), escalated()):
        assert differences(life.events) == []


def test_a_lapse_at_another_moment_than_its_limit_is_found() -> None:
    def moved(event: Event) -> Event:
        later = {"limit_at": event.limit_at + timedelta(hours=1)} if isinstance(event, Lapsed) else {}
        return event.model_copy(update=later)

    found = differences([moved(event) for event in escalated().events])

    assert [(each.number, each.clock) for each in found] == [(3, "STOP")]
