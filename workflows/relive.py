"""重活: a recorded life lived again by today's code; every letter that it would post now is kept."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, NoReturn

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import (
    ContinueAsNewInput,
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
    WorkflowReplayResult,
    WorkflowRunner,
)

from activities.answers import Answer
from domain.issue.difference import Difference, Posted, as_known_to, fields
from domain.issue.letter import Letter
from domain.model import Frozen
from workflows.all import ALL_WORKFLOWS
from workflows.issue import Beginning

_ROLLED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
_EVENT = re.compile(r"HistoryEvent\(id: (\d+)")


class Fault(NamedTuple):
    """断处: in which run, as far as it can be told at which event, after which fact, and why."""

    run: int
    event: int
    fact: int
    error: Exception


class Lived(NamedTuple):
    """What came of it: every letter in order, where it broke off, and how a rolled issue was carried on.

    `left` are the runs that others took the place of, after a reset or an operator's hand.
    """

    posted: Sequence[Posted]
    faults: Sequence[Fault] = ()
    carried: Sequence[Difference] = ()
    left: frozenset[int] = frozenset()

    @property
    def letters(self) -> Sequence[Letter]:
        """The letters alone."""
        return [post.letter for post in self.posted]

    @property
    def fault(self) -> Exception | None:
        """Why it could not be lived to the end; where a run broke off that was left does not count."""
        return next((fault.error for fault in self.faults if fault.run not in self.left), None)


class _Sent(NamedTuple):
    letter: Letter
    event: int
    handle: workflow.ActivityHandle[Any]


class Listening(Interceptor):
    """旁听: keeps every letter that a workflow posts: a local activity's marker does not hold it."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.sent: list[_Sent] = []
        self.carried: list[Frozen] = []

    def workflow_interceptor_class(
        self, _: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Return what stands before a workflow and behind it."""
        listening = self

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
                return listening.hears(input.args, super().start_activity(input))

            def start_local_activity(
                self,
                input: StartLocalActivityInput,  # noqa: A002
            ) -> workflow.ActivityHandle[Any]:
                return listening.hears(input.args, super().start_local_activity(input))

            def continue_as_new(self, input: ContinueAsNewInput) -> NoReturn:  # noqa: A002
                listening.carried += input.args
                super().continue_as_new(input)

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound

    def hears(
        self, args: Sequence[Any], handle: workflow.ActivityHandle[Any]
    ) -> workflow.ActivityHandle[Any]:
        """Keep a letter, with the event at which it is posted and the handle that will hold its answer."""
        if args and isinstance(args[0], Letter):
            self.sent.append(_Sent(args[0], workflow.info().get_current_history_length(), handle))
        return handle


class Stage:
    """舞台: one replayer on which any number of lives are lived again, one after the other."""

    def __init__(
        self,
        converter: DataConverter,
        listening: Listening,
        runs: asyncio.Queue[WorkflowHistory],
        results: AsyncIterator[WorkflowReplayResult],
    ) -> None:
        """Be made by `stage`: what is put into `runs` comes out of `results`."""
        self._converter = converter
        self._listening = listening
        self._runs = runs
        self._results = results

    async def relive(self, runs: Sequence[WorkflowHistory]) -> Lived:
        """Live the runs of one workflow again, oldest first; each is lived, whatever came of those before."""
        posted: list[Posted] = []
        faults: list[Fault] = []
        carried: list[Difference] = []
        for number, run in enumerate(runs, 1):
            self._listening.sent, self._listening.carried = [], []
            await self._runs.put(run)
            result = await anext(self._results)
            posted += [_posted(number, sent) for sent in self._listening.sent]
            if error := result.replay_failure:
                last = posted[-1].letter.lines[-1].number if posted else 0
                faults.append(Fault(number, _event_of(error, posted), last, error))
            carried += await self._carried(number, run)
        left = {number for number, run in enumerate(runs[:-1], 1) if run.events[-1].event_type != _ROLLED}
        return Lived(posted, faults, carried, frozenset(left))

    async def _carried(self, number: int, run: WorkflowHistory) -> list[Difference]:
        """Compare the issue that would be carried into the next run with the one that was."""
        rolled: HistoryEvent = run.events[-1]
        if rolled.event_type != _ROLLED or not self._listening.carried:
            return []
        given = rolled.workflow_execution_continued_as_new_event_attributes.input.payloads
        (raw,) = await self._converter.decode(given)
        (then,) = await self._converter.decode(given, [Beginning])
        was, would = (
            as_known_to(raw, each.model_dump(mode="json")) for each in (then, self._listening.carried[-1])
        )
        where = (number, rolled.event_id, 0, then.issue.number, "Beginning")
        return [Difference("carried", *where, *each) for each in fields(was, would)]


def _posted(run: int, sent: _Sent) -> Posted:
    handle = sent.handle
    answered = handle.done() and not handle.cancelled() and handle.exception() is None
    answer = handle.result() if answered else None
    if not isinstance(answer, Answer):
        return Posted(sent.letter, run, sent.event)
    return Posted(sent.letter, run, sent.event, answer.state, answer.number, answer.tail)


def _event_of(error: Exception, posted: Sequence[Posted]) -> int:
    named = _EVENT.search(str(error))
    return int(named[1]) if named else posted[-1].event if posted else 1


@asynccontextmanager
async def stage(converter: DataConverter, runner: WorkflowRunner) -> AsyncIterator[Stage]:
    """Set the stage once for many lives: to make a replayer takes as long as to live a short life."""
    listening = Listening()
    replayer = Replayer(
        workflows=ALL_WORKFLOWS, workflow_runner=runner, data_converter=converter, interceptors=[listening]
    )
    given: asyncio.Queue[WorkflowHistory] = asyncio.Queue()

    async def runs() -> AsyncIterator[WorkflowHistory]:
        while True:
            yield await given.get()

    async with replayer.workflow_replay_iterator(runs()) as results:
        yield Stage(converter, listening, given, results)


async def relive(runs: Sequence[WorkflowHistory], converter: DataConverter, runner: WorkflowRunner) -> Lived:
    """Live the runs of one workflow again with today's code, oldest first."""
    async with stage(converter, runner) as one:
        return await one.relive(runs)
