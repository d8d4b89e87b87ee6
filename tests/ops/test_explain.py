"""`python -m ops explain`: every limit accounted for from the journal alone, also as it once stood."""

import json
from datetime import timedelta

import pytest

from domain.issue import commands as say
from domain.issue.explain import explain
from domain.issue.statement import statement
from domain.workdays import CHINA
from store.journal import record
from store.pool import Pool
from tests.ops.lives import HOUR, ISSUE, NEW_YEARS_EVE, rectifying
from tests.ops.terminal import Ops
from tests.store.test_proof import tamper


async def test_the_account_is_told_in_chinese_and_then_in_english(pool: Pool, ops: Ops) -> None:
    life = rectifying().say(say.RequestExtension, say.GrantExtension)
    await record(pool, life.letter())
    at = life.at + 5 * HOUR

    ran = await ops("explain", ISSUE, "--as-of", at.isoformat(), columns=40)

    assert (ran.status, ran.out) == (0, statement(explain(life.issue, at)))
    chinese, english = ran.out.split("\n\nAccount of the limits")
    assert "准予延期" in chinese
    assert "moved 2026-12-30 13:00 ExtensionGranted" in english


async def test_the_account_as_it_stood_knows_nothing_of_what_came_later(pool: Pool, ops: Ops) -> None:
    before = rectifying().say(say.RequestExtension)
    granted_at = before.at + HOUR
    then = before.issue
    await record(pool, before.say(say.GrantExtension).letter())

    stood = await ops("explain", ISSUE, "--as-of", (granted_at - timedelta(minutes=1)).isoformat(), "--json")
    now = await ops("explain", ISSUE, "--as-of", granted_at.isoformat(), "--json")

    expected = explain(then, granted_at - timedelta(minutes=1)).model_dump(mode="json")
    assert json.loads(stood.out) == expected
    (rectify,) = [clock for clock in json.loads(now.out)["clocks"] if clock["clock"] == "RECTIFY"]
    assert [change["kind"] for change in rectify["changes"]] == ["ExtensionGranted"]


async def test_a_moment_without_a_zone_is_a_moment_in_china(pool: Pool, ops: Ops) -> None:
    await record(pool, rectifying().letter())
    at = NEW_YEARS_EVE + 3 * HOUR

    bare = await ops("explain", ISSUE, "--as-of", f"{at.astimezone(CHINA):%Y-%m-%dT%H:%M}")
    zoned = await ops("explain", ISSUE, "--as-of", at.isoformat())

    assert bare.out == zoned.out


@pytest.mark.parametrize("issue", ["512022-2026-000404", "不是编号"])
async def test_an_unknown_issue_has_no_account(issue: str, ops: Ops) -> None:
    ran = await ops("explain", issue)

    assert (ran.status, ran.out) == (1, "")
    assert f"没有问题 {issue} 的日志" in ran.err
    assert "There is no journal" in ran.err


async def test_an_issue_has_no_account_before_it_was_opened(pool: Pool, ops: Ops) -> None:
    await record(pool, rectifying().letter())

    ran = await ops("explain", ISSUE, "--as-of", (NEW_YEARS_EVE - HOUR).isoformat())

    assert (ran.status, "尚无记录" in ran.err) == (1, True)


async def test_a_journal_that_was_broken_has_no_account_and_names_the_remedy(pool: Pool, ops: Ops) -> None:
    await record(pool, rectifying().letter())
    await tamper(pool, "UPDATE issue_facts SET body = '{}' WHERE number = 2")

    explained, adopted = (
        await ops("explain", ISSUE, "--as-of", "2027-02-01"),
        await ops("adopt", "calendar", "--issue", ISSUE),
    )

    assert (explained.status, "日志无法复述" in explained.err) == (1, True)
    assert (adopted.status, "日志无法复述" in adopted.out) == (1, True)


@pytest.mark.parametrize("moment", ["yesterday", "2026-13-01", "0001-01-01T00:00+08:00"])
async def test_what_is_no_moment_is_refused(moment: str, ops: Ops) -> None:
    ran = await ops("explain", ISSUE, "--as-of", moment)

    assert (ran.status, "时刻写法有误" in ran.err) == (2, True)


async def test_without_a_database_there_is_no_account(ops: Ops) -> None:
    ran = await ops("explain", ISSUE, url="postgresql://river@127.0.0.1:1/river")

    assert (ran.status, "Postgres does not answer" in ran.err) == (2, True)
