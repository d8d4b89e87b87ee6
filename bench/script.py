"""剧本: the case life in the service's own words: what is reported, and who says what after it."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from domain import posts
from domain.issue import commands as say
from domain.issue.commands import Command
from domain.issue.state import Issue
from domain.issue.who import closing_office, office_of_level, verifying_office
from domain.posts import Post
from domain.report import Report
from domain.terms import Category, Level, Severity, Source

TOWNSHIP = "512002103000"
REACH = "R01-01"
UNIT = "unit:512002000000:water"
REPORT_BYTES = 968
LAPSES_AFTER = 0.5
"""Seconds until the first deadline of a life that lapses; the rule of one second began half a second ago."""
DIGEST = sha256(b"evidence").hexdigest()

FOUR_WORDS = (say.Assign, say.ReportRectified, say.AcceptRectification, say.Close)
"""Floating debris 漂浮物: there is nothing to stop, so its life has the four words of the case life."""
FIVE_WORDS = (say.RecordStop, *FOUR_WORDS)

_BRINGS: Mapping[type[Command], Mapping[str, Any]] = {
    say.RecordStop: {"photos": 1, "manifest": DIGEST},
    say.Assign: {"unit": UNIT},
    say.ReportRectified: {"before": 2, "after": 2, "manifest": DIGEST},
    say.AcceptRectification: {"record": DIGEST},
    say.Close: {"record": DIGEST},
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Part:
    """One life to be lived: its report, and whether its first deadline lapses."""

    report: Report
    lapses: bool


def a_report(run: str, *, lapses: bool = False, category: Category = Category.FLOATING_DEBRIS) -> Report:
    """Return a report of 968 bytes of JSON, as a township's chief on patrol would send it."""
    now = datetime.now(UTC)
    report = Report(
        id=f"{run}-{next(_numbers):07d}",
        text="河",
        category=category,
        severity=Severity.SERIOUS if lapses else Severity.GENERAL,
        source=Source.PATROL,
        finder=posts.chief(TOWNSHIP, Level.TOWNSHIP, REACH),
        reach=REACH,
        division=TOWNSHIP,
        seen_at=now - timedelta(seconds=1 - LAPSES_AFTER) if lapses else now,
    )
    missing = REPORT_BYTES - len(report.model_dump_json().encode())
    return report.model_copy(update={"text": "河" + "岸" * (missing // 3) + "." * (missing % 3)})


def parts(run: str, lives: int, *, one_lapses_in: int = 5) -> list[Part]:
    """Return the parts of so many lives; one in five has a first deadline that lapses, none if 0."""
    lapsing = [bool(one_lapses_in) and number % one_lapses_in == 0 for number in range(lives)]
    return [Part(a_report(run, lapses=lapses), lapses) for lapses in lapsing]


def word(issue_id: str, kind: type[Command], by: Post, *, lapses: bool) -> Command:
    """Return what a post says now, with the evidence that is asked for."""
    said = {"id": f"{issue_id}:{kind.__name__}", "by": by, "said_at": datetime.now(UTC), **_BRINGS[kind]}
    if kind is say.Close and lapses:
        said["recheck"] = DIGEST  # what lapses here is a serious issue
    return kind.model_validate(said)


def who_says(issue: Issue, kind: type[Command]) -> Post:
    """Return the post whose word it is, for an issue as it stands."""
    if kind is say.RecordStop:
        return issue.finder or issue.chief
    if kind is say.ReportRectified:
        return issue.unit or UNIT
    if kind is say.AcceptRectification:
        return verifying_office(issue)
    if kind is say.Close:
        return closing_office(issue)
    return office_of_level(issue)
