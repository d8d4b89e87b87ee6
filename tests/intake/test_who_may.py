"""Who may do what: every route of the application, before everybody. A route without a row fails."""

import itertools
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from temporalio.testing import WorkflowEnvironment

from domain.terms import Source
from reading.callers import Role
from tests.intake.passes import bearer, token
from tests.intake.test_issue_access import LETTERS, WHO_MAY
from tests.intake.whole import Whole, whole
from tests.servers import TestPostgres

CITY, COUNTY, TOWNSHIP = "512000000000", "512022000000", "512022113000"
OTHER_COUNTY, OTHER_TOWNSHIP = "512021000000", "512022117000"
EVERYBODY = "".join(LETTERS)
"""The letters of the roles: reporter, patroller, chief, unit, office, supervisor, auditor; x operator."""


class Row(NamedTuple):
    """What is answered: to the roles that are let in, without a token, with a false one, and elsewhere.

    `elsewhere` is another county, `neighbour` another township of the same one. What is let in may still be
    incomplete: then it hears 400, 404 or 422, and nothing has happened.
    """

    lets: str
    yes: tuple[int, ...]
    nobody: tuple[int, ...] = (401,)
    false: tuple[int, ...] = (401,)
    elsewhere: tuple[int, ...] = (403,)
    neighbour: tuple[int, ...] = (403,)


def public(*yes: int, **more: tuple[int, ...]) -> Row:
    """Let in everybody, from everywhere."""
    return Row(
        EVERYBODY, yes, **{**dict.fromkeys(("nobody", "false", "elsewhere", "neighbour"), yes), **more}
    )


def of_an_issue(lets: str, *yes: int) -> Row:
    """Let in some to their issues; a neighbour is told that there is none."""
    return Row(lets, yes, neighbour=(404,))


WORDS = {route: of_an_issue(lets, 400, 422) for route, lets in WHO_MAY.items() if route[0] == "POST"}

OF_A_BULLETIN = Row("cuosxa", (404,), neighbour=(404,))
"""A bulletin that there is not: another county hears only that it is elsewhere."""

OF_THE_NAMED = Row("cuo", (404,), neighbour=(404,))
OF_AN_OFFICE = Row("o", (404,), neighbour=(404,))
OF_HEADS = Row("co", (404,), neighbour=(404,))
"""Words to a bulletin that there is not; which post may say which, its rules decide."""

