"""The chain of responsibility under random changes of the organisation, in time."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.issue.clocks import next_mark
from domain.issue.commands import AnnounceHolder, AnnounceVacancy
from domain.issue.decide import decide, let_time_pass
from domain.issue.events import Escalated
from domain.issue.evolve import after
from domain.posts import Post
from domain.refusals import Refusal
from domain.roster import Capacity, Roster, Tenure, line, who_acts, why_nobody
from domain.roster_change import heads, next_change, turning_points
from domain.roster_check import holes
from domain.terms import Severity, Source
from tests.rules import strategies  # noqa: F401 - registers the profile of this folder
from tests.rules.given import CHAIN, MONDAY, PROVINCE_OFFICE, ROSTER, VILLAGE, an_issue
from tests.rules.rosters import PEOPLE, POSTS, STEP, STEPS, moments, rosters

WITHIN = timedelta(minutes=1)
"""How soon after an escalation a person is named, or the operator alarmed."""
LOOK = timedelta(seconds=10)
MANY = settings(max_examples=max(2_000, int(os.environ.get("RIVER_EXAMPLES", "0").replace("mutants", "0"))))
posts = st.sampled_from(POSTS)


# ---------------------------------------------------------------- who acts


@given(rosters(), posts, moments)
def test_a_line_names_nobody_twice_and_nobody_who_is_away(roster: Roster, post: Post, at: datetime) -> None:
    named = [acting.person for acting in line(roster, post, at)]

    away = {absence.person for absence in roster.absences if absence.holds(at)}
    assert len(named) == len(set(named))
    assert away.isdisjoint(named)


@given(rosters(), posts, moments)
def test_covers_in_a_circle_end_and_everybody_passed_has_a_reason(
    roster: Roster, post: Post, at: datetime
) -> None:
    passed = why_nobody(roster, post, at)

    assert all(one.person or one.why == "vacant" for one in passed)
    for one in passed:
        if one.why == "circle":
            assert any(other.person == one.person and other.why == "absent" for other in passed)


@given(rosters(), posts, moments, st.sampled_from(PEOPLE))
def test_one_more_holder_never_leaves_a_post_without_anybody(
    roster: Roster, post: Post, at: datetime, person: str
) -> None:
    more = Tenure(post=post, person=person, capacity=Capacity.HOLDER)
    joined = roster.model_copy(update={"tenures": (*roster.tenures, more)})

    before = {acting.person for acting in line(roster, post, at)}
    assert before <= {acting.person for acting in line(joined, post, at)}


@given(rosters(), posts, moments, moments)
def test_between_two_turning_points_a_line_stays_as_it_is(
    roster: Roster, post: Post, since: datetime, at: datetime
) -> None:
    until = MONDAY + STEPS * STEP
    points = [since, *turning_points(roster, post, since, until)]
    last = max((point for point in points if point <= at), default=None)

    if last is not None and at < until:
        assert line(roster, post, at) == line(roster, post, last)


@given(rosters(), moments)
def test_before_the_next_change_nothing_changes(roster: Roster, at: datetime) -> None:
    then = next_change(roster, at)
    later = then - timedelta(microseconds=1) if then else at + timedelta(days=400)

    for post in POSTS:
        assert line(roster, post, later) == line(roster, post, at)


# ---------------------------------------------------------------- what the check finds


@given(rosters(), posts, st.lists(moments, min_size=1, max_size=20))
def test_the_check_finds_exactly_the_moments_at_which_nobody_acts(
    roster: Roster, post: Post, looked_at: Sequence[datetime]
) -> None:
    since, until = MONDAY + 8 * STEP, MONDAY + 128 * STEP
    found = list(holes(roster, post, since, until))

    for at in looked_at:
        if since <= at < until:
            in_a_hole = any(hole.since <= at < (hole.until or until) for hole in found)
            assert in_a_hole == (not line(roster, post, at))


@given(rosters(), posts)
def test_holes_are_whole_neither_touching_nor_empty(roster: Roster, post: Post) -> None:
    found = list(holes(roster, post, MONDAY, MONDAY + STEPS * STEP))

    assert all(hole.until is None or hole.since < hole.until for hole in found)
    assert all(one.until and one.until < other.since for one, other in pairwise(found))


# ---------------------------------------------------------------- the promise


class Reached(NamedTuple):
    """What became of an escalation: a person, or nobody and an alarm of the operator; where, and when."""

    person: str | None
    chief: Post
    at: datetime


class Organisation(NamedTuple):
    """Rosters, each in force from its import on."""

    imports: tuple[tuple[datetime, Roster], ...]

    def at(self, at: datetime) -> Roster:
        return [roster for since, roster in self.imports if since <= at][-1]

    def changes(self, after_at: datetime) -> list[datetime]:
        """Return the next moment at which anything may change."""
        imported = [since for since, _ in self.imports if since > after_at]
        dated = next_change(self.at(after_at), after_at)
        return [*imported, *([dated] if dated else [])]


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Draw an organisation that is imported anew up to three times."""
    later = sorted(set(draw(st.lists(moments, max_size=3))) - {MONDAY})
    return Organisation(((MONDAY, draw(rosters())), *((at, draw(rosters())) for at in later)))


