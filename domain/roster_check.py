"""责任链体检: every stretch of time in which a post would reach nobody, and what else is not in order."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time
from itertools import groupby, zip_longest
from typing import TypeVar

from domain.model import Frozen, Moment
from domain.posts import Post
from domain.roster import (
    Absence,
    Capacity,
    Passed,
    PersonCode,
    Roster,
    Tenure,
    line,
    tenures_of,
    who_acts,
    why_nobody,
)
from domain.roster_change import due_posts, turning_points
from domain.succession import HAND_OVER_DAYS, rule_for
from domain.workdays import Calendar, add_working_days

T = TypeVar("T")


class Hole(Frozen):
    """断点: a post that would reach nobody for a time; `until` None: still so when the check ends."""

    post: Post
    since: Moment
    until: Moment | None
    is_listed: bool
    passed: tuple[Passed, ...]


class Unreached(Frozen):
    """无有效渠道: a person who acts for posts and has no channel that works."""

    person: PersonCode
    posts: tuple[Post, ...]


class Expired(Frozen):
    """副职到期: a deputy whose time is over or ends within the days looked at, and nobody follows."""

    post: Post
    person: PersonCode
    expired_at: Moment


class HandOver(Frozen):
    """逾期未交接: a post that has had no holder since a moment and must have one by another."""

    post: Post
    vacant_since: Moment
    due_at: Moment
    acting: PersonCode | None


class Circle(Frozen):
    """代班成环: people who cover one another, so that nobody is there."""

    people: tuple[PersonCode, ...]
    since: Moment
    until: Moment | None


class Stray(Frozen):
    """无主任职: a tenure of a post that the roster does not have."""

    post: Post
    person: PersonCode


class Checked(Frozen):
    """体检结果: whatever is not in order between two moments."""

    since: Moment
    until: Moment
    posts: int
    holes: tuple[Hole, ...]
    unreached: tuple[Unreached, ...]
    expired: tuple[Expired, ...]
    hand_overs: tuple[HandOver, ...]
    circles: tuple[Circle, ...]
    strays: tuple[Stray, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the chain of responsibility is whole: nothing at all was found."""
        found = (self.holes, self.unreached, self.expired, self.hand_overs, self.circles, self.strays)
        return not any(found)


def check(roster: Roster, since: datetime, until: datetime, calendar: Calendar, day_ends: time) -> Checked:
    """责任链体检: look at every post at every moment of a stretch of time. Rule: R-ROSTER-CHECK."""
    posts = due_posts(roster)

    def overdue(post: Post) -> HandOver | None:
        return _hand_over(roster, post, since, until, calendar, day_ends)

    return Checked(
        since=since,
        until=until,
        posts=len(posts),
        holes=tuple(hole for post in posts for hole in holes(roster, post, since, until)),
        unreached=_unreached(roster, posts, since, until),
        expired=tuple(found for post in posts if (found := _expired(roster, post, until))),
        hand_overs=tuple(late for post in posts if (late := overdue(post))),
        circles=tuple(_circles(roster, since, until)),
        strays=tuple(
            Stray(post=tenure.post, person=tenure.person)
            for tenure in roster.tenures
            if tenure.post not in roster.posts and not tenure.is_over(since)
        ),
    )


def holes(roster: Roster, post: Post, since: datetime, until: datetime) -> Iterator[Hole]:
    """断点: every stretch in which nobody acts for a post. Rule: R-ROSTER-CHECK."""
    points = [since, *turning_points(roster, post, since, until)]
    for start, end, is_empty in _stretches(points, lambda at: not line(roster, post, at)):
        if is_empty:
            passed = why_nobody(roster, post, start)
            yield Hole(post=post, since=start, until=end, is_listed=post in roster.posts, passed=passed)


