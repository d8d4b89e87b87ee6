"""The life of an issue over HTTP: every word acknowledged when the issue has decided, every refusal named."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from domain.issue import commands as say
from domain.refusals import Refusal
from domain.terms import Category, Severity, Source, Stage
from intake.spoken import REFUSALS
from reading.callers import Role
from tests.intake.front import TOWNSHIP, Front
from tests.workflows.shell import Living
from tests.workflows.words import CITY_OFFICE, COUNTY_CHIEF, COUNTY_OFFICE, ROSTER, TOWNSHIP_CHIEF, UNIT

A_WHOLE_LIFE = (
    (say.RecordStop, Stage.STOPPED),
    (say.Assign, Stage.RECTIFYING),
    (say.ReportRectified, Stage.VERIFYING),
    (say.RejectRectification, Stage.RECTIFYING),
    (say.ReportRectified, Stage.VERIFYING),
    (say.AcceptRectification, Stage.ACCEPTED),
    (say.Close, Stage.CLOSED),
)


async def _told(issue: Living, kind: str) -> list[datetime]:
    return [line.said_at for line in await issue.journal() if line.kind == kind]


async def test_a_whole_life_is_led_over_http(front: Front) -> None:
    issue = await front.open()

    for kind, stage in A_WHOLE_LIFE:
        answer = await front.say(issue, kind)
        assert (answer.status_code, answer.json().get("stage")) == (200, stage), answer.text

    read = await front.get(f"/issues/{issue.issue_id}", front.token_of(COUNTY_OFFICE))
    assert read.json()["stage"] == {"code": "closed", "zh": "销号", "en": "closed"}


async def _again(front: Front, issue: Living, kind: type[say.Command], **changes: Any) -> httpx.Response:
    """Say something that is accepted, and say it once more under another id."""
    assert (await front.say(issue, kind, **changes)).status_code == 200
    return await front.say(issue, kind, **changes)


async def _at_another_stage(front: Front) -> httpx.Response:
    return await front.say(await front.open(), say.Close)


async def _already_done(front: Front) -> httpx.Response:
    return await _again(front, await front.open(source=Source.HOTLINE), say.ReplyToReporter)


async def _too_late(front: Front) -> httpx.Response:
    issue = await front.open(severity=Severity.MAJOR)
    for kind in (say.RecordStop, say.Assign):
        await front.say(issue, kind)
    return await front.say(issue, say.SubmitPlan, done_on="2026-01-05")


async def _too_early(front: Front) -> httpx.Response:
    issue, house = await front.open(), front.house
    front.app.state.house = replace(house, now=lambda: datetime.now(UTC) + timedelta(minutes=1))
    answer = await front.say(issue, say.RecordStop)
    front.app.state.house = house
    return answer


async def _not_yours(front: Front) -> httpx.Response:
    return await front.say(await front.open(), say.RecordStop, by=UNIT)


async def _incomplete(front: Front) -> httpx.Response:
    return await front.say(await front.open(), say.RecordStop, photos=0)


REFUSED: dict[str, Callable[[Front], Awaitable[httpx.Response]]] = {
    "NotAtThisStage": _at_another_stage,
    "AlreadyDone": _already_done,
    "TooLate": _too_late,
    "TooEarly": _too_early,
    "NotYours": _not_yours,
    "Incomplete": _incomplete,
}


def test_every_refusal_is_tried() -> None:
    said_of_bulletins = {"Unfit"}  # tried in test_bulletin_commands.py

    assert {kind.__name__ for kind in Refusal.__subclasses__()} == set(REFUSED) | said_of_bulletins


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_refusal_crosses_with_its_status_and_both_sentences(kind: str, front: Front) -> None:
    answer = await REFUSED[kind](front)

    said = answer.json()
    assert (answer.status_code, said["type"]) == (REFUSALS[kind].status, f"urn:river:{kind}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(letter > "\u4e00" for letter in said["detail"])
    assert said["detail_en"].isascii()


async def test_a_refused_word_moves_nothing_and_its_id_gives_the_same_refusal_again(front: Front) -> None:
    issue = await front.open()
    before = len(await issue.journal())

    first = await front.say(issue, say.Close, key="refused-once")
    await front.say(issue, say.RecordStop)
    again = await front.say(issue, say.Close, key="refused-once", by=COUNTY_OFFICE)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(await issue.journal()) == before + 1


async def test_a_word_to_an_issue_that_is_over_is_a_conflict_with_its_stage(front: Front) -> None:
    issue = await front.open()
    await front.say(issue, say.Dismiss)
    await asyncio.wait_for(issue.handle.result(), 10)

    late = await front.post(
        f"/issues/{issue.issue_id}/record_stop", {"photos": 1}, front.token_of(TOWNSHIP_CHIEF)
    )

    assert (late.status_code, late.json()["type"]) == (409, "urn:river:NotAtThisStage")
    assert "无效" in late.json()["detail"]


async def test_the_word_that_ended_an_issue_is_known_when_it_is_said_again(front: Front) -> None:
    issue = await front.open()
    said = {"reason": "现场核实不属实", "onsite": "ab" * 32}
    path, token = f"/issues/{issue.issue_id}/dismiss", front.token_of(COUNTY_OFFICE)
    first = await front.post(path, said, token, "the-last")
    assert first.status_code == 200, first.text
    await issue.journal()
    await asyncio.wait_for(issue.handle.result(), 10)
    await front.house.pool.execute(FORGET_ANSWER, issue.issue_id)

    again = await front.post(path, said, token, "the-last")

    assert (again.status_code, again.json()["stage"]) == (200, Stage.DISMISSED)
    assert len(await _told(issue, "Dismissed")) == 1


FORGET_ANSWER = """
    UPDATE commands SET state = 'pending', answered_at = NULL, fact = NULL, stage = NULL WHERE issue_id = $1
