"""`python -m ops measures` and `observe`: what is due is listed, looked at first, and recorded once."""

import json

import pytest

from tests.ops.terminal import Ops, ops_on

OBSERVED = ("observe", "leaked", "unit:512022000000:water", "2026-11", "--by", "office:512022000000")


async def test_what_was_observed_becomes_due_once_and_a_look_records_nothing(ops: Ops) -> None:
    recorded = await ops(*OBSERVED, "--source", "信访通报2026年第1号", "--json")

    looked = await ops("measures", "--dry-run", "--json")
    nothing_yet = await ops("measures", "--dry-run", "--json")
    due = await ops("measures", "--json")
    again = await ops("measures", "--json")
    left = await ops("measures", "--dry-run", "--json")

    assert json.loads(recorded.out)["is_new"] is True
    assert json.loads(looked.out) == json.loads(nothing_yet.out)
    assert [one["measures"] for one in json.loads(due.out)] == [["REFERRAL"]]
    assert due.out == again.out
    assert json.loads(left.out) == []


async def test_an_official_reads_which_measure_of_whom_and_why(ops: Ops) -> None:
    await ops(*OBSERVED, "--source", "信访通报2026年第1号")

    listed = await ops("measures")

    assert "问责移送" in listed.out
    assert "泄露举报人信息" in listed.out
    assert "unit:512022000000:water" in listed.out


@pytest.mark.parametrize(
    ("words", "said_so"),
    [
        (("observe", "bad_temper", *OBSERVED[2:], "--source", "x"), "leaked 泄露举报人信息"),
        ((*OBSERVED[:3], "2026-13", *OBSERVED[4:], "--source", "x"), "2026-11"),
        ((*OBSERVED, "--source", "字" * 201), "200"),
        ((*OBSERVED[:2], "somebody", *OBSERVED[3:], "--source", "x"), "岗位写法有误"),
    ],
    ids=["kind", "period", "source", "subject"],
)
async def test_what_is_no_observation_is_refused_with_what_would_be_one(
    ops: Ops, words: tuple[str, ...], said_so: str
) -> None:
    ran = await ops(*words)

    assert ran.status == 2
    assert said_so in ran.err
    assert json.loads((await ops("measures", "--json")).out) == []


async def test_rules_that_cannot_be_read_are_named(database: str) -> None:
    ran = await ops_on(database, trigger_rules="rules/none.yaml")("measures")

    assert ran.status == 2
    assert "none.yaml" in ran.err
