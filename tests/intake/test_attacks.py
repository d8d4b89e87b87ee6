"""Attempts on the front door that once came to something: each is told here as it was made."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from fastapi import Request
from PIL import Image
from temporalio.testing import WorkflowEnvironment

from intake.senders import address_of
from reading.callers import Role
from tests.intake.passes import bearer, token
from tests.intake.whole import Whole, whole
from tests.servers import TestPostgres

COUNTY, OTHER_COUNTY, TOWNSHIP = "512022000000", "512021000000", "512022113000"
DUMPING: dict[str, Any] = {"text": "桥下倒了渣土。", "category": "DUMPING", "where": {"reach": "R03-01"}}


class Attacked(NamedTuple):
    """The whole front door, and where its photos lie."""

    door: Whole
    photos: Path

    @property
    def photos_kept(self) -> int:
        return sum(file.is_file() for file in self.photos.rglob("*"))

    async def leads_kept(self) -> int:
        kept: int = await self.door.hall.pool.fetchval("SELECT count(*) FROM leads")
        return kept


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def attacked(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Attacked]:
    """Give the whole front door, the same for all tests of this file."""
    dsn, folder = await postgres.fresh_database(), tmp_path_factory.mktemp("attacked")
    async with whole(temporal_env, dsn, folder) as one:
        yield Attacked(one, folder / "photos")
    await postgres.drop(dsn)


def photo(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


def of(role: Role, division: str = COUNTY) -> dict[str, str]:
    return bearer(token(role, division))


@pytest.mark.parametrize(
    ("one", "other", "is_one_household"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8::1:2:3:4", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("made-up-1", "made-up-2", True),
    ],
)
def test_nobody_gets_another_count_by_another_spelling_of_an_address(
    one: str, other: str, *, is_one_household: bool
) -> None:
    counted = [
        address_of(Request({"type": "http", "headers": [], "client": (host, 1)})) for host in (one, other)
    ]

    assert (len(set(counted)) == 1) is is_one_household


async def test_the_public_neither_grades_by_a_recurrence_nor_learns_how_an_issue_stands(
    attacked: Attacked,
) -> None:
    lead = await attacked.door.kept(DUMPING)
    before = await attacked.leads_kept()

    known = await attacked.door.report({**DUMPING, "recurrence_of": lead.issue_id})
    unknown = await attacked.door.report({**DUMPING, "recurrence_of": "512022-2026-999999"})

    assert (known.status_code, unknown.status_code) == (403, 403)
    assert known.text == unknown.text
    assert await attacked.leads_kept() == before


async def test_nobody_names_a_recurrence_of_another_county(attacked: Attacked) -> None:
    answer = await attacked.door.report(
        {**DUMPING, "source": "HOTLINE", "recurrence_of": "512021-2026-000001"}, **of(Role.OFFICE)
    )

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:river:elsewhere")


@pytest.mark.parametrize(
    "where",
    [{"reach": "R03-01"}, {"reach": "R03-01", "division": TOWNSHIP}, {"name": "乐至县蟠龙河"}],
    ids="+".join,
)
async def test_an_office_orders_nothing_in_another_county_however_it_names_the_place(
    where: dict[str, str], attacked: Attacked
) -> None:
    before = await attacked.leads_kept()
    order = {**DUMPING, "where": where, "source": "ORDER", "severity": "MAJOR"}

    answer = await attacked.door.report(order, **of(Role.OFFICE, OTHER_COUNTY))

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:river:elsewhere")
    assert await attacked.leads_kept() == before


async def test_what_may_lie_elsewhere_is_a_persons_to_decide(attacked: Attacked) -> None:
    heard = {**DUMPING, "source": "HOTLINE", "where": {"name": "沱江边上"}}

    answer = await attacked.door.report(heard, **of(Role.OFFICE))

    assert answer.status_code == 201, answer.text
    assert (await attacked.door.settled(answer.json()["receipt"])).state == "parked"


async def test_open311_is_no_way_around_the_jurisdiction(attacked: Attacked) -> None:
    fields = {"service_code": "DUMPING", "address_id": "R03-01", "description": "渣土"}
    elsewhere = token(Role.OFFICE, OTHER_COUNTY)

    answer = await attacked.door.http.post(
        "/open311/v2/requests.json", data={**fields, "api_key": elsewhere, "attribute[severity]": "MAJOR"}
    )

    assert answer.status_code == 403


async def test_a_township_reports_of_a_reach_of_its_own(attacked: Attacked) -> None:
    patrol = {**DUMPING, "source": "PATROL"}

    answer = await attacked.door.report(patrol, **of(Role.PATROLLER, TOWNSHIP))

    assert answer.status_code == 201, answer.text


REFUSED_WITH_PHOTOS: dict[str, dict[str, Any]] = {
    "a reach that there is not": {"where": {"reach": "R99-99"}},
    "a point outside": {"where": {"point": {"lon": 116.4, "lat": 39.9}}},
    "the future": {"seen_at": "2199-01-01T00:00:00Z"},
    "a name where no seal is set up": {"reporter": {"name": "某人"}},
}
COLOURS = dict(zip(REFUSED_WITH_PHOTOS, ("red", "orange", "yellow", "white"), strict=True))
"""The same photo is kept once: each is another."""


@pytest.mark.parametrize("why", REFUSED_WITH_PHOTOS)
async def test_of_a_report_that_is_refused_no_photo_is_kept(why: str, attacked: Attacked) -> None:
    before = attacked.photos_kept

    answer = await attacked.door.http.post(
        "/reports/with-photos",
        data={"report": json.dumps({**DUMPING, **REFUSED_WITH_PHOTOS[why]})},
        files=[("photos", ("a.jpg", photo(COLOURS[why]), "image/jpeg"))],
        headers={"Idempotency-Key": f"refused {why}".replace(" ", "-")},
    )

    assert answer.status_code == 422, answer.text
    assert attacked.photos_kept == before


async def test_a_key_that_was_used_keeps_no_other_photos(attacked: Attacked) -> None:
    async def sent(colour: str) -> int:
        answer = await attacked.door.http.post(
            "/reports/with-photos",
            data={"report": json.dumps(DUMPING)},
            files=[("photos", ("a.jpg", photo(colour), "image/jpeg"))],
            headers={"Idempotency-Key": "the-same-for-two-photos"},
        )
        return answer.status_code

    assert await sent("green") == 201
    before = attacked.photos_kept
    assert (await sent("green"), await sent("blue")) == (200, 422)
    assert attacked.photos_kept == before


@pytest.mark.parametrize(
    "moment",
    [
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e400", "infinity", "-1", "NaN"),
        *("2026-11-29T00:00:00", "", "20261129"),
    ],
)
async def test_no_cursor_breaks_the_list_of_leads(moment: str, attacked: Attacked) -> None:
    answer = await attacked.door.http.get(
        "/leads", params={"cursor": f"{moment}~261124-7K3M9QXP"}, headers=of(Role.OFFICE)
    )

    assert answer.status_code in (200, 422), answer.text
    assert answer.headers["content-type"].startswith("application/")
