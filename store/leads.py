"""线索: every report that came in, what became of it, and each step on the way."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from domain.chain import canonical
from domain.lead import OVER, LeadState, Receipt
from domain.place import Point
from domain.posts import Division, Post, at_level
from domain.terms import ENDS, Category, Level
from domain.triage import Nearby
from store.lead_rows import (
    Counts,
    Kept,
    Kind,
    Lead,
    NewLead,
    Page,
    Shared,
    Step,
    Taken,
    lead_of,
    reason_of,
    shared_of,
    written,
)
from store.photos import add_photos
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("leads")

CHANNEL = "open311:"
"""What a sender begins with whose reports anybody may list; the queries name it as well."""
ENDINGS = ("Closed", "Dismissed", "Merged")
"""The facts that end an issue."""

DEGREES_A_METRE = 1 / 65_000
"""One metre east or north, in degrees, is less than this from the tropics up to the north of China."""


async def keep(pool: Pool, lead: NewLead) -> Kept:
    """Keep a lead and its photos, or return the one its sender's key stands for already. Raises Away."""
    point = lead.told.where.point
    # One statement is a transaction by itself; photos are more than one.
    async with (transaction if lead.photos else connected)(pool) as connection:
        receipt = await connection.fetchval(
            SQL["keep"],
            *(lead.receipt, lead.secret, lead.sender, lead.key, lead.digest, canonical(lead.told)),
            *(lead.told.source, lead.reporter, lead.received_at, lead.register_by, lead.division),
            *(point.lon if point else None, point.lat if point else None, written(lead.candidates)),
            json.dumps(lead.suggestion, ensure_ascii=False) if lead.suggestion else None,
            LeadState.PARKED if lead.parked_for else LeadState.RECEIVED,
            lead.about,
            *(lead.parked_for or (None, None)),
        )
        if receipt is not None:
            if lead.photos:
                await add_photos(connection, receipt, lead.photos)
            state = LeadState.PARKED if lead.parked_for else LeadState.RECEIVED
            return Kept(lead.receipt, lead.secret, lead.received_at, lead.register_by, state, is_new=True)
        known = await _before(connection, lead.sender, lead.key, lead.digest)
    assert known is not None  # what stood in the way is there
    return known


async def kept_before(pool: Pool, sender: str, key: str, digest: str) -> Kept | None:
    """Return the lead that a sender's key stands for, or nothing."""
    async with connected(pool) as connection:
        return await _before(connection, sender, key, digest)


async def _before(connection: Connection, sender: str, key: str, digest: str) -> Kept | None:
    row = await connection.fetchrow(SQL["kept_before"], sender, key)
    if row is None:
        return None
    return Kept(
        row["receipt"],
        row["secret"],
        row["received_at"],
        row["register_by"],
        LeadState(row["state"]),
        is_new=False,
        differs=row["digest"] != digest,
    )


async def hand_out(pool: Pool, limit: int, loan: timedelta) -> list[Lead]:
    """Lend what is to be carried on now; no other relay is lent it until the loan ends. Raises Away."""
    async with connected(pool) as connection:
        return [lead_of(row) for row in await connection.fetch(SQL["hand_out"], limit, loan)]


async def decide(
    pool: Pool,
    lead: Lead,
    kind: Kind | None,
    choose: Callable[[Sequence[Nearby]], Step | None],
    now: datetime,
) -> Step | None:
    """Let a lead take the step that is chosen in sight of what is open around it; None: not yet.

    Leads of one kind in one county are decided one after the other, so two that come at once meet.
    """
    async with transaction(pool) as connection:
        nearby: list[Nearby] = []
        if kind is not None:
            county = at_level(kind.division, Level.COUNTY)
            await connection.execute(SQL["one_at_a_time"], f"{kind.category}:{county}")
            nearby = await _nearby(connection, lead, kind)
        step = choose(nearby)
        if step is not None:
            await _take(connection, lead.receipt, (LeadState.RECEIVED,), step, now)
        return step


async def take(pool: Pool, receipt: Receipt, since: Sequence[LeadState], step: Step, now: datetime) -> bool:
    """Let a lead take a step if it stands at one of some states; tell whether it did."""
    async with connected(pool) as connection:
        return await _take(connection, receipt, since, step, now)


