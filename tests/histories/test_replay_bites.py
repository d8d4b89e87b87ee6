"""咬得住: a rule is changed under a recorded life, and its replay fails; else the goldens guard nothing."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any, NamedTuple

import pytest

from domain import limits, posts
from domain.issue import clocks, effects, evolve, handling, ladder, wording
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.posts import Post
from domain.terms import Level
from domain.workdays import Calendar, Counted
from ops.replay_lives import Verdict
from tests.histories import golden
from workflows import issue as shell

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


def forgetful(patch: Patch) -> None:
    """An issue forgets what it has heard; it shows when it is carried into another run, or hears it again."""
    patch.setattr(evolve, "REMEMBERED", -1)


def no_reminder(patch: Patch) -> None:
    """Nobody is reminded before a limit ends."""
    patch.setattr(clocks, "_early", lambda *_: None)


def no_timer(patch: Patch) -> None:
    """Nobody waits for a mark any more."""
    patch.setattr(clocks, "next_mark", lambda _: None)  # the sandbox imports the shell anew
    patch.setattr(shell, "next_mark", lambda _: None)


def journal_disagrees(verdict: Verdict) -> bool:
    """The hash that the journal answered is not the one computed now."""
    return any("JournalDisagreesError" in each.reason for each in verdict.broken)


def commands_differ(verdict: Verdict) -> bool:
    return any("Nondeterminism" in each.reason for each in verdict.broken)


def lives_on(verdict: Verdict) -> bool:
    """Neither the SDK nor the journal's hashes notice anything."""
    return not verdict.broken


class Bite(NamedTuple):
    """A changed rule, the golden that it bites, how the replay ends, and the first field that is named."""

    name: str
    change: Change
    ends: Callable[[Verdict], bool]
    what: str = ""
    fact: int = 0
    field: str = ""
    sides: tuple[Any, Any] | None = None


TOWNSHIP, COUNTY, CITY = "512022113000", "512022000000", "512000000000"

BITES = [
    Bite(
        *("up_to_the_bulletin", another_addressee, journal_disagrees),
        *("fact", 3, "to[1]", (f"office:{TOWNSHIP}", f"office:{COUNTY}")),
    ),
    Bite(
        *("up_to_the_bulletin", another_level, journal_disagrees),
        *("fact", 5, "chief", (f"chief:{COUNTY}:R03-01", f"chief:{CITY}:R03-01")),
    ),
    Bite(
        *("reassigned_and_complained_of", another_moment, journal_disagrees),
        *("fact", 2, "starts[0].limit_at", ("2026-11-25T09:30:00Z", "2026-11-24T09:30:00Z")),
    ),
    Bite("up_to_the_bulletin", another_text, lives_on, "effect", 2, "text"),
    Bite(
        *("cannot_stop_among_vacancies", another_order, journal_disagrees),
        *("fact", 5, "kind", ("PostPassed", "ChiefMoved")),
    ),
    Bite(
        *("reassigned_and_complained_of", another_state, lives_on),
        *("row", 6, "unit", ("unit:512022000000:water", None)),
    ),
    Bite("continued_as_new", forgetful, lives_on, "carried", 3, "issue.heard[0]"),
    Bite("up_to_the_bulletin", no_reminder, commands_differ, "fact", 2, ""),
    Bite("dismissed", no_timer, commands_differ, "fact", 2, ""),
]


@pytest.mark.parametrize("bite", BITES, ids=[bite.change.__name__ for bite in BITES])
@pytest.mark.parametrize("sandbox", [True, False], ids=["sandbox", "light"])
async def test_a_changed_rule_is_caught_and_the_field_named(
    bite: Bite, *, sandbox: bool, monkeypatch: Patch
) -> None:
    bite.change(monkeypatch)

    verdict = await golden.verdict(bite.name, sandbox=sandbox)

    assert verdict.standing == "differs"
    assert bite.ends(verdict), verdict
    first = verdict.differences[0]
    assert (first.what, first.fact, first.field) == (bite.what, bite.fact, bite.field)
    if bite.sides:
        assert (first.recorded, first.today) == bite.sides


async def test_a_history_alone_still_shows_that_the_hash_is_another_one(monkeypatch: Patch) -> None:
    another_level(monkeypatch)

    verdict = await golden.verdict_of(golden.life("up_to_the_bulletin")._replace(record=None))

    assert (verdict.standing, verdict.differences) == ("differs", ())
    assert journal_disagrees(verdict)
    assert verdict.broken[0].fact == 5
