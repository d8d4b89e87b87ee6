"""重活: a recorded life lived again by today's code; every letter that it would post now is kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
    WorkflowRunner,
)

from domain.issue.letter import Letter
from workflows.all import ALL_WORKFLOWS


class Lived(NamedTuple):
    """What came of it: the letters in order, and why it could not be lived to the end, if it could not."""

    letters: Sequence[Letter]
    fault: Exception | None = None


class Posted(Interceptor):
    """Keeps every letter that a workflow posts: a local activity's marker does not hold it."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def workflow_interceptor_class(
        self, _: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        letters = self.letters

        class Outbound(WorkflowOutboundInterceptor):
            def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
                # The slow path posts the very letter that the fast one could not.
                if letters and isinstance(input.args[0], Letter):
                    assert input.args[0] == letters[-1]
                return super().start_activity(input)

            def start_local_activity(
                self,
                input: StartLocalActivityInput,  # noqa: A002
            ) -> workflow.ActivityHandle[Any]:
                if isinstance(input.args[0], Letter):
                    letters.append(input.args[0])
                return super().start_local_activity(input)

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

        return Inbound


async def relive(runs: Sequence[WorkflowHistory], converter: DataConverter, runner: WorkflowRunner) -> Lived:
    """Replay the runs of one workflow, oldest first, with today's code; stops at the first that differs."""
    posted = Posted()
    replayer = Replayer(
        workflows=ALL_WORKFLOWS, workflow_runner=runner, data_converter=converter, interceptors=[posted]
    )
    for run in runs:
        result = await replayer.replay_workflow(run, raise_on_replay_failure=False)
        if result.replay_failure:
            return Lived(posted.letters, result.replay_failure)
    return Lived(posted.letters)
