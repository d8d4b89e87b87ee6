"""实名举报: a name goes to the seal and nowhere else, and a seal is opened for a reason; photos too."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest_asyncio
from PIL import Image
from temporalio.testing import WorkflowEnvironment

from domain.lead import LeadState
from reading.callers import Role
from store import leads
from tests.intake.passes import bearer, token
from tests.intake.whole import Whole, whole
from tests.secrecy import PlantedReporter, find_planted, planted
from tests.servers import TestPostgres

COUNTY, OTHER_COUNTY = "512022000000", "512021000000"
TOLD: dict[str, Any] = {"text": "桥下有人倾倒建筑垃圾。", "where": {"reach": "R03-01"}}


class Named(NamedTuple):
    """The front door with its seal; where it is kept, and where it writes."""

    door: Whole
    dsn: str
    folder: Path


@pytest_asyncio.fixture(loop_scope="session")
async def named(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> AsyncIterator[Named]:
    """Give a front door that seals."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path, sealed_dsn=postgres.as_role(dsn, "river_seal")) as door:
        yield Named(door, dsn, tmp_path)
    await postgres.drop(dsn)


def by(somebody: PlantedReporter) -> dict[str, str]:
    return {"name": somebody.name, "phone": somebody.phone, "contact": somebody.contact}


def office(division: str = COUNTY) -> dict[str, str]:
    return bearer(token(Role.OFFICE, division))


def photo(colour: str = "navy") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


async def test_a_name_is_in_the_seal_and_nowhere_else(named: Named) -> None:
    somebody, door = planted(), named.door

    answer = await door.report({**TOLD, "reporter": by(somebody)})
    lead = await door.settled(answer.json()["receipt"])
    opened = await door.http.post(
        f"/leads/{lead.receipt}/reporter", json={"purpose": "回访核实"}, headers=office()
    )
    listed = await door.http.get(f"/leads/{lead.receipt}", headers=office())
    issue = await door.http.get(f"/issues/{lead.issue_id}", headers=office())

    assert lead.state is LeadState.OPENED
    assert opened.json() == by(somebody)
    assert not somebody.seen_in(answer.content + listed.content + issue.content)
    assert await find_planted(named.dsn, door.house.client, [named.folder], somebody) == []


async def test_the_reporter_sees_how_often_and_for_what_the_seal_was_opened(named: Named) -> None:
    answer = (await named.door.report({**TOLD, "reporter": by(planted())})).json()
    receipt = answer["receipt"]
    for purpose in ("回访核实", "核发奖励"):
        await named.door.http.post(f"/leads/{receipt}/reporter", json={"purpose": purpose}, headers=office())

    shown = await named.door.http.get(f"/reports/{receipt}", headers={"X-Receipt-Secret": answer["secret"]})

    openings = shown.json()["openings"]
    assert [(one["role"], one["purpose"]) for one in openings] == [
        ("office", "回访核实"),
        ("office", "核发奖励"),
    ]
    assert "office-001" not in shown.text


async def test_a_seal_is_opened_by_an_office_of_the_place_for_a_reason(named: Named) -> None:
    answer = (await named.door.report({**TOLD, "reporter": by(planted())})).json()
    path = f"/leads/{answer['receipt']}/reporter"

    async def status(headers: dict[str, str], purpose: str = "回访核实") -> int:
        response = await named.door.http.post(path, json={"purpose": purpose}, headers=headers)
        return response.status_code

    assert await status({}) == 401
    assert await status(bearer(token(Role.SUPERVISOR, COUNTY))) == 403
    assert await status(bearer(token(Role.OPERATOR, COUNTY))) == 403
    assert await status(office(OTHER_COUNTY)) == 403
    assert await status(office(), purpose="") == 422
    assert await status(bearer(token(Role.AUDITOR, COUNTY))) == 200
    anonymous = (await named.door.report(TOLD)).json()["receipt"]
    nobody = await named.door.http.post(
        f"/leads/{anonymous}/reporter", json={"purpose": "回访核实"}, headers=office()
    )
    assert nobody.status_code == 404


async def test_the_same_report_again_is_the_same_whoever_it_names(named: Named) -> None:
    first = await named.door.report({**TOLD, "reporter": by(planted())}, "named-once")
    again = await named.door.report({**TOLD, "reporter": by(planted())}, "named-once")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"]
    lead = await leads.one(named.door.hall.pool, first.json()["receipt"])
    assert lead is not None
    assert lead.reporter is not None


async def test_a_wrong_name_is_refused_without_being_repeated(named: Named) -> None:
    somebody = planted()

    answer = await named.door.report({**TOLD, "reporter": {**by(somebody), "name": somebody.name * 20}})

    assert answer.status_code == 422
    assert not somebody.seen_in(answer.content)


