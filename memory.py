"""内存: what a worker does so that it can hold many issues, and holds none that it let go."""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowInterceptorClassInput,
)

LOOK_EVERY = 1.0
"""Seconds after which a worker looks whether it is idle."""
IDLE = 0.1
"""A worker that takes less than this of a core is idle."""
WORTH_A_SWEEP = 0.5
"""CPU seconds of work that leave something to be swept."""
AT_MOST = 1 / 50
"""The share of a worker's time that sweeping may take: a sweep lasts longer the more issues are cached."""


class LightRunner(UnsandboxedWorkflowRunner):
    """轻装: lets an issue go of its first task, of which it keeps an earlier run's result: it never has one.

    Such a part is a view into the whole task and would hold it for as long as the issue is in memory: with
    `LightInput` a fifth of what an issue takes there.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        result = Payloads()
        result.CopyFrom(det.last_completion_result)
        return super().create_instance(replace(det, last_completion_result=result))


class LightInput(Interceptor):
    """轻装: lets an issue go of the headers of its first task: nobody reads them."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - as the SDK has it
    ) -> type[WorkflowInboundInterceptor]:
        return _WithoutHeaders


class _WithoutHeaders(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - the same
        input.headers = {}
        return await super().execute_workflow(input)


def rest_the_collector() -> None:
    """Let the garbage collector leave alone what a worker holds for good, and look less often at the rest.

    Issues are values that mostly die by counting; looking at them took a tenth of the time of the rules. What
    falls out of the cache is cyclic, and is swept away when the worker is idle: see `sweep_when_idle`.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


async def sweep_when_idle(
    look_every: float = LOOK_EVERY, spent: Callable[[], float] = time.process_time
) -> None:
    """打扫: let the collector look at everything once nothing is to be done, if something was done before.

    `spent` says how many CPU seconds the process has taken.
    """
    looked_at = swept_at = spent()
    enough = WORTH_A_SWEEP
    while True:
        await asyncio.sleep(look_every)
        now = spent()
        if now - looked_at < IDLE * look_every and now - swept_at > enough:
            gc.collect()
            swept_at = spent()
            enough = max(WORTH_A_SWEEP, (swept_at - now) / AT_MOST)
            now = swept_at
        looked_at = now
