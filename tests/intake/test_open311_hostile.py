"""Open311 under attack: all is answered in the standard's form, and nobody's name is left behind."""

import json
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.terms import Category
from intake.open311.shapes import Error
from intake.open311.written import written
from reading.callers import Caller, Role
from store import leads
from store.pool import close
from tests.intake.window311 import Window, parsed, window
from tests.servers import TestPostgres

FORM = {"content-type": "application/x-www-form-urlencoded"}
POST = "/open311/v2/requests"
PLANTED = {
    "first_name": "甲乙丙",
    "last_name": "戊己庚",
    "phone": "19900000001",
    "email": "planted@example.invalid",
    "device_id": "device-of-planted",
    "account_id": "account-planted",
}
GOOD = {"service_code": "DUMPING", "address_id": "R02-01", "description": "渣土"}


@pytest_asyncio.fixture(loop_scope="session")
async def door(database: str) -> AsyncIterator[Window]:
    """Give the front door."""
    async with window(database) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calm(postgres: TestPostgres) -> AsyncIterator[Window]:
    """Give one front door to all tests of what is refused; nothing is ever kept behind it."""
    dsn = await postgres.fresh_database()
    async with window(dsn) as opened:
        yield opened
    await postgres.drop(dsn)


AUDITOR = Caller(subject="auditor-001", roles=frozenset({Role.AUDITOR}), division="512000000000")


async def everything_kept(door: Window) -> str:
    """Return all rows of all tables as text."""
    names = await door.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    kept = [
        str([tuple(row) for row in await door.pool.fetch(f'SELECT * FROM "{name["tablename"]}"')])  # noqa: S608
        for name in names
    ]
    return "\n".join(kept)


def traces(text: str) -> list[str]:
    return [value for value in PLANTED.values() if value in text]


def errors_of(answer: httpx.Response, form: str) -> list[tuple[str, str]]:
    """Return code and sentence of each error; the answer must be in the form that was asked for."""
    if form == "json":
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        return [(str(one["code"]), one["description"]) for one in answer.json()]
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = parsed(answer.text)
    assert root.tag == "errors"
    return [(one.findtext("code") or "", one.findtext("description") or "") for one in root.iter("error")]