"""


async def test_fifty_times_the_same_word_at_once_is_one_fact(front: Front) -> None:
    issue = await front.open()

    answers = await asyncio.gather(*(front.say(issue, say.RecordStop, key="fifty") for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await _told(issue, "Stopped")) == 1


async def test_the_same_id_with_other_words_is_refused_and_changes_nothing(front: Front) -> None:
    issue = await front.open()
    await front.say(issue, say.RecordStop, key="taken", photos=1)

    others = [
        await front.say(issue, say.RecordStop, key="taken", photos=2, by=TOWNSHIP_CHIEF),
        await front.say(issue, say.Assign, key="taken"),
        await front.post(
            f"/issues/{issue.issue_id}/record_stop",
            {"photos": 1, "manifest": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"},
            front.tokens.mint(Role.CHIEF, posts=[TOWNSHIP_CHIEF], subject="H-somebody-else"),
            "taken",
        ),
    ]

    assert [(other.status_code, other.json()["type"]) for other in others] == [
        (422, "urn:river:id-taken")
    ] * 3
    assert (await issue.issue()).stage is Stage.STOPPED


async def test_an_id_is_asked_for_and_says_why(front: Front) -> None:
    issue = await front.open()
    path, token = f"/issues/{issue.issue_id}/record_stop", front.token_of(TOWNSHIP_CHIEF)

    without = await front.post(path, {"photos": 1}, token, "")
    strange = await front.post(path, {"photos": 1}, token, "../x y")
    two = await front.post(path, {"photos": 1, "id": "one"}, token, "two")

    assert (without.status_code, without.json()["type"]) == (400, "urn:river:no-id")
    assert "断线重试" in without.json()["detail"]
    assert (strange.status_code, two.status_code) == (422, 422)


async def test_a_word_is_said_for_one_of_the_callers_posts(front: Front) -> None:
    issue = await front.open()
    path = f"/issues/{issue.issue_id}/record_stop"
    said = {"photos": 1, "manifest": "ab" * 32}
    none = front.tokens.mint(Role.CHIEF)
    one = front.tokens.mint(Role.CHIEF, posts=[TOWNSHIP_CHIEF])
    two = front.tokens.mint(Role.CHIEF, posts=[TOWNSHIP_CHIEF, COUNTY_CHIEF])

    nobody = await front.post(path, said, none)
    another = await front.post(path, {**said, "by": COUNTY_CHIEF}, one)
    unsaid = await front.post(path, said, two)
    named = await front.post(path, {**said, "by": TOWNSHIP_CHIEF}, two)

    assert [each.status_code for each in (nobody, another, unsaid, named)] == [403, 403, 422, 200]
    assert unsaid.json()["type"] == "urn:river:no-post"


async def test_nobody_says_when_it_was_said(front: Front) -> None:
    issue = await front.open()

    answer = await front.say(issue, say.RecordStop, said_at="2026-01-01T00:00:00Z")

    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, "body.said_at")


async def test_an_id_of_a_machine_is_nobodys_to_take(front: Front) -> None:
    issue = await front.open()

    await front.say(issue, say.RecordStop, key="adopt-edition:2026")

    assert "adopt-edition:2026" not in (await issue.issue()).heard


async def test_what_another_issue_is_is_looked_up_and_not_believed(front: Front) -> None:
    issue, other_kind = await front.open(), await front.open(category=Category.SEWAGE)
    same_kind = await front.open()
    path, office = f"/issues/{issue.issue_id}/merge_into", front.token_of(COUNTY_OFFICE)
    lie = {"into": other_kind.issue_id, "into_category": "DUMPING"}

    lied = await front.post(path, lie, office)
    refused = await front.post(path, {"into": other_kind.issue_id}, office)
    unknown = await front.post(path, {"into": "512022-2026-999999"}, office)
    merged = await front.post(path, {"into": same_kind.issue_id}, office)

    assert (lied.status_code, lied.json()["errors"][0]["where"]) == (422, "body.into_category")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:river:Incomplete")
    assert (unknown.status_code, merged.status_code) == (404, 200)
    assert merged.json()["stage"] == Stage.MERGED


async def test_an_issue_is_merged_into_none_elsewhere(front: Front) -> None:
    issue = await front.open()
    township = front.tokens.mint(Role.OFFICE, division=TOWNSHIP, posts=[f"office:{TOWNSHIP}"])

    county = await front.post(
        f"/issues/{issue.issue_id}/merge_into", {"into": "512021-2026-000001"}, township
    )

    assert (county.status_code, county.json()["type"]) == (403, "urn:river:elsewhere")


@pytest.mark.parametrize("_", range(3))
async def test_two_issues_are_not_merged_into_each_other(_: int, front: Front) -> None:
    one, other = await front.open(), await front.open()
    office = front.token_of(COUNTY_OFFICE)

    answers = await asyncio.gather(
        front.post(f"/issues/{one.issue_id}/merge_into", {"into": other.issue_id}, office),
        front.post(f"/issues/{other.issue_id}/merge_into", {"into": one.issue_id}, office),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert {(await each.issue()).stage for each in (one, other)} == {Stage.MERGED, Stage.DISCOVERED}


async def test_a_new_grade_is_taken_from_the_rule_book_and_not_from_the_caller(front: Front) -> None:
    issue = await front.open()
    path, office = f"/issues/{issue.issue_id}/regrade", front.token_of(CITY_OFFICE)

    lied = await front.post(path, {"reason": "影响行洪", "rules": {}}, office)
    same = await front.post(path, {"reason": "影响行洪"}, office)
    regraded = await front.post(path, {"reason": "影响行洪", "severity": "SERIOUS"}, office)

    assert (lied.status_code, same.status_code, regraded.status_code) == (422, 409, 200), regraded.text
    assert (await issue.issue()).severity is Severity.SERIOUS


async def test_more_time_is_asked_for_as_people_write_it(front: Front) -> None:
    issue = await front.open()
    for kind in (say.RecordStop, say.Assign):
        await front.say(issue, kind)
    path, unit = f"/issues/{issue.issue_id}/request_extension", front.token_of(UNIT)

    asked = await front.post(path, {"amount": "1wd", "reason": "需协调清运车辆"}, unit)
    deep = await front.post(path, {"amount": {"unit": "wd", "amount": 1}, "reason": "需协调清运车辆"}, unit)
    nonsense = await front.post(path, {"amount": "soon", "reason": "需协调清运车辆"}, unit)

    assert (asked.status_code, deep.status_code, nonsense.status_code) == (200, 422, 422), asked.text
    granted = await front.say(issue, say.GrantExtension)
    assert granted.status_code == 200, granted.text


async def test_an_operator_says_that_a_post_is_vacant(front: Front) -> None:
    issue = await front.open()

    path, roster = f"/issues/{issue.issue_id}/announce_vacancy", front.token_of(ROSTER)
    answer = await front.post(path, {"post": TOWNSHIP_CHIEF}, roster)

    assert answer.status_code == 200, answer.text
    assert (await issue.issue()).chief == COUNTY_CHIEF
