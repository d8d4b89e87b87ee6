"""中止计时: what time demands of a suspension, and how its clocks run on."""

from datetime import datetime
from typing import Any

from domain import posts
from domain.fair import FairClocks
from domain.issue import events as fact
from domain.issue.clock_events import WhyResumed
from domain.issue.fact_base import Event, Start
from domain.issue.reckon import recount, with_rest
from domain.issue.run import Rest
from domain.issue.state import Issue
from domain.issue.who import above, office_of_level, reviewer, stage_clock
from domain.posts import Post
from domain.terms import Clock


def fair_clocks(issue: Issue) -> FairClocks:
    """Return the rules on extensions, suspensions and returns that the issue lives under."""
    assert issue.rules.fair is not None  # nobody may say these words where the excerpt has none
    return issue.rules.fair


def next_review(issue: Issue, at: datetime) -> Start:
    """复核时限: the next forced review of a suspension. Rule: R-SUSPEND-REVIEW."""
    rule = fair_clocks(issue).suspension
    counted = issue.rules.counting.ends(rule.review, at)
    return Start(
        clock=Clock.REVIEW,
        at=at,
        limit_at=counted.at,
        limit=str(rule.review),
        source=rule.source,
        provisional=counted.provisional,
    )


def longest(issue: Issue, at: datetime) -> Start:
    """中止期限: twelve months in all, less what the issue was suspended before. Rule: R-SUSPEND-LONGEST."""
    rule = fair_clocks(issue).suspension
    ends_at = issue.rules.counting.ends(rule.longest, at).at - issue.suspended_for
    return Start(clock=Clock.SUSPENSION, at=at, limit_at=ends_at, limit=str(rule.longest), source=rule.source)


def review_due(issue: Issue, at: datetime) -> list[Event]:
    """中止复核: who suspended must look again; unanswered, each next time the head above is asked.

    Rule: R-SUSPEND-REVIEW
    """
    assert issue.suspended is not None  # REVIEW runs while there is one
    count = issue.suspended.asked
    to = (reviewer(issue, count), office_of_level(issue))
    return [
        fact.SuspensionReviewDue(
            at=max(at, issue.at),
            said_at=at,
            rule="R-SUSPEND-REVIEW",
            count=count + 1,
            to=to,
            starts=(next_review(issue, at),),
        )
    ]


def suspended_long_enough(issue: Issue, at: datetime) -> list[Event]:
    """中止期满: the clocks run on by themselves, and the 总河长 is told. Rule: R-SUSPEND-LONGEST."""
    stands = {"at": max(at, issue.at), "said_at": at, "rule": "R-SUSPEND-LONGEST"}
    top = posts.general_chief(issue.division, issue.rules.top)
    told = (top, above(issue, stage_clock(issue)), office_of_level(issue))
    return resume_clocks(issue, stands, "longest", to=tuple(dict.fromkeys(told)))


def resume_clocks(
    issue: Issue, stands: dict[str, Any], why: WhyResumed, *, reason: str = "", to: tuple[Post, ...] = ()
) -> list[Event]:
    """恢复计时: every clock that stood still runs on with what was left of it. Rule: R-RESUME."""
    suspended = issue.suspended
    assert suspended is not None
    rest = Rest(
        since=suspended.since,
        until=max(stands["said_at"], suspended.since),
        why="suspended",
        begun=suspended.number,
        ended=issue.number + 1,
    )
    moves = tuple(recount(issue, with_rest(run, rest)) for run in suspended.clocks)
    return [fact.ClockResumed(**stands, why=why, reason=reason, to=to, moves=moves)]