async def test_photos_come_with_a_report_and_stand_behind_it_in_the_journal(named: Named) -> None:
    files = [
        ("photos", ("a.jpg", photo(), "image/jpeg")),
        ("photos", ("b.jpg", photo("green"), "image/jpeg")),
    ]

    answer = await named.door.http.post(
        "/reports/with-photos",
        data={"report": json.dumps(TOLD)},
        files=files,
        headers={"Idempotency-Key": "with-two-photos"},
    )
    again = await named.door.http.post(
        "/reports/with-photos",
        data={"report": json.dumps(TOLD)},
        files=files,
        headers={"Idempotency-Key": "with-two-photos"},
    )
    lead = await named.door.settled(answer.json()["receipt"])
    listed = await named.door.http.get(f"/leads/{lead.receipt}/photos", headers=office())
    one = listed.json()[0]
    shown = await named.door.http.get(
        f"/leads/{lead.receipt}/photos/{one['public_digest']}", headers=office()
    )

    assert (answer.status_code, again.status_code) == (201, 200)
    assert lead.told.manifest is not None
    assert len(listed.json()) == 2
    assert shown.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.content)).size == (64, 48)
    original = await named.door.http.get(f"/leads/{lead.receipt}/photos/{one['digest']}", headers=office())
    assert original.status_code == (200 if one["digest"] == one["public_digest"] else 404)


async def test_a_report_that_is_sent_again_heals_what_was_spoiled_of_its_photos(named: Named) -> None:
    async def send() -> httpx.Response:
        return await named.door.http.post(
            "/reports/with-photos",
            data={"report": json.dumps(TOLD)},
            files=[("photos", ("a.jpg", photo("olive"), "image/jpeg"))],
            headers={"Idempotency-Key": "spoiled-photo"},
        )

    lead = await named.door.settled((await send()).json()["receipt"])
    where = f"/leads/{lead.receipt}/photos"
    (kept,) = (await named.door.http.get(where, headers=office())).json()
    shown = f"{where}/{kept['public_digest']}"
    for file in (named.folder / "photos").rglob(kept["public_digest"]):
        file.write_bytes(b"")
    spoiled = await named.door.http.get(shown, headers=office())
    again = await send()
    healed = await named.door.http.get(shown, headers=office())

    assert (spoiled.status_code, again.status_code, healed.status_code) == (404, 200, 200)


async def test_a_report_with_something_that_is_no_photo_is_not_taken_at_all(named: Named) -> None:
    before = await named.door.hall.pool.fetchval("SELECT count(*) FROM leads")

    async def sent(report: str, *contents: bytes) -> tuple[int, str]:
        files = [("photos", ("a.jpg", content, "image/jpeg")) for content in contents]
        answer = await named.door.http.post(
            "/reports/with-photos",
            data={"report": report},
            files=files,
            headers={"Idempotency-Key": "not-a-photo"},
        )
        return answer.status_code, answer.text

    for contents in ((b"<svg/>",), (photo(), b"MZ" + b"\0" * 100), (b"",), tuple([photo()] * 10)):
        status, said = await sent(json.dumps(TOLD), *contents)
        assert status in (413, 415, 422), said
    assert (await sent("{", photo()))[0] == 422
    assert (await sent(json.dumps({**TOLD, "text": ""}), photo()))[0] == 422
    assert await named.door.hall.pool.fetchval("SELECT count(*) FROM leads") == before


async def test_evidence_for_a_word_is_kept_first_and_named_by_its_manifest(named: Named) -> None:
    lead = await named.door.kept(TOLD)
    path = f"/issues/{lead.issue_id}/photos"
    files = [("photos", ("a.jpg", photo("red"), "image/jpeg"))]

    kept = await named.door.http.post(path, files=files, headers=office())
    listed = await named.door.http.get(path, headers=office())
    elsewhere = await named.door.http.post(path, files=files, headers=office(OTHER_COUNTY))
    nobody = await named.door.http.post(path, files=files)
    auditor = await named.door.http.post(path, files=files, headers=bearer(token(Role.AUDITOR, COUNTY)))

    assert kept.status_code == 201, kept.text
    assert len(kept.json()["manifest"]) == 64
    assert [one["digest"] for one in listed.json()] == kept.json()["photos"]
    assert (elsewhere.status_code, nobody.status_code, auditor.status_code) == (403, 401, 403)
    public = listed.json()[0]["public_digest"]
    shown = await named.door.http.get(f"{path}/{public}", headers=office())
    assert shown.status_code == 200
    assert (await named.door.http.get(f"{path}/{'0' * 64}", headers=office())).status_code == 404
