"""预演修复: what would be decided, said and told again if a life went on from an earlier point."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from domain.issue.commands import Command
from domain.issue.decide import decide, let_time_pass
from domain.issue.effects import Effect, effects_of
from domain.issue.events import Opened
from domain.issue.evolve import after, born, evolve, retell
from domain.issue.fact_base import Event
from domain.issue.state import Issue
from domain.model import Label
from domain.refusals import Refusal


class Retried(NamedTuple):
    """A word said once more: heard with its facts, known already, or refused now, with the reason."""

    command: Command
    fate: Literal["heard", "known", "refused"]
    facts: tuple[Event, ...] = ()
    no: Refusal | None = None

    @property
    def why(self) -> Label | None:
        """Why it is refused now, in both languages."""
        return Label(self.no.zh, str(self.no)) if self.no else None


class Redone(NamedTuple):
    """再办: from which number on it is decided again, what came of each word, and where that differs."""

    kept: int
    begins: Issue
    ends: Issue
    again: tuple[Event, ...]
    made: tuple[Event, ...]
    words: tuple[Retried, ...]
    differs_at: int | None

    @property
    def refused(self) -> list[Retried]:
        """The words that would be lost without a sound."""
        return [word for word in self.words if word.fate == "refused"]


def redo(facts: Sequence[Event], kept: int, words: Sequence[Command], now: datetime) -> Redone:
    """Go on after the first `kept` facts: hear the words in their order, then let time pass.

    `differs_at` is the first number at which the journal tells otherwise, or more than would be told: a run
    that began so would never agree with its journal again.
    """
    begins = issue = retell(facts[:kept])
    made: list[Event] = []
    tried: list[Retried] = []
    for command in words:
        is_known = command.id in issue.heard
        try:
            new = decide(issue, command, now)
        except Refusal as no:
            tried.append(Retried(command, "refused", no=no))
            continue
        tried.append(Retried(command, "known" if is_known else "heard", tuple(new)))
        issue, made = after(issue, new), [*made, *new]
    passed = let_time_pass(issue, now)
    issue, made = after(issue, passed), [*made, *passed]
    again = tuple(facts[kept:])
    return Redone(kept, begins, issue, again, tuple(made), tuple(tried), _differs(again, made, kept))


def _differs(again: Sequence[Event], made: Sequence[Event], kept: int) -> int | None:
    for number, fact in enumerate(again):
        if number >= len(made) or made[number] != fact:
            return kept + number + 1
    return None


def opened_with(facts: Sequence[Event]) -> int:
    """Return how many facts the opening made: before them there is nothing to go back to."""
    opening = facts[0].command
    return sum(fact.command == opening for fact in facts)


def kept_before(facts: Sequence[Event], heard: frozenset[str], looked_at: datetime) -> int:
    """Return how many facts stand when only the words in `heard` were said, and time was last let pass then.

    A fact that time made stands when it was due by then, or when a later one does.
    """
    kept = opened_with(facts)
    for number, fact in enumerate(facts, start=1):
        stands = fact.command in heard if fact.command else fact.said_at <= looked_at
        if number > kept and fact.command and fact.command not in heard:
            break
        if stands:
            kept = max(kept, number)
    return kept


def demanded(facts: Sequence[Event], kept: int) -> list[Effect]:
    """Return what the facts after the first `kept` cause outside."""
    opened, *rest = facts
    assert isinstance(opened, Opened)
    issue = born(opened)
    effects = list(effects_of(issue, opened))
    for fact in rest:
        issue = evolve(issue, fact)
        effects += effects_of(issue, fact)
    return [effect for effect in effects if effect.number > kept]


def unsaid(facts: Sequence[Event], accepted: Mapping[str, Command]) -> list[Command]:
    """Return the accepted words that no fact stands behind, in the order in which they were accepted."""
    told = {fact.command for fact in facts}
    return [command for command_id, command in accepted.items() if command_id not in told]
