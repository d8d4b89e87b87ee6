"""Every field of every route, from the OpenAPI document: what does not belong there is refused or inert."""

import itertools
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.bulletin.order import periodic
from domain.bulletin.terms import BulletinKind
from domain.indicators import month_of
from domain.workdays import local_day
from intake.app import front_door
from intake.hall import Hall
from intake.house import House
from reading.callers import Role
from tests.intake.passes import bearer, token
from tests.intake.whole import Whole, whole
from tests.intake.window311 import parsed
from tests.rules.bulletins import rules
from tests.servers import TestPostgres
from tests.store.test_bulletins import begun
from tests.workflows.words import book

CITY = "512000000000"
SQL = "'; DROP TABLE leads; --"
HTML = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
BIDI = "\u202e\u2066反转\u200b\u2069"
CONTROL = ("a\x00b", "a\x1b[31mb", "a\x7fb", "a\x9b31mb", "a\x85b")
LONG = "长" * 3_000
HALF = "\\ud800"
"""Half a pair, as JSON writes it."""
NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400, '"1"', "[1]")


class Leaf(NamedTuple):
    """One field of a route: where it stands, by which name, and what it holds."""

    method: str
    path: str
    place: str
    name: str
    kind: str

    def __str__(self) -> str:
        return " ".join(self)

    @property
    def is_open311(self) -> bool:
        return self.path.startswith("/open311")


DOCUMENT = front_door(cast("House", SimpleNamespace()), cast("Hall", SimpleNamespace())).openapi()


def _leaves() -> Iterator[Leaf]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for one in operation.get("parameters", ()):
                for _, kind in _within(one["schema"], ""):
                    yield Leaf(method.upper(), path, one["in"], one["name"], kind)
            for medium, content in operation.get("requestBody", {}).get("content", {}).items():
                for name, kind in _within(content["schema"], ""):
                    yield Leaf(method.upper(), path, medium, name, kind)


