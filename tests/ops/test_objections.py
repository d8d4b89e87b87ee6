"""`python -m ops objection`: filed once, decided once, told to those whom it concerns."""

import json
from datetime import UTC, datetime, timedelta

from domain.issue import commands as c
from domain.issue import events as fact
from domain.issue.letter import write
from domain.issue.opening import open_issue
from domain.terms import Source
from store.journal import record
from store.pool import Pool, connected
from tests.ops.terminal import Ops
from tests.rules.given import WATER, opened, opening, say, wait, word

ISSUE = "512022-2026-000123"


async def keep_an_issue_in_the_bulletin(pool: Pool) -> int:
    """Record a life whose bulletin was drafted lately; return the number of that fact."""
    began = datetime.now(UTC) - timedelta(days=35)
    command = opening(said_at=began, source=Source.CAMERA)
    facts = open_issue(command, began)
    issue, _ = opened(command)
    for kind in (c.RecordStop, c.Assign):
        issue, more = say(issue, word(issue, kind))
        facts += more
    _, passed = wait(issue, datetime.now(UTC))
    facts += passed
    await record(pool, write(None, tuple(facts))[0])
    return next(number for number, event in enumerate(facts, 1) if isinstance(event, fact.BulletinDrafted))


async def inbox(pool: Pool, post: str) -> list[str]:
    async with connected(pool) as connection:
        rows = await connection.fetch(
            "SELECT text FROM inbox WHERE addressee = $1 ORDER BY received_at", post
        )
    return [row["text"] for row in rows]


async def test_an_objection_is_filed_and_decided_once_and_told(ops: Ops, pool: Pool) -> None:
    number = str(await keep_an_issue_in_the_bulletin(pool))
    filing = ("objection", "file", ISSUE, number, "--by", WATER, "--reason", "已按期办结", "--json")

    first, again = json.loads((await ops(*filing)).out), json.loads((await ops(*filing)).out)
    deciding = (
        "objection",
        "decide",
        ISSUE,
        number,
        "--of",
        WATER,
        "--by",
        first["asked"],
        "--reason",
        "属实",
    )
    decided, twice = await ops(*deciding, "--upheld"), await ops(*deciding, "--stands")
    listed = json.loads((await ops("objection", "list", ISSUE, "--json")).out)

    assert (first["is_new"], again["is_new"]) == (True, False)
    assert (decided.status, twice.status) == (0, 1)
    assert "已作出决定" in twice.err
    assert [one["decision"]["outcome"] for one in listed] == ["upheld"]
    assert any("提出申诉" in text for text in await inbox(pool, first["asked"]))
    assert any("申诉成立" in text for text in await inbox(pool, WATER))


async def test_what_cannot_be_objected_to_is_refused_with_the_reason(ops: Ops, pool: Pool) -> None:
    await keep_an_issue_in_the_bulletin(pool)

    unknown = await ops("objection", "file", "512022-2026-000999", "3", "--by", WATER, "--reason", "x")
    opening_ = await ops("objection", "file", ISSUE, "1", "--by", WATER, "--reason", "x")
    endless = await ops("objection", "file", ISSUE, "1", "--by", WATER, "--reason", "字" * 2001)
    nobody = await ops(
        "objection", "decide", ISSUE, "1", "--of", WATER, "--by", WATER, "--reason", "x", "--stands"
    )

    assert (unknown.status, opening_.status, endless.status, nobody.status) == (1, 1, 2, 1)
    assert "没有问题 512022-2026-000999" in unknown.err
    assert "尚未通报、约谈或移送" in opening_.err
    assert "1 至 2000 字" in endless.err
    assert "未对" in nobody.err
