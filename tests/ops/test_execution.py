"""`python -m ops execution`: the next moment at which force may be used; no server runs."""

import json

from tests.ops.terminal import ops_on

NOWHERE = "postgresql://127.0.0.1:1/none"


async def test_an_official_reads_from_when_force_may_be_used() -> None:
    ops = ops_on(NOWHERE)

    told = await ops("execution", "2026-09-30 20:00")
    urgent = await ops("execution", "2026-10-01 02:00", "--urgent", "--json")
    unsure = await ops("execution", "2027-02-06 09:00", "--json")

    assert "最早可于 2026-10-08 08:00 强制执行;依据 source S05 art. 43" in told.out
    assert json.loads(urgent.out)["from"].startswith("2026-10-01 02:00")
    assert json.loads(unsure.out)["provisional"] is True


async def test_what_is_no_moment_and_what_is_no_rule_book_are_named() -> None:
    wrong = await ops_on(NOWHERE)("execution", "tomorrow")
    no_book = await ops_on(NOWHERE, rules="rules/none.yaml")("execution", "2026-09-30")

    assert wrong.status == 2
    assert "tomorrow" in wrong.err
    assert no_book.status == 2
    assert "none.yaml" in no_book.err