def _within(schema: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for one in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        yield from _within(one, name)
    match schema.get("type"):
        case "object":
            for inner, one in schema.get("properties", {}).items():
                yield from _within(one, f"{name}.{inner}".lstrip("."))
        case "array":
            yield from _within(schema.get("items", {}) or schema["prefixItems"][0], f"{name}.0".lstrip("."))
        case str(kind) if kind != "null":
            yield name, "file" if "contentMediaType" in schema or schema.get("format") == "binary" else kind


LEAVES = sorted(set(_leaves()))
IN_JSON = [leaf for leaf in LEAVES if leaf.place == "application/json"]
TEXTS = [leaf for leaf in LEAVES if leaf.kind == "string"]
BESIDE_JSON = {"path", "query", "header", "application/x-www-form-urlencoded", "multipart/form-data"}

INERT = {
    *(("/open311/v2/requests.{form}", name) for name in ("service_request_id", "0")),
    *((path, "jurisdiction_id") for path in {leaf.path for leaf in LEAVES}),
}
"""What is compared with what there is, and finds nothing."""

FORM_OF_OPEN311 = (
    *("service_code", "lat", "long", "address_string", "address_id", "description", "media_url", "api_key"),
    *("first_name", "last_name", "phone", "email", "account_id", "device_id", "jurisdiction_id"),
    *("attribute[severity]", "attribute[circumstances][]", "attribute[reach]", "attribute[seen_at]", "else"),
)
"""A form has no properties in the document, so that clients may send what the standard knows."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator["Asked"]:
    """Give the whole front door, the same for all tests of this file."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path_factory.mktemp("fields")) as one:
        report = {"text": "桥下倒了渣土。", "category": "DUMPING", "where": {"reach": "R03-01"}}
        answer = (await one.report(report)).json()
        lead = await one.settled(answer["receipt"])
        yield Asked(one, answer, str(lead.issue_id), await _drafted(one))
    await postgres.drop(dsn)


async def _drafted(door: Whole) -> str:
    now = door.house.now()
    order = periodic(BulletinKind.MONTHLY, month_of(local_day(now)), CITY, rules(), book(), now)
    return (await begun(door.hall.pool, order, now)).bulletin_id


class Said(NamedTuple):
    """What was answered."""

    status: int
    type: str
    text: str


class Asked(NamedTuple):
    """The front door, a receipt with its secret, the issue that came of it, and a bulletin of the city."""

    door: Whole
    receipt: Mapping[str, str]
    number: str
    bulletin: str

    async def say(self, leaf: Leaf, text: str, written: str | None = None) -> Said:
        """Say a text in one field, all else as it should be where anything must be; JSON may be handed in."""
        filled = {
            "receipt": self.receipt["receipt"],
            "number": self.number,
            "digest": "0" * 64,
            "key": "key-1",
            "fact": "1",
            "line": "1",
            "bulletin": self.bulletin,
            "figure": "found",
            "form": "json",
            "code": "DUMPING",
            "request_id": self.receipt["receipt"],
            "token": "token",
        }
        headers = {"X-Receipt-Secret": self.receipt["secret"], "Idempotency-Key": f"field-{next(_keys):08d}"}
        headers |= bearer(token(tuple(Role), CITY, [f"office:{CITY}"], subject="tester-1"))
        shown = {name: value.encode() for name, value in headers.items()}
        params, more = {}, {}
        match leaf.place:
            case "path":
                filled[leaf.name] = text
            case "query":
                params[leaf.name] = text
            case "header":
                shown[leaf.name] = text.encode()
            case "application/json":
                shown["Content-Type"] = b"application/json"
                more["content"] = _nested(leaf.name, written or json.dumps(text))
            case "multipart/form-data":
                more["files"] = {leaf.name: (None, text.encode())}
            case _:
                more["data"] = {leaf.name: text}
        path = leaf.path
        for name, value in filled.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        answer = await self.door.http.request(leaf.method, path, params=params, headers=shown, **more)
        return Said(answer.status_code, answer.headers.get("content-type", ""), answer.text)


_keys = itertools.count(1)


def _nested(name: str, written: str) -> str:
    for part in reversed(name.split(".")):
        written = f"[{written}]" if part == "0" else f'{{"{part}": {written}}}'
    return written


def require_inert(said: Said) -> None:
    """Require an answer that a browser takes for no page, and markup that is no markup in XML."""
    assert said.status < 500, said
    assert said.status == 204 or said.type.partition(";")[0] in (
        *("application/json", "application/problem+json", "text/xml", "image/jpeg"),
    ), said
    if "xml" in said.type:
        assert parsed(said.text) is not None
        assert "<script" not in said.text
    elif said.status != 204:
        json.loads(said.text)


@pytest.mark.parametrize("leaf", TEXTS, ids=str)
async def test_sql_markup_and_turned_text_are_refused_or_only_text(leaf: Leaf, door: Asked) -> None:
    for text in (SQL, HTML, BIDI):
        require_inert(await door.say(leaf, text))

    assert await door.door.hall.pool.fetchval("SELECT count(*) FROM leads") >= 1


@pytest.mark.parametrize("leaf", TEXTS, ids=str)
async def test_control_characters_and_endless_texts_are_refused_and_the_field_is_named(
    leaf: Leaf, door: Asked
) -> None:
    for text in (*CONTROL, LONG):
        said = await door.say(leaf, text)

        require_inert(said)
        if (leaf.path, leaf.name) in INERT or leaf.place not in ("application/json", "query", "path"):
            assert said.status in (200, 201, 400, 403, 404, 422), said
            continue
        assert 400 <= said.status < 500, (text, said)
        if not leaf.is_open311 and leaf.name != "report":
            where = "body" if leaf.place == "application/json" else leaf.place
            named = {error["where"] for error in json.loads(said.text)["errors"]}
            assert any(one.startswith(f"{where}.{leaf.name}") for one in named), (text, said)


@pytest.mark.parametrize("leaf", [leaf for leaf in IN_JSON if leaf.kind == "string"], ids=str)
async def test_half_a_pair_is_refused(leaf: Leaf, door: Asked) -> None:
    said = await door.say(leaf, "", written=f'"{HALF}"')

    assert 400 <= said.status < 500, said
    require_inert(said)


@pytest.mark.parametrize(
    "leaf", [leaf for leaf in IN_JSON if leaf.kind in ("number", "integer", "boolean")], ids=str
)
async def test_what_is_no_number_is_refused(leaf: Leaf, door: Asked) -> None:
    for written in NO_NUMBERS:
        said = await door.say(leaf, "", written=written)

        require_inert(said)
        assert 400 <= said.status < 500, (written, said)


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("name", FORM_OF_OPEN311)
async def test_what_a_form_of_open311_holds_is_refused_or_only_text(
    name: str, form: str, door: Asked
) -> None:
    leaf = Leaf("POST", f"/open311/v2/requests.{form}", "form", name, "string")
    for text in (SQL, HTML, BIDI, *CONTROL, LONG):
        require_inert(await door.say(leaf, text))


def test_every_kind_of_field_is_known() -> None:
    assert {leaf.place for leaf in LEAVES} <= BESIDE_JSON | {"application/json"}
    assert {leaf.kind for leaf in LEAVES} <= {"string", "integer", "number", "boolean", "file"}
    assert len(TEXTS) > 100
