"""What is read of issues over HTTP: pages, one issue, its facts, the account of its clocks."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.issue import commands as say
from domain.terms import Stage
from reading.callers import Role
from tests.intake.front import COUNTY, TOWNSHIP, Front
from tests.workflows.words import CITY_OFFICE, COUNTY_OFFICE

HOSTILE = "'; DROP TABLE issues; -- <script>alert(1)</script> {{7*7}} %s \u202e"


async def _walk(front: Front, **params: Any) -> list[str]:
    token, seen, cursor = front.token_of(COUNTY_OFFICE), list[str](), None
    while True:
        asked = {**params, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await front.get("/issues", token, **asked)).json()
        seen += [row["number"] for row in page["issues"]]
        cursor = page["next"]
        if cursor is None:
            return seen


async def test_a_page_is_of_a_river_a_reach_a_stage_a_division_or_of_what_is_late(unserved: Front) -> None:
    async with unserved.worker():
        first, second = await unserved.open(), await unserved.open()
        await unserved.say(second, say.RecordStop)
        await second.journal()
    both = sorted([first.issue_id, second.issue_id])

    assert sorted(await _walk(unserved, river="R03")) == both
    assert sorted(await _walk(unserved, reach="R03-01", division=TOWNSHIP)) == both
    assert await _walk(unserved, river="R0") == []
    assert await _walk(unserved, stage="stopped") == [second.issue_id]
    assert sorted(await _walk(unserved, overdue="false")) == both
    assert await _walk(unserved, overdue="true") == []
    assert await _walk(unserved, stage="closed") == []


async def test_what_is_over_is_listed_when_it_is_asked_for(unserved: Front) -> None:
    async with unserved.worker():
        issues = [await unserved.open() for _ in range(3)]
        for issue in issues:
            await unserved.say(issue, say.Dismiss)
            await issue.journal()

    assert await _walk(unserved, stage="dismissed") == sorted(issue.issue_id for issue in issues)
    assert await _walk(unserved) == []


async def test_by_number_every_issue_is_walked_once_while_they_change(unserved: Front) -> None:
    async with unserved.worker():
        issues = [await unserved.open() for _ in range(7)]
        token, seen, cursor = unserved.token_of(COUNTY_OFFICE), list[str](), None
        for changing in (*issues[::-1], None):
            asked = {"sort": "number", "limit": 1, **({"cursor": cursor} if cursor else {})}
            page = (await unserved.get("/issues", token, **asked)).json()
            seen += [row["number"] for row in page["issues"]]
            cursor = page["next"]
            if changing:
                await unserved.say(changing, say.RecordStop)
                await changing.journal()

    assert seen == [issue.issue_id for issue in issues]
    assert cursor is None


async def test_by_urgency_what_does_not_move_is_walked_once(unserved: Front) -> None:
    async with unserved.worker():
        issues = [await unserved.open() for _ in range(5)]

    assert await _walk(unserved) == [issue.issue_id for issue in issues]


def _encoded(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!", "AAAA", "é", "%00", _encoded([]), _encoded({}), _encoded(7), _encoded(["", "' OR 1=1", 1])],
)
async def test_a_broken_cursor_is_refused_by_name(cursor: str, front: Front) -> None:
    issue = await front.open()
    for path in ("/issues", f"/issues/{issue.issue_id}/facts"):
        answer = await front.get(path, front.token_of(COUNTY_OFFICE), cursor=cursor)

        assert (answer.status_code, answer.json()["type"]) == (400, "urn:river:bad-cursor"), cursor


async def test_a_cursor_fits_only_the_question_it_was_given_for(front: Front) -> None:
    for _ in range(2):
        await front.open()
    token = front.token_of(COUNTY_OFFICE)
    cursor = (await front.get("/issues", token, limit=1)).json()["next"]

    other = await front.get("/issues", token, cursor=cursor, stage="discovered")

    assert other.status_code == 400


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e3"])
async def test_a_page_has_between_one_and_two_hundred_issues(limit: str, front: Front) -> None:
    assert (await front.get("/issues", front.token_of(COUNTY_OFFICE), limit=limit)).status_code == 422


async def test_one_issue_is_shown_with_its_limits_and_who_must_act(front: Front) -> None:
    issue = await front.open()

    shown = (await front.get(f"/issues/{issue.issue_id}", front.token_of(COUNTY_OFFICE))).json()

    (stop,) = [limit for limit in shown["limits"] if limit["clock"]["code"] == "STOP"]
    known = await issue.issue()
    assert datetime.fromisoformat(stop["ends"]["at"]) == known.clocks[0].limit_at
    assert stop["in_charge"]["name"] == front.house.registry.post_name(known.chief) != known.chief
    assert shown["links"]["facts"] == f"/issues/{issue.issue_id}/facts"
    assert "record_stop" in [each["command"] for each in shown["commands"]]
    assert "close" not in [each["command"] for each in shown["commands"]]
    assert shown["next_mark"]["moment"]["zh"]


async def test_the_facts_are_told_in_order_a_page_at_a_time(front: Front) -> None:
    issue = await front.open()
    for kind in (say.RecordStop, say.Assign, say.ReportRectified):
        await front.say(issue, kind)
    lines = await issue.journal()
    token, told, cursor = front.token_of(COUNTY_OFFICE), list[dict[str, Any]](), None

    while True:
        asked = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await front.get(f"/issues/{issue.issue_id}/facts", token, **asked)).json()
        told += page["facts"]
        if (cursor := page["next"]) is None:
            break

    assert [(fact["number"], fact["hash"]) for fact in told] == [(line.number, line.hash) for line in lines]
    assert told[1]["kind_zh"] == "已制止"


async def test_the_account_is_told_as_it_stood_at_a_moment(front: Front) -> None:
    issue = await front.open()
    opened = datetime.now(UTC)
    await front.say(issue, say.RecordStop)
    await issue.journal()
    path, token = f"/issues/{issue.issue_id}/explain", front.token_of(CITY_OFFICE)

    now = (await front.get(path, token)).json()
    then = (await front.get(path, token, as_of=opened.isoformat())).json()
    before = await front.get(path, token, as_of="2020-01-01T00:00")

    assert [clock["clock"] for clock in now["account"]["clocks"]] == ["STOP", "ASSIGN"]
    assert [clock["clock"] for clock in then["account"]["clocks"]] == ["STOP"]
    assert now["statement"].startswith(f"时限说明书 {issue.issue_id}")
    assert before.status_code == 404
    for nonsense in ("soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e300"):
        assert (await front.get(path, token, as_of=nonsense)).status_code == 422, nonsense


async def test_what_people_write_is_data_everywhere(front: Front) -> None:
    issue = await front.open()
    said = {"reason": HOSTILE, "onsite": "ab" * 32}
    path, token = f"/issues/{issue.issue_id}/dismiss", front.token_of(COUNTY_OFFICE)

    answer = await front.post(path, said, token)
    await issue.journal()
    facts = await front.get(f"/issues/{issue.issue_id}/facts", token)

    assert answer.json()["stage"] == Stage.DISMISSED
    assert facts.json()["facts"][-1]["body"]["reason"] == HOSTILE
    assert facts.headers["content-type"] == "application/json"
    for parameter in ("division", "river", "reach", "stage", "overdue", "sort", "limit", "cursor"):
        refused = await front.get("/issues", token, **{parameter: HOSTILE})
        assert 400 <= refused.status_code < 500, parameter
    for number in (HOSTILE.replace("/", ""), "512022-2026-000001%00", "..", "512022-2026-000001%0A"):
        assert (await front.get(f"/issues/{number}", token)).status_code in {404, 422}


async def test_nobody_learns_who_came_with_a_word(front: Front) -> None:
    issue = await front.open()
    subject = "H-planted-subject"
    token = front.tokens.mint(Role.OFFICE, division=COUNTY, posts=[COUNTY_OFFICE], subject=subject)
    said = {"reason": "现场核实不属实", "onsite": "ab" * 32}
    answer = await front.post(f"/issues/{issue.issue_id}/dismiss", said, token, "planted")
    await issue.journal()

    reads = [
        await front.get(f"/issues/{issue.issue_id}{path}", token)
        for path in ("", "/facts", "/explain", "/commands/planted")
    ]

    assert not any(subject in each.text for each in (answer, *reads))
