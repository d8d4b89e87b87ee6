"""Open311 GeoReport v2: clients that know the standard, and nothing of rivers, report and are answered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import httpx
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.lead import LeadState
from domain.model import Label
from domain.terms import Category, Severity
from intake import relay
from intake.open311.written import MEMBER
from store import leads, roster
from store.journal import record
from store.lead_rows import Step
from tests.intake.window311 import REGISTRY, Window, key_of, parsed, window
from tests.servers import number_apart
from tests.store.letters import Life, closed

FORMS = ("json", "xml")
NAMED = {
    "first_name": "甲乙丙",
    "last_name": "举报人",
    "phone": "13800000000",
    "email": "jia@example.invalid",
}

# The standard's field lists, from its own tables.
SERVICE = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
ATTRIBUTE = ["variable", "code", "datatype", "required", "datatype_description", "order", "description"]
CREATED = ["service_request_id", "service_notice", "account_id"]
REQUEST = [
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def door(database: str) -> AsyncIterator[Window]:
    """Give the front door."""
    async with window(database) as opened:
        yield opened


def spark(element: Element) -> Any:
    """Turn XML into what JSON would be, by the Spark convention; all leaves are text."""
    if element.tag in MEMBER and element.tag != "requests":
        return [spark(child) for child in element]
    return {child.tag: spark(child) for child in element} if len(element) else (element.text or None)


def leaves(plain: Any) -> Any:
    """Turn JSON into what it would be if all leaves were text, as they are in XML."""
    match plain:
        case dict():
            return {name: leaves(value) for name, value in plain.items()}
        case list():
            return [leaves(value) for value in plain]
        case bool():
            return str(plain).lower()
        case None:
            return None
        case _:
            return str(plain)


def read(answer: httpx.Response, form: str) -> Any:
    assert answer.headers["content-type"] == {
        "json": "application/json; charset=utf-8",
        "xml": "text/xml; charset=utf-8",
    }.get(form)
    if form == "json":
        return answer.json()
    assert answer.content.startswith((b"<?xml version='1.0' encoding='utf-8'?>",))
    return spark(parsed(answer.text))


async def settle(door: Window, receipt: str, to: LeadState, **more: Any) -> None:
    """Let a lead take its steps as the relay and the office would."""
    step = Step(to, "office", reason=Label("因由", "reason"), **more)
    await leads.take(door.pool, receipt, tuple(LeadState), step, door.watch.now())


async def opened(door: Window, life: Life, **fields: str) -> str:
    """Post a request whose issue lives a life."""
    receipt = await door.posted(**fields)
    await record(door.pool, life.letter())
    await settle(
        door, receipt, LeadState.OPENED, issue_id=life.issue_id, place="512022113000", reach="R03-01"
    )
    return receipt


async def both(door: Window, path: str, **asked: str) -> Any:
    """Ask in both forms, see that they say the same, and return it as JSON says it."""
    answers = [await door.http.get(f"/open311/v2/{path}.{form}", params=asked) for form in FORMS]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    as_json, as_xml = (read(answer, form) for answer, form in zip(answers, FORMS, strict=True))
    assert leaves(as_json) == as_xml
    return as_json


async def test_the_discovery_file_says_where_the_interface_is_and_in_which_forms(door: Window) -> None:
    found = await both(door, "discovery")

    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    (endpoint,) = found["endpoints"]
    assert list(endpoint) == ["specification", "url", "changeset", "type", "formats"]
    assert endpoint["url"] == "http://river.example/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]


async def test_each_category_is_a_service_with_a_definition(door: Window) -> None:
    found = await both(door, "services")

    assert [one["service_code"] for one in found] == list(Category)
    assert all(list(one) == SERVICE and all(one.values()) for one in found)
    for one in found:
        definition = await both(door, f"services/{one['service_code']}")
        assert definition["service_code"] == one["service_code"]
        assert all(list(item) == [*ATTRIBUTE, "values"] for item in definition["attributes"])
        assert [item["order"] for item in definition["attributes"]] == [1, 2, 3, 4]
        assert not any(item["required"] for item in definition["attributes"])


@pytest.mark.parametrize("form", FORMS)
async def test_a_posted_request_is_kept_and_answered_with_its_receipt_and_limit(
    door: Window, form: str
) -> None:
    answer = await door.post(form)

    assert answer.status_code == 201
    (created,) = read(answer, form)
    assert list(created) == CREATED
    assert created["account_id"] is None
    assert "登记时限" in created["service_notice"]
    lead = await leads.one(door.pool, created["service_request_id"])
    assert lead is not None
    assert (lead.told.category, lead.told.where.reach, lead.told.text) == (
        "DUMPING",
        "R02-01",
        "桥下倒了渣土",
    )
    assert (lead.state, lead.sender) == ("received", "open311:public")


async def test_every_field_of_the_standard_is_understood(door: Window) -> None:
    fields = {
        "service_code": "SEWAGE",
        "lat": "29.98",
        "long": "105.10",
        "address_string": "琼江·龙门镇段桥头",
        "description": "第一行\r\n第二行",
        "media_url": "http://photos.example/1.jpg",
        "account_id": "a1",
        "device_id": "d1",
        "jurisdiction_id": "512000000000",
        **NAMED,
        "attribute[severity]": "MAJOR",
        "attribute[reach]": "R02-01",
        "attribute[seen_at]": (door.watch.now() - timedelta(hours=1)).isoformat(),
    }
    body = [*fields.items(), *(("attribute[circumstances][]", one) for one in ("HAZARDOUS", "AFTER_STORM"))]

    answer = await door.http.post(
        "/open311/v2/requests.json",
        content=str(httpx.QueryParams(body)).encode(),
        headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
    )

    assert answer.status_code == 201, answer.text
    lead = await leads.one(door.pool, answer.json()[0]["service_request_id"])
    assert lead is not None
    told = lead.told
    assert told.text == (
        "第一行\n第二行\n附件链接(报送方提供,未经核实,系统不打开):http://photos.example/1.jpg"
    )
    assert (told.category, told.severity) == ("SEWAGE", None)  # how grave it is, an official says
    assert told.circumstances == ("HAZARDOUS", "AFTER_STORM")
    assert told.where.point is not None
    assert (told.where.point.lat, told.where.point.lon) == (29.98, 105.10)
    assert told.where.name == "琼江·龙门镇段桥头"
    assert told.seen_at == door.watch.now() - timedelta(hours=1)


async def test_a_request_without_words_is_taken_and_says_so(door: Window) -> None:
    lead = await leads.one(door.pool, await door.posted(description="", address_string="镇上", address_id=""))

    assert lead is not None
    assert lead.told.text == "(未附文字)乱堆"


async def test_a_request_shows_kind_reach_office_and_limit_and_no_word_of_its_reporter(door: Window) -> None:
    receipt = await door.posted(lat="29.98765", long="105.12345", address_string="举报人甲乙丙屋后", **NAMED)

    (one,) = await both(door, f"requests/{receipt}")
    (listed,) = await both(door, "requests")

    assert list(one) == REQUEST
    assert one == listed
    assert (one["service_request_id"], one["status"]) == (receipt, "open")
    assert one["status_notes"] == "已收到,正在研判"
    assert (one["service_code"], one["service_name"], one["description"]) == ("DUMPING", "乱堆", "乱堆")
    assert one["agency_responsible"] == "乐至县河长办"
    assert "登记时限" in one["service_notice"]
    assert one["requested_datetime"] == one["updated_datetime"] == f"{door.watch.now():%Y-%m-%dT%H:%M:%SZ}"
    assert one["requested_datetime"] <= one["expected_datetime"]
    assert (one["lat"], one["long"]) == (29.99, 105.12)
    assert one["address"] == "乐至县, 资阳市, 四川省"
    assert (one["zipcode"], one["media_url"]) == (None, None)


async def test_an_open_issue_is_an_open_request_with_the_limits_that_run(door: Window) -> None:
    receipt = await opened(door, Life())

    (one,) = await both(door, f"requests/{receipt}")

    assert (one["status"], one["status_notes"]) == ("open", "已立案:发现")
    assert (one["description"], one["address_id"]) == ("乱堆 · 蟠龙河·蟠龙镇段", "R03-01")
    assert one["address"] == "蟠龙河·蟠龙镇段, 蟠龙镇, 乐至县, 资阳市, 四川省"
    assert "制止时限" in one["service_notice"]
    assert one["expected_datetime"] is not None


async def test_a_closed_issue_is_a_closed_request_from_the_day_it_was_closed(door: Window) -> None:
    life = closed()
    receipt = await opened(door, life)
    at = next(event.at for event in life.events if type(event).__name__ == "Closed")
    since = max(at, door.watch.now())

    (one,) = await both(door, f"requests/{receipt}")

    assert (one["status"], one["status_notes"]) == ("closed", "已立案:销号")
    assert one["updated_datetime"] == f"{since:%Y-%m-%dT%H:%M:%SZ}"
    assert await door.listed(status="closed") == [receipt]
    assert await door.listed(status="open") == []


@pytest.mark.parametrize("to", [LeadState.REFUSED, LeadState.TRANSFERRED])
async def test_what_is_not_taken_up_or_handed_on_is_closed_and_the_clerks_words_stay_inside(
    door: Window, to: LeadState
) -> None:
    receipt = await door.posted()
    await settle(door, receipt, to, transferred_to="举报人甲乙丙所在单位")

    (one,) = await both(door, f"requests/{receipt}")

    assert one["status"] == "closed"
    assert "甲乙丙" not in str(one)
    assert "因由" not in str(one)


async def test_a_token_leads_to_its_request(door: Window) -> None:
    receipt = await door.posted()

    found = await both(door, f"tokens/{receipt}")

    assert found == [{"service_request_id": receipt, "token": receipt}]


async def test_what_came_another_way_is_not_listed_and_not_found(door: Window) -> None:
    told = {"text": "电话里说的", "where": {"reach": "R02-01"}, "category": "DUMPING"}
    answer = await door.http.post("/reports", json=told, headers={"Idempotency-Key": "key-of-a-report"})
    receipt = answer.json()["receipt"]

    assert answer.status_code == 201
    assert await door.listed() == []
    door.watch.go_on(seconds=-1)
    assert await door.listed(page_size="1") == []
    shared = await door.posted()
    door.watch.go_on(seconds=1)
    assert await door.listed(page_size="1") == [shared]
    assert await door.listed(service_request_id=receipt) == []
    assert (await door.http.get(f"/open311/v2/requests/{receipt}.json")).status_code == 404
    assert (await door.http.get(f"/open311/v2/tokens/{receipt}.json")).status_code == 404


async def test_a_second_try_is_the_first_ones_request(door: Window) -> None:
    first = await door.post()
    door.watch.go_on(minutes=9, seconds=59)
    again = await door.post()
    door.watch.go_on(seconds=1)
    later = await door.post()

    assert [answer.status_code for answer in (first, again, later)] == [201, 200, 201]
    assert first.json()[0]["service_request_id"] == again.json()[0]["service_request_id"]
    assert await door.listed() == [
        later.json()[0]["service_request_id"],
        first.json()[0]["service_request_id"],
    ]


async def test_fifty_tries_at_once_are_one_request(door: Window) -> None:
    answers = await asyncio.gather(*(door.post(**NAMED) for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [*[200] * 49, 201]
    assert len({answer.json()[0]["service_request_id"] for answer in answers}) == 1
    assert len(await door.listed()) == 1


async def test_a_key_of_the_clients_own_is_honoured(door: Window) -> None:
    async def post(key: str, text: str) -> httpx.Response:
        form = {"service_code": "OTHER", "address_id": "R02-01", "description": text}
        return await door.http.post("/open311/v2/requests.json", data=form, headers={"Idempotency-Key": key})

    first, again = await post("key-00001", "一"), await post("key-00001", "一")
    other, changed = await post("key-00002", "一"), await post("key-00001", "二")
    bad = await post("short", "一")

    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 201]
    assert first.json() == again.json() != other.json()
    assert (changed.status_code, bad.status_code) == (400, 400)


async def test_a_platform_with_a_key_has_its_own_requests_and_a_bad_key_is_refused(door: Window) -> None:
    by_platform = await door.posted(api_key=key_of("hotline-12345"))
    by_public = await door.posted()
    refused = await door.post(api_key="no.such.key")
    good = {"service_code": "DUMPING", "address_id": "R02-01"}
    in_address = await door.http.post(f"/open311/v2/requests.json?api_key={key_of('platform')}", data=good)

    assert by_platform != by_public
    lead = await leads.one(door.pool, by_platform)
    assert lead is not None
    assert lead.sender == "open311:hotline-12345"
    assert refused.status_code == 403
    assert refused.json()[0]["code"] == 403
    assert in_address.status_code == 400


async def test_a_public_flood_is_turned_away_and_told_when_to_come_back(database: str) -> None:
    async with window(database, a_minute=2) as door:
        answers = [await door.post(description=f"第{number}处") for number in range(3)]
        registered = await door.post(api_key=key_of("platform"))

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["retry-after"]) > 0
    assert answers[2].json()[0]["code"] == 429
    assert registered.status_code == 201


async def test_paging_walks_all_requests_once_the_newest_first(door: Window) -> None:
    sent = []
    for number in range(7):
        sent.append(await door.posted(description=f"第{number}处"))
        door.watch.go_on(seconds=number % 2)
    end = f"{door.watch.now():%Y-%m-%dT%H:%M:%SZ}"

    pages = [await door.listed(end_date=end, page=str(page), page_size="3") for page in (1, 2, 3, 4)]

    assert [len(page) for page in pages] == [3, 3, 1, 0]
    walked = [receipt for page in pages for receipt in page]
    assert sorted(walked) == sorted(sent)
    assert walked == await door.listed()
    assert (await door.listed())[0] == sent[-1]


async def test_spans_of_time_that_follow_each_other_find_every_request_once(door: Window) -> None:
    begun, sent = door.watch.now(), []
    for number in range(6):
        door.watch.at = begun + timedelta(seconds=number * 0.7)
        sent.append(await door.posted(description=f"第{number}处"))

    found = []
    for second in range(5):
        moment = f"{begun + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"
        found += await door.listed(start_date=moment, end_date=moment)

    assert sorted(found) == sorted(sent)


async def test_a_list_is_of_ninety_days_unless_it_says_which(door: Window) -> None:
    old = await door.posted()
    then: datetime = door.watch.now()
    door.watch.go_on(days=91)
    new = await door.posted()

    assert await door.listed() == [new]
    assert await door.listed(start_date=f"{then:%Y-%m-%dT%H:%M:%S+00:00}") == [old]
    assert await door.listed(end_date=f"{then:%Y-%m-%dT%H:%M:%SZ}") == [old]


async def test_a_list_is_narrowed_by_service_status_and_ids(door: Window) -> None:
    one, two = await door.posted(), await door.posted(service_code="SEWAGE")
    three = await door.posted(service_code="OTHER")
    await settle(door, two, LeadState.REFUSED)

    assert await door.listed(service_code="DUMPING") == [one]
    assert sorted(await door.listed(service_code="DUMPING, SEWAGE")) == sorted([one, two])
    assert await door.listed(status="closed") == [two]
    assert len(await door.listed(status="open,closed")) == 3
    ids = await door.listed(service_request_id=f"{one},{three},000000-00000000,x", status="closed")
    assert sorted(ids) == sorted([one, three])


class AnyClient:
    """A client written from the standard's prose alone: it knows no more of this service than an address."""

    def __init__(self, http: httpx.AsyncClient, discovery: str) -> None:
        self._http, self._discovery = http, discovery

    async def report(self, words: str, jurisdiction: str) -> tuple[str, str]:
        found = await self._xml(self._discovery)
        (endpoint,) = [
            one
            for one in found.iter("endpoint")
            if one.findtext("specification") == "http://wiki.open311.org/GeoReport_v2"
            and one.findtext("type") == "production"
        ]
        base = endpoint.findtext("url")
        self.base = base
        service = next(
            one
            for one in (await self._xml(f"{base}/services.xml?jurisdiction_id={jurisdiction}"))
            if "垃圾" in (one.findtext("keywords") or "")
        )
        code = service.findtext("service_code") or ""
        form = {"jurisdiction_id": jurisdiction, "service_code": code, "description": words}
        form |= {"lat": "29.9", "long": "105.2", "device_id": "tt222111", "api_key": ""}
        if service.findtext("metadata") == "true":
            asked = await self._xml(f"{base}/services/{code}.xml?jurisdiction_id={jurisdiction}")
            for attribute in asked.iter("attribute"):
                if attribute.findtext("datatype") == "singlevaluelist":
                    first = attribute.findtext("values/value/key") or ""
                    form[f"attribute[{attribute.findtext('code')}]"] = first
        answer = await self._http.post(f"{base}/requests.xml", data=form)
        answer.raise_for_status()
        (request,) = parsed(answer.text)
        assert service.findtext("type") == "realtime"
        return request.findtext("service_request_id") or "", code

    async def status(self, request_id: str) -> str | None:
        return (await self._xml(f"{self.base}/requests/{request_id}.xml")).findtext("request/status")

    async def _xml(self, address: str) -> Element:
        answer = await self._http.get(address)
        answer.raise_for_status()
        return parsed(answer.text)


