"""报送: what is acknowledged is kept, one thing is one issue, and nobody learns what is not his."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from domain.issue import commands as say
from domain.lead import LeadState
from domain.terms import Stage
from domain.workdays import CHINA
from reading.callers import Role
from store import inbox, journal, leads
from store.lead_rows import Lead
from tests.intake.passes import token
from tests.intake.photo_files import exif, photo
from tests.intake.whole import Whole, whole
from tests.servers import TestPostgres
from tests.workflows.shell import eventually

COUNTY, OTHER_COUNTY, CITY = "512022000000", "512021000000", "512000000000"
OFFICE = f"office:{COUNTY}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def door(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Whole]:
    """Give the whole front door, the same for all tests of this file: each speaks of a reach of its own."""
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path_factory.mktemp("keys")) as one:
        yield one
    await postgres.drop(dsn)


def of(role: Role, division: str = COUNTY, *posts: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(role, division, posts or None)}"}


def dumping(reach: str, **more: Any) -> dict[str, Any]:
    return {"text": "桥下有人倾倒建筑垃圾,堆了好几车。", "where": {"reach": reach}, **more}


async def counted(door: Whole) -> int:
    rows: int = await door.hall.pool.fetchval("SELECT count(*) FROM leads")
    return rows


async def test_a_report_is_acknowledged_with_the_limit_that_runs_and_becomes_an_issue(door: Whole) -> None:
    answer = await door.report(dumping("R01-01"))
    said = answer.json()
    lead = await door.settled(said["receipt"])

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/reports/{said['receipt']}"
    assert said["limit"]["clock"] == "REGISTER"
    assert "年" in said["limit"]["until_zh"]
    assert lead.state is LeadState.OPENED
    facts = await journal.facts(door.hall.pool, lead.issue_id or "")
    assert [fact.kind for fact in facts] == ["Opened"]
    assert "倾倒建筑垃圾" not in json.dumps([fact.body for fact in facts], ensure_ascii=False)


async def test_the_reporter_sees_how_it_stands_and_which_limits_run(door: Whole) -> None:
    answer = (await door.report(dumping("R01-02"))).json()
    await door.settled(answer["receipt"])

    shown = await door.http.get(
        f"/reports/{answer['receipt']}", headers={"X-Receipt-Secret": answer["secret"]}
    )

    standing = shown.json()
    assert (standing["state"], standing["stage"], standing["stage_zh"]) == ("opened", "discovered", "发现")
    assert {limit["clock"] for limit in standing["limits"]} >= {"STOP", "REPLY"}


async def test_a_wrong_secret_and_an_unknown_receipt_are_answered_alike(door: Whole) -> None:
    answer = (await door.report(dumping("R01-03"))).json()

    wrong = await door.http.get(
        f"/reports/{answer['receipt']}", headers={"X-Receipt-Secret": "0000000000000000"}
    )
    unknown = await door.http.get("/reports/261124-00000000", headers={"X-Receipt-Secret": answer["secret"]})

    assert wrong.status_code == unknown.status_code == 404
    assert wrong.json() == unknown.json()


async def test_the_same_report_fifty_times_at_once_is_one_lead_and_one_issue(door: Whole) -> None:
    before = await counted(door)

    answers = await asyncio.gather(*(door.report(dumping("R01-04"), "fifty-times") for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({(answer.json()["receipt"], answer.json()["secret"]) for answer in answers}) == 1
    assert await counted(door) == before + 1
    lead = await door.settled(answers[0].json()["receipt"])
    bound = await door.hall.pool.fetchval(
        "SELECT count(*) FROM issue_numbers WHERE report_id = $1", lead.receipt
    )
    assert (lead.state, bound) == (LeadState.OPENED, 1)


async def test_twenty_reporters_of_one_thing_at_once_make_one_issue(door: Whole) -> None:
    answers = await asyncio.gather(*(door.report(dumping("R01-05")) for _ in range(20)))
    settled = await asyncio.gather(*(door.settled(answer.json()["receipt"]) for answer in answers))

    assert sorted(lead.state for lead in settled) == ["attached"] * 19 + ["opened"]
    assert len({lead.issue_id for lead in settled}) == 1
    issue = await journal.retell_issue(door.hall.pool, settled[0].issue_id or "")
    assert issue.reports == 20


async def test_another_kind_on_the_same_reach_is_another_issue(door: Whole) -> None:
    one = await door.kept(dumping("R02-01"))
    other = await door.kept({"text": "污水直排入河,水面发黑发臭。", "where": {"reach": "R02-01"}})

    assert one.state is other.state is LeadState.OPENED
    assert one.issue_id != other.issue_id


async def test_what_was_sent_again_after_it_ended_is_a_new_issue(door: Whole) -> None:
    first = await door.kept(dumping("R02-02"))
    await end(door, first)

    again = await door.kept(dumping("R02-02"))

    assert again.state is LeadState.OPENED
    assert again.issue_id != first.issue_id


async def end(door: Whole, lead: Lead) -> None:
    """Let the office find that there is nothing."""
    issue = await journal.retell_issue(door.hall.pool, lead.issue_id or "")
    base = {"said_at": datetime.now(UTC), "by": f"office:{issue.issue_id[:6]}000000"}
    reply = say.ReplyToReporter(id=f"{issue.issue_id}:reply", reply="ab" * 16, **base)
    await door.house.door.say(issue.issue_id, reply)
    dismiss = say.Dismiss(id=f"{issue.issue_id}:dismiss", reason="现场核实不属实", onsite="ab" * 16, **base)
    await door.house.door.say(issue.issue_id, dismiss)


def last_noon() -> datetime:
    """A moment of the day at which a call is passed on at once; at night it waits until nine."""
    noon = datetime.now(CHINA).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon if noon <= datetime.now(CHINA) else noon - timedelta(days=1)


async def test_what_may_be_several_reaches_waits_for_the_office_above_them_all(door: Whole) -> None:
    door.app.state.hall = replace(door.hall, now=last_noon)
    lead = await door.kept({"text": "河里有油污漂浮。", "where": {"name": "沱江边"}})
    door.app.state.hall = door.hall

    assert lead.state is LeadState.PARKED
    assert len(lead.candidates) > 1

    async def the_office_was_told() -> bool:
        told = await inbox.inbox_of(door.hall.pool, f"office:{lead.division}")
        return lead.receipt in {row.issue_id for row in told}

    # A call is passed on at once.
    await eventually("the office was told", the_office_was_told)


async def test_a_person_opens_what_waited_and_its_clock_is_told_so(door: Whole) -> None:
    lead = await door.kept({"text": "看着不对劲。", "where": {"reach": "R03-01"}})
    assert lead.state is LeadState.PARKED

    decided = await door.http.post(
        f"/leads/{lead.receipt}/decision",
        json={"decision": "open", "category": "SEWAGE", "severity": "SERIOUS"},
        headers=of(Role.OFFICE),
    )
    after = await door.settled(lead.receipt)

    assert decided.status_code == 200
    assert after.state is LeadState.OPENED
    assert after.decided_by == "office-001"
    steps = (await door.http.get(f"/leads/{lead.receipt}", headers=of(Role.OFFICE))).json()["steps"]
    assert [step["state"] for step in steps] == ["received", "parked", "opening", "opened"]


async def test_a_person_attaches_refuses_and_hands_on(door: Whole) -> None:
    opened = await door.kept(dumping("R03-01"))
    doubtful = [await door.kept({"text": f"看着不对劲{n}。", "where": {"reach": "R03-01"}}) for n in range(3)]
    bodies = (
        {"decision": "attach", "issue": opened.issue_id},
        {"decision": "refuse", "reason": "与河湖无关"},
        {"decision": "transfer", "to": "12345", "reason": "属城市供水"},
    )
    for lead, body in zip(doubtful, bodies, strict=True):
        answer = await door.http.post(f"/leads/{lead.receipt}/decision", json=body, headers=of(Role.OFFICE))
        assert answer.status_code == 200, answer.text
    states = [(await door.settled(lead.receipt)).state for lead in doubtful]

    assert states == [LeadState.ATTACHED, LeadState.REFUSED, LeadState.TRANSFERRED]
    refused = await leads.one(door.hall.pool, doubtful[1].receipt)
    assert refused is not None
    shown = await door.http.get(f"/reports/{refused.receipt}", headers={"X-Receipt-Secret": refused.secret})
    assert shown.json()["reason"] == "与河湖无关"
    again = await door.http.post(
        f"/leads/{refused.receipt}/decision", json=bodies[1], headers=of(Role.OFFICE)
    )
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"decision": "open"}, "body.category"),
        ({"decision": "open", "category": "SEWAGE", "severity": "MAJOR", "reach": "R99-99"}, "body.reach"),
        ({"decision": "refuse"}, "body.reason"),
        ({"decision": "transfer", "reason": "属城市供水"}, "body.to"),
        ({"decision": "attach"}, "body.issue"),
        ({"decision": "attach", "issue": "512022-2026-999999"}, "body.issue"),
    ],
)
async def test_an_incomplete_decision_says_what_is_missing(
    door: Whole, body: dict[str, Any], where: str
) -> None:
    lead = await door.kept({"text": "看着不对劲。", "where": {"reach": "R03-01"}})

    answer = await door.http.post(f"/leads/{lead.receipt}/decision", json=body, headers=of(Role.OFFICE))

    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == [where]
    assert (await door.settled(lead.receipt)).state is LeadState.PARKED


async def test_nobody_else_sees_or_decides_what_waits(door: Whole) -> None:
    lead = await door.kept({"text": "看着不对劲。", "where": {"reach": "R03-01"}})
    decision = {"decision": "refuse", "reason": "不属实"}
    one, decide = f"/leads/{lead.receipt}", f"/leads/{lead.receipt}/decision"

    async def statuses(headers: dict[str, str]) -> list[int]:
        return [
            (await door.http.get("/leads", headers=headers)).status_code,
            (await door.http.get(one, headers=headers)).status_code,
            (await door.http.post(decide, json=decision, headers=headers)).status_code,
        ]

    assert await statuses({}) == [401, 401, 401]
    assert await statuses(of(Role.CHIEF, COUNTY, f"chief:{COUNTY}:R03-01")) == [403, 403, 403]
    assert await statuses(of(Role.OFFICE, OTHER_COUNTY)) == [200, 403, 403]
    assert await statuses(of(Role.AUDITOR)) == [200, 200, 403]
    elsewhere = (await door.http.get("/leads", headers=of(Role.OFFICE, OTHER_COUNTY))).json()["leads"]
    assert lead.receipt not in {other["receipt"] for other in elsewhere}
    assert (await door.settled(lead.receipt)).state is LeadState.PARKED


async def test_what_waits_is_walked_page_by_page_once(door: Whole) -> None:
    for number in range(5):
        await door.kept({"text": f"看着不对劲{number}。", "where": {"reach": "R05-01"}})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await door.http.get("/leads", params=query, headers=of(Role.OFFICE, CITY))).json()
        seen += [lead["receipt"] for lead in page["leads"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen)) >= 5
    broken = await door.http.get("/leads", params={"cursor": "x~y"}, headers=of(Role.OFFICE, CITY))
    assert broken.status_code == 422


PATROL = {"text": "巡河发现垃圾。", "source": "PATROL", "where": {"reach": "R08-01"}}


async def test_a_patrol_is_found_by_its_own_post(door: Whole) -> None:
    division = door.house.registry.reach("R08-01").division
    post, other = f"patroller:{division}:R08-01", f"patroller:{division}:R08-02"
    lead = await door.kept(PATROL, **of(Role.PATROLLER, division, post))

    assert lead.told.finder == post
    another = await door.report({**PATROL, "finder": other}, **of(Role.PATROLLER, division, post))
    assert another.status_code == 403


@pytest.mark.parametrize("source", ["PATROL", "INSPECTION", "ORDER", "TRANSFER", "HOTLINE", "CAMERA"])
async def test_the_public_sends_what_the_public_saw(door: Whole, source: str) -> None:
    before = await counted(door)

    answer = await door.report({**PATROL, "source": source})

    assert answer.status_code == 401
    assert await counted(door) == before


async def test_an_office_sends_nothing_for_another_county(door: Whole) -> None:
    told = {**dumping("R03-01", source="HOTLINE"), "where": {"reach": "R03-01", "division": "512022113000"}}

    assert (await door.report(told, **of(Role.OFFICE, OTHER_COUNTY))).status_code == 403
    assert (await door.report(told, **of(Role.OFFICE))).status_code == 201


async def test_not_fixed_is_a_question_for_the_verifier_once_it_was_said_to_be_fixed(door: Whole) -> None:
    answer = (await door.report(dumping("R06-01"))).json()
    lead = await door.settled(answer["receipt"])
    secret = {"X-Receipt-Secret": answer["secret"], "Idempotency-Key": "not-fixed-1"}
    path = f"/reports/{answer['receipt']}/not-fixed"

    early = await door.http.post(path, json={"text": "还在那里"}, headers=secret)
    await rectify(door, lead.issue_id or "")
    asked = await door.http.post(path, json={"text": "还在那里"}, headers=secret)
    again = await door.http.post(path, json={"text": "还在那里"}, headers=secret)

    assert early.status_code == 409
    assert (asked.status_code, again.status_code) == (201, 200)
    assert asked.json()["receipt"] == again.json()["receipt"]
    question = await door.settled(asked.json()["receipt"])
    assert (question.state, question.issue_id) == (LeadState.PARKED, lead.issue_id)
    assert question.reason is not None
    assert "核查" in question.reason.zh


async def rectify(door: Whole, issue_id: str) -> None:
    """Let everybody do what they must until it is to be verified."""
    issue = await journal.retell_issue(door.hall.pool, issue_id)
    county = f"{issue_id[:6]}000000"
    unit = door.house.registry.unit_for(issue.category, issue.division)
    words: list[tuple[type[say.Command], dict[str, Any]]] = [
        (say.RecordStop, {"by": issue.chief, "photos": 2, "manifest": "ab" * 16}),
        (say.Assign, {"by": f"office:{county}", "unit": unit}),
        (say.ReportRectified, {"by": unit, "before": 2, "after": 2, "manifest": "ab" * 16}),
    ]
    for number, (kind, changes) in enumerate(words):
        word = kind(id=f"{issue_id}:{number}", said_at=datetime.now(UTC), **changes)
        await door.house.door.say(issue_id, word)
    assert (await journal.retell_issue(door.hall.pool, issue_id)).stage is Stage.VERIFYING


async def test_whether_a_reporter_is_satisfied_is_asked_when_it_has_ended(door: Whole) -> None:
    answer = (await door.report(dumping("R07-01"))).json()
    lead = await door.settled(answer["receipt"])
    secret = {"X-Receipt-Secret": answer["secret"]}
    path = f"/reports/{answer['receipt']}/answer"

    early = await door.http.post(path, json={"answer": "satisfied"}, headers=secret)
    await end(door, lead)
    kept = await door.http.post(path, json={"answer": "unsatisfied"}, headers=secret)

    assert (early.status_code, kept.status_code) == (409, 204)
    said = await door.hall.pool.fetchval("SELECT answer FROM lead_answers WHERE receipt = $1", lead.receipt)
    assert said == "unsatisfied"


async def test_what_was_seen_in_the_future_is_refused_and_what_is_old_is_taken(door: Whole) -> None:
    before = await counted(door)
    now = datetime.now(UTC)

    ahead = await door.report(dumping("R01-01", seen_at=(now + timedelta(minutes=1)).isoformat()))
    old = await door.report(dumping("R01-01", seen_at=(now - timedelta(days=40)).isoformat()))

    assert ahead.status_code == 422
    assert ahead.json()["errors"][0]["where"] == "body.seen_at"
    assert old.status_code == 201
    assert await counted(door) == before + 1


async def test_a_flood_from_one_address_is_turned_away_with_when_to_come_again(
    temporal_env: WorkflowEnvironment, postgres: TestPostgres, tmp_path: Path
) -> None:
    dsn = await postgres.fresh_database()
    async with whole(temporal_env, dsn, tmp_path, a_minute=3) as door:
        answers = [await door.report(dumping("R01-01")) for _ in range(5)]
        of_the_office = await door.report(dumping("R01-01", source="HOTLINE"), **of(Role.OFFICE, CITY))

        assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert of_the_office.status_code == 201
        door.hall.pressure.see({"512022": 2_000})
        full = await door.report(dumping("R03-01", source="HOTLINE"), **of(Role.OFFICE))
        other = await door.report(dumping("R02-01", source="HOTLINE"), **of(Role.OFFICE, CITY))
        order = await door.report(dumping("R03-01", source="ORDER"), **of(Role.OFFICE))
        assert full.status_code == 429
        assert order.status_code == 201
        assert other.status_code == (
            429 if door.house.registry.reach("R02-01").division[:6] == "512022" else 201
        )
    await postgres.drop(dsn)


@pytest.mark.parametrize(
    "path",
    ["/healthy", "/docs", "/leads", "/reports/261129-AAAAAAAA", "/open311/v2/services.json", "/nowhere"],
)
async def test_no_answer_of_the_front_door_is_kept_by_a_proxy(door: Whole, path: str) -> None:
    answer = await door.http.get(path)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_front_door_sends_nobody_to_an_address_that_he_named_himself(door: Whole) -> None:
    answer = await door.http.post("/reports/", json=dumping("R01-01"), headers={"Host": "evil.example"})

    assert answer.status_code in (404, 405)
    assert "location" not in answer.headers


async def test_a_photo_far_from_every_earlier_one_is_a_question_to_who_verifies(door: Whole) -> None:
    lead = await door.kept(dumping("R01-03"))
    where, office = f"/issues/{lead.issue_id}/photos", of(Role.OFFICE, CITY, f"office:{CITY}")
    for seconds in (30.0, 31.0, 40.0):
        taken = photo(exif=exif(lat=((30, 15, seconds), "N")), quality=int(seconds) + 50)
        sent = await door.http.post(where, files=[("photos", ("a.jpg", taken, "image/jpeg"))], headers=office)
        assert sent.status_code == 201, sent.text

    listed = (await door.http.get(where, headers=office)).json()

    assert [one["metres_from_earlier"] for one in listed] == [None, 31, 278]
    assert [one["question"] for one in listed] == [
        None,
        None,
        "距此前最近的照片 278 米,超过 100 米,请核对是否同一点位",
    ]
