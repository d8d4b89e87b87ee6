"""随机的一生: random issues and random lives, as plain tuples that shrink well.

`RIVER_EXAMPLES=20000` searches longer and anew each time, `mutants` stops at the first failure as it is
found; without it every machine tries the same examples.
"""

import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from domain import posts
from domain.excerpt import Excerpt
from domain.issue import commands as c
from domain.issue.commands import COMMANDS, Command, OpenIssue
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.life import AT_ANY_OPEN_STAGE, LIFE
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.issue.who import closing_office, in_charge, stage_clock
from domain.limits import Limit
from domain.refusals import Refusal
from domain.terms import Category, Circumstance, Clock, Level, Origin, Severity, Source, Stage
from domain.workdays import Calendar, local_day
from tests.rules.given import (
    CHAIN,
    CITY,
    CITY_OFFICE,
    COUNTY,
    FARMING,
    MONDAY,
    ONWARD,
    OTHER_COUNTY,
    PATROLLER,
    ROSTER,
    TOWNSHIP,
    VILLAGE,
    WATER,
    Facts,
    calendar_with_2027,
    excerpt,
    opening,
    regraded,
    speaker,
    word,
)

_EXAMPLES = os.environ.get("RIVER_EXAMPLES", "")
settings.register_profile(
    "rules",
    max_examples=int(_EXAMPLES) if _EXAMPLES.isdigit() else 400,
    derandomize=not _EXAMPLES.isdigit(),
    phases=[Phase.generate] if _EXAMPLES == "mutants" else list(Phase),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("rules")


class Step(NamedTuple):
    """一步: which word by whom, after a while, and how late it is heard; each drawn as one number."""

    what: int
    wait: timedelta
    late: timedelta

    @property
    def is_wild(self) -> bool:
        """Whether any word is said by anybody, not a fitting one by who may say it."""
        return self.what % 8 == 7

    @property
    def is_strange(self) -> bool:
        """Whether a fitting word is said by the right post of the wrong county."""
        return self.what % 8 == 6

    @property
    def is_of_clocks(self) -> bool:
        """Whether a fitting word is one about clocks, disputes or editions."""
        return self.what % 2 == 1

    def one_of(self, choices: Sequence[Any], salt: int = 0) -> Any:
        """Choose by the step's number."""
        return choices[(self.what // 8 * (2 * salt + 1) + self.what // 800) % len(choices)]


class Life(NamedTuple):
    """一生: an opening, how far it is walked straight on, and what is tried after it."""

    opening: OpenIssue
    walked: int
    steps: tuple[Step, ...]


class Moment(NamedTuple):
    """一刻: a word, the issue when it was said and when it is heard, and what it made."""

    then: Issue
    issue: Issue
    command: Command
    heard_at: datetime
    facts: Facts

    @property
    def after(self) -> Issue:
        """The issue after the word."""
        return after(self.issue, self.facts)


class Lived(NamedTuple):
    """活过的一生: every word as it came, and the journal of it all."""

    life: Life
    moments: tuple[Moment, ...]
    facts: Facts
    issue: Issue
    clock: datetime

    def journal(self, then: timedelta) -> Facts:
        """Return all facts of the life and of the time after it."""
        return self.facts + let_time_pass(self.issue, self.clock + then)


SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE_ITSELF = f"unit:{COUNTY}:chief_office"
UNITS = (
    OFFICE_ITSELF,
    WATER,
    FARMING,
    f"unit:{TOWNSHIP}:water",
    f"unit:{CITY}:water",
    f"unit:{CITY}:housing",
)
SPEAKERS = (
    *CHAIN,
    *(posts.office(VILLAGE, level) for level in Level),
    WATER,
    FARMING,
    OFFICE_ITSELF,
    PATROLLER,
    ROSTER,
    f"office:{OTHER_COUNTY}",
    f"chief:{OTHER_COUNTY}:R03-01",
    f"unit:{OTHER_COUNTY}:water",
)


def _span(number: int) -> timedelta:
    """Minutes run into the next word, days into lapses, a year into the end of any suspension.

    Back is before the last word was heard.
    """
    kind, length = number % 8, number // 8
    spans = (
        length % 120 * MINUTE,
        length % 48 * HOUR,
        length % 720 * HOUR,
        length % 30 * DAY,
        length % 3_000_000 * SECOND,
        -(length % 720) * HOUR,
        length % 120 * MINUTE,
        length % (400 if length % 5 == 0 else 30) * DAY,
    )
    return spans[kind]


STEPS = st.builds(
    Step,
    what=st.integers(0, 100_000),
    wait=st.integers(0, 20_000_000).map(_span),
    late=st.integers(0, 20_000_000).map(
        lambda number: timedelta() if number % 2 else abs(_span(number // 2))
    ),
)


@st.composite
def openings(draw: st.DrawFn) -> OpenIssue:
    """Return any opening that the rules accept."""
    origin = draw(st.sampled_from(Origin))
    severity = draw(st.sampled_from(Severity))
    circumstances = draw(st.lists(st.sampled_from(Circumstance), unique=True, max_size=2))
    if Circumstance.HAZARDOUS in circumstances and severity is Severity.GENERAL:
        circumstances.remove(Circumstance.HAZARDOUS)
    said_at = MONDAY + draw(st.integers(-300 * 24 * 60, 30 * 24 * 60)) * timedelta(minutes=1)
    source = draw(st.sampled_from(Source))
    finder = draw(st.sampled_from([None, PATROLLER, f"patroller:{VILLAGE}:R03-01", CHAIN[2]]))
    category = draw(st.sampled_from(Category))
    plan_on = None
    if origin is Origin.STOCK:
        level = posts.post_level(finder) if finder else None
        rules = excerpt(
            category,
            severity,
            source,
            local_day(said_at),
            origin,
            tuple(circumstances),
            level,
            recurring=False,
        )
        limit = rules.limit(Clock.RECTIFY, local_day(said_at)).limit
        ends = rules.counting.ends(limit.ceiling or limit, said_at).at - timedelta(microseconds=1)
        plan_on = local_day(said_at) + draw(st.integers(0, (local_day(ends) - local_day(said_at)).days)) * DAY
    return opening(
        category,
        severity,
        source,
        said_at=said_at,
        origin=origin,
        circumstances=tuple(circumstances),
        finder=finder,
        division=VILLAGE,
        seen_at=draw(st.one_of(st.none(), st.integers(-50, 60).map(lambda hours: said_at - hours * HOUR))),
        recurrence_of=draw(st.sampled_from([None, None, "512022-2026-000001"])),
        plan_on=plan_on,
        vacant=tuple(draw(st.lists(st.sampled_from(CHAIN), unique=True, max_size=4))),
        rules={"pass_filled": draw(st.booleans())},
    )


@st.composite
def lives(draw: st.DrawFn, longest: int = 8) -> Lived:
    """Return random lives of at most so many steps, after at most six straight ones."""
    steps = draw(st.integers(0, longest))
    walked = draw(st.integers(0, 6))
    begun = draw(openings())
    return live(Life(begun, walked, tuple(draw(STEPS) for _ in range(steps))))


def words_of(issue: Issue, step: Step) -> list[type[Command]]:
    """Return what may be said to an issue as it stands; what ends it elsewhere is said less often."""
    onward = [kind for kind in LIFE.get(issue.stage, {}) if kind not in SELDOM]
    if not onward:
        return list(COMMANDS)
    if step.is_of_clocks:
        return of_clocks(issue)
    ending = (c.Dismiss, c.MergeInto) if step.what % 5 == 0 else ()
    return [*onward * 2, *sorted(AT_ANY_OPEN_STAGE - set(CLOCKS), key=lambda kind: kind.__name__), *ending]


def of_clocks(issue: Issue) -> list[type[Command]]:
    """Return what may be said of the clocks: an answer where something was asked, otherwise the question."""
    here = LIFE[issue.stage]
    words = [c.SetDate, c.Regrade, c.AdoptEdition, c.AdoptCalendar]
    words += (
        [c.GrantExtension, c.GrantExtension, c.DenyExtension] if issue.asked else [c.RequestExtension] * 2
    )
    words += [c.UpholdSuspension, c.ResumeClock, c.ResumeClock] if issue.suspended else [c.SuspendClock] * 2
    if issue.dispute:
        return [*words, c.RuleOnDispute]
    if c.HandBack in here and not issue.ruled_by:
        words += [c.Reassign] * 3 if issue.is_handed_back else [c.HandBack] * 3
    return [*words, *(kind for kind in (c.TransferToEnforcement,) if kind in here)]


CLOCKS = (
    *(c.RequestExtension, c.GrantExtension, c.DenyExtension, c.SetDate, c.TransferToEnforcement),
    *(c.SuspendClock, c.UpholdSuspension, c.ResumeClock, c.HandBack, c.RuleOnDispute),
    *(c.Regrade, c.AdoptEdition, c.AdoptCalendar),
)
SELDOM = (c.Dismiss, c.MergeInto, c.HandBack, c.RuleOnDispute, c.TransferToEnforcement)


def spoken(issue: Issue, step: Step, said_at: datetime) -> Command:
    """Return the word of a step: a fitting one, or a wild one."""
    kind = step.one_of(list(COMMANDS) if step.is_wild else words_of(issue, step))
    changes: dict[str, object] = {"by": step.one_of(SPEAKERS, 1)} if step.is_wild else {}
    if step.is_strange:
        changes["by"] = speaker(issue, kind).replace(COUNTY[:6], OTHER_COUNTY[:6])
    if kind in (c.AnnounceVacancy, c.AnnounceHolder) and step.what % 2:
        changes["post"] = step.one_of(CHAIN, 2)
    if kind in (c.Assign, c.Reassign, c.RuleOnDispute) and step.what % 4 == 0:
        changes["unit"] = step.one_of(UNITS, 2)
    if kind is c.AttachReport and step.what % 2:
        changes["source"] = Source.PUBLIC
    changes = {**about_clocks(issue, kind, step, said_at), **changes}
    return word(issue, kind, said_at, id=f"{step.what}-{issue.number}-{said_at.timestamp()}", **changes)


def about_clocks(issue: Issue, kind: type[Command], step: Step, said_at: datetime) -> dict[str, object]:
    """Return another amount, clock, date, grade, edition or calendar than the plain one, now and then."""
    if kind is c.RequestExtension:
        run = issue.begun(Clock.WHOLE)
        if run and step.what % 3 == 0:
            owner = in_charge(issue, Clock.WHOLE)
            return {"clock": Clock.WHOLE, "by": owner, "amount": f"{step.one_of(range(1, 32), 1)}cd"}
        span = Limit.model_validate(issue.begun(stage_clock(issue)).limit).span if not issue.is_over else None
        return {"amount": f"{step.one_of((1, 1, 2, 3, 5, 12), 1)}{span.unit}"} if span else {}
    if kind is c.SetDate:
        return {"set_on": local_day(said_at) + step.one_of((0, 1, 2, 3, 5, 8, 20, 60, 200), 1) * DAY}
    if kind is c.Regrade and not issue.is_over:
        by = CITY_OFFICE if step.what % 3 == 0 else closing_office(issue)
        return {"rules": another_grade(issue, step), "by": by}
    if kind is c.AdoptEdition:
        return {"rules": another_edition(issue, step)}
    if kind is c.AdoptCalendar:
        return {"calendar": another_calendar(step)}
    if kind is c.TransferToEnforcement:
        return {"filed_at": max(issue.opened_at, said_at - step.one_of((0, 1, 10), 1) * DAY)}
    if kind is c.ReportUndeliverable:
        return {"addressee": step.one_of(CHAIN, 2), "why": step.one_of(("no_channel", "nobody"), 1)}
    return {}


def another_grade(issue: Issue, step: Step) -> Excerpt:
    """Return the excerpt of the issue's own edition for any category and severity that it may have."""
    severity = step.one_of(list(Severity), 1)
    if Circumstance.HAZARDOUS in issue.circumstances and severity is Severity.GENERAL:
        severity = Severity.SERIOUS
    category = step.one_of(list(Category), 2) if step.what % 2 else issue.category
    own = {"edition": issue.rules.edition, "digest": issue.rules.digest}
    return regraded(issue, category, severity).model_copy(update=own)


def another_edition(issue: Issue, step: Step) -> Excerpt:
    """Return an excerpt whose limits are those of another kind, under the name of another edition."""
    like = another_grade(issue, step)
    number = step.what % 7
    kept = {"edition": f"ziyang-2027-{number}", "digest": f"{number}" * 12, "calendar": issue.rules.calendar}
    return like.model_copy(update={**kept, "category": issue.category, "severity": issue.severity})


def another_calendar(step: Step) -> Calendar:
    """Return the calendar with a notice for 2027, or another notice."""
    known = calendar_with_2027()
    if step.what % 2:
        return known
    off = frozenset(known.off - {date(2027, 1, 1)} | {date(2026, 12, day) for day in (3, 4, 17)})
    return known.model_copy(update={"version": "2027-again", "off": off})


def live(life: Life) -> Lived:
    """Live a life: say its words one after the other; each is heard, or refused."""
    told, clock = open_issue(life.opening, life.opening.said_at), life.opening.said_at
    issue, moments = retell(told), []
    for kind in straight_on(issue)[: life.walked]:
        clock += MINUTE
        facts = decide(issue, word(issue, kind, clock), clock)
        issue, told = after(issue, facts), told + facts
    for step in life.steps:
        said_at = max(clock + step.wait, life.opening.said_at)
        command, then = spoken(issue, step, said_at), issue
        clock = max(clock, said_at + step.late)
        if step.late:  # it was said, time went on, and only then is it heard
            passed = let_time_pass(issue, clock)
            issue, told = after(issue, passed), told + passed
        facts = heard(issue, command, clock)
        moments.append(Moment(then, issue, command, clock, facts))
        issue, told = after(issue, facts), told + facts
    return Lived(life, tuple(moments), told, issue, clock)


def straight_on(issue: Issue) -> list[type[Command]]:
    """Return the words that carry an issue straight from its opening to its acceptance."""
    stages = list(ONWARD)[list(ONWARD).index(issue.stage) :]
    if not issue.rules.needs_plan:
        stages.remove(Stage.PLANNING)
    return [kind for stage in stages for kind in ONWARD[stage]][:-1]


def heard(issue: Issue, command: Command, now: datetime) -> Facts:
    """Return the facts of a word; a refused word makes none."""
    try:
        return decide(issue, command, now)
    except Refusal:
        return []
