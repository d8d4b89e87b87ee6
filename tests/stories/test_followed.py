"""One command over HTTP is followed through logs and traces by its issue and its id; nobody is named."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from domain.issue import commands as say
from machine.ports import any_free_port
from reading.callers import Role
from store import leads
from store.lead_rows import Lead
from tests.intake.life import FILLED_IN
from tests.intake.passes import token
from tests.stories.collector import Collector, Received, collector
from tests.stories.outage import ROOT
from tests.stories.report_site import Site, site
from tests.stories.scraped import scrape
from tests.workflows.shell import Living, eventually
from tests.workflows.words import REACH

NAME, PHONE, WORDS = "欧阳测试", "13900001111", "岸边有一堆很特别的东西"
KEY = "followed-000001"
COMMAND = f"http:{KEY}"


@dataclass
class Followed:
    """What was done, and what the processes left of it."""

    at: Site
    collected: Collector
    number: str
    spans: list[Received]
    lines: list[dict[str, Any]]
    text: str
    metrics: str


async def _opened(one: Site, http: httpx.AsyncClient) -> str:
    told = {
        "text": f"{WORDS},联系{NAME}{PHONE}。",
        "category": "DUMPING",
        "severity": "GENERAL",
        "where": {"reach": REACH},
    }
    kept = await http.post("/reports", json=told, headers={"Idempotency-Key": "followed-report-1"})
    assert kept.status_code == 201, kept.text
    receipt = kept.json()["receipt"]
    found: list[Lead] = []

    async def is_opened() -> bool:
        lead = await leads.one(one.pool, receipt)
        found[:] = [lead] if lead and lead.issue_id else []
        return bool(found)

    await eventually("the report is an issue", is_opened, 30)
    number = found[0].issue_id
    assert number is not None
    return number


async def _said(one: Site, http: httpx.AsyncClient, number: str) -> None:
    issue = Living(one.client, one.pool, number)
    await issue.journal()
    command = await issue.word(say.RecordStop)
    body = command.model_dump(mode="json", exclude=FILLED_IN, exclude_none=True)
    shown = {
        "Authorization": f"Bearer {token(Role.CHIEF, posts=[command.by])}",
        "Idempotency-Key": KEY,
    }
    answer = await http.post(f"/issues/{number}/record_stop", json=body, headers=shown)
    assert answer.status_code == 200, answer.text

    async def is_delivered() -> bool:
        query = "SELECT count(*) FROM effects WHERE issue_id = $1 AND number > 1 AND state = 'delivered'"
        return bool(await one.pool.fetchval(query, number))

    await eventually("its notice is delivered", is_delivered, 20)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def followed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Followed]:
    folder, metrics = tmp_path_factory.mktemp("followed"), f"127.0.0.1:{any_free_port()}"
    with collector() as collected, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RIVER_OTLP", collected.address)
        async with site(folder) as one:
            assert isinstance(one.settings, dict)
            one.settings["RIVER_METRICS"] = metrics
            await one.open_a_door()
            async with httpx.AsyncClient(base_url=one.addresses[1]) as http:
                number = await _opened(one, http)
                await _said(one, http, number)
            shown = await scrape(metrics)
            for program in (*one.doors, one.worker):
                await program.stop()  # what is not sent yet is sent
            text = "".join(file.read_text("utf-8") for file in folder.glob("*.log"))
            lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
            one.shown = shown  # type: ignore[attr-defined]
            yield Followed(one, collected, number, collected.spans, lines, text, metrics)


def about(followed: Followed) -> list[dict[str, Any]]:
    return [line for line in followed.lines if KEY in json.dumps(line, ensure_ascii=False)]


async def test_each_line_about_the_command_has_its_issue_and_its_id(followed: Followed) -> None:
    lines = about(followed)

    assert {(line["issue_id"], line["command_id"]) for line in lines} == {(followed.number, COMMAND)}
    assert {line["event"] for line in lines} >= {
        *("command_kept", "command_answered", "command_heard", "letter_recorded", "effect_delivered"),
    }


async def test_each_line_of_those_kinds_has_both_fields(followed: Followed) -> None:
    kinds = {"command_kept", "command_answered", "command_heard", "letter_recorded", "effect_delivered"}
    lines = [line for line in followed.lines if line["event"] in kinds]

    assert all("issue_id" in line and "command_id" in line for line in lines)


async def test_nobody_is_named_in_a_log_line_or_a_span(followed: Followed) -> None:
    everything = followed.text.encode() + b"".join(followed.collected.bodies)

    for planted in (NAME, PHONE, WORDS):
        assert planted.encode() not in everything


async def test_one_trace_goes_from_the_request_over_the_word_to_the_letter_in_postgres(
    followed: Followed,
) -> None:
    (asked,) = [span for span in followed.spans if span.name == "POST /issues/{number}/record_stop"]
    trace = {span.name: span for span in followed.spans if span.trace == asked.trace}
    said, heard = trace["say record_stop"], trace["hear record_stop"]
    posted, kept = trace["record_now"], trace["journal.record"]

    assert (asked.service, said.service, heard.service) == ("river-intake", "river-intake", "river-worker")
    assert asked.parent == ""
    assert [said.parent, heard.parent, posted.parent, kept.parent] == [
        *(asked.span, said.span, heard.span, posted.span),
    ]
    assert heard.attributes == {"river.issue_id": followed.number, "river.command_id": COMMAND}


async def test_each_span_is_told_once_though_histories_are_replayed(followed: Followed) -> None:
    spans = [span.span for span in followed.spans]

    assert len(spans) == len(set(spans))


async def test_no_attribute_holds_more_than_numbers_ids_and_routes(followed: Followed) -> None:
    allowed = {
        *("river.issue_id", "river.command_id"),
        *("http.request.method", "http.route", "http.response.status_code"),
    }

    assert {key for span in followed.spans for key in span.attributes} <= allowed


async def test_the_front_door_shows_its_metrics_as_well(followed: Followed) -> None:
    shown = followed.at.shown  # type: ignore[attr-defined]

    assert {dict(labels).get("process") for name, labels in shown if name == "river_build_info"} == {"intake"}
    loops = {dict(labels)["loop"] for name, labels in shown if name == "river_loop_beat_timestamp_seconds"}
    assert loops == {"relay", "speaking"}


@pytest.mark.parametrize("program", ["worker", "intake.__main__"])
def test_without_a_collector_nothing_of_it_is_imported(program: str) -> None:
    # The interface alone may come with a library; what makes and sends spans may not.
    found = "[name for name in sys.modules if name.startswith('opentelemetry.sdk')]"
    asks = f"import sys, {program}; print({found})"

    ran = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
