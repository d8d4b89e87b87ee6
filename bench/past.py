"""往事: whole lives made by the rule book without a server, to be copied into a database in any number."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from bench.script import who_says, word
from domain import posts
from domain.chain import GENESIS, canonical, link
from domain.issue import commands as say
from domain.issue.clocks import next_mark
from domain.issue.commands import Command, OpenIssue
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after, retell
from domain.issue.fact_base import Event
from domain.issue.letter import Head, head_of
from domain.issue.opening import open_issue
from domain.issue.state import Issue
from domain.posts import level_of
from domain.rulebook import RuleBook
from domain.terms import Category, Level, Severity, Source, Stage
from domain.workdays import local_day
from intake.desk import NUMBER_TO_COME
from reading.registry import Registry

CATEGORIES = (Category.FLOATING_DEBRIS, Category.ABNORMAL_WATER, Category.ILLEGAL_FISHING)
"""Those whose rectification needs no plan at any severity."""

_NEXT_WORD: Mapping[Stage, type[Command]] = {
    Stage.DISCOVERED: say.RecordStop,
    Stage.STOPPED: say.Assign,
    Stage.RECTIFYING: say.ReportRectified,
    Stage.VERIFYING: say.AcceptRectification,
    Stage.ACCEPTED: say.Close,
}
_PROMPTLY = timedelta(minutes=20)


class Ending(NamedTuple):
    """How a life went: where it stands, how many marks passed while it was rectified, and after that."""

    stage: Stage
    marks_before: int
    marks_after: int = 0


ENDINGS: Sequence[tuple[Ending, int]] = (
    (Ending(Stage.CLOSED, 1), 22),
    (Ending(Stage.CLOSED, 4), 25),
    (Ending(Stage.CLOSED, 8), 23),
    (Ending(Stage.ACCEPTED, 5), 3),
    (Ending(Stage.VERIFYING, 5), 3),
    (Ending(Stage.RECTIFYING, 0), 8),
    (Ending(Stage.RECTIFYING, 0, 6), 8),
    (Ending(Stage.STOPPED, 0, 4), 3),
    (Ending(Stage.ACCEPTED, 6, 4), 3),
    (Ending(Stage.STOPPED, 0), 2),
)
"""Seven in ten are closed; of the open ones half are overdue. Each with how many of a hundred end so."""


class Written(NamedTuple):
    """A fact as the journal keeps it, with a place for the number of its issue."""

    kind: str
    at: datetime
    said_at: datetime
    body: str


class Past(NamedTuple):
    """一段往事: a whole life under no number yet, and how its issue stands."""

    facts: tuple[Written, ...]
    head: Head
    opening: OpenIssue
    issue: Issue

    def under(self, issue_id: str) -> list[tuple[Written, str]]:
        """Return each fact with its number in place, and its hash in the chain that follows from it."""
        chained: list[tuple[Written, str]] = []
        before = GENESIS
        for number, fact in enumerate(self.facts, start=1):
            body = fact.body.replace(NUMBER_TO_COME, issue_id)
            before = link(before, number, body)
            chained.append((fact._replace(body=body), before))
        return chained


def pasts(book: RuleBook, registry: Registry, until: datetime, count: int, dice: random.Random) -> list[Past]:
    """Return lives of all stages, severities and places, each opened some weeks before `until`."""
    endings, shares = zip(*ENDINGS, strict=True)
    lives = []
    for ending in dice.choices(endings, shares, k=count):
        opened_at = until - timedelta(hours=dice.uniform(24, 21 * 24))
        lives.append(_live(_opening(book, registry, opened_at, dice), ending))
    return lives


def just_opened(
    book: RuleBook, registry: Registry, at: datetime, count: int, dice: random.Random
) -> list[Past]:
    """Return lives that have only begun."""
    return [_live(_opening(book, registry, at, dice)) for _ in range(count)]


def opened(book: RuleBook, registry: Registry, at: datetime, number: str, dice: random.Random) -> list[Event]:
    """Return the first facts of an issue under a number of its own."""
    return open_issue(_opening(book, registry, at, dice).model_copy(update={"issue_id": number}), at)


def _opening(book: RuleBook, registry: Registry, at: datetime, dice: random.Random) -> OpenIssue:
    places = [reach for reach in registry.reaches.values() if level_of(reach.division) is Level.TOWNSHIP]
    place = dice.choice(places)
    reach, division = place.reach_id, place.division
    category, severity = dice.choice(CATEGORIES), dice.choices(list(Severity), (70, 25, 5))[0]
    excerpt = book.excerpt(category, severity, Source.PATROL, local_day(at), finder=Level.TOWNSHIP)
    digest = sha256(f"{reach}{at}".encode()).hexdigest()[:32]
    return OpenIssue(
        id=f"open:{digest}",
        by=posts.office(division, Level.COUNTY),
        said_at=at,
        issue_id=NUMBER_TO_COME,
        report=digest,
        category=category,
        severity=severity,
        source=Source.PATROL,
        finder=posts.chief(division, Level.TOWNSHIP, reach),
        reach=reach,
        division=division,
        seen_at=at - timedelta(minutes=1),
        title=place.name,
        rules=excerpt,
    )


def _live(opening: OpenIssue, ending: Ending | None = None) -> Past:
    events = open_issue(opening, opening.said_at)
    issue = retell(events)
    while ending and issue.stage is not ending.stage:
        marks = ending.marks_before if issue.stage is Stage.RECTIFYING else 0
        passed = _let_marks_pass(issue, marks)
        issue = after(issue, passed)
        said = next_word(issue)
        issue = after(issue, said)
        events += [*passed, *said]
    passed = _let_marks_pass(issue, ending.marks_after if ending else 0)
    issue = after(issue, passed)
    return Past(tuple(map(_written, [*events, *passed])), head_of(issue), opening, issue)


def _let_marks_pass(issue: Issue, marks: int) -> list[Event]:
    told: list[Event] = []
    for _ in range(marks):
        if mark := next_mark(after(issue, told)):
            told += let_time_pass(after(issue, told), mark.at)
    return told


def next_word(issue: Issue) -> list[Event]:
    """Return what comes of the word that an open issue waits for, said soon after what happened last."""
    kind = _NEXT_WORD[issue.stage]
    by = who_says(issue, kind)
    at = issue.at + _PROMPTLY
    heavy = issue.severity is not Severity.GENERAL
    said = word(issue.issue_id, kind, by, lapses=heavy).model_copy(
        update={"said_at": at, **_unit(issue, kind)}
    )
    return decide(issue, said, at)


def _unit(issue: Issue, kind: type[Command]) -> dict[str, str]:
    county = posts.at_level(issue.division, Level.COUNTY)
    return {"unit": f"unit:{county}:water"} if kind is say.Assign else {}


def _written(event: Event) -> Written:
    return Written(type(event).__name__, event.at, event.said_at, canonical(event))
