"""Nothing is lost: a word is kept before it is said, and counts from its first saying."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client

from connection import data_converter
from domain.terms import Stage
from intake import speaking
from intake.door import Door
from store.pool import close, open_pool
from tests.intake.front import Front
from tests.workflows.shell import Living, eventually
from tests.workflows.words import COUNTY_OFFICE, TOWNSHIP_CHIEF, UNIT

STOP = {"photos": 1, "manifest": "ab" * 32}
DUE = "UPDATE commands SET next_try_at = now()"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for an answer that will not come."""
    monkeypatch.setattr(speaking.answer_to, "__defaults__", (0.4,))


async def _outcome(front: Front, issue: Living, key: str) -> dict[str, object]:
    answer = await front.get(f"/issues/{issue.issue_id}/commands/{key}", front.token_of(COUNTY_OFFICE))
    outcome: dict[str, object] = answer.json()
    return outcome


async def _stopped_while_nobody_worked(front: Front) -> tuple[Living, dict[str, object]]:
    async with front.worker():
        issue = await front.open()
    path, token = f"/issues/{issue.issue_id}/record_stop", front.token_of(TOWNSHIP_CHIEF)
    kept = await front.post(path, STOP, token, "away")
    assert kept.status_code == 202, kept.text
    assert kept.headers["location"] == f"/issues/{issue.issue_id}/commands/away"
    return issue, kept.json()


async def test_a_word_said_while_no_worker_runs_is_heard_later_from_its_first_saying(unserved: Front) -> None:
    issue, kept = await _stopped_while_nobody_worked(unserved)
    assert (await _outcome(unserved, issue, "away"))["state"] == "pending"
    path, token = f"/issues/{issue.issue_id}/record_stop", unserved.token_of(TOWNSHIP_CHIEF)

    async with unserved.worker():
        again = await unserved.http.post(
            path, json=STOP, headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "away"}
        )

        await eventually("it is heard", lambda: _is_done(unserved, issue, "away"))
        facts = await issue.journal()
    assert again.json()["said_at"] == kept["said_at"]
    assert [fact.said_at for fact in facts if fact.kind == "Stopped"] == [
        datetime.fromisoformat(str(kept["said_at"]))
    ]


async def _is_done(front: Front, issue: Living, key: str) -> bool:
    return (await _outcome(front, issue, key))["state"] == "done"


async def test_a_word_outlives_the_process_that_took_it(unserved: Front) -> None:
    issue, kept = await _stopped_while_nobody_worked(unserved)
    await speaking.fall_silent()
    await unserved.house.pool.execute(DUE)

    async with unserved.worker():
        both = await asyncio.gather(*(speaking.say_again(unserved.house, 10.0) for _ in range(2)))

        facts = await issue.journal()
    assert sorted(both) == [0, 1]
    assert [fact.said_at for fact in facts if fact.kind == "Stopped"] == [
        datetime.fromisoformat(str(kept["said_at"]))
    ]
    assert await _is_done(unserved, issue, "away")


async def test_words_that_waited_are_heard_in_the_order_of_their_saying(unserved: Front) -> None:
    issue, _ = await _stopped_while_nobody_worked(unserved)
    assign = {"unit": UNIT}
    path = f"/issues/{issue.issue_id}/assign"
    second = await unserved.post(path, assign, unserved.token_of(COUNTY_OFFICE), "second")
    await speaking.fall_silent()

    async with unserved.worker():
        again = await unserved.post(path, assign, unserved.token_of(COUNTY_OFFICE), "second")

        assert (second.status_code, again.status_code) == (202, 200), again.text
        assert again.json()["stage"] == Stage.RECTIFYING


async def test_a_refusal_that_came_late_is_told_with_its_sentence(unserved: Front) -> None:
    async with unserved.worker():
        issue = await unserved.open()
    path, token = f"/issues/{issue.issue_id}/close", unserved.token_of(COUNTY_OFFICE)
    await unserved.post(path, {}, token, "late")

    async with unserved.worker():
        await eventually("it is refused", lambda: _is_refused(unserved, issue, "late"))

    refusal = (await _outcome(unserved, issue, "late"))["refusal"]
    assert isinstance(refusal, dict)
    assert (refusal["status"], refusal["type"]) == (409, "urn:river:NotAtThisStage")
    assert "销号" in refusal["detail"]


async def _is_refused(front: Front, issue: Living, key: str) -> bool:
    return (await _outcome(front, issue, key))["state"] == "refused"


async def test_without_the_records_nothing_is_taken_and_that_is_said(unserved: Front) -> None:
    async with unserved.worker():
        issue = await unserved.open()
        nowhere = await open_pool("postgresql://river@127.0.0.1:1/river")
        house = unserved.house
        unserved.app.state.house = replace(house, pool=nowhere)
        token = unserved.token_of(TOWNSHIP_CHIEF)

        said = await unserved.post(f"/issues/{issue.issue_id}/record_stop", STOP, token, "nothing-taken")
        read = [await unserved.get(path, token) for path in ("/issues", f"/issues/{issue.issue_id}")]

        unserved.app.state.house = house
        assert [each.status_code for each in (said, *read)] == [503] * 3
        assert said.headers["retry-after"]
        assert (await issue.issue()).stage is Stage.DISCOVERED
        await close(nowhere)


async def test_a_word_is_kept_though_temporal_was_never_reached(unserved: Front) -> None:
    async with unserved.worker():
        issue = await unserved.open()
    nobody = await Client.connect("127.0.0.1:1", data_converter=data_converter, lazy=True)
    unserved.app.state.house = replace(unserved.house, client=nobody, door=Door(nobody))
    path, token = f"/issues/{issue.issue_id}/record_stop", unserved.token_of(TOWNSHIP_CHIEF)

    said = await unserved.post(path, STOP, token, "unreached")

    assert said.status_code == 202, said.text


async def test_the_journal_is_read_though_nobody_works(unserved: Front) -> None:
    async with unserved.worker():
        issue = await unserved.open()
    token = unserved.token_of(COUNTY_OFFICE)

    answers = [
        await unserved.get(path, token)
        for path in (
            "/issues",
            f"/issues/{issue.issue_id}",
            f"/issues/{issue.issue_id}/facts",
            f"/issues/{issue.issue_id}/explain",
        )
    ]

    assert [answer.status_code for answer in answers] == [200] * 4


async def test_a_word_said_in_time_counts_though_heard_after_the_limit(unserved: Front) -> None:
    async with unserved.worker():
        issue = await unserved.open(rules={"limits": {"STOP": "3s"}})
    ends = datetime.now(UTC) + timedelta(seconds=3)
    path, token = f"/issues/{issue.issue_id}/record_stop", unserved.token_of(TOWNSHIP_CHIEF)
    kept = await unserved.post(path, STOP, token, "in-time")
    await eventually("the limit has passed", lambda: _is_after(ends))

    async with unserved.worker():
        await eventually("it is heard", lambda: _is_done(unserved, issue, "in-time"))
        kinds = await issue.kinds()

    assert kept.status_code == 202
    assert kinds[-1] == "Stopped"
    assert ("Lapsed" in kinds) == ("LapseWithdrawn" in kinds)


async def _is_after(moment: datetime) -> bool:
    return datetime.now(UTC) > moment
