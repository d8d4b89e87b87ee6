

def _opened(on: Ledger, said_at: datetime) -> None:
    first = [("STOP", on._first_moment())] if "STOP" in on.book.rules["clocks"] else []
    complaint = on.body["source"] in COMPLAINTS
    on.starts(*first, *((name, said_at) for name in ("REPLY", "WHOLE") if complaint))


def _first_moment(on: Ledger) -> datetime:
    opened = on.bodies[0]
    registered = moment(opened["said_at"])
    if "seen_at" not in opened or opened["origin"] == "STOCK":
        return registered
    seen = moment(opened["seen_at"])
    earliest = registered - timedelta(hours=int(on.book.rules["seen_within"].removesuffix("h")))
    return seen if earliest <= seen <= registered else registered


def _stopped(on: Ledger, said_at: datetime) -> None:
    on.ends("STOP", said_at=said_at)
    on.starts(("ASSIGN", said_at))


def _stopping_not_needed(on: Ledger, said_at: datetime) -> None:
    by_a_word = on.clock("STOP")
    on.ends("STOP", said_at=said_at)
    on.starts(("ASSIGN", said_at if by_a_word else on._first_moment()))


def _stopping_failed(on: Ledger, said_at: datetime) -> None:
    on.starts(("STOP", said_at))


def _assigned(on: Ledger, said_at: datetime) -> None:
    on.unit = on.body["unit"]
    on.planning = "PLAN" in on.book.rules["clocks"]
    on.ends("ASSIGN", said_at=said_at)
    on.starts(("PLAN" if on.planning else "RECTIFY", said_at))


def _plan_submitted(on: Ledger, _: datetime) -> None:
    on.plan_on = on.body["done_on"]


def _plan_accepted(on: Ledger, said_at: datetime) -> None:
    on.planning = False
    on.ends("PLAN", said_at=said_at)
    on.starts(("RECTIFY", said_at))


def _rectification_reported(on: Ledger, said_at: datetime) -> None:
    for clock in on.live():
        if clock.name in ("RECTIFY", "ENFORCEMENT"):
            on._no_lapse_since(clock, said_at)
            clock.stop(said_at, "verifying")
    on.ends("RULING", said_at=said_at)
    on.starts(("VERIFY", said_at))


def _rectification_accepted(on: Ledger, said_at: datetime) -> None:
    for clock in on.live():
        if clock.still and clock.still[1] == "verifying":
            since, _ = clock.still
            clock.still, clock.ended_at = None, max(clock.start, since)
    on.ends("VERIFY", said_at=said_at)
    on.starts(("CLOSE", said_at))


def _rectification_rejected(on: Ledger, said_at: datetime) -> None:
    on.ends("VERIFY", said_at=said_at)
    rested = [clock for clock in on.live() if clock.still and clock.still[1] == "verifying"]
    for clock in rested:
        clock.run_on(said_at)
    on.moves(*rested, said_at=said_at)


def _closed(on: Ledger, said_at: datetime) -> None:
    on.ends(*IN_ORDER, said_at=said_at)

_dismissed = _merged = _closed


def _report_attached(on: Ledger, said_at: datetime) -> None:
    wants_answer = on.body["source"] in COMPLAINTS and not on.clock("REPLY")
    on.starts(*([("REPLY", said_at)] if wants_answer else []))


def _reporter_answered(on: Ledger, said_at: datetime) -> None:
    on.ends("REPLY", said_at=said_at)


def _reassigned(on: Ledger, _: datetime) -> None:
    if on.planning and on.body["unit"] != on.unit:
        on.plan_on = ""
    on.unit = on.body["unit"]


def _vacancy_announced(on: Ledger, _: datetime) -> None:
    on.vacant.add(on.body["post"])


def _holder_announced(on: Ledger, _: datetime) -> None:
    on.vacant.discard(on.body["post"])


def _delivery_failed(on: Ledger, _: datetime) -> None:
    if on.body["why"] == "nobody":
        on.vacant.add(on.body["addressee"])


def _chief_moved(on: Ledger, _: datetime) -> None:
    on.chief = on.body.get("chief", on.chief)

_escalated = _chief_moved


def _lapse_withdrawn(on: Ledger, said_at: datetime) -> None:
    numbers = on.body["facts"]
    for clock in on.live():
        for mark in clock.passed if clock.name == on.body["clock"] else ():
            if mark.number in numbers and mark.at < said_at:
                on.differs(f"withdraws fact {mark.number}", mark.at, said_at)
        if clock.name == on.body["clock"]:
            clock.passed = [mark for mark in clock.passed if mark.number not in numbers]
    on._chief_moved(said_at)


def _extension_granted(on: Ledger, said_at: datetime) -> None:
    if clock := on.clock(on.body["clock"]):
        on._no_lapse_since(clock, said_at)
        clock.granted.append(on.body["amount"])
        on.moves(clock, said_at=said_at)


def _date_set(on: Ledger, said_at: datetime) -> None:
    if clock := on.clock(on.body["clock"]):
        on._no_lapse_since(clock, said_at)
        clock.set_on, clock.set_at = date.fromisoformat(on.body["set_on"]), said_at
        on.moves(clock, said_at=said_at)


def _clock_suspended(on: Ledger, said_at: datetime) -> None:
    stopped = [clock for clock in on.live() if clock.name in (*STAGE_CLOCKS, "WHOLE") and not clock.still]
    on._same("clocks", set(on.body["clocks"]), {clock.name for clock in stopped})
    for clock in stopped:
        on._no_lapse_since(clock, said_at)
        clock.stop(said_at, "suspended")
    on.starts(("REVIEW", said_at), ("SUSPENSION", said_at))


def _suspension_upheld(on: Ledger, said_at: datetime) -> None:
    on.starts(("REVIEW", said_at))

_suspension_review_due = _suspension_upheld


def _clock_resumed(on: Ledger, said_at: datetime) -> None:
    stopped = [clock for clock in on.live() if clock.still and clock.still[1] == "suspended"]
    stood = [clock.run_on(said_at) for clock in stopped]
    on.used += max(stood, default=timedelta())
    on.ends("REVIEW", "SUSPENSION", said_at=said_at)
    on.moves(*stopped, said_at=said_at)


def _dispute_opened(on: Ledger, said_at: datetime) -> None:
    on.ruler = on.body["ruler"]
    on.starts(("RULING", said_at))

_ruling_raised = _dispute_opened


def _dispute_ruled(on: Ledger, said_at: datetime) -> None:
    on.ends("RULING", said_at=said_at)
    if "unit" in on.body:
        on._reassigned(said_at)


def _transferred(on: Ledger, said_at: datetime) -> None:
    on.planning, on.unit = False, on.body["unit"]
    on.ends("RULING", *STAGE_CLOCKS, said_at=said_at)
    on.starts(("ENFORCEMENT", moment(on.body["filed_at"])))


def _interview_held(on: Ledger, said_at: datetime) -> None:
    for clock in on.live():
        called = clock.last(RUNG_OF["InterviewCalled"])
        if called and clock.held_at is None:
            clock.held_at = said_at


def _regraded(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.body["rules"], on.book.calendar), said_at, anew=True)


def _edition_adopted(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.body["rules"]), said_at, anew=True)


def _calendar_adopted(on: Ledger, said_at: datetime) -> None:
    on.all_again(Book(on.book.rules, on.body["calendar"]), said_at, anew=False)