async def test_without_a_seal_a_planted_reporter_is_dropped_and_told_so(
    door: Window, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        answer = await door.post("json", **PLANTED)
        receipt = answer.json()[0]["service_request_id"]
        seen = [
            await door.http.get(f"/open311/v2/{path}")
            for path in ("requests.xml", "requests.json", f"requests/{receipt}.xml", f"tokens/{receipt}.json")
        ]

    assert "没有保存您的姓名和联系方式" in answer.json()[0]["service_notice"]
    assert traces(answer.text + "".join(one.text for one in seen)) == []
    assert traces(await everything_kept(door)) == []
    assert traces(str(logged) + caplog.text) == []
    assert traces("戊己庚甲乙丙") == ["甲乙丙", "戊己庚"]  # the search itself finds what it should


async def test_with_a_seal_the_reporter_stands_in_the_seal_and_nowhere_else(
    database: str, postgres: TestPostgres
) -> None:
    async with window(database, postgres.as_role(database, "river_seal")) as door:
        answer = await door.post("json", **PLANTED)
        again = await door.post("json", **PLANTED)
        other = await door.post("json", **{**PLANTED, "phone": "19900000002"})
        unnamed = await door.post("json", description="另一处")
        kept = await everything_kept(door)
        lead = await leads.one(door.pool, answer.json()[0]["service_request_id"])
        assert lead is not None
        opened = await door.sealing.open(lead.reporter or "", AUDITOR, "核实回访", None)

    contact = "planted@example.invalid account_id=account-planted device_id=device-of-planted"
    shown = (opened.name, opened.phone, opened.contact)
    assert [word.get_secret_value() for word in shown] == ["戊己庚甲乙丙", "19900000001", contact]
    assert (again.status_code, other.status_code, unnamed.status_code) == (200, 200, 201)
    assert "没有保存" not in answer.text
    assert traces(kept) == []


async def test_the_secret_of_a_receipt_is_in_no_answer(door: Window) -> None:
    answer = await door.post("json")
    receipt = answer.json()[0]["service_request_id"]
    lead = await leads.one(door.pool, receipt)
    seen = await door.http.get(f"/open311/v2/requests/{receipt}.json")

    assert lead is not None
    assert lead.secret not in answer.text + seen.text


async def test_a_reporter_that_is_refused_is_not_repeated(calm: Window) -> None:
    answer = await calm.post("json", first_name="甲乙丙\x07", phone="1" * 33)

    assert answer.status_code == 400
    assert "甲乙丙" not in answer.text
    assert "1" * 33 not in answer.text
    assert [sentence.split(":")[0] for _, sentence in errors_of(answer, "json")] == [
        "first_name/last_name",
        "phone",
    ]


async def test_words_with_control_characters_are_named_by_their_field_and_not_repeated(calm: Window) -> None:
    answer = await calm.post("json", description="甲乙丙\x00", address_string="戊己庚\x1b")

    sentences = [sentence for _, sentence in errors_of(answer, "json")]
    assert [sentence.split(":")[0] for sentence in sentences] == ["description", "address_string"]
    assert traces(answer.text) == []


WRONG: dict[str, tuple[int, dict[str, str]]] = {
    "no service": (400, {"service_code": ""}),
    "unknown service": (404, {"service_code": "SPACESHIP"}),
    "no place": (400, {"address_id": ""}),
    "lat without long": (400, {"lat": "29.9"}),
    "long without lat": (400, {"long": "105"}),
    "lat in words": (400, {"lat": "这里", "long": "105"}),
    "lat too large": (400, {"lat": "91", "long": "105"}),
    "not a number": (400, {"lat": "nan", "long": "inf"}),
    "a comma": (400, {"lat": "29,9", "long": "105,1"}),
    "outside": (400, {"lat": "48.8", "long": "2.3"}),
    "unknown reach": (400, {"address_id": "R99-99"}),
    "a reach of markup": (400, {"address_id": "<script>"}),
    "two reaches": (400, {"attribute[reach]": "R03-01"}),
    "a NUL": (400, {"description": "a\x00b"}),
    "an escape": (400, {"address_string": "a\x1b[2Jb"}),
    "too many words": (400, {"description": "字" * 2001}),
    "too long a place": (400, {"address_string": "字" * 201}),
    "no such severity": (400, {"attribute[severity]": "WORST"}),
    "no such circumstance": (400, {"attribute[circumstances][]": "BORING"}),
    "no such attribute": (400, {"attribute[<b>]": "x"}),
    "no time zone": (400, {"attribute[seen_at]": "2026-11-24T09:00:00"}),
    "the future": (400, {"attribute[seen_at]": "2999-01-01T00:00:00Z"}),
    "another jurisdiction": (404, {"jurisdiction_id": "sfgov.org"}),
    "a wrong key": (403, {"api_key": "wrong"}),
}


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("case", WRONG)
async def test_what_is_wrong_is_refused_in_the_form_asked_for_and_nothing_is_kept(
    calm: Window, case: str, form: str
) -> None:
    status, fields = WRONG[case]

    answer = await calm.post(form, **fields)

    assert answer.status_code == status, answer.text
    errors = errors_of(answer, form)
    assert errors
    assert all(code == str(status) and sentence for code, sentence in errors)
    assert await calm.pool.fetchval("SELECT count(*) FROM leads") == 0


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"service_code": "DUMPING"}', {"content-type": "application/json"}),
        (b"service_code=DUMPING", {}),
        (b"--x\r\n\r\n--x--", {"content-type": "multipart/form-data; boundary=x"}),
        (b"service_code=DUMPING&address_id=R02-01&description=%ff%fe", FORM),
        (b"service_code=\xff", FORM),
        (b"&".join(b"a%d=1" % number for number in range(300)), FORM),
        (b"service_code=DUMPING&service_code=SEWAGE&address_id=R02-01", FORM),
        (b"service_code=DUMPING&lat=29.9&lat=30&long=105&long=105", FORM),
        (
            urlencode(
                [*GOOD.items(), ("attribute[severity]", "MAJOR"), ("attribute[severity]", "GENERAL")]
            ).encode(),
            FORM,
        ),
    ],
)
async def test_what_is_no_such_form_is_refused(calm: Window, body: bytes, headers: dict[str, str]) -> None:
    answer = await calm.http.post(f"{POST}.xml", content=body, headers=headers)

    assert answer.status_code == 400
    assert errors_of(answer, "xml")


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_ten_megabytes_are_cut_off_in_the_standards_form(calm: Window, form: str) -> None:
    said = await calm.http.post(f"{POST}.{form}", data={**GOOD, "description": "x" * 10_000_000})

    async def unsaid() -> AsyncIterator[bytes]:
        yield b"description="
        for _ in range(100):
            yield b"x" * 100_000

    streamed = await calm.http.post(f"{POST}.{form}", content=unsaid(), headers=FORM)

    assert (said.status_code, streamed.status_code) == (413, 413)
    assert errors_of(said, form)[0][0] == errors_of(streamed, form)[0][0] == "413"