TABLE: Mapping[tuple[str, str], Row] = {
    ("GET", "/healthy"): public(200),
    ("GET", "/openapi.json"): public(200),
    ("GET", "/docs"): public(200),
    ("POST", "/reports"): public(201, false=(401,), elsewhere=(403,), neighbour=(403,)),
    ("POST", "/reports/with-photos"): public(422, false=(401, 422)),
    ("GET", "/reports/{receipt}"): public(404),
    ("POST", "/reports/{receipt}/not-fixed"): public(404),
    ("POST", "/reports/{receipt}/answer"): public(404),
    ("GET", "/leads"): Row("osxa", (200,), elsewhere=(200,), neighbour=(200,)),  # each sees the own ones
    ("GET", "/leads/{receipt}"): Row("osxa", (200,)),
    ("POST", "/leads/{receipt}/decision"): Row("o", (422,)),
    ("POST", "/leads/{receipt}/reporter"): Row("oa", (404,)),  # who reported is not known
    ("GET", "/leads/{receipt}/photos"): Row("osxa", (200,)),
    ("GET", "/leads/{receipt}/photos/{digest}"): Row("osxa", (404,)),
    ("POST", "/issues/{number}/photos"): of_an_issue("pcuo", 422),
    ("GET", "/issues/{number}/photos"): of_an_issue("pcuosxa", 200),
    ("GET", "/issues/{number}/photos/{digest}"): of_an_issue("pcuosxa", 404),
    ("GET", "/issues"): Row("pcuosxa", (200,)),
    ("GET", "/issues/{number}"): of_an_issue("pcuosxa", 200),
    ("GET", "/issues/{number}/facts"): of_an_issue("pcuosxa", 200),
    ("GET", "/issues/{number}/explain"): of_an_issue("pcuosxa", 200),
    ("GET", "/issues/{number}/documents"): of_an_issue("pcuosxa", 200),
    ("GET", "/issues/{number}/documents/{fact}"): of_an_issue("pcuosxa", 404),
    ("GET", "/issues/{number}/commands/{key}"): of_an_issue("pcuosxa", 404),
    ("GET", "/issues/{number}/deliveries"): of_an_issue("osxa", 200),
    ("GET", "/issues/{number}/objections"): of_an_issue("pcuosxa", 200),
    ("POST", "/issues/{number}/objections"): of_an_issue("cuo", 422),
    ("POST", "/issues/{number}/objections/{fact}/decision"): of_an_issue("co", 422),
    ("GET", "/inbox"): Row("pcuo", (200,), elsewhere=(200,), neighbour=(200,)),  # that of one's own posts
    ("POST", "/inbox/{line}/receipt"): Row("pcuo", (404,), elsewhere=(404,), neighbour=(404,)),
    ("GET", "/burdens"): Row("osxa", (200,), elsewhere=(200,), neighbour=(200,)),  # of the own jurisdiction
    **WORDS,
    ("GET", "/bulletins"): Row(
        "cuosxa", (200,), elsewhere=(200,), neighbour=(200,)
    ),  # each sees the own ones
    ("GET", "/bulletins/{bulletin}"): OF_A_BULLETIN,
    ("GET", "/bulletins/{bulletin}/figures/{figure}"): OF_A_BULLETIN,
    ("GET", "/bulletins/{bulletin}/paper"): OF_A_BULLETIN,
    ("GET", "/bulletins/{bulletin}/commands/{key}"): OF_A_BULLETIN,
    **{
        ("POST", f"/bulletins/{{bulletin}}/{name}"): row
        for names, row in (
            ("reply receive", OF_THE_NAMED),
            ("revise correct", OF_AN_OFFICE),
            ("submit approve send_back withdraw approve_correction return_correction", OF_HEADS),
        )
        for name in names.split()
    },
    ("GET", "/open311/v2/discovery.{form}"): public(200),
    ("GET", "/open311/v2/services.{form}"): public(200),
    ("GET", "/open311/v2/services/{code}.{form}"): public(200),
    ("GET", "/open311/v2/requests.{form}"): public(200),
    ("POST", "/open311/v2/requests.{form}"): public(400),
    ("GET", "/open311/v2/requests/{request_id}.{form}"): public(404),
    ("GET", "/open311/v2/tokens/{token}.{form}"): public(404),
    **{
        (method, "/open311/v2/{rest:path}"): public(404)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    },
}

REPORT: dict[str, Any] = {"text": "桥下倒了渣土。", "category": "DUMPING", "where": {"reach": "R03-01"}}
BODIES: Mapping[tuple[str, str], dict[str, Any]] = {
    ("POST", "/reports"): REPORT,
    ("POST", "/reports/{receipt}/not-fixed"): {"text": "还在"},
    ("POST", "/reports/{receipt}/answer"): {"answer": "fair"},
    ("POST", "/leads/{receipt}/decision"): {"decision": "transfer"},
    ("POST", "/leads/{receipt}/reporter"): {"purpose": "回访核实"},
}


_keys = itertools.count(1)


