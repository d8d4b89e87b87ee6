"""超前: a journal that holds what an issue has yet to hear: a worker leaves it so that dies in a task."""

from collections.abc import Sequence

from domain.issue.commands import Command
from domain.issue.decide import decide
from domain.issue.evolve import after
from domain.issue.fact_base import Event
from domain.issue.letter import write
from domain.issue.state import Issue
from store import journal
from store.pool import Pool
from tests.workflows.shell import Living, Shell


async def record_ahead(shell: Shell, issue: Living, words: Sequence[Command]) -> None:
    """Record what the words would make, as a worker does whose task is then lost."""
    await issue.journal()
    told = await issue.issue()
    await record_words(shell.pool, told, told, words)


async def record_words(
    pool: Pool, told: Issue | None, state: Issue, words: Sequence[Command], first: Sequence[Event] = ()
) -> None:
    """Record the first facts, which made `state` after `told`, and what the words make after them."""
    events = list(first)
    for word in words:
        new = decide(state, word, word.said_at)
        state, events = after(state, new), [*events, *new]
    letter, _, _ = write(told, tuple(events))
    await journal.record(pool, letter)
