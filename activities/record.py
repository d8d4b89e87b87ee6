"""记录: post a letter to the journal, at once if Postgres answers at once, else for as long as it takes."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.answers import Answer
from domain.issue.letter import Letter
from store import journal
from store.bell import Ringer
from store.faults import Diverged, Unfit
from store.pool import Away, Pool, close, open_pool

ANSWER_WITHIN = 0.8
"""Seconds that an acknowledgement may wait for Postgres; the local activity as a whole has one second."""
REST = 2.0
"""Seconds for which the whole worker leaves Postgres alone once it did not answer."""
_RECORD_WITHIN = 10.0

Kept = Callable[[Letter, int], None]
"""Called with a letter once it is in the journal, and with how many of its facts were new there."""


Span = Callable[[str], AbstractContextManager[object]]
"""What is measured of one thing, by its name."""


def no_span(_: str) -> AbstractContextManager[object]:
    """Measure nothing."""
    return nullcontext()


class Records:
    """The journal as the workflows see it: two activities that take the same letter; it connects late."""

    def __init__(
        self,
        dsn: str,
        connections: int = 8,
        kept: Kept = lambda _letter, _new: None,
        span: Span = no_span,
    ) -> None:
        self._dsn = dsn
        self._kept = kept
        self._span = span
        self._connections = connections
        self._pool: Pool | None = None
        self._ringer: Ringer | None = None
        self._opening = asyncio.Lock()
        self._resting_until = 0.0
        self._answered_at = 0.0
        self._left_behind: set[asyncio.Task[journal.Recorded]] = set()

    @activity.defn
    async def record_now(self, letter: Letter) -> Answer:
        """Record a letter in ANSWER_WITHIN seconds, or answer that Postgres is away, or that it disagrees."""
        if time.monotonic() < self._resting_until:
            return Answer(state="away", trouble="Postgres: resting after it did not answer")
        task = asyncio.create_task(self._record(letter))
        try:
            done, _ = await asyncio.wait({task}, timeout=ANSWER_WITHIN)
        except asyncio.CancelledError:
            self._leave_behind(task)
            raise
        if not done:
            # Whether it was recorded is unknown; the same letter comes again and changes nothing then.
            self._leave_behind(task)
            trouble = f"Postgres: no answer within {ANSWER_WITHIN} s"
            if time.monotonic() - self._answered_at < ANSWER_WITHIN:
                # It answers others: this one letter waited too long, which is no outage.
                return Answer(state="away", trouble=trouble)
            return self._away(letter, trouble)
        try:
            recorded = task.result()
        except Away as away:
            return self._away(letter, str(away))
        except Unfit as unfit:
            return self._differs(letter, unfit)
        return Answer(state="recorded", tail=recorded.tail, number=recorded.number)

    @activity.defn
    async def record_until_done(self, letter: Letter, shown: str = "diverged") -> Answer:
        """Record a letter or raise; Temporal tries again, and the message shows in the Web UI.

        `shown` is the trouble that the issue shows: a difference that it does not show yet is answered once.
        """
        what = f"{letter.issue_id}: facts {letter.lines[0].number} to {letter.lines[-1].number}"
        try:
            async with asyncio.timeout(_RECORD_WITHIN):
                recorded = await self._record(letter)
        except TimeoutError:
            raise ApplicationError(f"{what}: no answer in {_RECORD_WITHIN} s", type="Away") from None
        except (Away, Unfit) as trouble:
            if isinstance(trouble, Unfit) and shown != "diverged":
                return self._differs(letter, trouble)
            raise ApplicationError(f"{what}: {trouble}", type=type(trouble).__name__) from None
        self._resting_until = 0.0
        return Answer(state="recorded", tail=recorded.tail, number=recorded.number)

    async def close(self) -> None:
        """Give the connections back."""
        if self._ringer is not None:
            await self._ringer.rest()
        if self._pool is not None:
            await close(self._pool)

    async def _record(self, letter: Letter) -> journal.Recorded:
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self._dsn, self._connections)
                self._ringer = Ringer(self._pool)
        with self._span("journal.record"):
            recorded = await journal.record(self._pool, letter)
        if recorded.new and letter.effects and self._ringer:
            self._ringer.ring()
        self._answered_at = time.monotonic()
        self._kept(letter, recorded.new)
        activity.logger.info("letter_recorded", extra={**_about(letter), "fact": recorded.number})
        return recorded

    def _away(self, letter: Letter, trouble: str) -> Answer:
        self._resting_until = time.monotonic() + REST
        activity.logger.warning("journal_away", extra={**_about(letter), "trouble": trouble})
        return Answer(state="away", trouble=trouble)

    def _differs(self, letter: Letter, unfit: Unfit) -> Answer:
        self._resting_until = 0.0  # Postgres answered
        activity.logger.error("letter_diverged", extra={**_about(letter), "trouble": str(unfit)})
        order = unfit.order if isinstance(unfit, Diverged) else ()
        return Answer(state="diverged", trouble=str(unfit), order=order)

    def _leave_behind(self, task: "asyncio.Task[journal.Recorded]") -> None:
        """Cancel an attempt without waiting for its goodbye, which needs Postgres as well."""
        self._left_behind.add(task)
        task.add_done_callback(self._forget)
        task.cancel()

    def _forget(self, task: "asyncio.Task[journal.Recorded]") -> None:
        self._left_behind.discard(task)
        if not task.cancelled():
            task.exception()  # asked for, so that asyncio does not complain that nobody did


def _about(letter: Letter) -> dict[str, object]:
    """Return the fields of a log line: which issue, and which words the letter holds; time has none."""
    commands = (json.loads(line.body).get("command") for line in letter.lines)
    words = list(dict.fromkeys(command for command in commands if command))
    return {"issue_id": letter.issue_id, "command_id": words[0] if len(words) == 1 else words}
