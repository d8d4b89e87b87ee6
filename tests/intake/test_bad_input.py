"""恶意与错误的输入: a clear answer that says where, nothing stored, nothing that a page could run."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from domain.lead import MOST_LETTERS
from intake.body import LONGEST_TEXT
from intake.problems import MEDIA_TYPE
from store import leads
from tests.intake.whole import Whole, whole
from tests.servers import TestPostgres

GOOD: dict[str, Any] = {"text": "桥下有垃圾。", "where": {"reach": "R01-01"}}
HOSTILE = (
    "'; DROP TABLE leads; --",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %s %n \\x27",
    '=HYPERLINK("http://evil")',
    "\u202e\u2066反转\u2069",
    "𠮷🏞️" * 100,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Whole]:
    """Give the whole front door."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path_factory.mktemp("keys")) as one:
        yield one
    await postgres.drop(dsn)


async def counted(door: Whole) -> int:
    rows: int = await door.hall.pool.fetchval("SELECT count(*) FROM leads")
    return rows


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no text": ({"text": ""}, "body.text"),
    "text of another type": ({"text": 5}, "body.text"),
    "text too long": ({"text": "字" * (MOST_LETTERS + 1)}, "body.text"),
    "a control character": ({"text": "a\x00b"}, "body.text"),
    "an escape": ({"text": "a\x1b[31mb"}, "body.text"),
    "no place": ({"where": None}, "body.where"),
    "a place that is a list": ({"where": []}, "body.where"),
    "a reach that there is not": ({"where": {"reach": "R99-99"}}, "body.where.reach"),
    "a reach with SQL": ({"where": {"reach": "R01'--"}}, "body.where.reach"),
    "a division that there is not": ({"where": {"division": "110000000000"}}, "body.where.division"),
    "a short division": ({"where": {"division": "5120"}}, "body.where.division"),
    "a point outside": ({"where": {"point": {"lon": 116.4, "lat": 39.9}}}, "body.where.point"),
    "a point at sea": ({"where": {"point": {"lon": 0, "lat": 0}}}, "body.where.point"),
    "a swapped point": ({"where": {"point": {"lon": 30.1, "lat": 104.6}}}, "body.where.point"),
    "half a point": ({"where": {"point": {"lon": 104.6}}}, "body.where.point.lat"),
    "no number": ({"where": {"point": {"lon": "x", "lat": 30}}}, "body.where.point.lon"),
    "a name with a newline character": ({"where": {"name": "桥\x0b下"}}, "body.where.name"),
    "an unknown kind": ({"category": "NOISE"}, "body.category"),
    "an unknown grade": ({"severity": "HUGE"}, "body.severity"),
    "an unknown source": ({"source": "RUMOUR"}, "body.source"),
    "a day without a zone": ({"seen_at": "2026-11-24T08:00:00"}, "body.seen_at"),
    "a day that there is not": ({"seen_at": "2026-02-30T08:00:00Z"}, "body.seen_at"),
    "the year 1": ({"seen_at": "0001-01-01T00:00:00+08:00"}, "body.seen_at"),
    "the future": ({"seen_at": "2199-01-01T00:00:00Z"}, "body.seen_at"),
    "an issue that is no number": ({"recurrence_of": "../../etc"}, "body.recurrence_of"),
    "a field that there is not": ({"admin": True}, "body.admin"),
    "a finder that is no post": ({"finder": "chief"}, "body.finder"),
    "stock by the public": ({"origin": "STOCK"}, "body.origin"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_named_in_both_languages_and_nothing_is_kept(door: Whole, name: str) -> None:
    changes, where = WRONG[name]
    before = await counted(door)

    answer = await door.report({**GOOD, **changes})

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    said = answer.json()
    assert where in {error["where"] for error in said["errors"]}, said
    assert all(error["zh"] and error["en"] for error in said["errors"])
    assert said["detail"]
    assert said["detail_en"]
    assert await counted(door) == before


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"1", b'"text"', b"{", b'{"text": "x"', b"\xff\xfe", b"\x00"),
        *(b'{"text": "\xc3\x28", "where": {}}', b'{"text": "\\ud800", "where": {"reach": "R01-01"}}'),
        *(b'{"text": NaN}', b"[" * 20_000, b'{"a":' * 5_000),
    ],
)
async def test_a_body_that_is_no_report_is_refused(door: Whole, body: bytes) -> None:
    before = await counted(door)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a-broken-body"}

    answer = await door.http.post("/reports", content=body, headers=headers)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert await counted(door) == before


async def test_ten_megabytes_are_cut_off_whether_their_length_is_said_or_not(door: Whole) -> None:
    body = json.dumps({**GOOD, "text": "x" * 10_000_000}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "ten-megabytes"}
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for start in range(0, len(body), 16_384):
            read += 16_384
            yield body[start : start + 16_384]

    said = await door.http.post("/reports", content=body, headers=headers)
    unsaid = await door.http.post("/reports", content=pieces(), headers=headers)

    assert (said.status_code, unsaid.status_code) == (413, 413)
    assert read <= LONGEST_TEXT + 2 * 16_384


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_words_are_only_words(door: Whole, text: str) -> None:
    lead = await door.kept(
        {"text": text, "where": {"reach": "R01-01", "name": text[:200]}, "category": "DUMPING"}
    )

    kept = await leads.one(door.hall.pool, lead.receipt)
    assert kept is not None
    assert kept.told.text == text
    shown = await door.http.get(f"/reports/{lead.receipt}", headers={"X-Receipt-Secret": lead.secret})
    assert shown.headers["content-type"] == "application/json"
    assert text not in shown.text


@pytest.mark.parametrize("key", [None, "", "short", "with blank key", "键键键键键键键键", "x" * 65])
async def test_a_report_needs_a_key_that_can_be_told_again(door: Whole, key: str | None) -> None:
    before = await counted(door)
    headers = {} if key is None else {"Idempotency-Key": key.encode()}

    answer = await door.http.post("/reports", json=GOOD, headers=headers)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.text or "idempotency-key" in answer.text.lower()
    assert await counted(door) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("DELETE", "/reports"), ("GET", "/reports"), ("PUT", "/leads"), ("GET", "/no/such/page")),
        *(("GET", "/reports/..%2f..%2fetc"), ("GET", "/reports/261124-ILLEGAL1"), ("GET", "/leads/x")),
    ],
)
async def test_what_there_is_not_is_answered_in_the_same_form(door: Whole, method: str, path: str) -> None:
    answer = await door.http.request(method, path)

    assert answer.status_code in (401, 404, 405, 422)
    assert answer.headers["content-type"] == MEDIA_TYPE


JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text(max_size=30)),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("text", "where", "source", "category", "severity", "seen_at", "circumstances", "finder")
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON))


def test_no_body_makes_the_door_stumble(door: Whole) -> None:
    loop = asyncio.get_event_loop()

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(body=FIELDS | JSON)
    def stumble(body: Any) -> None:
        answer = loop.run_until_complete(door.report(body))
        assert answer.status_code < 500, (body, answer.text)

    stumble()
