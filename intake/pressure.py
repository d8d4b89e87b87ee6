"""限流: a flood is turned away before it makes anybody's word wait; each county by itself."""

from collections.abc import Mapping
from time import monotonic

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from domain.model import Label
from domain.posts import Division
from domain.terms import Source
from intake.door import Door
from intake.problems import Problem

A_MINUTE_FROM_ONE_ADDRESS = 30
"""Reports that one address may send without a token: a village behind one telephone exchange sends fewer."""
A_MINUTE_FROM_ONE_SENDER = 3_000
"""Of somebody with a token: a hot-line's system, a camera platform."""
MOST_OF_A_COUNTY = 2_000
MOST_IN_ALL = 10_000
"""Leads that wait for a machine: an outage of ten minutes at a city's worst rate."""
MOST_WHEN_HURRIED = 50
"""The same while people's words have to wait."""
LOOKED_AT = MOST_IN_ALL + 1

TOO_MANY = Label("报送过于频繁,请稍后再试", "too many reports from here: try again later")
TOO_FULL = Label("受理窗口繁忙,请稍后再试;紧急情况请拨打热线", "too many reports wait: try again later")


class Pressure:
    """限流器 of one process."""

    def __init__(self, door: Door, a_minute: int = A_MINUTE_FROM_ONE_ADDRESS) -> None:
        self._door = door
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._public = RateLimitItemPerMinute(a_minute)
        self._sender = RateLimitItemPerMinute(A_MINUTE_FROM_ONE_SENDER)
        self._waiting: Mapping[str, int] = {}
        self._seen_at = monotonic()

    def see(self, waiting: Mapping[str, int]) -> None:
        """Take note of how many leads of each county (6 digits) wait."""
        self._waiting, self._seen_at = waiting, monotonic()

    async def count(self, sender: str, *, is_public: bool) -> None:
        """Count a report of an address or a sender; Problem 429 beyond what one may send in a minute."""
        item = self._public if is_public else self._sender
        if not await self._limiter.hit(item, sender):
            window = await self._limiter.get_window_stats(item, sender)
            raise Problem(429, "too-many", TOO_MANY, retry_after=_until(window.reset_time))

    def admit(self, division: Division, source: Source) -> None:
        """Refuse with 429 what would only wait: too much of one county, too much in all, or people wait.

        A superior's order is never turned away.
        """
        if source is Source.ORDER:
            return
        in_all, of_county = sum(self._waiting.values()), self._waiting.get(division[:6], 0)
        if in_all >= MOST_IN_ALL or of_county >= MOST_OF_A_COUNTY:
            raise Problem(429, "too-full", TOO_FULL, retry_after=30)
        if self._door.is_hurried and of_county >= MOST_WHEN_HURRIED:
            raise Problem(429, "too-full", TOO_FULL, retry_after=10)


def _until(reset_time: float) -> int:
    from time import time  # noqa: PLC0415 - the library says moments of the wall clock

    return max(1, min(60, int(reset_time - time()) + 1))