def vacant_heads(roster: Roster, at: datetime) -> set[Post]:
    return {post for post in heads(roster) if who_acts(roster, post, at) is None}


class World:
    """An issue, the organisation around it, and the herald between them, whose delay counts."""

    def __init__(self, organisation: Organisation, severity: Severity) -> None:
        self.organisation = organisation
        vacant = vacant_heads(organisation.at(MONDAY), MONDAY)
        listed = tuple(post for post in CHAIN if post in vacant)
        self.issue = an_issue(severity=severity, source=Source.CAMERA, division=VILLAGE, vacant=listed)
        self.known = vacant
        self.silent_since: datetime | None = None
        self.pending: list[tuple[datetime, Post]] = []
        self.outcomes: list[tuple[datetime, Reached]] = []
        self.said = 0

    def live(self, until: datetime) -> None:
        """Let marks, changes and looks follow one another in time."""
        now = MONDAY
        while True:
            mark = next_mark(self.issue)
            ahead = [*self.organisation.changes(now), *([mark.at] if mark else [])]
            looks = [now + LOOK] if self.pending or self.is_stale(now) else []
            following = min((at for at in (*ahead, *looks) if at > now), default=until)
            if following >= until:
                return
            now = following
            if mark and mark.at <= now:
                self.hear(let_time_pass(self.issue, now))
            if now in looks:
                self.look(now)

    def is_stale(self, now: datetime) -> bool:
        return vacant_heads(self.organisation.at(now), now) != self.known

    def hear(self, facts: Sequence[object]) -> None:
        self.issue = after(self.issue, list(facts))  # type: ignore[arg-type]
        self.pending += [(fact.at, fact.chief) for fact in facts if isinstance(fact, Escalated)]

    def look(self, now: datetime) -> None:
        """What the herald does at one look: announce every turn, then see whether somebody is there."""
        roster = self.organisation.at(now)
        vacant = vacant_heads(roster, now)
        for post in sorted(vacant ^ self.known):
            self.announce(post, now, is_vacant=post in vacant)
        self.known = vacant
        acting = who_acts(roster, self.issue.chief, now)
        if acting:
            self.settle(Reached(acting.person, self.issue.chief, now))
        elif self.silent_since is not None:
            self.settle(Reached(None, self.issue.chief, now))
        self.silent_since = None if acting or not self.pending else now

    def announce(self, post: Post, now: datetime, *, is_vacant: bool) -> None:
        self.said += 1
        word = AnnounceVacancy if is_vacant else AnnounceHolder
        command = word(id=f"turn:{self.said}", by=ROSTER, said_at=now, post=post)
        try:
            self.hear(decide(self.issue, command, now))
        except Refusal:
            return

    def settle(self, reached: Reached) -> None:
        self.outcomes += [(at, reached) for at, _ in self.pending]
        self.pending = []


@MANY
@given(organisations(), st.sampled_from(Severity))
def test_every_due_escalation_names_a_person_or_alarms_the_operator_within_a_minute(
    organisation: Organisation, severity: Severity
) -> None:
    world = World(organisation, severity)
    world.live(MONDAY + STEPS * STEP)

    assert not world.pending
    for escalated_at, reached in world.outcomes:
        assert reached.at - escalated_at <= WITHIN
        # Nobody is alarmed while somebody above is there: the last of the chain reaches nobody.
        assert reached.person or reached.chief == PROVINCE_OFFICE
