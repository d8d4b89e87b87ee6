"""What must hold of every clock that is extended, suspended, disputed, regraded or counted by other rules."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.chain import canonical
from domain.excerpt import Excerpt
from domain.issue import commands as c
from domain.issue import events as fact
from domain.issue.decide import decide, let_time_pass
from domain.issue.events import read_fact
from domain.issue.evolve import after, evolve, retell
from domain.issue.fact_base import Event
from domain.issue.run import Run
from domain.issue.state import Issue
from domain.issue.who import closing_office, rulers
from domain.limits import Unit
from domain.posts import post_level
from domain.refusals import Refusal
from domain.terms import Category, Clock, Severity, Source, Stage
from domain.workdays import close_of_business
from tests.rules.given import (
    CHAIN,
    CITY_OFFICE,
    COUNTY_OFFICE,
    VILLAGE,
    Facts,
    an_issue,
    regraded,
    walk,
    word,
)
from tests.rules.strategies import DAY, HOUR, MINUTE, UNITS, Lived, heard, lives

LATER = st.one_of(st.integers(0, 20 * 24), st.integers(0, 400 * 24)).map(lambda hours: hours * HOUR)
MARKS = (
    *(fact.EarlyReminded, fact.Lapsed, fact.Ordered, fact.Escalated),
    *(fact.BulletinDrafted, fact.InterviewCalled, fact.Referred),
)
STEADY = {Category.ABNORMAL_WATER, Category.ILLEGAL_FISHING}


def told_one_by_one(facts: Facts) -> Iterator[tuple[Issue, Event, Issue]]:
    """Yield every fact but the first, with the issue before and after it."""
    issue = retell(facts[:1])
    for each in facts[1:]:
        then = evolve(issue, each)
        yield issue, each, then
        issue = then


def clocks_of(issue: Issue) -> tuple[Run, ...]:
    return (*issue.clocks, *issue.still)


def limits(issue: Issue) -> dict[Clock, tuple[datetime, str, str]]:
    return {run.clock: (run.limit_at, run.limit, run.source) for run in clocks_of(issue)}


# ---------------------------------------------------------------- every life


@settings(max_examples=150)
@given(lives(), LATER)
def test_a_suspended_clock_reaches_no_mark(lived: Lived, later: timedelta) -> None:
    for before, each, then in told_one_by_one(lived.journal(later)):
        if isinstance(each, MARKS) and each.clock:
            assert before.run(each.clock)
            assert each.clock not in {run.clock for run in before.still}
        if then.is_suspended:
            reply = then.run(Clock.REPLY)
            assert then.is_overdue == bool(reply and reply.is_overdue)


@settings(max_examples=150)
@given(lives(), LATER)
def test_what_a_clock_ran_and_what_it_rested_is_what_elapsed(lived: Lived, later: timedelta) -> None:
    issue = after(lived.issue, let_time_pass(lived.issue, lived.clock + later))
    for run in (*clocks_of(issue), *issue.ended):
        until = run.ended_at or max(issue.at, run.started_at)
        stretches = [run.started_at, *(end for rest in run.rests for end in (rest.since, rest.until)), until]

        assert stretches == sorted(stretches)
        ran = sum(
            (end - begun for begun, end in zip(stretches[::2], stretches[1::2], strict=True)), timedelta()
        )
        assert ran + run.stood_still() == until - run.started_at


@settings(max_examples=150)
@given(lives(), LATER)
def test_no_word_changes_a_clock_that_has_ended(lived: Lived, later: timedelta) -> None:
    for before, each, then in told_one_by_one(lived.journal(later)):
        assert then.ended[: len(before.ended)] == before.ended
        if isinstance(each, fact.EditionAdopted | fact.CalendarAdopted | fact.Regraded):
            moved = {move.clock for move in each.moves}
            assert then.ended == before.ended
            # The other ladder acts from the word on; what it found done stays done.
            assert unmoved(then, moved) == unmoved(before, moved)


def unmoved(issue: Issue, moved: set[Clock]) -> list[Run]:
    return [run.model_copy(update={"moved_at": None}) for run in clocks_of(issue) if run.clock not in moved]


@settings(max_examples=150)
@given(lives(), LATER)
def test_nothing_is_granted_beyond_its_bounds(lived: Lived, later: timedelta) -> None:
    for before, each, then in told_one_by_one(lived.journal(later)):
        fair = then.rules.fair
        assert fair
        assert all(len(run.granted) <= run.decided <= fair.extension.times for run in clocks_of(then))
        suspended = then.at - then.suspended.since if then.suspended else timedelta()
        assert then.suspended_for + suspended <= 367 * DAY  # to the end of the day twelve months later
        if isinstance(each, fact.ExtensionGranted):
            run = before.begun(each.clock)
            assert run
            assert run in before.still or each.said_at <= run.limit_at
            assert not run.is_overdue
            asked = before.asked_for(each.clock)
            assert asked
            assert each.amount.amount <= asked.amount.amount
            assert each.amount.unit is not Unit.CALENDAR_DAYS or each.amount.amount <= 30


@settings(max_examples=150)
@given(lives(), LATER)
def test_an_extension_that_nobody_decides_changes_nothing_but_the_record(
    lived: Lived, later: timedelta
) -> None:
    issue, now = lived.issue, max(lived.issue.at, lived.clock) + MINUTE
    issue = after(issue, let_time_pass(issue, now))
    assume(not issue.is_over)
    asked = heard(issue, word(issue, c.RequestExtension, now), now)

    assert let_time_pass(after(issue, asked), now + later) == let_time_pass(issue, now + later)
    assert clocks_of(after(issue, asked)) == clocks_of(issue)


@settings(max_examples=60)
@given(lives(), st.sampled_from(Severity), st.sampled_from(Category), LATER)
def test_a_grade_there_and_back_leaves_every_limit_where_it_was(
    lived: Lived, severity: Severity, category: Category, later: timedelta
) -> None:
    now = max(lived.issue.at, lived.clock) + MINUTE
    issue = after(lived.issue, let_time_pass(lived.issue, now))
    assume(not issue.is_over and not issue.circumstances)
    # A clock that the excerpt lacks keeps what it has, wherever that came from.
    assume(
        all(run.clock in issue.rules.clocks for run in clocks_of(issue) if run.clock not in OF_A_SUSPENSION)
    )
    own = {"edition": issue.rules.edition, "digest": issue.rules.digest}
    there = regraded(issue, category, severity).model_copy(update=own)
    facts = heard(issue, word(issue, c.Regrade, now, rules=there, by=regrader(issue, there)), now)
    assume(facts)

    other = after(issue, facts)
    other = after(other, let_time_pass(other, now + later))
    by = regrader(other, issue.rules)
    back = word(other, c.Regrade, now + later, rules=issue.rules, by=by)
    other = after(other, decide(other, back, now + later))

    never = after(issue, let_time_pass(issue, now + later))
    assert limits(other) == limits(never)
    assert other.level >= issue.level


def regrader(issue: Issue, rules: Excerpt) -> str:
    """Only who closes it grades it lower; whoever else does stands above who must act."""
    grades = list(Severity)
    is_lower = grades.index(rules.severity) < grades.index(issue.severity)
    return closing_office(issue) if is_lower else CITY_OFFICE


OF_A_SUSPENSION = (Clock.REVIEW, Clock.SUSPENSION)


# ---------------------------------------------------------------- pauses and extensions


@st.composite
def rectifying(draw: st.DrawFn) -> Issue:
    """Return an issue that is being rectified, at any time of the year; one in two is a complaint."""
    category = draw(st.sampled_from([each for each in Category if each not in STEADY]))
    source = draw(st.sampled_from([Source.CAMERA, Source.PUBLIC]))
    said_at = datetime.fromisoformat("2026-01-05T09:07+08:00") + draw(st.integers(0, 400 * 24)) * HOUR
    issue = an_issue(category, draw(st.sampled_from(Severity)), source, said_at=said_at)
    return walk(issue, Stage.RECTIFYING)


def said(issue: Issue, kind: type[c.Command], at: datetime, **changes: object) -> Issue:
    """Let time pass to a moment and say a word at it."""
    issue = after(issue, let_time_pass(issue, at - timedelta(microseconds=1)))
    return after(issue, decide(issue, word(issue, kind, at, **changes), at))


def extended(issue: Issue, at: datetime) -> Issue:
    """Ask for an extension by one and grant it."""
    return said(said(issue, c.RequestExtension, at), c.GrantExtension, at)


def suspended(issue: Issue, since: datetime, until: datetime) -> Issue:
    return said(said(issue, c.SuspendClock, since), c.ResumeClock, until)


@settings(max_examples=120)
@given(rectifying(), st.floats(0.05, 0.95), st.integers(1, 300 * 24 * 60))
def test_the_order_of_pauses_and_extensions_does_not_matter(issue: Issue, when: float, long: int) -> None:
    run = issue.begun(Clock.RECTIFY)
    assert run
    since = run.started_at + when * (run.limit_at - run.started_at)
    between, until = since + long * MINUTE / 2, since + long * MINUTE
    facts_before = suspended(extended(issue, since), since, until)
    facts_between = said(extended(said(issue, c.SuspendClock, since), between), c.ResumeClock, until)
    facts_after = extended(suspended(issue, since, until), until)

    assert limits(facts_before) == limits(facts_between) == limits(facts_after)


@settings(max_examples=200)
@given(rectifying(), st.lists(st.tuples(st.integers(1, 600), st.integers(1, 6000)), min_size=2, max_size=6))
def test_many_short_rests_win_no_more_than_one_long_one(issue: Issue, spans: list[tuple[int, int]]) -> None:
    run = issue.begun(Clock.RECTIFY)
    assert run
    first = issue.at + MINUTE
    assume(first < run.limit_at)
    many, at = issue, first
    for still, between in spans:
        many = suspended(many, at, at + still * MINUTE)
        at += (still + between) * MINUTE
    total = sum(still for still, _ in spans) * MINUTE
    once = suspended(issue, first, first + total)

    assert limits(many)[Clock.RECTIFY] <= limits(once)[Clock.RECTIFY]
    rolled = close_of_business(run.limit_at + total, issue.rules.calendar, issue.rules.day_ends)
    assert limits(once)[Clock.RECTIFY][0] <= rolled.at


# ---------------------------------------------------------------- disputes


@settings(max_examples=200)
@given(
    st.sampled_from(Severity),
    st.permutations(UNITS),
    st.lists(st.sampled_from(CHAIN), max_size=3, unique=True),
    st.integers(0, 24 * 90),
    st.one_of(st.none(), st.integers(0, 4)),
)
def test_a_dispute_ends_and_no_clock_waits_for_it(
    severity: Severity, units: list[str], vacant: list[str], start: int, speaks: int | None
) -> None:
    begun = an_issue(Category.OCCUPATION, severity, said_at=OCTOBER + start * HOUR, division=VILLAGE)
    issue = walk(begun.model_copy(update={"vacant": tuple(vacant)}), Stage.STOPPED)
    issue = said(issue, c.Assign, issue.at + MINUTE, unit=units[0])
    undisputed, told = issue, list[Event]()

    for unit in units[1:]:  # each unit hands it back as often as it may, each is told that it is another's
        for kind, more in ((c.HandBack, {}), (c.Reassign, {"by": CITY_OFFICE, "unit": unit})):
            facts = tried(issue, kind, more)
            issue, told = after(issue, facts), told + facts
    fair, dispute = issue.rules.fair, issue.dispute
    assert fair
    assert dispute
    (opened_at,) = (each.said_at for each in told if isinstance(each, fact.DisputeOpened))
    chain, over_at = rulers(issue, dispute.units), opened_at
    for _ in chain:
        over_at = issue.rules.counting.ends(issue.rules.limit(Clock.RULING, None).limit, over_at).at
    for asked in range(len(chain)):  # silence, or a ruling of whoever is asked then
        if asked == speaks and issue.dispute:
            issue = said(issue, c.RuleOnDispute, issue.at + MINUTE, unit=units[0])
        ruling = issue.run(Clock.RULING)
        facts = let_time_pass(issue, ruling.limit_at if ruling else over_at)
        issue, told = after(issue, facts), told + facts

    assert issue.dispute is None
    assert issue.run(Clock.RULING) is None
    assert issue.at <= over_at
    assert sum(isinstance(each, fact.HandedBack) for each in told) == fair.hand_back.times + 1
    assert sum(isinstance(each, fact.DisputeOpened | fact.RulingRaised) for each in told) <= len(chain)
    assert limits(issue) == limits(after(undisputed, let_time_pass(undisputed, issue.at)))
    assert tried(issue, c.HandBack, {}) == []
    lower = post_level(COUNTY_OFFICE) < post_level(issue.ruled_by or "")
    assert not (lower and tried(issue, c.Reassign, {"by": COUNTY_OFFICE}))


OCTOBER = datetime.fromisoformat("2026-10-01T00:13+08:00")


def tried(issue: Issue, kind: type[c.Command], more: dict[str, object]) -> Facts:
    """Say a word a minute later; a refused one makes no fact."""
    at = issue.at + MINUTE
    try:
        return decide(issue, word(issue, kind, at, **more), at)
    except Refusal:
        return []


@settings(max_examples=100)
@given(lives(), LATER)
def test_clocks_that_moved_are_retold_as_they_were(lived: Lived, later: timedelta) -> None:
    facts = lived.journal(later)

    retold = retell([read_fact(canonical(each)) for each in facts])

    assert retold == after(lived.issue, let_time_pass(lived.issue, lived.clock + later))