async def test_other_routes_answer_what_is_too_long_as_they_did(calm: Window) -> None:
    answer = await calm.http.post("/reports", content=b"x" * 100_000)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_markup_is_kept_as_text_and_shown_nowhere(door: Window) -> None:
    words = "<script>alert(1)</script> ]]> &amp; <!ENTITY x SYSTEM 'file:///etc/passwd'> \ufffe"
    receipt = await door.posted(description=words, media_url="http://169.254.169.254/latest")

    lead = await leads.one(door.pool, receipt)
    seen = await door.http.get("/open311/v2/requests.xml")

    assert lead is not None
    assert words.strip() in lead.told.text
    assert "alert" not in seen.text
    assert "169.254" not in seen.text


def test_what_xml_cannot_hold_is_left_out_of_it() -> None:
    wild = "".join(map(chr, range(0x20))) + "<&>]]>\ud800\udfff\ufffe\uffff\U0001f30a"

    answer = written("xml", "errors", [Error(code=1, description=wild)])

    read = parsed(bytes(answer.body)).findtext("error/description")
    assert read == "\t\n\n<&>]]>\U0001f30a"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services.yaml", 400),
        ("services/NOTHING.xml", 404),
        ("services/%3Cscript%3E.xml", 404),
        ("requests/261124-00000000.xml", 404),
        ("requests/a%00b.xml", 404),
        ("requests/..%2F..%2Fetc.xml", 404),
        ("tokens/x.xml", 404),
        ("nothing.xml", 404),
        ("", 404),
        ("services.xml?jurisdiction_id=sfgov.org", 404),
        ("discovery.xml?jurisdiction_id=1", 404),
        ("requests.xml?status=half-open", 400),
        ("requests.xml?service_code=SPACESHIP", 404),
        ("requests.xml?start_date=yesterday", 400),
        ("requests.xml?start_date=2026-11-24", 400),
        ("requests.xml?start_date=2026-11-24T00:00:00", 400),
        ("requests.xml?start_date=0001-01-01T00:00:00%2B08:00", 400),
        ("requests.xml?end_date=9999-12-31T23:59:59Z", 400),
        ("requests.xml?start_date=2026-01-01T00:00:00Z&end_date=2026-11-24T00:00:00Z", 400),
        ("requests.xml?start_date=2026-11-24T00:00:00Z&end_date=2026-11-23T00:00:00Z", 400),
        ("requests.xml?page=0", 400),
        ("requests.xml?page=-1", 400),
        ("requests.xml?page=1e3", 400),
        ("requests.xml?page=%D9%A1", 400),
        ("requests.xml?page_size=1001", 400),
        ("requests.xml?page=999999999999999999999999", 400),
    ],
)
async def test_a_wrong_question_is_refused_in_the_standards_form(
    calm: Window, path: str, status: int
) -> None:
    answer = await calm.http.get(f"/open311/v2/{path}")

    assert answer.status_code == status, answer.text
    assert [code for code, _ in errors_of(answer, "xml")] == [str(status)]


