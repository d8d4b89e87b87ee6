"""推送台账: each line of an inbox finds its persons, each push goes out once, what fails falls back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from domain.burden import Fact, Urgency, Used, Waiting
from domain.posts import Post
from domain.roster import ChannelKind
from domain.terms import Severity
from store.alarms import raise_within
from store.pool import Connection, Pool, connected, transaction
from store.queries import read_queries

SQL = read_queries("pushes")


class Unrouted(NamedTuple):
    """A line that has no person yet."""

    line: int
    issue_id: str
    addressee: Post
    received_at: datetime
    fact: Fact


class Delivery(NamedTuple):
    """A line for a person."""

    line: int
    person: str
    capacity: str
    urgency: Urgency
    since: datetime


class Alarm(NamedTuple):
    """What an operator is told in the same transaction."""

    kind: str
    subject: str
    text: str


class Push(NamedTuple):
    """推送: what makes one person's telephone ring once; without a channel it only shows in the sandbox."""

    id: str
    person: str
    channel: ChannelKind | None
    kind: str
    lines: list[int]
    about: list[str]
    number: int | None = None


class Lent(NamedTuple):
    """A push that is this sender's for a while."""

    push: Push
    attempts: int


class Unreached(NamedTuple):
    """A line that its person could not be told, and who was tried for it."""

    line: int
    issue_id: str
    addressee: Post
    urgency: Urgency
    tried: list[str]


class Planned(NamedTuple):
    """What is decided for one person: pushes, lines that nobody can push to him, when to look again."""

    pushes: Sequence[Push]
    unreachable: Sequence[int]
    look_again_at: datetime


Elsewhere = Callable[[Sequence[Unreached]], tuple[Sequence[Delivery], Sequence[Alarm]]]
"""Who else is told of what did not reach its person; what the operator is told when nobody is left."""


async def route(
    pool: Pool,
    decide: Callable[[Unrouted], tuple[Delivery | None, Alarm | None]],
    at: datetime,
    limit: int,
) -> int:
    """Find the person for each new line, all in one transaction; return how many lines were looked at."""
    async with transaction(pool) as connection:
        await connection.execute(SQL["one_router_at_a_time"])
        lines = [_unrouted(row) for row in await connection.fetch(SQL["to_route"], limit)]
        decided = [decide(line) for line in lines]
        await _add(connection, [delivery for delivery, _ in decided if delivery], at)
        for alarm in [alarm for _, alarm in decided if alarm]:
            await raise_within(connection, *alarm)
        await connection.execute(SQL["routed"], [line.line for line in lines])
    return len(lines)


async def to_plan(pool: Pool, at: datetime, limit: int) -> list[str]:
    """Return persons for whom something waits that may go now."""
    async with connected(pool) as connection:
        return [row["person"] for row in await connection.fetch(SQL["to_plan"], at, limit)]


async def plan_for(
    pool: Pool,
    person: str,
    still_acts: Callable[[Post], bool],
    decide: Callable[[Sequence[Waiting], Used], Planned],
    elsewhere: Elsewhere,
    at: datetime,
    today: date,
    *,
    live: bool,
) -> Planned:
    """Decide what a person is pushed now; what he cannot get, or should not any more, goes elsewhere."""
    async with transaction(pool) as connection:
        await connection.execute(SQL["one_at_a_time"], person)
        rows = await connection.fetch(SQL["waiting_of"], person)
        if left := [row["line"] for row in rows if not still_acts(row["addressee"])]:
            await _go_elsewhere(connection, person, left, "acts_no_more", elsewhere, at)
        waiting = [
            Waiting(row["line"], row["issue_id"], Urgency(row["urgency"]), row["since"])
            for row in rows
            if row["line"] not in left
        ]
        used = await connection.fetchrow(SQL["used_on"], person, today)
        assert used is not None  # a count is always told
        planned = decide(waiting, Used(*used))
        for push in planned.pushes:
            await _make(connection, push, at, today, "queued" if live else "sandbox")
        if planned.unreachable:
            await _go_elsewhere(connection, person, planned.unreachable, "no_channel", elsewhere, at)
        await connection.execute(SQL["look_again"], person, planned.look_again_at)
    return planned


