"""告知一则: what is told outside, by which kind of paper, to whom."""

from enum import StrEnum
from typing import NamedTuple

from domain.issue import wording
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import Clock


class Kind(StrEnum):
    """告知方式."""

    NOTICE = "notice"
    ORDER = "order"
    BULLETIN = "bulletin"
    COUNTERMAND = "countermand"


class Message(NamedTuple):
    """What one fact tells some posts; the text before the bar is its heading."""

    kind: Kind
    to: tuple[Post, ...]
    text: str
    issuer: Post | None = None


def notice(to: tuple[Post, ...], text: str) -> Message:
    """Return a notice: a heading, a bar, what is told."""
    return Message(Kind.NOTICE, to, text)


def running(issue: Issue) -> str:
    """Return the limits that run, and those that stand still on a legal ground."""
    told = [
        wording.limit(run.clock, run.limit_at, provisional=run.provisional)
        for run in issue.clocks
        if run.clock not in (Clock.REVIEW, Clock.SUSPENSION)
    ]
    still = issue.suspended.clocks if issue.suspended else ()
    told += [
        f"{wording.limit(run.clock, run.limit_at, provisional=run.provisional)}(中止中)" for run in still
    ]
    return ";".join(told)
