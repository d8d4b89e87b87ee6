"""寄信: the outbox of an issue: order kept, one batch one letter, one letter at a time, none ever dropped."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.answers import Answer
    from domain.issue.again import hear_again
    from domain.issue.commands import Command
    from domain.issue.evolve import after, retell
    from domain.issue.fact_base import Event
    from domain.issue.letter import Letter, write
    from domain.issue.state import Issue
    from domain.refusals import Refusal

from workflows.names import RECORD_NOW, RECORD_UNTIL_DONE

AT_MOST = timedelta(seconds=1)
"""How long an acknowledgement may wait for the journal."""

AGAIN_AFTER = timedelta(seconds=5)
"""How long a letter rests whose activity was ended from outside."""

PATIENTLY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


class JournalDisagreesError(Exception):
    """The journal's tail is not the one this issue computed: a rule was changed under a running issue."""


class Outbox:
    """待寄: the facts that the journal does not have yet, and the words behind them."""

    def __init__(
        self, told: Issue | None, show: Callable[[str], None], stand: Callable[[Issue], None]
    ) -> None:
        """Begin after the facts in `told`.

        `show` is called with a trouble's name, or an empty string; `stand` with the issue as it stands once
        its words were heard again in the journal's order.
        """
        self._told = told
        self._show = show
        self._stand = stand
        self._stands = told
        self._opening: list[Event] = []
        self._waiting: list[Event] = []
        self._words: list[Command] = []
        self._was_heard_again = False
        self._trouble = ""

    @property
    def is_empty(self) -> bool:
        """Whether the journal has been told everything."""
        return not self._waiting

    def open(self, events: list[Event], stands: Issue) -> None:
        """Begin a new issue with its first facts, and as it stands after them."""
        self._stands = stands
        self._opening = events
        self._waiting += events

    def put(self, events: list[Event], stands: Issue, word: Command | None = None) -> None:
        """Add facts behind those that wait; while they wait long, the screens are told without them.

        `stands` is the issue after all of them.
        """
        self._stands = stands
        self._waiting += events
        if word and events:
            self._words.append(word)
        if self._trouble:
            self._show(self._trouble)

    async def carry(self) -> None:
        """Post one letter after the other, for as long as the issue lives."""
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting))
            await self._post()

    async def _post(self) -> None:
        """Post what waits as one letter; of its own, or each resting issue would hold its last one."""
        letter, then, _ = write(self._told, tuple(self._waiting), stands=self._stands)
        self._show("")
        answer = await self._delivered(letter)
        if answer is None:
            return
        if answer.tail != letter.tail:
            raise JournalDisagreesError(
                f"{letter.issue_id}: journal has {answer.tail}, the issue has {letter.tail}"
            )
        self._is_recorded(letter, then)

    def _is_recorded(self, letter: Letter, then: Issue) -> None:
        self._told, self._opening = then, []
        self._waiting = self._waiting[len(letter.lines) :]
        unrecorded = _commands(self._waiting)
        self._words = [word for word in self._words if word.id in unrecorded]
        self._was_heard_again = False

    async def _delivered(self, letter: Letter) -> Answer | None:
        """Return the journal's answer; or nothing, if the words were heard again and make another letter."""
        answer = await self._at_once(letter)
        if answer.state == "away":
            self._tell("letter_waiting")
            answer = await self._in_the_end(letter)
        if answer.state == "diverged":
            late = await self._settled(letter, answer.order)
            if late is None:
                return None
            answer = late
        if self._trouble:
            self._tell("")
        return answer

    async def _settled(self, letter: Letter, order: tuple[str, ...]) -> Answer | None:
        """Wait visibly until an operator has settled it, or the words that the journal names are all said."""
        if self._hear_again(order):
            return None
        self._tell("diverged")
        late = asyncio.create_task(self._in_the_end(letter))
        if not self._knows(order):
            await workflow.wait_condition(lambda: late.done() or self._knows(order))
            if not late.done() and self._hear_again(order):
                late.cancel()
                with suppress(asyncio.CancelledError, FailureError):
                    await late
                return None
        return await late

    def _knows(self, order: tuple[str, ...]) -> bool:
        return _commands(self._waiting) >= set(order)

    def _hear_again(self, order: tuple[str, ...]) -> bool:
        """Take the words in the journal's order, if each of them may be said so; once for a letter.

        A worker that died after the commit and before the marker leaves a journal that heard the same words
        in another order than they come back in. What comes of it is derived here, and the journal's hash
        still proves it: nothing foreign is adopted, and no word that was acknowledged is lost.
        """
        if self._was_heard_again or not order or not self._knows(order):
            return False
        events = [] if self._told else list(self._opening)
        issue = self._told or retell(events)
        try:
            again = hear_again(issue, self._words, order, workflow.now())
        except Refusal:
            return False
        events += again
        if events == self._waiting or _commands(events) != _commands(self._waiting):
            return False  # it is the same letter, or a word that was acknowledged would be no fact any more
        workflow.logger.warning("words_heard_again", extra={"issue_id": issue.issue_id, "order": order})
        self._was_heard_again = True
        self._waiting = events
        self._stands = after(issue, again)
        self._stand(self._stands)
        if self._trouble:
            self._tell("")
        return True

    def _tell(self, trouble: str) -> None:
        self._trouble = trouble
        self._show(trouble)

    async def _in_the_end(self, letter: Letter) -> Answer:
        while True:
            try:
                answer: Answer = await workflow.execute_activity(
                    RECORD_UNTIL_DONE,
                    args=[letter, self._trouble],
                    result_type=Answer,
                    start_to_close_timeout=timedelta(seconds=15),
                    retry_policy=PATIENTLY,
                    summary=f"补记第 {letter.lines[0].number}–{letter.lines[-1].number} 号事实",
                )
            except FailureError as failed:
                if is_cancelled_exception(failed):
                    raise  # the words were heard again: another letter goes
                # It retries for ever, so somebody ended it by hand; the issue must not end with it.
                await workflow.sleep(AGAIN_AFTER, summary="补记被人工终止,稍后重试")
            else:
                return answer

    async def _at_once(self, letter: Letter) -> Answer:
        try:
            answer: Answer = await workflow.execute_local_activity(
                RECORD_NOW,
                letter,
                result_type=Answer,
                schedule_to_close_timeout=AT_MOST,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:
            # A failing local activity raises ApplicationError, a late one ActivityError: both mean "not now".
            return Answer(state="away")
        return answer


def _commands(events: list[Event]) -> set[str]:
    return {event.command for event in events if event.command}
