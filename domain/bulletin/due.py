"""何时起草: which periodic bulletins are due by a day, and which issues one of them names."""

from collections.abc import Sequence
from datetime import date, timedelta

from domain.bulletin.facts import Named, Rate
from domain.bulletin.rules import BulletinRules
from domain.bulletin.terms import BulletinId, BulletinKind
from domain.figures import Story
from domain.indicators import RATES, Figure, Indicator, Period, month_of
from domain.issue.events import BulletinDrafted, ChiefMoved, Escalated, Opened
from domain.model import IssueId
from domain.posts import Division, Post, kind_of, post_level
from domain.terms import PostKind
from domain.workdays import Calendar

_DAY = timedelta(days=1)
_MONTHS_OF_A_QUARTER = 3


def period_of(kind: BulletinKind, day: date) -> Period:
    """Return the month, quarter or year in which a day lies."""
    if kind is BulletinKind.MONTHLY:
        return month_of(day)
    if kind is BulletinKind.YEARLY:
        return Period(first=day.replace(month=1, day=1), last=day.replace(month=12, day=31))
    first = day.replace(month=(day.month - 1) // _MONTHS_OF_A_QUARTER * _MONTHS_OF_A_QUARTER + 1, day=1)
    return Period(first=first, last=month_of(first + 70 * _DAY).last)


def drafted_on(kind: BulletinKind, period: Period, rules: BulletinRules, calendar: Calendar) -> date:
    """起草日: the nth working day after the period; the yearly one on the last working day up to its date.

    Rule: R-BULLETIN-DUE
    """
    cadence = rules.cadence(kind)
    day = period.last
    if cadence.january:
        day += cadence.january * _DAY
        while not calendar.is_workday(day):
            day -= _DAY
        return day
    remaining = cadence.working_day or 1
    while remaining:
        day += _DAY
        remaining -= calendar.is_workday(day)
    return day


def due_by(
    today: date, since: date, rules: BulletinRules, calendar: Calendar
) -> list[tuple[BulletinKind, Period]]:
    """补起草: every periodic bulletin whose day came after `since` and by today, the earliest first.

    What was missed is caught up; its number is its period, so none is drafted twice.
    Rule: R-BULLETIN-CATCH-UP
    """
    found = []
    for kind in (BulletinKind.MONTHLY, BulletinKind.QUARTERLY, BulletinKind.YEARLY):
        period = period_of(kind, period_of(kind, today).first - _DAY)
        while (on := drafted_on(kind, period, rules, calendar)) > since:
            if on <= today:
                found.append((on, kind, period))
            period = period_of(kind, period.first - _DAY)
    return [(kind, period) for _, kind, period in sorted(found, key=lambda each: (each[0], each[1]))]


def periodic_id(kind: BulletinKind, period: Period, division: Division) -> BulletinId:
    """Return the number of a period's bulletin: `512022000000-2026-monthly-11`."""
    month = period.first.month
    place = {BulletinKind.MONTHLY: month, BulletinKind.QUARTERLY: (month + 2) // _MONTHS_OF_A_QUARTER}
    return f"{division}-{period.first.year}-{kind}-{place.get(kind, 1)}"


def ad_hoc_id(issue_id: IssueId, number: int, division: Division, year: int) -> BulletinId:
    """Return the number of the bulletin that one fact of one issue demands."""
    return f"{division}-{year}-adhoc-{issue_id.replace('-', '.')}.{number}"


def named_of(stories: Sequence[Story], entered: Sequence[tuple[IssueId, int]]) -> tuple[Named, ...]:
    """点名: the issues whose bulletin is entered, but none that stands still or is disputed.

    They stay in the figures as suspended and as disputed. An office names no superior: of an issue that
    climbed above it, the last chief who answered for it at its own level or below. Rule: R-BULLETIN-NAMED
    """
    facts = {issue_id: tuple(n for each, n in entered if each == issue_id) for issue_id, _ in entered}
    named = [_named(story, facts[story.issue.issue_id]) for story in stories if story.issue.issue_id in facts]
    return tuple(each for each in named if not (each.suspended or each.disputed))


def _named(story: Story, facts: tuple[int, ...]) -> Named:
    """Name whom the last of its facts names: the unit may have acted, and whoever had to verify has not."""
    issue = story.issue
    owner = _owner(story, facts[-1])
    is_unit = kind_of(owner) is PostKind.UNIT
    return Named(
        issue_id=issue.issue_id,
        facts=facts,
        division=issue.division,
        category=issue.category,
        severity=issue.severity,
        chief=_chief(story, facts[-1]) if is_unit else owner,
        unit=owner if is_unit else None,
        suspended=issue.is_suspended,
        disputed=issue.dispute is not None,
    )


def _owner(story: Story, number: int) -> Post:
    drafted = story.facts[number - 1]
    if not isinstance(drafted, BulletinDrafted):
        return story.issue.unit or story.issue.chief
    owner = drafted.to[0]
    is_institution = kind_of(owner) not in (PostKind.CHIEF, PostKind.GENERAL_CHIEF)
    is_own = is_institution and post_level(owner) <= post_level(drafted.issuer)
    return owner if is_own else _chief(story, number)


def _chief(story: Story, number: int) -> Post:
    drafted = story.facts[number - 1]
    if not isinstance(drafted, BulletinDrafted):
        return story.issue.chief
    made = (event for event in story.facts if isinstance(event, Opened | Escalated | ChiefMoved))
    own = [
        event.chief
        for event in made
        if kind_of(event.chief) is PostKind.CHIEF and post_level(event.chief) <= post_level(drafted.issuer)
    ]
    return own[-1] if own else story.issue.chief


def rates_of(made: Sequence[Figure]) -> tuple[Rate, ...]:
    """Return the rates of a cut with what they are shares of."""
    return tuple(
        Rate(key=figure.key, count=figure.count, of=figure.of)
        for figure in made
        if Indicator(figure.key.partition(".")[0]) in RATES and figure.of
    )


def entries_in(story: Story, period: Period) -> tuple[int, ...]:
    """Return the facts of an issue by which it entered a bulletin in a period and that still count."""
    taken_back = story.taken_back
    return tuple(
        number
        for number, event in enumerate(story.facts, start=1)
        if isinstance(event, BulletinDrafted) and period.holds(event.said_at) and number not in taken_back
    )
