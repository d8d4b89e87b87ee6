"""修复在案: what came of a repair, and how it becomes a fact of the issue."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from domain import posts
from domain.issue.commands import Command, RecordRepair
from domain.issue.events import Repaired, read_fact
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.model import Label
from ops.repair_plan import Plan, World
from ops.saying import Answer, say_once
from store import journal
from store.afterwards import append_after_the_end
from store.repairs import Filed

PATIENCE = 30.0
"""Seconds that an issue has to live again."""
LOOK_AGAIN = 0.05


class Outcome(NamedTuple):
    """结果: whether it lives again, what was said again, what was lost, and where it is on record."""

    is_mended: bool
    why: Label | None = None
    answers: tuple[tuple[str, Answer], ...] = ()
    acts: tuple[str, ...] = ()
    fact: int | None = None

    @property
    def lost(self) -> list[tuple[str, Answer]]:
        """The words that are no facts afterwards, each with the reason."""
        return [(word, answer) for word, answer in self.answers if answer.result != "said"]


async def put_on_record(world: World, plan: Plan, filed: Filed, outcome: Outcome) -> Outcome:
    """Say the repair to the issue; after its end no workflow hears, and it goes behind the end."""
    issue = await journal.retell_issue(world.pool, plan.issue_id)
    word = record_of(issue, filed, about=(*_aim(filed.asked.options), *outcome.acts))
    answer = await say_once(world.client, plan.issue_id, word)
    issue = await journal.retell_issue(world.pool, plan.issue_id)
    if answer.result != "said" and issue.is_over:
        await append_after_the_end(world.pool, plan.issue_id, lambda over: _after_the_end(over, word))
    elif answer.result != "said":
        return outcome._replace(is_mended=False, why=answer.reason)
    await in_time(lambda: _is_told(world, plan.issue_id, word.id), PATIENCE)
    return outcome._replace(fact=await _number_of(world, plan.issue_id, word.id))


def record_of(issue: Issue, filed: Filed, about: tuple[str, ...]) -> RecordRepair:
    """Return the word that puts a repair on record; its id is the repair's, so it is one fact."""
    return RecordRepair(
        id=f"repair:{filed.id}",
        by=posts.roster(issue.division),
        said_at=datetime.now(UTC),
        what=filed.asked.what,
        reason=filed.asked.reason,
        ticket=filed.asked.ticket,
        operator=filed.asked.asked_by,
        approved_by=filed.approved_by,
        about=about,
    )


def _after_the_end(issue: Issue, word: RecordRepair) -> list[Event]:
    if word.id in issue.heard:
        return []
    told = {
        name: getattr(word, name) for name in ("what", "reason", "ticket", "operator", "approved_by", "about")
    }
    at = max(word.said_at, issue.at)
    return [Repaired(at=at, said_at=word.said_at, rule="R-REPAIR", by=word.by, command=word.id, **told)]


async def _is_told(world: World, issue_id: str, command_id: str) -> bool:
    return command_id in await heard(world, issue_id)


async def _number_of(world: World, issue_id: str, command_id: str) -> int | None:
    lines = await journal.facts(world.pool, issue_id)
    return next((line.number for line in lines if read_fact(line.body).command == command_id), None)


def _aim(options: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in sorted(options.items()) if value is not None)


async def heard(world: World, issue_id: str) -> frozenset[str]:
    """Return the ids of the words that are facts of an issue."""
    lines = await journal.facts(world.pool, issue_id)
    return frozenset(command for line in lines if (command := read_fact(line.body).command))


async def in_time(true: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Tell whether something becomes true in so many seconds."""
    try:
        async with asyncio.timeout(within):
            while not await true():  # noqa: ASYNC110 - the server sets no event of this loop
                await asyncio.sleep(LOOK_AGAIN)
    except TimeoutError:
        return False
    return True


def named(word: Command) -> str:
    """Return how a word is named to an operator: what it says, and by which id."""
    return f"{type(word).__name__} {word.id}"


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return an outcome for a script, and for the record."""
    return {
        "is_mended": outcome.is_mended,
        "why": outcome.why._asdict() if outcome.why else None,
        "said_again": [word for word, answer in outcome.answers if answer.result == "said"],
        "lost": [{"word": word, "why": answer.reason} for word, answer in outcome.lost],
        "acts": outcome.acts,
        "fact": outcome.fact,
    }