async def _take(
    connection: Connection, receipt: Receipt, since: Sequence[LeadState], step: Step, now: datetime
) -> bool:
    taken = await connection.fetchval(
        SQL["step"],
        *(receipt, list(since), step.to, step.place, step.reach, step.category, step.severity),
        written(step.candidates) if step.candidates is not None else None,
        *(step.issue_id, step.transferred_to),
        *(step.reason or (None, None)),
        *(step.by, now, step.division, now),
    )
    return taken is not None


async def _nearby(connection: Connection, lead: Lead, kind: Kind) -> list[Nearby]:
    reach = kind.radius * DEGREES_A_METRE
    point = kind.point
    box = (
        (point.lon - reach, point.lon + reach, point.lat - reach, point.lat + reach) if point else (None,) * 4
    )
    county = at_level(kind.division, Level.COUNTY)[:6]
    rows = await connection.fetch(SQL["nearby"], kind.category, kind.reach, f"{county}%", *box, lead.receipt)
    return [
        Nearby(
            receipt=row["receipt"],
            issue_id=row["issue_id"],
            reach=row["reach"],
            point=Point(lon=row["lon"], lat=row["lat"]) if row["lon"] is not None else None,
        )
        for row in rows
    ]


async def try_again(pool: Pool, receipt: Receipt, trouble: str) -> None:
    """Let a lead wait after a try that came to nothing; each time twice as long, at most ten seconds."""
    async with connected(pool) as connection:
        await connection.execute(SQL["try_again"], receipt, trouble[:200])


async def look_again(pool: Pool, receipt: Receipt) -> None:
    """Look at a lead again in a moment."""
    async with connected(pool) as connection:
        await connection.execute(SQL["look_again"], receipt)


async def watched(pool: Pool, receipt: Receipt) -> None:
    """Remember that a workflow keeps the clock of a parked lead."""
    async with connected(pool) as connection:
        await connection.execute(SQL["watched"], receipt)


async def one(pool: Pool, receipt: Receipt) -> Lead | None:
    """Return a lead, or nothing."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["one"], receipt)
    return lead_of(row) if row else None


async def steps(pool: Pool, receipt: Receipt) -> list[Taken]:
    """Return the steps that a lead took, in order."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["steps"], receipt)
    return [
        Taken(row["number"], row["at"], LeadState(row["state"]), row["by"], reason_of(row)) for row in rows
    ]


async def parked(pool: Pool, division: Division, after: tuple[datetime, Receipt], limit: int) -> list[Lead]:
    """Return up to `limit` leads that wait for a person in a division and below it, the most urgent first."""
    digits = len(division.rstrip("0")) + len(division.rstrip("0")) % 2
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["parked"], f"{division[:digits]}%", *after, limit)
    return [lead_of(row) for row in rows]


async def waiting(pool: Pool, most: int) -> dict[str, int]:
    """Return how many leads of each county (6 digits) wait for a machine, counted up to `most` in all."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["waiting"], most)
    return {row["county"]: row["leads"] for row in rows}


async def counts(pool: Pool) -> Counts:
    """Return what came of all leads."""
    async with connected(pool) as connection:
        row = await connection.fetchrow(SQL["by_state"])
    assert row is not None  # an aggregate always has a row
    return Counts(*row.values())


async def answer(pool: Pool, receipt: Receipt, said: str) -> None:
    """Keep a reporter's last word on how it ended: satisfied, fair or unsatisfied."""
    async with connected(pool) as connection:
        await connection.execute(SQL["answer"], receipt, said)


async def remind(pool: Pool, receipt: Receipt, number: int, addressee: Post, text: str) -> bool:
    """Tell whoever should decide a parked lead, once for each mark; False when it does not wait any more."""
    async with connected(pool) as connection:
        await connection.execute(SQL["remind"], receipt, number, addressee, text)
        is_parked: bool = await connection.fetchval(SQL["is_parked"], receipt)
    return is_parked


async def shared_page(pool: Pool, page: Page) -> list[Shared]:
    """Return a page of what anybody may see, the newest first; what has no category counts as OTHER."""
    async with connected(pool) as connection:
        query = await connection.prepare(SQL["shared_page"])
        rows = await query.fetch(
            *(page.since, page.until, page.categories, Category.OTHER),
            *(page.is_closed, sorted(OVER), sorted(ENDS), page.limit, page.offset),
        )
    return await shared(pool, [row["receipt"] for row in rows])


async def shared(pool: Pool, receipts: Sequence[Receipt]) -> list[Shared]:
    """Return what anybody may see of some receipts, the newest first; what is not shared is left out."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["shared"], list(receipts), sorted(ENDS), ENDINGS)
    return [shared_of(row) for row in rows]
