"""Who is let in to issues: for every route no token, a wrong role, another county, another township."""

import re
from collections.abc import Mapping

import pytest
from fastapi import FastAPI

from domain.issue.commands import COMMANDS
from intake import issues
from intake.issue_words import MAY, NOT_OFFERED
from reading.callers import Role
from tests.intake.front import COUNTY, OTHER_COUNTY, OTHER_TOWNSHIP, Front, bearer

LETTERS = {
    role.value[0] if role is not Role.OPERATOR else "x": role for role in Role if role is not Role.PATROLLER
}
LETTERS["p"] = Role.PATROLLER
READ = "pcuosxa"

WHO_MAY: Mapping[tuple[str, str], str] = {
    ("GET", "/issues"): READ,
    ("GET", "/issues/{number}"): READ,
    ("GET", "/issues/{number}/facts"): READ,
    ("GET", "/issues/{number}/explain"): READ,
    ("GET", "/issues/{number}/documents"): READ,
    ("GET", "/issues/{number}/documents/{fact}"): READ,
    ("GET", "/issues/{number}/commands/{key}"): READ,
    **{
        ("POST", f"/issues/{{number}}/{name}"): roles
        for names, roles in (
            ("record_stop nothing_to_stop report_cannot_stop", "cpo"),
            ("assign dismiss merge_into reassign reply_to_reporter regrade transfer_to_enforcement", "o"),
            ("accept_rectification reject_rectification close", "o"),
            ("submit_plan report_rectified hand_back", "u"),
            ("accept_plan rule_on_dispute", "co"),
            ("request_extension", "cuo"),
            ("grant_extension deny_extension suspend_clock uphold_suspension resume_clock", "co"),
            ("set_date record_interview", "co"),
            ("announce_vacancy announce_holder", "x"),
        )
        for name in names.split()
    },
}
"""Each route with the letters of the roles that it lets in: patroller, chief, unit, office, …; x operator."""

ROUTES = sorted(WHO_MAY)
OF_ONE_ISSUE = [route for route in ROUTES if "{number}" in route[1]]


def _operations() -> set[tuple[str, str]]:
    app = FastAPI()
    app.include_router(issues.router)
    return {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}


async def _knock(front: Front, route: tuple[str, str], token: str, number: str) -> tuple[int, str]:
    method, path = route
    filled = path.format(number=number, key="some-key", fact=1)
    body = {"json": {}} if method == "POST" else {}
    answer = await front.http.request(method, filled, headers=bearer(token), **body)
    return answer.status_code, answer.json().get("type", "").removeprefix("urn:river:")


def test_every_route_stands_in_the_table() -> None:
    assert _operations() == set(WHO_MAY)


def test_every_command_is_offered_or_says_why_not() -> None:
    assert set(MAY) | set(NOT_OFFERED) == set(COMMANDS)
    assert not set(MAY) & set(NOT_OFFERED)


def test_every_operation_has_an_id_of_its_own_and_a_summary_in_chinese() -> None:
    app = FastAPI()
    app.include_router(issues.router)
    operations = [each for item in app.openapi()["paths"].values() for each in item.values()]

    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(re.search("[\u4e00-\u9fff]", each["summary"]) for each in operations)


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_nobody_is_let_in_without_a_valid_token(route: tuple[str, str], front: Front) -> None:
    assert await _knock(front, route, "", "512022-2026-500001") == (401, "no-token")
    assert await _knock(front, route, "made-up", "512022-2026-500001") == (401, "bad-token")


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_each_role_is_let_in_where_the_table_says(route: tuple[str, str], front: Front) -> None:
    for letter, role in LETTERS.items():
        token = front.tokens.mint(role, division=COUNTY)

        _, kind = await _knock(front, route, token, "512022-2026-000000")

        assert (kind != "wrong-role") == (letter in WHO_MAY[route]), role


@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_another_county_hears_only_that_it_is_another(route: tuple[str, str], front: Front) -> None:
    stranger = front.tokens.mint(*Role, division=OTHER_COUNTY)
    nowhere = front.tokens.mint(*Role, division=None)
    issue = await front.open() if "{number}" in route[1] else None
    if issue is None:
        answer = await front.get("/issues", stranger, division=COUNTY)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:river:elsewhere")
    for token in (stranger, nowhere) if issue else (nowhere,):
        for number in (issue.issue_id if issue else "", "512022-2026-000000"):
            assert await _knock(front, route, token, number) == (403, "elsewhere")


@pytest.mark.parametrize("route", OF_ONE_ISSUE, ids=" ".join)
async def test_another_township_is_answered_as_if_there_were_no_such_issue(
    route: tuple[str, str], front: Front
) -> None:
    neighbour = front.tokens.mint(*Role, division=OTHER_TOWNSHIP)
    issue = await front.open()

    assert await _knock(front, route, neighbour, issue.issue_id) == (404, "no-issue")
    assert await _knock(front, route, neighbour, "512022-2026-000000") == (404, "no-issue")


async def test_a_list_holds_nothing_from_elsewhere(front: Front) -> None:
    await front.open()

    answer = await front.get("/issues", front.tokens.mint(Role.CHIEF, division=OTHER_COUNTY))

    assert answer.json() == {"issues": [], "next": None}


async def test_a_county_speaks_to_the_issues_of_its_townships(front: Front) -> None:
    issue = await front.open()
    token = front.tokens.mint(Role.OFFICE, division=COUNTY, posts=[f"office:{COUNTY}"])
    said = {"reason": "现场核实不属实", "onsite": "ab" * 32}

    answer = await front.post(f"/issues/{issue.issue_id}/dismiss", said, token)

    assert answer.status_code == 200, answer.text