def _unreached(
    roster: Roster, posts: Sequence[Post], since: datetime, until: datetime
) -> tuple[Unreached, ...]:
    acts: dict[PersonCode, list[Post]] = {}
    for post in posts:
        moments = [since, *turning_points(roster, post, since, until)]
        people = {acting.person for at in moments for acting in line(roster, post, at)}
        for person in sorted(people):
            acts.setdefault(person, []).append(post)
    return tuple(
        Unreached(person=person, posts=tuple(acted))
        for person, acted in acts.items()
        if not any(channel.works for channel in roster.channels.get(person, ()))
    )


def _expired(roster: Roster, post: Post, until: datetime) -> Expired | None:
    deputies = [one for one in tenures_of(roster, post) if one.capacity is Capacity.DEPUTY]
    if not deputies or any(one.until_at is None for one in deputies):
        return None
    last_end, last = max((one.until_at, one.person) for one in deputies if one.until_at)
    return Expired(post=post, person=last, expired_at=last_end) if last_end < until else None


def _hand_over(
    roster: Roster, post: Post, since: datetime, until: datetime, calendar: Calendar, day_ends: time
) -> HandOver | None:
    """交接期限: a post without a holder has an acting one at once, a new holder in 30 working days.

    Rule: R-ROSTER-HANDOVER
    """
    rule = rule_for(roster.succession, post)
    days = rule.hand_over_days if rule else HAND_OVER_DAYS
    for vacant_since in _vacant_since(roster, post, since):
        due_at = add_working_days(vacant_since, days, calendar, day_ends).at
        begins = [one.from_at for one in _holders(roster, post) if one.from_at and one.from_at > vacant_since]
        if due_at < until and min(begins, default=until) > max(due_at, since):
            acting = who_acts(roster, post, max(due_at, since))
            person = acting.person if acting else None
            return HandOver(post=post, vacant_since=vacant_since, due_at=due_at, acting=person)
    return None


def _vacant_since(roster: Roster, post: Post, since: datetime) -> list[datetime]:
    """Return when the post lost its holder, if it did: the end of a tenure that no other one meets."""
    held = _holders(roster, post)
    ends = [one.until_at for one in held if one.until_at and not any(h.holds(one.until_at) for h in held)]
    if held:
        return sorted(ends)
    begins = [one.from_at for one in tenures_of(roster, post) if one.capacity is Capacity.ACTING]
    return sorted(begin for begin in begins if begin and begin <= since)


def _holders(roster: Roster, post: Post) -> list[Tenure]:
    return [tenure for tenure in tenures_of(roster, post) if tenure.capacity is Capacity.HOLDER]


def _circles(roster: Roster, since: datetime, until: datetime) -> Iterator[Circle]:
    bounds = {moment for one in roster.absences for moment in (one.from_at, one.until_at) if moment}
    points = [since, *sorted(moment for moment in bounds if since < moment < until)]
    closed = {at: _circles_at(roster.absences, at) for at in points}
    for people in sorted({circle for circles in closed.values() for circle in circles}):
        is_closed = {at: people in circles for at, circles in closed.items()}
        for start, end, closes in _stretches(points, is_closed.__getitem__):
            if closes:
                yield Circle(people=people, since=start, until=end)


def _circles_at(absences: Sequence[Absence], at: datetime) -> set[tuple[PersonCode, ...]]:
    covers = {one.person: one.cover for one in absences if one.holds(at)}
    found = set()
    for person in covers:
        walked: list[PersonCode] = []
        asked: PersonCode | None = person
        while asked in covers and asked not in walked:
            walked.append(asked)
            asked = covers[asked]
        if asked in walked:
            found.add(tuple(sorted(walked[walked.index(asked) :])))
    return found


def _stretches(
    points: Sequence[datetime], of: Callable[[datetime], T]
) -> Iterator[tuple[datetime, datetime | None, T]]:
    """Yield how long each value lasts; the last has no end: nobody looked beyond."""
    values = [(next(group), value) for value, group in groupby(points, key=of)]
    ends = [start for start, _ in values[1:]]
    for (start, value), end in zip_longest(values, ends):
        yield start, end, value
