"""咬得住: a rule is changed under a recorded life, and its replay fails; else the goldens guard nothing."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

import pytest
from temporalio.workflow import NondeterminismError

from domain import limits, posts
from domain.issue import clocks, effects, evolve, handling, ladder, wording
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import Level
from domain.workdays import Calendar, Counted
from tests.histories import golden

Patch = pytest.MonkeyPatch
Change = Callable[[Patch], None]


def another_addressee(patch: Patch) -> None:
    """A lapse is told to the county's office instead of the office beside the chief."""
    patch.setattr(ladder, "office_of_level", lambda issue: posts.office(issue.division, Level.COUNTY))


def another_level(patch: Patch) -> None:
    """An escalation passes the county, though its chief is there."""
    old = ladder.next_chief

    def next_chief(issue: Issue) -> tuple[list[tuple[Post, Any]], Post]:
        passed, chief = old(issue)
        if posts.post_level(chief) is Level.COUNTY:
            return passed, posts.chief(issue.division, Level.CITY, issue.reach)
        return passed, chief

    patch.setattr(ladder, "next_chief", next_chief)


def another_moment(patch: Patch) -> None:
    """Working days are counted from the day itself."""
    old = limits.add_working_days

    def add_working_days(start: datetime, count: int, calendar: Calendar, day_ends: time) -> Counted:
        return old(start, max(count - 1, 0), calendar, day_ends)

    patch.setattr(limits, "add_working_days", add_working_days)


def another_text(patch: Patch) -> None:
    """A notice words its limit otherwise."""
    old = wording.limit
    patch.setattr(effects.wording, "limit", lambda *of, **how: old(*of, **how).replace("时限", "期限"))


def another_order(patch: Patch) -> None:
    """The chief moves before the vacant post is passed."""
    old = ladder.chief_moves

    def chief_moves(*of: Any) -> list[Event]:
        return old(*of)[::-1]

    patch.setattr(handling, "chief_moves", chief_moves)


def another_state(patch: Patch) -> None:
    """What the issue remembers of its unit is forgotten when it is reassigned."""
    old = evolve._changes

    def changes(issue: Issue, event: Event) -> dict[str, Any]:
        changed = old(issue, event)
        return {**changed, "unit": None} if type(event).__name__ == "Reassigned" else changed

    patch.setattr(evolve, "_changes", changes)


def no_timer(patch: Patch) -> None:
    """Nobody waits for a mark any more."""
    patch.setattr(clocks, "next_mark", lambda _: None)


def journal_disagrees(error: BaseException) -> bool:
    """The hash that the journal answered is not the one computed now."""
    return "JournalDisagreesError" in repr(error) or ": journal has " in str(error)


def letters_differ(error: BaseException) -> bool:
    return isinstance(error, AssertionError)


def commands_differ(error: BaseException) -> bool:
    return isinstance(error, NondeterminismError)


BITES: list[tuple[str, Change, Callable[[BaseException], bool]]] = [
    ("up_to_the_bulletin", another_addressee, journal_disagrees),
    ("up_to_the_bulletin", another_level, journal_disagrees),
    ("reassigned_and_complained_of", another_moment, journal_disagrees),
    ("up_to_the_bulletin", another_text, letters_differ),
    ("cannot_stop_among_vacancies", another_order, journal_disagrees),
    ("reassigned_and_complained_of", another_state, letters_differ),
    ("dismissed", no_timer, commands_differ),
]


@pytest.mark.parametrize(("name", "change", "bitten"), BITES, ids=[change.__name__ for _, change, _ in BITES])
async def test_a_changed_rule_fails_the_replay(
    name: str, change: Change, bitten: Callable[[BaseException], bool], monkeypatch: Patch
) -> None:
    change(monkeypatch)

    with pytest.raises(BaseException) as failed:  # noqa: PT011 - what it is, is asked below
        await golden.check(name)

    assert bitten(failed.value), repr(failed.value)
