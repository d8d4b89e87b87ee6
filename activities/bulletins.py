"""通报的记录: freeze, record, look through, issue; and begin what is due."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.bulletin.due import due_by
from domain.bulletin.facts import Cut, Finding
from domain.bulletin.letter import BulletinLetter
from domain.bulletin.order import Entered, Look, Order, Outcome, ad_hoc, periodic
from domain.bulletin.rules import BulletinRules, Issuing
from domain.bulletin.state import Bulletin
from domain.posts import level_of
from domain.rulebook import RuleBook, in_force
from domain.terms import Level, Severity
from domain.workdays import at_local, local_day
from store import bulletin_records, bulletins
from store.faults import Unfit
from store.pool import Away, Pool, close, open_pool

Start = Callable[[Order], Awaitable[None]]
"""Begin a bulletin unless it was begun; raises when the server cannot be asked."""

CATCHES_UP = timedelta(days=60)
"""How far back a missed day is looked for: more than the schedule's own window."""
_DIGITS: dict[Issuing, int] = {"CITY": 4, "COUNTY": 6}

log = structlog.get_logger()


class Bulletins:
    """The records of bulletins as their workflows see them; it connects late."""

    def __init__(
        self,
        dsn: str,
        editions: Sequence[RuleBook] = (),
        rules: BulletinRules | None = None,
        start: Start | None = None,
        connections: int = 3,
    ) -> None:
        """Remember where the records are; without rules and a way to start, nothing is begun here."""
        self._dsn, self._editions, self._rules, self._start = dsn, editions, rules, start
        self._connections = connections
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @activity.defn
    async def freeze_bulletin(self, order: Order) -> Cut:
        """Make the cut of an order, once."""
        with _told_plainly(order.bulletin_id):
            return await bulletins.freeze(await self.pool(), order, datetime.now(UTC))  # noqa: TID251 - the cut

    @activity.defn
    async def record_bulletin(self, letter: BulletinLetter) -> str:
        """Record a letter, once; return the journal's tail."""
        with _told_plainly(letter.bulletin_id):
            return await bulletin_records.record(await self.pool(), letter)

    @activity.defn
    async def look_through_bulletin(self, look: Look) -> tuple[Finding, ...]:
        """Return what is found of a revision, but for what only whoever keeps the seal can find."""
        with _told_plainly(look.bulletin_id):
            return await self._found(look)

    @activity.defn
    async def issue_bulletin(self, bulletin: Bulletin, look: Look) -> Outcome:
        """Draw the number of an approved bulletin, unless something is found of those it names now.

        What has its number has gone out: an activity that died after it finds nothing any more.
        """
        with _told_plainly(bulletin.bulletin_id):
            if number := await bulletin_records.drawn(await self.pool(), bulletin.bulletin_id):
                return Outcome(document_number=number)
            if found := await self._found(look):
                return Outcome(findings=found)
            return Outcome(document_number=await bulletin_records.draw_number(await self.pool(), bulletin))

    @activity.defn
    async def open_due_bulletins(self, day: date) -> list[str]:
        """Begin every periodic bulletin that was due by a day and has not been begun; return which."""
        with _told_plainly(str(day)):
            begun = []
            for order in await self._due(day):
                await self._begin(order)
                begun.append(order.bulletin_id)
            return begun

    async def open_ad_hoc(self) -> int:
        """Begin a bulletin for each serious or major issue that is due one; return how many. Raises Away."""
        waiting = await bulletins.to_open(await self.pool())
        first = {each.issue_id: each for each in reversed(waiting)}
        for each in first.values():
            entered = Entered(issue_id=each.issue_id, number=each.number)
            book, rules = self._rules_on(local_day(each.drafted_at))
            severity = Severity(each.severity)
            await self._begin(
                ad_hoc(entered, each.issuer, severity, each.opened_at, rules, book, each.drafted_at)
            )
        return len(first)

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await close(self._pool)

    async def pool(self) -> Pool:
        """Return the connections, made when they are first needed."""
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self._dsn, self._connections)
        return self._pool

    async def _found(self, look: Look) -> tuple[Finding, ...]:
        pool, draft = await self.pool(), look.draft
        found = await bulletin_records.findings_now(pool, draft)
        return found + await bulletins.quoted(pool, look.bulletin_id, draft.texts, draft.longest_quote)

    async def _due(self, day: date) -> list[Order]:
        book, rules = self._rules_on(day)
        at = at_local(day, time())
        pool = await self.pool()
        issuers = [
            division
            for level in rules.issuers.value
            for division in await bulletins.divisions(pool, _DIGITS[level])
            if level_of(division) is Level[level]
        ]
        orders = [
            periodic(kind, period, division, rules, book, at)
            for kind, period in due_by(day, day - CATCHES_UP, rules, book.calendar)
            for division in issuers
        ]
        known = await bulletins.known(pool, [order.bulletin_id for order in orders])
        return [order for order in orders if order.bulletin_id not in known]

    def _rules_on(self, day: date) -> tuple[RuleBook, BulletinRules]:
        book = in_force(self._editions, day)
        if book is None or self._rules is None:
            raise ApplicationError(f"{day}: no rule book is in force", type="NoRules")
        return book, self._rules

    async def _begin(self, order: Order) -> None:
        assert self._start is not None  # whoever has rules can start
        await self._start(order)
        log.info("bulletin_begun", bulletin_id=order.bulletin_id)


@contextmanager
def _told_plainly(what: str) -> Iterator[None]:
    """Let Temporal try again what was away, and show what does not fit the journal; without a stack trace."""
    try:
        yield
    except (Away, Unfit) as trouble:
        raise ApplicationError(f"{what}: {trouble}", type=type(trouble).__name__) from None
