"""寄信: the outbox of an issue: order kept, one batch one letter, one letter at a time, none ever dropped."""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.answers import Answer
    from domain.issue.events import Event
    from domain.issue.letter import Letter, write
    from domain.issue.state import Issue

from workflows.names import RECORD_NOW, RECORD_UNTIL_DONE

AT_MOST = timedelta(seconds=1)
"""How long an acknowledgement may wait for the journal."""

AGAIN_AFTER = timedelta(seconds=5)
"""How long a letter rests whose activity was ended from outside."""

PATIENTLY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


class JournalDisagreesError(Exception):
    """The journal's tail is not the one this issue computed: a rule was changed under a running issue."""


class Outbox:
    """待寄: the facts that the journal does not have yet."""

    def __init__(self, told: Issue | None, show: Callable[[str], None]) -> None:
        """Begin after the facts in `told`; `show` is called with a trouble's name, or an empty string."""
        self._told = told
        self._show = show
        self._waiting: list[Event] = []
        self._is_under_way = False
        self._trouble = ""

    @property
    def is_empty(self) -> bool:
        """Whether the journal has been told everything."""
        return not self._waiting and not self._is_under_way

    def put(self, events: list[Event]) -> None:
        """Add facts behind those that wait; while they wait long, the screens are told without them."""
        self._waiting += events
        if self._trouble:
            self._show(self._trouble)

    async def carry(self) -> None:
        """Post one letter after the other, for as long as the issue lives."""
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting))
            self._is_under_way = True
            letter, self._told, left = write(self._told, tuple(self._waiting))
            self._waiting = list(left)
            self._show("")
            tail = await self._delivered(letter)
            if tail != letter.tail:
                raise JournalDisagreesError(
                    f"{letter.issue_id}: journal has {tail}, the issue has {letter.tail}"
                )
            self._is_under_way = False

    async def _delivered(self, letter: Letter) -> str | None:
        answer = await self._at_once(letter)
        if answer.state == "recorded":
            return answer.tail
        self._tell("diverged" if answer.state == "diverged" else "letter_waiting")
        late = await self._in_the_end(letter)
        self._tell("")
        return late.tail

    def _tell(self, trouble: str) -> None:
        self._trouble = trouble
        self._show(trouble)

    async def _in_the_end(self, letter: Letter) -> Answer:
        while True:
            try:
                answer: Answer = await workflow.execute_activity(
                    RECORD_UNTIL_DONE,
                    letter,
                    result_type=Answer,
                    start_to_close_timeout=timedelta(seconds=15),
                    retry_policy=PATIENTLY,
                    summary=f"补记第 {letter.lines[0].number}–{letter.lines[-1].number} 号事实",
                )
            except FailureError:
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
