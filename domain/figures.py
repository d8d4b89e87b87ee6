"""统计数: what the journals of issues come to in a period; every figure is the list of its issues."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.indicators import RATES, Figure, Indicator, Period
from domain.issue import events as fact
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.run import Passed, Run
from domain.issue.state import Issue
from domain.posts import Division, at_level, level_of
from domain.terms import Category, Level, Rung, Source

ENDING = (fact.Closed, fact.Dismissed, fact.Merged)
SELF_FOUND = frozenset({Source.PATROL, Source.CAMERA, Source.SATELLITE})
"""自查发现: what those who answer for the river found by themselves, before anybody had to tell them."""


_OF_RUNG = {
    Indicator.REMINDED: Rung.REMINDER,
    Indicator.ORDERED: Rung.ORDER,
    Indicator.ESCALATED: Rung.ESCALATION,
    Indicator.NAMED: Rung.BULLETIN,
    Indicator.INTERVIEWED: Rung.INTERVIEW,
    Indicator.REFERRED: Rung.REFERRAL,
}
_OF_FACT: dict[Indicator, type[Event]] = {
    Indicator.CLOSED: fact.Closed,
    Indicator.EXTENDED: fact.ExtensionGranted,
    Indicator.RETURNED: fact.RectificationRejected,
    Indicator.HANDED_BACK: fact.HandedBack,
}


class Story(NamedTuple):
    """一个问题的经过: what is known of it at the cut, and as it stood when the period ended."""

    issue: Issue
    then: Issue | None
    facts: tuple[Event, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every clock that it ever had."""
        return (*self.issue.clocks, *self.issue.still, *self.issue.ended)

    @property
    def lapses(self) -> tuple[Passed, ...]:
        """What was driven after a limit; what was taken back since, no clock has passed."""
        return tuple(mark for run in self.runs for mark in run.passed if mark.rung >= Rung.REMINDER)

    @property
    def taken_back(self) -> frozenset[int]:
        """The facts that were withdrawn because a word had been said in time."""
        withdrawn = (event for event in self.facts if isinstance(event, fact.LapseWithdrawn))
        return frozenset(number for event in withdrawn for number in event.facts)


def tell(facts: Sequence[Event], ends_at: datetime) -> Story:
    """Return the story of one issue from its facts up to the cut, in order."""
    before = [event for event in facts if event.at < ends_at]
    then = retell(before) if before else None
    later = list(facts[len(before) :])
    return Story(after(then, later) if then else retell(facts), then, tuple(facts))


def figures(stories: Iterable[Story], period: Period, division: Division) -> tuple[Figure, ...]:
    """统计: every figure of a period, for the whole and for each part of it.

    Parts are the divisions one level below and the categories, so that each adds up to the whole. Nothing
    counts patrols or log-ins: what is measured is what became of the issues. Rule: R-FIGURES
    """
    told = sorted(stories, key=lambda story: story.issue.issue_id)
    made = [*_of(told, period, "")]
    below = sorted({part_of(story.issue.division, division) for story in told})
    for part in below:
        mine = [story for story in told if part_of(story.issue.division, division) == part]
        made += _of(mine, period, f".{part}")
    for category in Category:
        mine = [story for story in told if _category(story) is category]
        made += _of(mine, period, f".{category}") if mine else []
    return tuple(made)


def _of(stories: Sequence[Story], period: Period, part: str) -> Iterable[Figure]:
    listed = {
        indicator: tuple(story.issue.issue_id for story in stories if counts(indicator, story, period))
        for indicator in Indicator
    }
    for indicator in Indicator:
        among = listed[RATES[indicator]] if indicator in RATES else None
        yield Figure(key=f"{indicator}{part}", issues=listed[indicator], among=among)


def part_of(division: Division, whole: Division) -> Division:
    """Return the part of a division, one level down, in which another lies; itself where it is no lower."""
    down = Level(max(level_of(whole) - 1, Level.VILLAGE))
    return at_level(division, down)


