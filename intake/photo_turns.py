"""照片轮次: few requests hold photos at a time; the public's are never all of them, nor one address's."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from intake.pressure import TOO_FULL
from intake.problems import Problem

MOST_OF_THE_PUBLIC = 30
"""Requests of the public that wait for their turn, or have it: nine large photos take many seconds."""
MOST_OF_ONE_ADDRESS = 3


class Turns:
    """轮次 of one process: an official's evidence never stands behind a flood of the public's."""

    def __init__(self, at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._public = asyncio.Semaphore(at_once - 1)
        self._of_address: Counter[str] = Counter()

    @asynccontextmanager
    async def take(self, address: str | None) -> AsyncIterator[None]:
        """Wait for a turn; an official comes without an address. Problem 429 when too many wait already."""
        if address is None:
            async with self._all:
                yield
            return
        of_all, of_one = self._of_address.total(), self._of_address[address]
        if of_all >= MOST_OF_THE_PUBLIC or of_one >= MOST_OF_ONE_ADDRESS:
            raise Problem(429, "too-full", TOO_FULL, retry_after=30)
        self._of_address[address] += 1
        try:
            async with self._public, self._all:
                yield
        finally:
            self._of_address[address] -= 1
            if not self._of_address[address]:
                del self._of_address[address]
