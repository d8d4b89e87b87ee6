"""名册变动: at which moments the answer to *who acts* can change, and what one roster changes of another."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.model import Frozen
from domain.posts import Post, chief, kind_of, level_of, post_level
from domain.roster import (
    PersonCode,
    Roster,
    Tenure,
    absences_of,
    tenures_of,
    who_acts,
)
from domain.succession import successors
from domain.terms import Level, PostKind


class Changed(Frozen):
    """差异: what a roster changes of the one before it, as it shows at one moment."""

    posts_new: tuple[Post, ...]
    posts_gone: tuple[Post, ...]
    come: tuple[Tenure, ...]
    leave: tuple[Tenure, ...]
    fall_vacant: tuple[Post, ...]
    held_again: tuple[Post, ...]
    absences: int
    channels: int


def changed(old: Roster, new: Roster, at: datetime) -> Changed:
    """Compare two rosters; `absences` and `channels` count what is not the same in both."""
    acted = {post: (who_acts(old, post, at), who_acts(new, post, at)) for post in {**old.posts, **new.posts}}
    people = {*old.channels, *new.channels}
    return Changed(
        posts_new=tuple(sorted(new.posts.keys() - old.posts.keys())),
        posts_gone=tuple(sorted(old.posts.keys() - new.posts.keys())),
        come=_not_in(new.tenures, old.tenures),
        leave=_not_in(old.tenures, new.tenures),
        fall_vacant=tuple(sorted(post for post, (was, is_now) in acted.items() if was and not is_now)),
        held_again=tuple(sorted(post for post, (was, is_now) in acted.items() if is_now and not was)),
        absences=len(set(old.absences) ^ set(new.absences)),
        channels=sum(old.channels.get(person) != new.channels.get(person) for person in people),
    )


def empties_most(old: Roster, change: Changed, at: datetime) -> bool:
    """多数空缺: tell whether nobody would act any more for most of the posts for which somebody acts.

    A spoilt file looks so, and every open issue would climb to the top of what it left.
    """
    acting = sum(who_acts(old, post, at) is not None for post in old.posts)
    return 2 * len(change.fall_vacant) > acting


def heads(roster: Roster) -> tuple[Post, ...]:
    """责任链: the posts to which an issue can climb within the deployment: chiefs, and the highest 总河长."""
    general = [post for post in roster.posts if kind_of(post) is PostKind.GENERAL_CHIEF]
    top = max(map(post_level, general), default=Level.PROVINCE)
    chiefs = [post for post in roster.posts if kind_of(post) is PostKind.CHIEF]
    return (*chiefs, *(post for post in general if post_level(post) == top))


def due_posts(roster: Roster) -> tuple[Post, ...]:
    """应设岗位: all posts there are, and a chief of each reach at each level from its own to the top."""
    top = max((post_level(post) for post in heads(roster)), default=Level.PROVINCE)
    due = [
        chief(division, level, reach)
        for reach, division in roster.reaches.items()
        for level in Level
        if level_of(division) <= level <= top
    ]
    held = (post for post in roster.posts if kind_of(post) is not PostKind.ROSTER)
    return tuple(dict.fromkeys((*held, *due)))


def turning_points(roster: Roster, post: Post, since: datetime, until: datetime) -> list[datetime]:
    """Return every moment after `since` and before `until` at which the line of a post can change, in order.

    Between two of them it stays as it is, so that looking at each is looking at every moment.
    """
    tenures = [
        tenure for each in (post, *successors(roster.succession, post)) for tenure in tenures_of(roster, each)
    ]
    moments = [moment for tenure in tenures for moment in (tenure.from_at, tenure.until_at)]
    for person in _with_covers(roster, [tenure.person for tenure in tenures]):
        moments += [
            moment
            for absence in absences_of(roster, person)
            for moment in (absence.from_at, absence.until_at)
        ]
    return sorted({moment for moment in moments if moment and since < moment < until})


def next_change(roster: Roster, at: datetime) -> datetime | None:
    """Return the first moment after `at` at which anybody's line can change; None: all stays as it is."""
    terms = [(tenure.from_at, tenure.until_at) for tenure in roster.tenures]
    away = [(absence.from_at, absence.until_at) for absence in roster.absences]
    bounds = (moment for span in (*terms, *away) for moment in span)
    return min((moment for moment in bounds if moment and moment > at), default=None)


def _with_covers(roster: Roster, people: Iterable[PersonCode]) -> Iterator[PersonCode]:
    """Yield people and whoever may cover them at any time, each once."""
    ahead = list(dict.fromkeys(people))
    known = set(ahead)
    while ahead:
        person = ahead.pop()
        yield person
        covers = {absence.cover for absence in absences_of(roster, person) if absence.cover} - known
        known |= covers
        ahead += covers


def _not_in(some: Iterable[Tenure], others: Iterable[Tenure]) -> tuple[Tenure, ...]:
    known = set(others)
    return tuple(tenure for tenure in some if tenure not in known)