async def lend(pool: Pool, channel: ChannelKind, limit: int, loan: timedelta) -> list[Lent]:
    """Take pushes of a channel that are due; nobody else gets them before the loan is over."""
    async with connected(pool) as connection:
        rows = await connection.fetch(SQL["lend"], channel, limit, loan)
    return [
        Lent(
            Push._make((*row[:2], ChannelKind(row["channel"]), *row[3:6], row["number"])),
            row["attempts"],
        )
        for row in rows
    ]


async def texts_of(pool: Pool, lines: Sequence[int]) -> list[str]:
    """Return the words of some lines, in order."""
    async with connected(pool) as connection:
        return [row["text"] for row in await connection.fetch(SQL["texts_of"], list(lines))]


async def went_out(pool: Pool, push: Push, state: str) -> None:
    """Keep that a push was `sent` (a relay took it) or `delivered` (it is there)."""
    async with connected(pool) as connection:
        await connection.execute(SQL["answered"], push.id, state)


async def try_later(pool: Pool, push: Push, pause: timedelta, error: str) -> None:
    """Leave a push queued for after a pause."""
    async with connected(pool) as connection:
        await connection.execute(SQL["try_later"], push.id, pause, error)


async def fall_back(
    pool: Pool,
    push: Push,
    error: str,
    following: Callable[[frozenset[ChannelKind]], Push | None],
    elsewhere: Elsewhere,
    at: datetime,
    today: date,
) -> Push | None:
    """Give a channel up: the next of the person, else the next person, else the operator; return the next.

    `following` is asked with the channels that have failed for the same lines.
    """
    async with transaction(pool) as connection:
        await connection.execute(SQL["one_at_a_time"], push.person)
        if await connection.fetchval(SQL["failed"], push.id, error) is None:
            return None
        rows = await connection.fetch(SQL["failed_channels"], push.person, push.lines)
        successor = following(frozenset(ChannelKind(row["channel"]) for row in rows if row["channel"]))
        if successor is not None:
            await _make(connection, successor, at, today, "queued")
        else:
            await _go_elsewhere(connection, push.person, push.lines, error, elsewhere, at)
    return successor


async def ring(pool: Pool) -> None:
    """Wake the senders: something came into an inbox."""
    async with connected(pool) as connection:
        await connection.execute(SQL["ring"])


def _unrouted(row: Any) -> Unrouted:
    severity = Severity(row["severity"]) if row["severity"] else None
    fact = Fact(row["kind"] or "", severity, row["limit_at"])
    return Unrouted(row["line"], row["issue_id"], row["addressee"], row["received_at"], fact)


async def _add(connection: Connection, deliveries: Iterable[Delivery], at: datetime) -> None:
    columns = [list(column) for column in zip(*deliveries, strict=True)] or [[], [], [], [], []]
    await connection.execute(SQL["add_deliveries"], *columns, at)


async def _make(connection: Connection, push: Push, at: datetime, today: date, state: str) -> None:
    await connection.execute(
        SQL["make_push"],
        *(push.id, push.person, push.channel, push.kind, push.lines, push.about),
        *(at, today, state, push.number),
    )


async def _go_elsewhere(
    connection: Connection,
    person: str,
    lines: Sequence[int],
    error: str,
    elsewhere: Elsewhere,
    at: datetime,
) -> None:
    rows = await connection.fetch(SQL["not_reached"], person, list(lines))
    unreached = [
        Unreached(row["line"], row["issue_id"], row["addressee"], Urgency(row["urgency"]), row["tried"])
        for row in rows
    ]
    await connection.execute(SQL["not_told"], person, list(lines), error)
    deliveries, alarms = elsewhere(unreached)
    await _add(connection, deliveries, at)
    for alarm in alarms:
        await raise_within(connection, *alarm)
