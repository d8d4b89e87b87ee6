"""裸流程: the yardstick: the same words and timers as an issue, and no rules, rows, letters or roles."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow

BARE = "Bare"
WORDS = 4
LATER = timedelta(hours=24)


@dataclass
class BareOpening:
    """What arrives: a report as text, how long its first deadline is, and how many words end it."""

    report: str
    first: float
    words: int = WORDS


@workflow.defn(name=BARE)
class BareWorkflow:
    """It waits for the next word or for its deadline, and counts both."""

    @workflow.init
    def __init__(self, opening: BareOpening) -> None:
        """Be whole before the first word is heard."""
        self._words = opening.words
        self._heard = 0
        self._level = 0
        self._limit = timedelta(seconds=opening.first)

    @workflow.run
    async def run(self, opening: BareOpening) -> int:  # noqa: ARG002 - __init__ has read it
        """Live until the last word."""
        while self._heard < self._words:
            await self._until_a_word_or_the_deadline()
        return self._heard

    async def _until_a_word_or_the_deadline(self) -> None:
        heard, level = self._heard, self._level
        try:
            await workflow.wait_condition(lambda: self._heard != heard, timeout=self._limit)
        except TimeoutError:
            self._level = level + 1
        self._limit = LATER

    @workflow.update(name="say")
    def say(self, word: str) -> int:  # noqa: ARG002 - a word's size travels, its meaning does not
        """Hear a word."""
        self._heard += 1
        return self._heard

    @workflow.query(name="level")
    def level(self) -> int:
        """Return how many deadlines lapsed."""
        return self._level
