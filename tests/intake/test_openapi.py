"""接口文档: whatever the OpenAPI document allows, and much that it does not, is answered as it says."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from schemathesis.checks import CHECKS, load_all_checks
from temporalio.testing import WorkflowEnvironment

from intake import speaking
from intake.app import ROUTERS, front_door
from intake.issue_words import MAY
from intake.problems import MEDIA_TYPE
from reading.callers import Role
from tests.intake.asked import LEFT_OUT, Asked, Operation, Served, ask, listening, operations_of
from tests.intake.lived import PROVINCE, Life, lived
from tests.intake.passes import token
from tests.intake.whole import whole
from tests.servers import TestPostgres
from workflows.names import update_name

EVERYBODY, NOBODY = "everybody", "nobody"
ROLES = (Role.OFFICE, Role.UNIT, Role.CHIEF, Role.OPERATOR, Role.AUDITOR, Role.REPORTER)
CALLERS = (EVERYBODY, NOBODY, *ROLES)


@dataclass
class Asking:
    """Who has asked what; each caller asks once, whichever test wants to know first."""

    life: Life
    served: Served
    _asked: dict[str, Asked] = field(default_factory=dict)

    async def by(self, who: str) -> Asked:
        if who not in self._asked:
            self._asked[who] = await self._ask(who)
        return self._asked[who]

    async def _ask(self, who: str) -> Asked:
        if who == EVERYBODY:
            # Who has every role and every post comes furthest: there, each part is varied by itself.
            shown = token([*Role], PROVINCE, sorted(self.life.posts))
            return await ask(self.served, shown, ("coverage",))
        if who == NOBODY:
            return await ask(self.served, None, ("examples", "fuzzing", "stateful"), examples=5)
        return await ask(self.served, token(who), ("examples", "fuzzing"), examples=2)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asking(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Asking]:
    """Give the front door as it listens, with issues that were lived over it."""
    dsn, folder = await postgres.fresh_database(), tmp_path_factory.mktemp("openapi")
    async with whole(temporal_env, dsn, folder, sealed_dsn=postgres.as_role(dsn, "river_seal")) as door:
        app = front_door(door.house, door.hall)
        async with listening(app) as address:
            life = await lived(door, Served(address, app.openapi()))
            yield Asking(life, Served(address, app.openapi(), life.known, life.taken))
        await speaking.fall_silent()
    await postgres.drop(dsn)


@pytest.mark.parametrize("who", CALLERS)
async def test_whatever_is_asked_of_every_operation_is_answered_as_documented(
    asking: Asking, who: str
) -> None:
    asked = await asking.by(who)

    assert asked.wrong == [], "\n\n".join(asked.wrong)
    assert asked.operations == asking.served.operations


async def test_every_operation_does_what_it_is_for_and_answers_as_documented(asking: Asking) -> None:
    lived_over = asking.life.asked

    assert lived_over.wrong == []
    assert {name for name in asking.served.operations if not lived_over.fine(name)} == set()


COMMANDS = {f"POST /issues/{{number}}/{update_name(kind)}" for kind in MAY}
BY_NO_CHANCE: dict[Operation, str] = {
    **dict.fromkeys(COMMANDS, "an issue hears it at its stage, once"),
    "GET /issues/{number}/commands/{key}": "nobody guesses the id of a word",
    "POST /issues/{number}/photos": "chance makes no photo",
    "POST /reports/with-photos": "chance makes no photo",
    "GET /leads/{receipt}/photos/{digest}": "no photo came with the lead that is known",
    "POST /leads/{receipt}/decision": "the lead that is known is decided",
}
"""What succeeds only when it is asked on purpose, and why."""


async def test_what_is_asked_at_random_comes_further_than_the_gate(asking: Asking) -> None:
    asked = [await asking.by(who) for who in CALLERS]
    by_chance = asking.served.operations - set(BY_NO_CHANCE)
    heard = {status for one in asked for (name, status) in one.statuses if name in COMMANDS}

    assert {name for name in by_chance if sum(one.fine(name) for one in asked) < 2} == set()
    assert heard >= {200, 400, 401, 403, 404, 409, 422}


def test_every_check_of_schemathesis_is_made_or_says_why_not() -> None:
    load_all_checks()

    assert set(LEFT_OUT) < set(CHECKS.get_all_names())


NOBODY_HOME: Any = None
DOCUMENT = front_door(NOBODY_HOME, NOBODY_HOME).openapi()
OPERATIONS = operations_of(DOCUMENT)
OF_311 = {name for name in OPERATIONS if "/open311/" in name}
OF_OURS = set(OPERATIONS) - OF_311 - {"GET /healthy"}
COUNTED = {name for name in OPERATIONS if re.match("[A-Z]+ /reports", name)}
"""What anybody may ask, so often in a minute."""
RETOLD = ("GET /issues/{number}", "GET /issues/{number}/explain", "POST /issues/{number}/regrade")
PAGED = ("GET /issues", "GET /issues/{number}/facts")
NOT_NOW = {
    "POST /leads/{receipt}/decision",
    "POST /reports/{receipt}/not-fixed",
    "POST /reports/{receipt}/answer",
}


def _media_types(operation: dict[str, Any]) -> set[str]:
    return set(operation.get("requestBody", {}).get("content", {}))


APPLY: dict[str, tuple[Callable[[Operation, dict[str, Any]], bool], set[int]]] = {
    "the records may be away": (lambda *_: True, {503}),
    "a token is read": (lambda _, of: "security" in of, {401, 403}),
    "it has arguments": (lambda name, _: name in OF_OURS, {422}),
    "it is about one thing": (lambda name, _: name in OF_OURS and "}" in name, {404}),
    "a body is read": (lambda _, of: bool(_media_types(of)), {400, 413}),
    "photos are read": (lambda _, of: "multipart/form-data" in _media_types(of), {415}),
    "a page follows another": (lambda name, _: name in PAGED, {400}),
    "the rules may say no": (lambda name, _: name in COMMANDS | NOT_NOW, {409}),
    "a flood is turned away": (lambda name, _: name in COUNTED | OF_311, {429}),
    "a journal may be broken": (lambda name, _: name in RETOLD, {500}),
    "Open311 knows 400 and 404": (lambda name, _: name in OF_311, {400, 404}),
    "Open311 reads keys in a form": (lambda name, _: name in OF_311 and name.startswith("POST"), {403}),
}
"""Why an operation may answer otherwise than well, which ones that is true of, and with what."""


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_documents_what_else_it_may_answer(name: Operation) -> None:
    operation = OPERATIONS[name]
    documented = {int(status) for status in operation["responses"]}

    apply = [statuses for applies, statuses in APPLY.values() if applies(name, operation)]
    assert {status for status in documented if status >= 400} == set[int]().union(*apply)
    assert any(status < 300 for status in documented)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_trouble_is_documented_in_the_form_in_which_it_is_said(name: Operation) -> None:
    troubles = [of for status, of in OPERATIONS[name]["responses"].items() if int(status) >= 400]
    forms = {"text/xml", "application/json"} if name in OF_311 else {MEDIA_TYPE}
    shapes = {
        "text/xml": {},
        "application/json": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}},
        MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Said"}},
    }

    for trouble in troubles:
        assert set(trouble["content"]) == forms
        for form, written in trouble["content"].items():
            said = dict(written.get("schema", {})) if form == "application/json" else written
            said.pop("title", None)
            assert said == shapes[form]


def test_every_operation_has_an_id_of_its_own_a_subject_and_a_summary_in_chinese() -> None:
    operations = OPERATIONS.values()

    assert len({each["operationId"] for each in operations}) == len(operations)
    assert [each for each in operations if not re.search("[\u4e00-\u9fff]", each["summary"])] == []
    assert [each for each in operations if not each["tags"]] == []


def _routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif inner := getattr(route, "original_router", None):
            yield from _routes(inner)


def test_every_route_is_documented_but_what_says_that_there_is_nothing() -> None:
    routes = list(_routes(front_door(NOBODY_HOME, NOBODY_HOME)))

    assert {route.name for route in routes if not route.include_in_schema} == {"nothing_here"}
    assert sum(len(route.methods) for route in routes if route.include_in_schema) == len(OPERATIONS)
    assert len(routes) > len(ROUTERS)


async def test_what_may_be_asked_at_an_address_is_told_whole(asking: Asking) -> None:
    async with httpx.AsyncClient(base_url=asking.served.address) as http:
        answer = await http.put("/issues/512022-2026-000123/photos")

    assert (answer.status_code, answer.headers["content-type"]) == (405, MEDIA_TYPE)
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(("form", "begins"), [("xml", "<?xml"), ("json", '[{"code": 400')])
async def test_a_method_that_open311_does_not_know_is_refused_in_its_form(
    asking: Asking, form: str, begins: str
) -> None:
    async with httpx.AsyncClient(base_url=asking.served.address) as http:
        answer = await http.options(f"/open311/v2/requests.{form}")

    assert answer.status_code == 400
    assert answer.text.startswith(begins)


async def test_whoever_must_show_a_token_is_told_which_kind(asking: Asking) -> None:
    told = {"text": "巡河所见。", "source": "PATROL", "where": {"reach": "R03-01"}}
    async with httpx.AsyncClient(base_url=asking.served.address) as http:
        answer = await http.post("/reports", json=told, headers={"Idempotency-Key": "without-a-token"})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
