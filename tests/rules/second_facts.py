"""第二台账之记法: what each kind of fact does to the clocks, as the prose of the rules says.

For the second clock; nothing of `domain` is imported.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from tests.rules.second_book import INTERVIEW, REFERRAL, Book
from tests.rules.second_calendar import moment
from tests.rules.second_ledger import Ledger

STAGE_CLOCKS = ("STOP", "ASSIGN", "PLAN", "RECTIFY", "VERIFY", "CLOSE", "ENFORCEMENT")
IN_ORDER = (*STAGE_CLOCKS[:-1], "REPLY", "WHOLE", "RULING", "ENFORCEMENT", "REVIEW", "SUSPENSION")
"""At one instant and one rung, the clocks of the table of clocks first."""
COMPLAINTS = ("PUBLIC", "HOTLINE")


def happens(on: Ledger, kind: str, said_at: datetime) -> None:
    """Let a fact do what it does; one that is not in the table starts and moves nothing."""
    FACTS.get(kind, lambda on, at: (on.starts(at), on.moves(at)))(on, said_at)


def _opened(on: Ledger, said_at: datetime) -> None:
    stop = [("STOP", _first_moment(on))] if "STOP" in on.book.rules["clocks"] else []
    beside = [("REPLY", said_at), ("WHOLE", said_at)] if on.body["source"] in COMPLAINTS else []
    on.starts(said_at, *stop, *beside)


def _first_moment(on: Ledger) -> datetime:
    """When it was seen; what is older than the book allows, and all stock, from registration."""
    registered = moment(on.opened["said_at"])
    seen = moment(on.opened.get("seen_at", on.opened["said_at"]))
    earliest = registered - timedelta(hours=int(on.book.rules["seen_within"].removesuffix("h")))
    is_stock = on.opened["origin"] == "STOCK"
    return seen if earliest <= seen <= registered and not is_stock else registered


def _stopped(on: Ledger, said_at: datetime) -> None:
    # What the rule itself finds not to be stopped has no stop clock, and is assigned from the first moment.
    at = said_at if on.clock("STOP") else _first_moment(on)
    on.ends("STOP", said_at=said_at)
    on.starts(said_at, ("ASSIGN", at))


def _stopping_failed(on: Ledger, said_at: datetime) -> None:
    on.starts(said_at, ("STOP", said_at))


def _assigned(on: Ledger, said_at: datetime) -> None:
    on.unit, on.planning = on.body["unit"], "PLAN" in on.book.rules["clocks"]
    on.ends("ASSIGN", said_at=said_at)
    on.starts(said_at, ("PLAN" if on.planning else "RECTIFY", said_at))


def _plan_submitted(on: Ledger, said_at: datetime) -> None:
    on.plan_on = on.body["done_on"]


def _plan_accepted(on: Ledger, said_at: datetime) -> None:
    on.planning = False
    on.ends("PLAN", said_at=said_at)
    on.starts(said_at, ("RECTIFY", said_at))


def _reported(on: Ledger, said_at: datetime) -> None:
    for clock in on.live():
        if clock.name in ("RECTIFY", "ENFORCEMENT"):
            on.no_lapse_since(clock, said_at)
            clock.stop(said_at, "verifying")
    on.ends("RULING", said_at=said_at)
    on.starts(said_at, ("VERIFY", said_at))


def _accepted(on: Ledger, said_at: datetime) -> None:
    for clock in on.standing("verifying"):
        clock.end_where_it_stands()
    on.ends("VERIFY", said_at=said_at)
    on.starts(said_at, ("CLOSE", said_at))


def _rejected(on: Ledger, said_at: datetime) -> None:
    rested = on.standing("verifying")
    for clock in rested:
        clock.run_on(said_at)
    on.ends("VERIFY", said_at=said_at)
    on.starts(said_at)
    on.moves(said_at, *rested)
    on.rejections += 1
    climbs = on.rejections > on.book.rules["rejections"] and not on.at_the_top
    same_word = [body for body in on.bodies[on.number :] if body.get("command") == on.body["command"]]
    on.same("rung 3 at once", any(body["kind"] == "Escalated" for body in same_word), climbs)


def _over(on: Ledger, said_at: datetime) -> None:
    on.ends(*IN_ORDER, said_at=said_at)


def _attached(on: Ledger, said_at: datetime) -> None:
    wants_answer = on.body["source"] in COMPLAINTS and not on.clock("REPLY")
    on.starts(said_at, *([("REPLY", said_at)] if wants_answer else []))


def _answered(on: Ledger, said_at: datetime) -> None:
    on.ends("REPLY", said_at=said_at)


def _given_to(on: Ledger, said_at: datetime) -> None:
    # While there is only a plan, another unit has its own to make.
    unit = on.body.get("unit", on.unit)
    on.plan_on = "" if on.planning and unit != on.unit else on.plan_on
    on.unit = unit


def _vacant(on: Ledger, said_at: datetime) -> None:
    if on.body.get("why") != "no_channel":
        on.vacant.add(on.body.get("post") or on.body["addressee"])


def _held(on: Ledger, said_at: datetime) -> None:
    on.vacant.discard(on.body["post"])


def _chief(on: Ledger, said_at: datetime) -> None:
    on.chief = on.body.get("chief", on.chief)


def _withdrawn(on: Ledger, said_at: datetime) -> None:
    clock = on.clock(on.body["clock"])
    for mark in clock.passed if clock else ():
        if mark.number in on.body["facts"] and mark.at < said_at:
            on.differs(f"withdraws fact {mark.number}", mark.at, said_at)
    if clock:
        clock.passed = [mark for mark in clock.passed if mark.number not in on.body["facts"]]
    _chief(on, said_at)


def _granted(on: Ledger, said_at: datetime) -> None:
    clock = on.clock(on.body["clock"])
    assert clock, "what is granted belongs to a clock"
    on.no_lapse_since(clock, said_at)
    clock.granted.append(on.body["amount"])
    on.moves(said_at, clock)


def _date_set(on: Ledger, said_at: datetime) -> None:
    clock = on.clock(on.body["clock"])
    assert clock, "the date is set for a clock"
    on.no_lapse_since(clock, said_at)
    clock.set_on, clock.set_at = date.fromisoformat(on.body["set_on"]), said_at
    on.moves(said_at, clock)


def _suspended(on: Ledger, said_at: datetime) -> None:
    stops = (*STAGE_CLOCKS, "WHOLE")
    stopped = [clock for clock in on.live() if clock.name in stops and not clock.still]
    on.same("suspends", set(on.body["clocks"]), {clock.name for clock in stopped})
    for clock in stopped:
        on.no_lapse_since(clock, said_at)
        clock.stop(said_at, "suspended")
    on.starts(said_at, ("REVIEW", said_at), ("SUSPENSION", said_at))


def _review(on: Ledger, said_at: datetime) -> None:
    on.starts(said_at, ("REVIEW", said_at))


def _resumed(on: Ledger, said_at: datetime) -> None:
    stopped = on.standing("suspended")
    on.used += max((clock.run_on(said_at) for clock in stopped), default=timedelta())
    on.ends("REVIEW", "SUSPENSION", said_at=said_at)
    on.moves(said_at, *stopped)


def _ruling(on: Ledger, said_at: datetime) -> None:
    on.ruler = on.body.get("ruler", on.ruler)
    on.starts(said_at, ("RULING", said_at))


def _ruled(on: Ledger, said_at: datetime) -> None:
    on.ends("RULING", said_at=said_at)
    _given_to(on, said_at)


def _transferred(on: Ledger, said_at: datetime) -> None:
    on.planning, on.unit = False, on.body["unit"]
    on.ends("RULING", *STAGE_CLOCKS, said_at=said_at)
    on.starts(said_at, ("ENFORCEMENT", moment(on.body["filed_at"])))
    on.live()[-1].moved_at = said_at  # nothing is demanded for the time before the unit had it


def _interview(on: Ledger, said_at: datetime) -> None:
    for clock in on.live():
        called = clock.last(INTERVIEW)
        # What was recorded before the call is another interview.
        if called and said_at >= called and clock.held_at is None:
            on.no_lapse_since(clock, said_at, REFERRAL)
            clock.held_at = said_at


def _regraded(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.body["rules"], on.book.calendar), said_at)


def _edition(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.body["rules"]), said_at)


def _calendar(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.book.rules, on.body["calendar"]), said_at)


FACTS: Mapping[str, Callable[[Ledger, datetime], object]] = {
    "Opened": _opened,
    "Stopped": _stopped,
    "StoppingNotNeeded": _stopped,
    "StoppingFailed": _stopping_failed,
    "Assigned": _assigned,
    "Reassigned": _given_to,
    "PlanSubmitted": _plan_submitted,
    "PlanAccepted": _plan_accepted,
    "RectificationReported": _reported,
    "RectificationAccepted": _accepted,
    "RectificationRejected": _rejected,
    "Closed": _over,
    "Dismissed": _over,
    "Merged": _over,
    "ReportAttached": _attached,
    "ReporterAnswered": _answered,
    "VacancyAnnounced": _vacant,
    "DeliveryFailed": _vacant,
    "HolderAnnounced": _held,
    "ChiefMoved": _chief,
    "Escalated": _chief,
    "LapseWithdrawn": _withdrawn,
    "ExtensionGranted": _granted,
    "DateSet": _date_set,
    "Transferred": _transferred,
    "ClockSuspended": _suspended,
    "SuspensionUpheld": _review,
    "SuspensionReviewDue": _review,
    "ClockResumed": _resumed,
    "DisputeOpened": _ruling,
    "RulingRaised": _ruling,
    "DisputeRuled": _ruled,
    "InterviewHeld": _interview,
    "Regraded": _regraded,
    "EditionAdopted": _edition,
    "CalendarAdopted": _calendar,
}
"""One rule a kind."""
