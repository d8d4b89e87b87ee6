"""重发: a client's second try is the first one's report; the standard has no key for that, so one is made."""

from datetime import datetime
from hashlib import sha256

from domain.chain import canonical
from domain.lead import Told
from domain.posts import Division
from intake.hall import Hall
from intake.reception import PutAway, hashed, receive
from intake.senders import sender_of
from reading.callers import Caller
from store import leads
from store.lead_rows import Kept
from store.leads import CHANNEL

AGAIN_WITHIN = 600
"""Seconds within which the same content of the same sender is a second try; afterwards it is news."""


def sender_311(caller: Caller | None) -> str:
    """Return whose keys are told apart, and by which way in: what came by this one is listed here."""
    return f"{CHANNEL}{sender_of(caller)}"


async def send(
    hall: Hall,
    told: Told,
    sender: str,
    key: str | None,
    seal: PutAway | None,
    own: Division | None = None,
) -> Kept:
    """Keep a report once, by the key that came with it or by its content; raises as `receive` does.

    Who reports is no part of a made key: a telephone number could be guessed from it.
    """
    if key is not None:
        return await receive(hall, told, sender, f"said:{key}", seal, own)
    now = hall.now()
    digest = sha256(canonical(told).encode()).hexdigest()
    window = int(now.timestamp()) // AGAIN_WITHIN
    earlier = await leads.kept_before(hall.pool, sender, hashed(_made(digest, window - 1)), digest)
    if earlier and _seconds(earlier.received_at, now) < AGAIN_WITHIN:
        return earlier
    return await receive(hall, told, sender, _made(digest, window), seal, own)


def _made(digest: str, window: int) -> str:
    return f"made:{window}:{digest}"


def _seconds(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds()
