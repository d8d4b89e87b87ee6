"""接口文档: whatever the OpenAPI document allows is answered as it says."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from intake import speaking
from intake.app import front_door
from reading.callers import Role
from tests.intake.asked import Served, ask, listening, operations_of
from tests.intake.life import CITY, PROVINCE, Life
from tests.intake.lived import lived
from tests.intake.passes import token
from tests.intake.whole import whole
from tests.servers import TestPostgres

ROOT = Path(__file__).parents[2]
OF_ANOTHER_STANDARD = re.compile(r"/open311/")
"""Paths whose errors have the form that their own standard asks for."""

CALLERS = {
    "nobody": (),
    "a reporter": (Role.REPORTER,),
    "an office": (Role.OFFICE,),
    "an operator": (Role.OPERATOR,),
    "an auditor": (Role.AUDITOR,),
    "everybody at once": tuple(Role),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def life(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Life]:
    """Give the front door as it listens, with issues that were lived over it."""
    dsn, folder = await postgres.fresh_database(), tmp_path_factory.mktemp("openapi")
    async with whole(temporal_env, dsn, folder, sealed_dsn=postgres.as_role(dsn, "river_seal")) as door:
        app = front_door(door.house, door.hall)
        async with listening(app) as address:
            served = Served(address, app.openapi())
            one = await lived(door, served)
            one.served = replace(served, known=one.known, examples=one.taken)
            yield one
        await speaking.fall_silent()
    await postgres.drop(dsn)


async def test_every_operation_did_what_it_is_for_and_answered_as_the_document_says(life: Life) -> None:
    did_not = {operation for operation in life.served.operations if not life.asked.fine(operation)}

    assert did_not == set()
    assert life.asked.wrong == []


@pytest.mark.parametrize("who", CALLERS)
async def test_nothing_that_can_be_asked_breaks_the_door_or_the_document(who: str, life: Life) -> None:
    roles = CALLERS[who]
    posts = [*sorted(life.posts), f"office:{CITY}"]
    shown = token([*roles], PROVINCE if len(roles) > 1 else CITY, posts) if roles else None
    phases = ("examples", "coverage", "fuzzing") if len(roles) != 1 else ("examples", "fuzzing")

    asked = await ask(life.served, shown, phases, examples=3)

    assert asked.wrong == []
    assert asked.operations == life.served.operations
    if len(roles) == len(Role):
        # What is drawn must reach further than the doors: many operations did what they were asked to.
        assert sum(asked.fine(operation) > 0 for operation in asked.operations) >= 15


async def test_the_page_of_the_interface_loads_nothing_from_elsewhere(life: Life) -> None:
    async with httpx.AsyncClient(base_url=life.served.address) as http:
        page = await http.get("/docs")
        loaded = [*re.findall(r"""(?:src|href)=["']([^"']+)""", page.text), "/openapi.json"]
        answers = {path: (await http.get(path)).status_code for path in loaded}

    assert len(answers) >= 4
    assert "//" not in "".join(re.findall(r"""["'](\S*//\S*)["']""", page.text))
    assert set(answers.values()) == {200}, answers


def test_every_operation_says_what_it_may_answer(life: Life) -> None:
    for name, operation in operations_of(life.served.document).items():
        answers = operation["responses"]
        assert re.search("[\u4e00-\u9fff]", operation["summary"]), name
        if OF_ANOTHER_STANDARD.search(name):
            continue
        assert "503" in answers, name
        problems = {status: each for status, each in answers.items() if int(status) >= 400}
        assert all("application/problem+json" in each["content"] for each in problems.values()), name


def test_every_operation_has_an_id_of_its_own(life: Life) -> None:
    ids = [operation["operationId"] for operation in operations_of(life.served.document).values()]

    assert len(set(ids)) == len(ids) == len(life.served.operations)


def test_every_route_that_the_documents_name_is_there(life: Life) -> None:
    texts = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs").glob("*.md"))
    named = set(re.findall(r"\b(GET|POST) (/[\w{}/.]+)", texts))

    there = {
        (method.upper(), _unnamed(path))
        for path, methods in life.served.document["paths"].items()
        for method in methods
    }

    assert len(named) > 15
    assert {(method, path) for method, path in named if (method, _unnamed(path)) not in there} == set()


def _unnamed(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)
