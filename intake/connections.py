"""连接: whoever connects and asks for nothing is hung up on, so that he keeps nobody else out."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

ASKS_WITHIN = 15.0
"""Seconds for the first line and all headers of a request, and for a body that nobody wants to the end of."""
LARGEST_HEAD = 16 * 1024
"""Bytes of them that may wait for the rest."""


class Connection(H11Protocol):
    """连接 by which one request after the other may come."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._hang_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Count while headers come, and while a body still does that was answered already: it may end."""
        cycle: RequestResponseCycle | None = self.cycle
        is_answered = cycle is not None and cycle.response_complete
        if self.conn.their_state is h11.IDLE or (is_answered and self.conn.their_state is h11.SEND_BODY):
            self._hang_up = self._hang_up or self.loop.call_later(ASKS_WITHIN, self.transport.close)
        else:
            self._forget()

    def _forget(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()
            self._hang_up = None
