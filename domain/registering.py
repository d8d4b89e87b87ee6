"""登记: when a lead must have been decided, and who hears of it when it was not."""

from datetime import datetime, timedelta

from domain.lead import Receipt
from domain.limits import Counting, SourcedLimit
from domain.model import Frozen, Moment
from domain.posts import Division, Post, level_of, office
from domain.rulebook import RegisterClock, RuleBook
from domain.terms import Level, Rung, Severity, Source
from domain.workdays import CHINA

CALLS = frozenset({Source.PUBLIC, Source.HOTLINE, Source.MEDIA})
"""Whoever reports as a caller does is served as a caller is: by day at once."""
AHEAD = 12
"""How many steps are worked out; the last one repeats for as long as nobody decides."""


class LeadMark(Frozen):
    """节点 of a lead that nobody has decided: who is told at which moment."""

    at: Moment
    rung: Rung
    addressee: Post


def register_limit(book: RuleBook, source: Source, severity: Severity, received_at: datetime) -> SourcedLimit:
    """登记时限: a call by day is passed on at once, by night at nine; all else as what a patrol found.

    Rule: R-REGISTER
    """
    clock: RegisterClock = "PATROL"
    if source in CALLS:
        hour = received_at.astimezone(CHINA).time()
        by_day = book.call_hours.first <= hour < book.call_hours.last
        clock = "CALL_BY_DAY" if by_day else "CALL_BY_NIGHT"
    return book.register_limits[clock].of(severity)


def register_by(book: RuleBook, limit: SourcedLimit, received_at: datetime) -> datetime:
    """Return when a lead must have been decided.

    Rule: R-REGISTER-COUNT
    """
    return _counting(book).ends(limit.limit, received_at).at


def marks(book: RuleBook, due: datetime, division: Division) -> tuple[LeadMark, ...]:
    """未按时登记: the office is reminded at the limit, then ordered, and then the next office hears of it.

    It climbs in hours as an act that is not stopped does, a level at a time up to the top of the deployment,
    which goes on being told.

    Rule: R-REGISTER-LADDER
    """
    order, up = book.stop_ladder.order, book.stop_ladder.escalation
    counting = _counting(book)
    own = max(level_of(division), Level.COUNTY)
    levels = [level for level in Level if own <= level <= book.top.value] or [book.top.value]
    climbed = [
        LeadMark(at=due, rung=Rung.REMINDER, addressee=office(division, levels[0])),
        LeadMark(
            at=counting.ends(order.after, due).at, rung=Rung.ORDER, addressee=office(division, levels[0])
        ),
    ]
    at = counting.ends(up.after, due).at
    for step in range(1, AHEAD):
        level = levels[min(step, len(levels) - 1)]
        climbed.append(LeadMark(at=at, rung=Rung.ESCALATION, addressee=office(division, level)))
        at = counting.ends(up.each or up.after, at).at
    return tuple(climbed)


def _counting(book: RuleBook) -> Counting:
    return Counting(
        calendar=book.calendar, day_ends=book.day_ends.value, batch_notice=book.batch_notice.value
    )


def repeats(book: RuleBook) -> timedelta:
    """Return how often the last office is told again."""
    step = book.stop_ladder.escalation
    return max((step.each or step.after).nominal, SELDOM_ENOUGH)


SELDOM_ENOUGH = timedelta(seconds=1)


class LeadReminder(Frozen):
    """催办 of a lead that nobody has decided: the same number is the same reminder."""

    receipt: Receipt
    number: int
    due: Moment
    mark: LeadMark
