"""归档: keeps the workflow history of every finished issue before the server forgets it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal

import structlog
from temporalio import activity
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.chain import Relive, StillRunning, fetch_chain, of_the_life, unlike_journal
from domain.issue.archiving import Archived, archived
from domain.model import Frozen
from domain.terms import ENDS
from store import archive, journal
from store.afterwards import append_after_the_end
from store.alarms import raise_alarm, settle_subject
from store.archive import Chain, pack, unpack
from store.pool import Away, Pool, close, open_pool
from store.shelf import NoShelf, Shelf, ShelfAway, open_shelf

AT_A_TIME = 200
"""About so many issues one activity archives at most; the workflow asks again while any are left."""
LOOKS_BACK = timedelta(hours=3)
"""How far back closed runs are listed, beside what the journal names: three of its hours overlap."""
BY = "archive"
_MANY = 100_000

Became = Literal["archived", "known", "open", "running", "lost", "untold", "failed"]
"""What became of an issue that was to be archived."""

log = structlog.get_logger()


class Tally(Frozen):
    """一轮归档: how many became what, how many are left, and how many are late."""

    archived: int = 0
    known: int = 0
    lost: int = 0
    left: int = 0
    late: int = 0


class Archive:
    """流程档案库 of one process; it connects late."""

    def __init__(
        self,
        dsn: str,
        client: Client,
        place: str,
        relive: Relive,
        workflow_id: Callable[[str], str],
        issue_id: Callable[[str], str],
    ) -> None:
        """Remember where everything is; `relive` and the names are the workflows', which nothing here knows.

        `place` is what RIVER_ARCHIVE names.
        """
        self._dsn, self._client, self._relive = dsn, client, relive
        self._place = place
        self._workflow_id, self._issue_id = workflow_id, issue_id
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @activity.defn
    async def archive_closed(self) -> Tally:
        """Archive up to AT_A_TIME finished issues; told anew, it goes on where it was."""
        try:
            return await self.sweep(activity.heartbeat)
        except (Away, RPCError) as trouble:
            why = str(trouble) if isinstance(trouble, Away) else type(trouble).__name__
            raise ApplicationError(why, type="Away") from None

    @cached_property
    def _shelf(self) -> Shelf:
        """Opened when it is needed: issues live on where their histories cannot be kept."""
        try:
            return open_shelf(self._place, archive.PART, "RIVER_ARCHIVE")
        except NoShelf as unfit:
            raise ShelfAway(str(unfit)) from None

    async def sweep(self, step: Callable[[str], None] = lambda _: None, limit: int = AT_A_TIME) -> Tally:
        """Archive what is over, and tell the operator what is late. Raises Away, RPCError."""
        pool, now = await self.pool(), datetime.now(UTC)  # noqa: TID251 - what is late is late by the clock
        retention = await self._retention()
        lately = await self._closed_lately(now)
        became: dict[str, Became] = {}
        try:
            async for each in self._in_turn(pool, limit, lately):
                if each not in became:
                    became[each] = await self._try(each, now - retention)
                    step(each)
                if sum(one == "archived" for one in became.values()) >= limit:
                    break
        finally:  # above all where nothing can be kept
            late = await self._tell_late(now - retention / 2)
        count = Counter(became.values())
        left = len(await archive.unarchived(pool, limit)) if count["archived"] else 0
        return Tally(
            archived=count["archived"],
            known=count["known"],
            lost=count["lost"],
            left=left,
            late=late,
        )

    async def _in_turn(self, pool: Pool, limit: int, lately: Sequence[str]) -> AsyncIterator[str]:
        """Yield all that may be kept, the earliest first: those that cannot be hold up no other."""
        last: tuple[str, datetime] | None = None
        while some := await archive.unarchived(pool, limit, after=last):
            for last in some:
                yield last[0]
        for each in lately:
            yield each

    async def _try(self, issue_id: str, forgotten_before: datetime) -> Became:
        """Archive one issue, or leave it to the next hour: it is told as late if it stays so."""
        try:
            return await self.keep(issue_id, forgotten_before)
        except (Away, RPCError):
            raise
        except Exception:
            log.exception("history_not_archived", issue_id=issue_id)
            return "failed"

    async def keep(self, issue_id: str, forgotten_before: datetime | None = None) -> Became:
        """Archive one issue: the file first, then the fact, then the note; each again changes nothing.

        What the server does not know, and what ended before `forgotten_before`, is noted as lost.
        """
        pool = await self.pool()
        try:
            issue = await journal.retell_issue(pool, issue_id)
        except (LookupError, ValueError, TypeError):
            return "untold"
        if issue.stage not in ENDS:
            return "open"  # ended by hand while it was open: that is no end, and an operator's matter
        try:
            chain = await fetch_chain(self._client, issue_id, self._workflow_id(issue_id))
        except StillRunning:
            return "running"
        if chain is None:
            return await self._lost(issue_id, issue.stage_since, forgotten_before)
        known = await archive.archive_of(pool, issue_id)
        if known and (known.runs, known.last_run) == (len(chain.runs), chain.runs[-1].run_id):
            return "known"
        if known and known.digest and len(chain.runs) < known.runs:
            return "known"  # the server has begun to forget: what is kept is more
        await self._keep(pool, chain)
        return "archived"

    async def read(self, issue_id: str, digest: str) -> Chain:
        """Return what is kept under a digest. Raises Missing, SpoiledError, Away."""
        return unpack(await self._shelf.read(digest), issue_id)

    async def unlike(self, chain: Chain) -> str:
        """Say where a chain, lived again, differs from the journal; empty when nowhere."""
        return await unlike_journal(chain, await self._hashes(chain.issue_id), self._relive)

    async def _keep(self, pool: Pool, chain: Chain) -> None:
        content = pack(chain)
        digest = await self._shelf.keep(content)
        again = await self.read(chain.issue_id, digest)  # what cannot be read back is not kept
        file = Archived(
            digest=digest,
            bytes=len(content),
            runs=len(chain.runs),
            events=sum(run.events for run in chain.runs),
        )
        unlike = await self.unlike(again)
        now = datetime.now(UTC)  # noqa: TID251 - the moment of keeping
        recorded = await append_after_the_end(pool, chain.issue_id, lambda issue: archived(issue, file, now))
        await archive.note(pool, again, file, recorded.number, unlike)
        if unlike:
            await raise_alarm(pool, "archive_unlike", chain.issue_id, unlike)
        log.info("history_archived", issue_id=chain.issue_id, runs=file.runs, bytes=file.bytes)

    async def _hashes(self, issue_id: str) -> Sequence[str]:
        """The facts of the life itself: what was recorded after its end, no run posted."""
        return of_the_life(await journal.facts(await self.pool(), issue_id))

    async def _lost(self, issue_id: str, over_since: datetime, forgotten_before: datetime | None) -> Became:
        if forgotten_before is None or over_since > forgotten_before:
            return "running"  # perhaps another server was asked: it is looked for again
        pool = await self.pool()
        await archive.note_lost(pool, issue_id)
        await raise_alarm(pool, "archive_lost", issue_id, "the server had forgotten its history")
        return "lost"

    async def _tell_late(self, before: datetime) -> int:
        pool = await self.pool()
        late = await archive.unarchived(pool, _MANY, before)
        if late:
            text = f"{len(late)}: {', '.join(each for each, _ in late[:5])}"
            await raise_alarm(pool, "archive_late", "histories", text)
        else:
            await settle_subject(pool, "archive_late", "histories", BY)
        return len(late)

    async def _closed_lately(self, now: datetime) -> list[str]:
        since = (now - LOOKS_BACK).isoformat(timespec="seconds").replace("+00:00", "Z")
        query = f"WorkflowType = 'Issue' AND ExecutionStatus != 'Running' AND CloseTime > '{since}'"
        return [self._issue_id(each.id) async for each in self._client.list_workflows(query)]

    async def _retention(self) -> timedelta:
        namespace = self._client.namespace
        answer = await self._client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=namespace)
        )
        kept_for: timedelta = answer.config.workflow_execution_retention_ttl.ToTimedelta()
        return kept_for

    async def pool(self) -> Pool:
        """Return the connections, made when they are first needed."""
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self._dsn, 2)
        return self._pool

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await close(self._pool)
