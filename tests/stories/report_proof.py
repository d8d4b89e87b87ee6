"""核对: what the reports sent have become, compared with records, journal, seal, photos and Temporal."""

import asyncio
import time
from collections import Counter
from hashlib import sha256

from domain.issue.events import read_fact
from intake.photos import manifest_digest
from store import proof, sealed
from store.pool import connected
from tests.stories.report_load import Sent, Thing
from tests.stories.report_site import Site
from tests.workflows.shell import eventually
from workflows.names import issue_workflow_id

SETTLED = """
SELECT NOT EXISTS (
    SELECT FROM leads WHERE state IN ('received', 'opening', 'attaching')
    OR (state = 'parked' AND NOT is_watched)
) AND NOT EXISTS (
    SELECT FROM leads WHERE state = 'opened'
    AND NOT EXISTS (SELECT FROM issue_facts WHERE issue_facts.issue_id = leads.issue_id)
)"""
LEFT_LYING = """
SELECT EXISTS (
    SELECT FROM leads
    WHERE state IN ('received', 'opening', 'attaching') AND next_try_at < now() - interval '3 seconds'
)"""
LEADS = """
SELECT receipt, secret, sender, idempotency_key AS key, state, issue_id, reporter,
    told ->> 'manifest' AS manifest,
    ARRAY(SELECT s.state FROM lead_steps AS s WHERE s.receipt = leads.receipt ORDER BY s.number) AS steps
FROM leads"""
NUMBERS = "SELECT report_id, issue_id, county, running FROM issue_numbers"


async def is_any_left_lying(site: Site) -> bool:
    """Return whether a lead is due that no relay takes: each of them holds others and waits for an answer."""
    async with connected(site.pool) as connection:
        left: bool = await connection.fetchval(LEFT_LYING)
    return left


async def assert_settled(site: Site, since: float, within: float) -> None:
    """Every lead is decided and every issue told within some seconds of a moment."""

    async def is_settled() -> bool:
        async with connected(site.pool) as connection:
            done: bool = await connection.fetchval(SETTLED)
        return done

    while time.monotonic() - since < within:
        if await is_settled():
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not every lead is decided within {within} s")


async def assert_all_there_once(site: Site, sent: list[Sent]) -> None:
    """Check everything: acknowledged means present; nothing twice, nothing half, nothing invented."""
    async with connected(site.pool) as connection:
        rows = await connection.fetch(LEADS)
        numbers = await connection.fetch(NUMBERS)
    leads = {(row["sender"], row["key"]): row for row in rows}
    assert len(leads) == len(rows)
    by_key = {(_sender(one), sha256(one.key.encode()).hexdigest()): one for one in sent}
    assert leads.keys() <= by_key.keys(), "invented"
    there: list[tuple[Sent, str, str, str | None]] = []
    for key, one in by_key.items():
        said = {(answer.receipt, answer.secret) for answer in one.answers if answer.is_yes}
        row = leads.get(key)
        if row is None:
            assert not said, f"{one.key} was acknowledged and is lost"
            continue
        assert said <= {(row["receipt"], row["secret"])}, f"{one.key} has another receipt"
        assert sum(answer.status == 201 for answer in one.answers) <= 1
        assert row["steps"][0] == "received"
        assert bool(row["reporter"]) == ("reporter" in one.told)
        assert bool(row["manifest"]) == bool(one.photos)
        there.append((one, row["receipt"], row["state"], row["issue_id"]))
    attached = _assert_one_thing_is_one_issue(there)
    opened = {receipt: issue for _, receipt, state, issue in there if state == "opened"}
    assert {row["report_id"]: row["issue_id"] for row in numbers} == opened
    running: dict[str, list[int]] = {}
    for row in numbers:
        running.setdefault(row["county"], []).append(row["running"])
    assert all(sorted(drawn) == list(range(1, len(drawn) + 1)) for drawn in running.values())
    await _assert_the_journal_agrees(site, set(opened.values()), attached)
    await _assert_temporal_agrees(site, set(opened.values()), [one for one in there if one[2] == "parked"])
    await _assert_photos_agree(site)
    await _assert_the_seal_agrees(site, {row["reporter"] for row in rows if row["reporter"]})


