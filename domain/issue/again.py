"""重听: hear accepted words again in another order; only what the rules derive comes out of it."""

from collections.abc import Sequence
from datetime import datetime

from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.evolve import after
from domain.issue.fact_base import Event
from domain.issue.state import Issue


def hear_again(issue: Issue, words: Sequence[Command], order: Sequence[str], now: datetime) -> list[Event]:
    """Return the facts that the words make after `issue`: those of the order first, the others as they stand.

    Then time passes. Raises the Refusal of the first word that may not be said at its new place.
    """
    place = {command_id: number for number, command_id in enumerate(order)}
    told: list[Event] = []
    for command in sorted(words, key=lambda word: place.get(word.id, len(place))):
        new = decide(issue, command, now)
        issue, told = after(issue, new), [*told, *new]
    return [*told, *let_time_pass(issue, now)]