class Building(NamedTuple):
    """The whole front door, with a lead of the county that waits and an issue of its township."""

    door: Whole
    filled: Mapping[str, str]

    async def knock(self, route: tuple[str, str], shown: str | None) -> int:
        """Ask a route for what it is there for; return the status."""
        method, path = route
        for name, value in self.filled.items():
            path = path.replace(f"{{{name}}}", value)
        headers = {"X-Receipt-Secret": "WRONG", "Idempotency-Key": f"knock-{next(_keys):06d}"}
        if "/{number}/" in route[1]:
            del headers["Idempotency-Key"]
        if shown is not None:
            headers |= bearer(shown)
        body = {"json": BODIES.get(route, {})} if method != "GET" else {}
        answer = await self.door.http.request(method, path, headers=headers, **body)
        return answer.status_code


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def building(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Building]:
    """Give the whole front door, the same for all tests of this file."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path_factory.mktemp("who")) as one:
        parked = await one.kept({**REPORT, "where": {"division": COUNTY}})
        opened = await one.kept(REPORT)
        assert (parked.state, parked.division) == ("parked", COUNTY)
        yield Building(
            one,
            {
                "receipt": parked.receipt,
                "number": str(opened.issue_id),
                "digest": "0" * 64,
                "key": "some-key",
                "fact": "1",
                "line": "999999999",
                "bulletin": f"{COUNTY}-2026-monthly-1",
                "figure": "found",
                "form": "json",
                "code": "DUMPING",
                "request_id": parked.receipt,
                "token": parked.receipt,
                "rest:path": "nothing/here.json",
            },
        )
    await postgres.drop(dsn)


def roles(letters: str) -> list[Role]:
    return [LETTERS[letter] for letter in letters]


async def test_every_route_stands_in_the_table(building: Building) -> None:
    routes = {
        (method, route.path)
        for route in iter_route_contexts(building.door.app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }

    assert routes == set(TABLE)


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_nobody_is_let_in_by_showing_nothing_or_something_false(
    route: tuple[str, str], building: Building
) -> None:
    assert await building.knock(route, None) in TABLE[route].nobody
    assert await building.knock(route, "false.token.shown") in TABLE[route].false


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_each_role_is_let_in_where_the_table_says(route: tuple[str, str], building: Building) -> None:
    row = TABLE[route]
    for letter, role in LETTERS.items():
        expected = row.yes if letter in row.lets else (403,)
        assert await building.knock(route, token(role, COUNTY)) in expected, role


@pytest.mark.parametrize("route", TABLE, ids=" ".join)
async def test_a_jurisdiction_ends_at_its_boundary_and_reaches_down(
    route: tuple[str, str], building: Building
) -> None:
    row = TABLE[route]
    every = roles(row.lets)
    asked = (route[0], f"{route[1]}?division={TOWNSHIP}") if route == ("GET", "/issues") else route

    assert await building.knock(asked, token(every, CITY)) in row.yes
    assert await building.knock(asked, token(every, OTHER_COUNTY)) in row.elsewhere
    assert await building.knock(asked, token(every, OTHER_TOWNSHIP)) in row.neighbour
    if "{number}" in route[1]:
        assert await building.knock(asked, token(every, TOWNSHIP)) in row.yes


SENDERS = {
    Source.PUBLIC: EVERYBODY,
    Source.PATROL: "pc",
    Source.INSPECTION: "s",
    Source.ORDER: "os",
    Source.TRANSFER: "uo",
    Source.HOTLINE: "ro",
    Source.CAMERA: "ro",
    Source.SATELLITE: "ro",
    Source.MEDIA: "ro",
}
"""Who may say of a report that it came to light so."""


def test_every_source_stands_in_the_table() -> None:
    assert set(SENDERS) == set(Source)


@pytest.mark.parametrize("source", SENDERS)
async def test_each_role_sends_what_the_table_says(source: Source, building: Building) -> None:
    report = {**REPORT, "source": source, "where": {"division": COUNTY}}

    assert (await building.door.report(report)).status_code == (201 if source is Source.PUBLIC else 401)
    for letter, role in LETTERS.items():
        answer = await building.door.report(report, **bearer(token(role, COUNTY)))

        assert answer.status_code == (201 if letter in SENDERS[source] else 403), (role, answer.text)
