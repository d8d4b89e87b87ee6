"""受理: a report is kept before it is answered for; the answer names receipt and limit."""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from domain.chain import canonical
from domain.lead import Told
from domain.model import IssueId, Label
from domain.place import UnknownPlace
from domain.posts import Division
from domain.registering import register_by, register_limit
from domain.workdays import local_day
from intake.assess import Assessed
from intake.desk import book_of
from intake.hall import Hall
from intake.problems import Problem, wrong
from intake.senders import require_own_place
from store import leads
from store.lead_rows import Kept, NewLead
from store.photos import Kept as Photo

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are mistaken for others on the telephone."""

FROM_THE_FUTURE = Label(
    "seen_at 晚于当前时间,请核对时钟后重报", "seen_at lies in the future: check the clock and send it again"
)
OUTSIDE = Label(
    "坐标不在本服务的辖区内,请核对经纬度(先经度后纬度)",
    "the point lies outside this service's area: check longitude and latitude, in this order",
)
OTHER_CONTENT = Label(
    "这个 Idempotency-Key 已用于另一份内容,请换一个",
    "this Idempotency-Key came with other content: use another",
)


class Beside(NamedTuple):
    """随附 a report: the token of whoever reports, if he says so, and its photos."""

    reporter: str | None = None
    photos: tuple[Photo, ...] = ()


PutAway = Callable[[], Awaitable[Beside]]
"""Keeps what comes with a report that is taken."""


class Follow(NamedTuple):
    """后续 of an earlier report: about which issue, whose office looks at it, and why a person must."""

    about: IssueId
    division: Division
    reason: Label


async def receive(
    hall: Hall,
    told: Told,
    sender: str,
    key: str,
    put_away: PutAway | None = None,
    own: Division | None = None,
) -> Kept:
    """Keep a report once for each key of its sender; raises Problem for what cannot be taken, and Away.

    Whoever reports is no part of what is compared: from a digest a telephone number could be guessed. What
    comes with it is put away once nothing speaks against the report; `own` is where its sender answers for.
    """
    now = hall.now()
    digest = sha256(canonical(told).encode()).hexdigest()
    if known := await leads.kept_before(hall.pool, sender, hashed(key), digest):
        return _same(known)
    _require_a_past(hall, told, now)
    assessed = _assessed(hall, told)
    require_own_place(assessed.located.certain, own)
    division = hall.assessor.office_of(assessed.located)
    hall.pressure.admit(division, told.source)
    book = book_of(hall.desk.editions, now)
    limit = register_limit(book, told.source, assessed.understood.severity, now)
    beside = await put_away() if put_away else Beside()
    kept = await leads.keep(
        hall.pool,
        NewLead(
            receipt=new_receipt(now),
            secret=_drawn(16),
            sender=sender,
            key=hashed(key),
            digest=digest,
            told=told,
            reporter=beside.reporter,
            received_at=now,
            register_by=register_by(book, limit, now),
            division=division,
            candidates=assessed.located.candidates,
            suggestion=assessed.hint,
            photos=beside.photos,
        ),
    )
    hall.relay.ring()
    return _same(kept)


async def follow(hall: Hall, told: Told, sender: str, key: str, follow_up: Follow) -> Kept:
    """Keep what an earlier reporter says of how it ended: a question for a person, with its clock."""
    now = hall.now()
    book = book_of(hall.desk.editions, now)
    assessed = _assessed(hall, told)
    limit = register_limit(book, told.source, assessed.understood.severity, now)
    kept = await leads.keep(
        hall.pool,
        NewLead(
            receipt=new_receipt(now),
            secret=_drawn(16),
            sender=sender,
            key=hashed(key),
            digest=sha256(canonical(told).encode()).hexdigest(),
            told=told,
            reporter=None,
            received_at=now,
            register_by=register_by(book, limit, now),
            division=follow_up.division,
            candidates=assessed.located.candidates,
            suggestion=assessed.hint,
            parked_for=follow_up.reason,
            about=follow_up.about,
        ),
    )
    hall.relay.ring()
    return _same(kept)


def new_receipt(now: datetime) -> str:
    """Draw a receipt: the day in China, and letters that nobody can guess."""
    return f"{local_day(now):%y%m%d}-{_drawn(8)}"


def hashed(key: str) -> str:
    """Return what is kept of a sender's key, which may be anything he chose: a telephone number too."""
    return sha256(key.encode()).hexdigest()


def _drawn(letters: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def _same(kept: Kept) -> Kept:
    if kept.differs:
        raise Problem(422, "other-content", OTHER_CONTENT)
    return kept


def _require_a_past(hall: Hall, told: Told, now: datetime) -> None:
    ahead = book_of(hall.desk.editions, now).said_ahead.limit.nominal
    if told.seen_at and told.seen_at > now + ahead:
        raise Problem(422, "in-the-future", FROM_THE_FUTURE, [wrong("body.seen_at", FROM_THE_FUTURE)])


def _assessed(hall: Hall, told: Told) -> Assessed:
    try:
        assessed = hall.assessor.assess(told)
    except UnknownPlace as unknown:
        raise Problem(
            422, "unknown-place", unknown.reason, [wrong(f"body.where.{unknown.field}", unknown.reason)]
        ) from None
    if assessed.located.outside:
        raise Problem(422, "outside", OUTSIDE, [wrong("body.where.point", OUTSIDE)])
    return assessed