def counts(indicator: Indicator, story: Story, period: Period) -> bool:
    """指标口径: whether an issue counts for an indicator in a period. Rule: R-FIGURE-OF."""
    if indicator in _OF_RUNG:
        return any(mark.rung is _OF_RUNG[indicator] and period.holds(mark.at) for mark in story.lapses)
    if indicator in _OF_FACT:
        return _happened(story, _OF_FACT[indicator], period)
    return _TOLD_BY[indicator](story, period)


def _happened(story: Story, kind: type[Event], period: Period) -> bool:
    return any(isinstance(event, kind) and period.holds(event.said_at) for event in story.facts)


def _is_found(story: Story, period: Period) -> bool:
    return period.holds(story.issue.opened_at)


def _is_open(story: Story, period: Period) -> bool:
    ended = any(isinstance(event, ENDING) and event.said_at < period.ends_at for event in story.facts)
    return story.issue.opened_at < period.ends_at and not ended


def _is_suspended(story: Story, period: Period) -> bool:
    """中止不算逾期: a suspended issue stays in the bulletin as what it is. Rule: R-FIGURE-SUSPENDED."""
    return _is_open(story, period) and bool(story.then and story.then.is_suspended)


def _is_overdue(story: Story, period: Period) -> bool:
    """逾期: a limit had lapsed, was not taken back since, and its clock ran. Rule: R-FIGURE-OVERDUE."""
    if story.then is None or not _is_open(story, period) or _is_suspended(story, period):
        return False
    taken_back = story.taken_back
    return any(
        mark.rung >= Rung.REMINDER and mark.number not in taken_back
        for run in story.then.clocks
        for mark in run.passed
    )


def _is_disputed(story: Story, period: Period) -> bool:
    return _is_open(story, period) and bool(story.then and story.then.dispute)


_TOLD_BY: Mapping[Indicator, Callable[[Story, Period], bool]] = {
    Indicator.FOUND: _is_found,
    Indicator.OPEN: _is_open,
    Indicator.OVERDUE: _is_overdue,
    Indicator.SUSPENDED: _is_suspended,
    Indicator.DISPUTED: _is_disputed,
    Indicator.ON_TIME: lambda story, period: _happened(story, fact.Closed, period) and not story.lapses,
    Indicator.RECURRED: lambda story, period: _is_found(story, period) and bool(story.issue.recurrence_of),
    Indicator.SELF_FOUND: lambda story, period: _is_found(story, period) and story.issue.source in SELF_FOUND,
}


def _category(story: Story) -> Category:
    return (story.then or story.issue).category


class Ranked(NamedTuple):
    """名次 of one division by its outcomes; none where too little was closed to say anything."""

    division: Division
    rank: int | None
    on_time: Figure
    recurred: Figure


def ranking(made: Sequence[Figure], minimum: int) -> tuple[Ranked, ...]:
    """排名: by what became of the issues: the share closed on time, then how few came back.

    Equal outcomes share a place. Who closed fewer than `minimum` is not ranked. Rule: R-RANKING
    """
    known = {figure.key: figure for figure in made}
    parts = [key.partition(".")[2] for key in known if key.startswith(f"{Indicator.ON_TIME}.")]
    divisions = [part for part in parts if part.isdigit()]
    rows = [
        (part, known[f"{Indicator.ON_TIME}.{part}"], known[f"{Indicator.RECURRED}.{part}"])
        for part in divisions
    ]
    fit = [row for row in rows if (row[1].of or 0) >= minimum]
    outcome = {part: (-(on_time.share or 0), recurred.share or 0) for part, on_time, recurred in fit}
    ranked = [
        Ranked(row[0], 1 + sum(other < outcome[row[0]] for other in outcome.values()), row[1], row[2])
        for row in sorted(fit, key=lambda row: (outcome[row[0]], row[0]))
    ]
    return (*ranked, *(Ranked(row[0], None, row[1], row[2]) for row in rows if row not in fit))
