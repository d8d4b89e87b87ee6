"""收件与签收: who sees which inbox, what a receipt is and is not, who sees how others were reached."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from activities.courier import deliver_all
from activities.pushing import Pushing
from activities.sender import Sender
from domain.posts import Post
from domain.workdays import Calendar
from reading.callers import Role
from reading.notices import read_notice_rules
from store import journal
from tests.intake.passes import bearer, token
from tests.intake.whole import ROOT, Whole, whole
from tests.servers import TestPostgres

CITY, COUNTY, TOWNSHIP, OTHER = "512000000000", "512022000000", "512022113000", "512022117000"
CHIEF = f"chief:{TOWNSHIP}:R03-01"
REPORT = {
    "text": "桥下倒了渣土。",
    "category": "DUMPING",
    "where": {"reach": "R03-01"},
    "severity": "GENERAL",
}


@pytest_asyncio.fixture(loop_scope="session")
async def door(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> AsyncIterator[Whole]:
    """Give a front door with an issue whose chief has been told."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path) as one:
        yield one
    await postgres.drop(dsn)


async def told(door: Whole) -> str:
    lead = await door.kept(REPORT)
    await deliver_all(door.hall.pool, _not_asked)
    return str(lead.issue_id)


async def _not_asked(issue_id: str, post: Post) -> None:
    """Whoever is vacant here is nobody's concern."""


def of(post: Post, subject: str = "C-1", role: Role = Role.CHIEF, division: str = COUNTY) -> dict[str, str]:
    return bearer(token(role, division, [post], subject=subject))


async def lines(door: Whole, shown: dict[str, str], **asked: str) -> list[dict[str, object]]:
    answer = await door.http.get("/inbox", headers=shown, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["lines"]
    return found


async def test_each_sees_the_inbox_of_the_own_posts_only(door: Whole) -> None:
    number = await told(door)

    (own,) = await lines(door, of(CHIEF))
    others = await lines(door, of(f"chief:{OTHER}:R03-01"))
    answer = await door.http.post(f"/inbox/{own['line']}/receipt", headers=of(f"chief:{OTHER}:R03-01"))

    assert (own["about"], own["fact"], own["read_at"]) == (number, 1, None)
    assert others == []
    assert answer.status_code == 404


async def test_a_receipt_is_each_persons_own_and_the_first_one_stays(door: Whole) -> None:
    await told(door)
    (line,) = await lines(door, of(CHIEF))
    path = f"/inbox/{line['line']}/receipt"

    first = (await door.http.post(path, headers=of(CHIEF, "C-1"))).json()
    again = (await door.http.post(path, headers=of(CHIEF, "C-1"))).json()
    other = (await door.http.post(path, headers=of(CHIEF, "C-2"))).json()

    assert again == first
    assert other["signed_at"] > first["signed_at"]
    (shown,) = await lines(door, of(CHIEF, "C-2"))
    assert shown["read_at"] == first["signed_at"]
    assert shown["signed_at"] == other["signed_at"]


async def test_what_is_unread_is_what_the_caller_has_not_signed_for(door: Whole) -> None:
    await told(door)
    (line,) = await lines(door, of(CHIEF))

    await door.http.post(f"/inbox/{line['line']}/receipt", headers=of(CHIEF, "C-1"))

    assert await lines(door, of(CHIEF, "C-1"), unread="true") == []
    assert len(await lines(door, of(CHIEF, "C-2"), unread="true")) == 1


async def test_a_receipt_stops_no_clock_and_moves_no_issue(door: Whole) -> None:
    number = await told(door)
    pool, office = door.hall.pool, of(f"office:{COUNTY}", role=Role.OFFICE)
    before = (
        await journal.facts(pool, number),
        (await door.http.get(f"/issues/{number}", headers=office)).json(),
    )
    effects = await pool.fetch("SELECT * FROM effects ORDER BY 1, 2, 3, 4")

    for line in await lines(door, of(CHIEF)):
        await door.http.post(f"/inbox/{line['line']}/receipt", headers=of(CHIEF))

    after = (
        await journal.facts(pool, number),
        (await door.http.get(f"/issues/{number}", headers=office)).json(),
    )
    assert after == before
    assert after[1]["limits"]
    assert await pool.fetch("SELECT * FROM effects ORDER BY 1, 2, 3, 4") == effects
    assert await pool.fetchval("SELECT count(*) FROM issues WHERE next_mark_at IS NOT NULL") == 1


async def test_pages_of_an_inbox_go_back_without_a_gap(door: Whole) -> None:
    for _ in range(5):
        await door.hall.pool.execute(
            "INSERT INTO inbox (addressee, issue_id, number, effect, text)"
            " SELECT $1, '512022-2026-000009', count(*), 'notice', '告知' FROM inbox",
            CHIEF,
        )
    seen, cursor = list[int](), None
    while True:
        asked = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await door.http.get("/inbox", headers=of(CHIEF), params=asked)).json()
        seen += [line["line"] for line in page["lines"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


async def test_a_cursor_of_another_question_is_refused(door: Whole) -> None:
    await told(door)
    page = (await door.http.get("/inbox", headers=of(CHIEF), params={"limit": "1"})).json()

    answer = await door.http.get(
        "/inbox", headers=of(CHIEF), params={"cursor": page["next"], "unread": "true"}
    )

    assert answer.status_code == 400


async def test_the_office_sees_how_each_person_was_reached_and_who_signed(door: Whole) -> None:
    number = await told(door)
    sender = Sender("", Pushing(read_notice_rules(ROOT / "rules" / "notices.yaml"), CALENDAR))
    await sender.turn(door.hall.pool)
    (line,) = await lines(door, of(CHIEF))
    await door.http.post(f"/inbox/{line['line']}/receipt", headers=of(CHIEF, "C-9"))

    answer = await door.http.get(
        f"/issues/{number}/deliveries", headers=of(f"office:{COUNTY}", role=Role.OFFICE)
    )

    shown = {each["addressee"]["post"]: each for each in answer.json()["deliveries"]}
    assert [one["by"] for one in shown[CHIEF]["receipts"]] == ["C-9"]
    assert shown[CHIEF]["state"] in ("sandbox", "queued", "inbox")
    assert {each["state"] for each in shown.values()} <= {"sandbox", "queued", "inbox"}


async def test_a_burden_is_shown_to_the_jurisdiction_it_lies_in(door: Whole) -> None:
    day = datetime(2026, 11, 4, tzinfo=UTC).date()
    await door.hall.pool.execute(
        "INSERT INTO inbox (addressee, issue_id, number, effect, text) VALUES ($1, 'x', 1, 'notice', '告知')",
        CHIEF,
    )
    await door.hall.pool.execute(
        "INSERT INTO pushes (id, person, kind, lines, about, made_at, made_on, state)"
        " SELECT repeat('0', 32), 'C-1', 'digest', array_agg(line), '{x}', now(), $1, 'sandbox' FROM inbox",
        day,
    )
    asked = {"day": str(day)}

    here = await door.http.get("/burdens", params=asked, headers=of(f"office:{COUNTY}", role=Role.OFFICE))
    there = await door.http.get(
        "/burdens", params=asked, headers=of(f"office:{OTHER}", role=Role.OFFICE, division=OTHER)
    )

    (person,) = here.json()["persons"]
    assert (person["person"], person["budget"], person["pushes"], person["digests"]) == ("C-1", 6, 1, 1)
    assert there.json()["persons"] == []


CALENDAR = Calendar(name="of-tests", version="1", published=(2026, 2026))