async def test_a_client_written_from_the_standard_reports_and_polls_until_it_is_closed(door: Window) -> None:
    client = AnyClient(door.http, "http://river.example/open311/v2/discovery.xml")

    request_id, code = await client.report("河边有一堆垃圾", "512000000000")
    before = await client.status(request_id)
    await settle(door, request_id, LeadState.REFUSED)

    assert code == "DUMPING"
    assert (before, await client.status(request_id)) == ("open", "closed")


async def test_a_request_is_carried_on_as_every_other_report_is(
    temporal_env: WorkflowEnvironment, database: str
) -> None:
    with temporal_env.with_time_skipping_disabled():
        async with window(database, temporal=temporal_env.client) as door:
            await roster.load_posts(door.pool, REGISTRY.posts.values())
            await number_apart(door.pool)
            receipt = await door.posted()
            while await door.relay.carry_on_some():
                pass
            (one,) = await both(door, f"requests/{receipt}")

    assert (one["status"], one["status_notes"]) == ("open", "已立案")
    assert (one["description"], one["address_id"]) == ("乱堆 · 琼江·龙门镇段", "R02-01")


async def test_a_relay_that_waits_for_an_issue_hurries_nobody(
    temporal_env: WorkflowEnvironment, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "TRY_FOR", 1.0)
    with temporal_env.with_time_skipping_disabled():
        async with window(database, temporal=temporal_env.client) as door:
            await roster.load_posts(door.pool, REGISTRY.posts.values())
            await number_apart(door.pool)
            for who in "甲乙":
                receipt = await door.posted(description=f"桥下倒了渣土,{who}看见的")
                while await door.relay.carry_on_some():
                    pass
            lead = await leads.one(door.pool, receipt)

    # Nobody works on the issue: the second report of it could not be attached yet.
    assert lead is not None
    assert lead.state is LeadState.ATTACHING
    assert not door.relay._door.is_hurried


async def test_a_lead_is_graded_by_the_suggestion_that_was_kept_with_it(
    temporal_env: WorkflowEnvironment, database: str
) -> None:
    with temporal_env.with_time_skipping_disabled():
        async with window(database, temporal=temporal_env.client) as door:
            await roster.load_posts(door.pool, REGISTRY.posts.values())
            await number_apart(door.pool)
            receipt = await door.posted()
            await door.pool.execute(
                "UPDATE leads SET suggestion = json_build_object('category', NULL, 'severity', $2::text)"
                " WHERE receipt = $1",
                *(receipt, Severity.SERIOUS),
            )
            while await door.relay.carry_on_some():
                pass
            lead = await leads.one(door.pool, receipt)

    assert lead is not None
    assert (lead.state, lead.severity) == (LeadState.OPENED, Severity.SERIOUS)
