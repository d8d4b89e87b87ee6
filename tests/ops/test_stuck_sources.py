"""`python -m ops stuck` where everything is stuck at once, where nothing is, where half cannot be seen."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.issue import commands as say
from domain.stuck import Kind
from domain.stuck_rules import PATIENCE, Source
from ops import stuck_seen
from ops.stuck import narrowed
from tests.ops.planted import (
    NOWHERE,
    PLANTS,
    QUEUE,
    Site,
    plant_letter_waiting,
    plant_task_failing,
    plant_undecodable_opening,
)
from tests.ops.terminal import ops_on
from tests.workflows.shell import eventually

BY_TEMPORAL_ALONE = frozenset(
    {
        *(Kind.TASK_FAILING, Kind.ACTIVITY_RETRYING, Kind.LETTER_WAITING, Kind.DIVERGED),
        *(Kind.WORKER_MISSING, Kind.MARK_PASSED),
    }
)
BY_BOTH = frozenset({Kind.RUN_MISSING, Kind.JOURNAL_MISSING, Kind.HISTORY_LONG})
BY_POSTGRES_ALONE = frozenset(Kind) - BY_TEMPORAL_ALONE - BY_BOTH
EITHER = frozenset({Kind.MARK_PASSED, Kind.EFFECT_UNDELIVERABLE})


def settings_of(here: Site) -> dict[str, str]:
    return {
        "temporal_address": here.server.address,
        "temporal_namespace": here.server.namespace,
        "task_queue": QUEUE,
    }


async def test_all_at_once_are_named_and_each_source_tells_its_own(here: Site) -> None:
    await here.open()

    planted = sorted([(kind, await plant(here)) for kind, plant in PLANTS])

    async def is_named() -> bool:
        return sorted(await here.names()) == planted

    await eventually("everything is named", is_named, 60)
    without_postgres = await here.stuck(database_url=NOWHERE)
    without_temporal = await here.stuck(temporal_address="127.0.0.1:1")
    by_temporal = sorted((each.kind, each.subject) for each in without_postgres.found)
    by_postgres = sorted((each.kind, each.subject) for each in without_temporal.found)
    assert by_temporal == [each for each in planted if each[0] in BY_TEMPORAL_ALONE]
    assert by_postgres == [each for each in planted if each[0] in BY_POSTGRES_ALONE | EITHER]
    assert set(without_postgres.silent) == {Source.POSTGRES}
    assert set(without_temporal.silent) == {Source.TEMPORAL}
    assert set(without_postgres.unlooked) == (BY_POSTGRES_ALONE | BY_BOTH) - EITHER
    assert set(without_temporal.unlooked) == (BY_TEMPORAL_ALONE | BY_BOTH) - EITHER


async def test_each_cause_of_a_failing_task_is_named_with_the_repair_that_helps(here: Site) -> None:
    wanted = {plant: await plant(here) for kind, plant in PLANTS if kind is Kind.TASK_FAILING}

    async def are_named() -> bool:
        return {subject for _, subject in await here.names()} == set(wanted.values())

    await eventually("all are named", are_named, 60)

    told = {each.subject: each for each in (await here.stuck()).found}
    causes = {plant.__name__: told[subject].why.en.partition(": ")[2] for plant, subject in wanted.items()}
    repairs = {plant.__name__: told[subject].repair.split()[4] for plant, subject in wanted.items()}
    assert causes["plant_task_failing"].startswith("a bug")
    assert causes["plant_task_of_other_code"].startswith("non-determinism")
    assert causes["plant_task_undecodable"].startswith("a payload that cannot be decoded")
    assert repairs == {
        "plant_task_failing": "wake",
        "plant_task_of_other_code": "settle",
        "plant_task_undecodable": "settle",
    }


async def test_where_too_many_show_trouble_all_are_named_and_some_are_looked_at_closely(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {await plant_task_failing(here) for _ in range(3)}

    async def all_are_named() -> bool:
        return {each.subject for each in (await here.stuck(PATIENCE)).found} == failing

    await eventually("all are named", all_are_named, 40)
    monkeypatch.setattr(stuck_seen, "CLOSELY", 1)

    found = (await here.stuck(PATIENCE)).found

    assert {each.subject for each in found} == failing
    assert sorted(stuck_seen.UNSEEN.zh in each.why.zh for each in found) == [False, True, True]
    assert [each.since is None for each in found].count(True) == 2


async def test_while_all_is_well_nothing_is_named(here: Site) -> None:
    fresh, rectifying, suspended, closed = [await here.open() for _ in range(4)]
    for issue in (rectifying, suspended):
        await issue.say(say.RecordStop)
        await issue.say(say.Assign)
    await suspended.say(say.SuspendClock)
    await closed.say(say.Dismiss)
    await plant_letter_waiting(here)
    await fresh.word(say.RecordStop)

    search = await here.stuck(PATIENCE)

    assert (search.found, search.silent) == ((), {})


async def test_a_letter_counts_from_when_it_was_first_written(here: Site) -> None:
    subject = await plant_letter_waiting(here)
    planted_at = datetime.now(UTC) + timedelta(seconds=1)
    often = PATIENCE._replace(attempts=3)

    async def is_tried_again() -> bool:
        return bool((await here.stuck(often)).found)

    await eventually("it is tried again", is_tried_again, 60)

    (letter,) = (await here.stuck(often)).found
    assert (letter.kind, letter.subject) == (Kind.LETTER_WAITING, subject)
    assert letter.since is not None
    assert letter.since < planted_at


async def test_a_run_that_was_ended_while_it_failed_is_not_named_as_failing(here: Site) -> None:
    handle = await plant_undecodable_opening(here)
    failing = await here.names()

    await handle.terminate()

    assert [kind for kind, _ in failing] == [Kind.TASK_FAILING]
    assert await here.names() == []


async def test_the_command_says_it_in_both_languages_and_in_json(here: Site) -> None:
    ops = ops_on(here.dsn, **settings_of(here))
    calm = await ops("stuck")
    subject = await plant_task_failing(here)
    await eventually("it is named", lambda: _is_named(here, subject), 45)

    told, as_json = await ops("stuck"), await ops("stuck", "--json")
    others = await ops("stuck", "--kind", "run_missing", "--kind", "no_receipt")

    (one,) = json.loads(as_json.out)["found"]
    assert (calm.status, told.status, as_json.status, others.status) == (0, 1, 1, 0), calm.out + calm.err
    assert one["repair"] == f"python -m ops repair wake {subject}"
    assert one["kind"] == "task_failing"
    assert one["since"]
    assert one["whose"].startswith("chief:")
    assert not one["is_human"]
    assert "流程任务失败" in told.out
    assert f"python -m ops repair wake {subject}" in told.out


async def _is_named(here: Site, subject: str) -> bool:
    return (Kind.TASK_FAILING, subject) in await here.names()


async def test_without_a_source_the_command_says_what_it_could_not_look_for(here: Site) -> None:
    no_temporal = ops_on(here.dsn, **{**settings_of(here), "temporal_address": "127.0.0.1:1"})
    no_postgres = ops_on(NOWHERE, **settings_of(here))
    neither = ops_on(NOWHERE, **{**settings_of(here), "temporal_address": "127.0.0.1:1"})

    half, other_half, none = (
        await no_temporal("stuck"),
        await no_postgres("stuck", "--json"),
        await neither("stuck"),
    )
    asked = await no_temporal("stuck", "--kind", "no_receipt")

    assert (half.status, other_half.status, none.status, asked.status) == (1, 1, 2, 0)
    assert "Temporal 没有应答" in half.out
    assert "流程任务失败 task_failing" in half.out
    assert "effect_late" not in half.out
    assert "head_behind" in json.loads(other_half.out)["not_looked_for"]
    assert set(json.loads(other_half.out)["silent"]) == {"postgres"}
    assert "都没有应答" in none.err


async def test_a_division_shows_its_own_and_what_concerns_everybody(here: Site) -> None:
    planted = sorted([(kind, await plant(here)) for kind, plant in PLANTS[-4:]])

    async def are_named() -> bool:
        return sorted(await here.names()) == planted

    await eventually("all are named", are_named, 45)
    search = await here.stuck()

    own = narrowed(search, tuple(Kind), "610000000000").found
    one_kind = narrowed(search, (Kind.BULLETIN_UNAPPROVED,), None).found

    assert {each.division[:2] for each in own} == {"61"}
    assert [each.kind for each in one_kind] == [Kind.BULLETIN_UNAPPROVED]
