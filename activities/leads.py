"""线索催办: tell the office that should have decided a lead, for as long as nobody has."""

import asyncio

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.registering import LeadReminder
from domain.terms import RUNGS
from domain.workdays import CHINA
from store import leads
from store.pool import Away, Pool, close, open_pool


class Leads:
    """The leads as their workflows see them; it connects late."""

    def __init__(self, dsn: str, connections: int = 2) -> None:
        self._dsn = dsn
        self._connections = connections
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()

    @activity.defn
    async def remind_of_lead(self, reminder: LeadReminder) -> bool:
        """Put a reminder into the office's inbox, once; False when somebody has decided meanwhile."""
        mark = reminder.mark
        due = reminder.due.astimezone(CHINA)
        text = (
            f"【{RUNGS[mark.rung].zh}】线索 {reminder.receipt} 应于 {due:%Y-%m-%d %H:%M} 前研判登记,"
            "至今未定,请立即研判。"
        )
        try:
            return await leads.remind(
                await self._open(), reminder.receipt, reminder.number, mark.addressee, text
            )
        except Away as away:
            raise ApplicationError(f"{reminder.receipt}: {away}", type="Away") from None

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await close(self._pool)

    async def _open(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self._dsn, self._connections)
        return self._pool