def _sender(one: Sent) -> str:
    return f"hotline-{one.sender}" if one.sender else "public"


def _assert_one_thing_is_one_issue(there: list[tuple[Sent, str, str, str | None]]) -> set[tuple[str, str]]:
    """One of the reports of a thing has opened, the others are attached; return these with their issues."""
    things: dict[Thing, list[tuple[str, str, str | None]]] = {}
    attached: set[tuple[str, str]] = set()
    for one, receipt, state, issue in there:
        if one.thing is None:
            assert (state, issue) == ("parked", None)
            continue
        things.setdefault(one.thing, []).append((state, receipt, issue))
        if state == "attached":
            attached.add((receipt, str(issue)))
    for thing, reports in things.items():
        states = Counter(state for state, _, _ in reports)
        assert states == Counter(opened=1, attached=len(reports) - 1), f"{thing}: {states}"
        assert len({issue for _, _, issue in reports}) == 1, f"{thing} is several issues"
    issues = Counter(reports[0][2] for reports in things.values())
    assert set(issues.values()) <= {1}, "different things are one issue"
    return attached


async def _assert_the_journal_agrees(
    site: Site, opened: set[str | None], attached: set[tuple[str, str]]
) -> None:
    query = "SELECT issue_id, kind, body FROM issue_facts WHERE kind IN ('Opened', 'ReportAttached')"
    async with connected(site.pool) as connection:
        rows = await connection.fetch(query)
    assert Counter(row["issue_id"] for row in rows if row["kind"] == "Opened") == Counter(opened)
    facts = [(row["issue_id"], read_fact(row["body"])) for row in rows if row["kind"] == "ReportAttached"]
    told = Counter((str(fact.command).removeprefix("attach:"), issue) for issue, fact in facts)
    assert told == Counter(attached)
    assert (await proof.verify_chain(site.pool)).breaks == ()


async def _assert_temporal_agrees(
    site: Site, opened: set[str | None], parked: list[tuple[Sent, str, str, str | None]]
) -> None:
    """Each issue and each lead that waits for a person has been started once; nothing else has."""
    wanted = Counter(issue_workflow_id(str(number)) for number in opened)
    wanted.update(f"lead/{receipt}" for _, receipt, _, _ in parked)
    seen: Counter[str] = Counter()

    async def is_so() -> bool:
        seen.clear()
        async for run in site.client.list_workflows(page_size=1000):
            seen["/".join(run.id.split("/")[:2]) if run.id.startswith("lead/") else run.id] += 1
        return seen >= wanted  # what it lists comes a little after what it does

    await eventually("Temporal lists all", is_so, 30)
    assert seen == wanted, seen - wanted


async def _assert_photos_agree(site: Site) -> None:
    """Whatever manifest a lead names, its photos are noted, and no others are."""
    async with connected(site.pool) as connection:
        named = await connection.fetch(
            "SELECT receipt, told ->> 'manifest' AS manifest FROM leads WHERE told ->> 'manifest' IS NOT NULL"
        )
        noted = await connection.fetch(
            "SELECT owner, array_agg(digest) AS digests FROM photos GROUP BY owner"
        )
    shown = {row["owner"]: manifest_digest(row["digests"]) for row in noted}
    assert shown == {row["receipt"]: row["manifest"] for row in named}


async def _assert_the_seal_agrees(site: Site, reporters: set[str]) -> None:
    """Everybody named is sealed; who was sealed for nothing was seen by nobody, and is forgotten later."""
    async with connected(site.pool) as connection:
        await connection.execute("UPDATE sealed.reporters SET sealed_at = sealed_at - interval '2 hours'")
        assert await connection.fetchval("SELECT count(*) FROM sealed.openings") == 0
    await sealed.forget_unclaimed(site.sealed)
    async with connected(site.pool) as connection:
        left = [row["token"] for row in await connection.fetch("SELECT token FROM sealed.reporters")]
    assert sorted(left) == sorted(reporters)