async def test_what_is_empty_is_as_if_it_was_not_said(door: Window) -> None:
    receipt = await door.posted()
    empty = dict.fromkeys(("service_request_id", "service_code", "status", "start_date", "end_date"), "")

    assert await door.listed(**empty, page="", page_size="", jurisdiction_id="") == [receipt]


@pytest.mark.parametrize("ids", ["\x00", "x", "261124-00000000\n", ",".join(["261124-00000000"] * 1500)])
async def test_ids_that_there_are_not_find_nothing_and_never_everything(calm: Window, ids: str) -> None:
    assert await calm.listed(service_request_id=ids) == []


async def test_a_plus_that_arrives_as_a_blank_is_understood(door: Window) -> None:
    receipt = await door.posted()
    said = f"{door.watch.now():%Y-%m-%dT%H:%M:%S} 00:00"

    assert await door.listed(start_date=said) == [receipt]


async def test_without_records_a_request_is_not_taken_and_the_client_may_try_again(door: Window) -> None:
    await close(door.pool)

    answer = await door.post("xml")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert errors_of(answer, "xml")[0][0] == "503"


NAMES = st.sampled_from(
    [
        *(
            "service_code",
            "lat",
            "long",
            "address_string",
            "address_id",
            "description",
            "media_url",
            "api_key",
        ),
        *("email", "device_id", "account_id", "first_name", "last_name", "phone", "jurisdiction_id"),
        *("attribute[severity]", "attribute[circumstances][]", "attribute[reach]", "attribute[seen_at]"),
        *("attribute[]", "attribute[[", "attribute", "attribute[severity][x]", ""),
    ]
)
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from([*Category, "R02-01", "R03-01", "29.9", "105.1", "-0", "1e9", "GENERAL", "HAZARDOUS"]),
    st.sampled_from(
        ["2026-11-01T00:00:00Z", "512000000000", "琼江·龙门镇段", "\x00", "𠀀", "%", "&", "\u2028"]
    ),
    st.floats().map(str),
)
FILLED = st.fixed_dictionaries(
    {"service_code": st.sampled_from(Category), "address_id": st.just("R02-01")},
    optional={
        "description": VALUES,
        "lat": VALUES,
        "long": VALUES,
        "attribute[severity]": VALUES,
        "email": VALUES,
    },
).map(lambda fields: list(fields.items()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pairs=st.one_of(FILLED, st.lists(st.tuples(NAMES, VALUES), max_size=12)),
    form=st.sampled_from(["json", "xml"]),
)
async def test_whatever_is_posted_is_answered_in_the_standards_form(
    door: Window, pairs: list[tuple[str, str]], form: str
) -> None:
    body = urlencode(pairs, errors="replace").encode()

    answer = await door.http.post(f"{POST}.{form}", content=body, headers=FORM)

    assert answer.status_code in (200, 201, 400, 403, 404), answer.text
    if answer.status_code in (200, 201):
        read = answer.json() if form == "json" else list(parsed(answer.text))
        assert len(read) == 1
    else:
        assert errors_of(answer, form)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.dictionaries(
        st.sampled_from(
            ["service_request_id", "service_code", "status", "start_date", "end_date", "page", "page_size"]
        ),
        st.one_of(VALUES, st.datetimes().map(lambda at: f"{at.isoformat()}Z"), st.integers().map(str)),
    ),
    form=st.sampled_from(["json", "xml"]),
)
async def test_whatever_is_asked_is_answered_in_the_standards_form(
    door: Window, asked: dict[str, str], form: str
) -> None:
    answer = await door.http.get(f"{POST}.{form}?{urlencode(asked, errors='replace')}")

    assert answer.status_code in (200, 400, 404), answer.text
    if form == "json":
        json.loads(answer.text)
    else:
        parsed(answer.text)
