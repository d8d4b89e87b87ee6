"""Memory: what falls out of the cache is swept away when nobody waits; an issue lets go of its first task."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker, WorkflowInstance, WorkflowInstanceDetails

from bench.bare import BARE, BareOpening, BareWorkflow
from memory import LightInput, LightRunner, sweep_when_idle


class Evicted:
    """A cycle, as an issue is one that fell out of the cache."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _only_swept_by_hand() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


async def swept(spent: list[float]) -> bool:
    """Let a worker look as often as it says; return whether it swept."""
    evicted = weakref.ref(Evicted())
    sweeping = asyncio.create_task(sweep_when_idle(look_every=0.001, spent=iter(spent).__next__))
    await asyncio.wait({sweeping})  # it ends when there is nothing more to be said
    return evicted() is None


async def test_an_idle_worker_sweeps_what_was_let_go() -> None:
    assert await swept([0.0, 3.0, 3.0, 3.0])


async def test_a_worker_at_work_does_not_sweep() -> None:
    assert not await swept([0.0, 1.0, 2.0, 3.0])


async def test_a_worker_that_did_nothing_has_nothing_to_sweep() -> None:
    assert not await swept([0.0, 0.0, 0.0, 0.0])


async def test_a_long_sweep_is_not_repeated_before_it_is_earned() -> None:
    begun, idle, swept_until = 0.0, 3.0, 4.0  # a sweep of one second: worth fifty of work
    first = [begun, idle, idle, swept_until]

    assert not await swept_again([*first, 24.0, 24.0])
    assert await swept_again([*first, 84.0, 84.0, 85.0])


async def swept_again(spent: list[float]) -> bool:
    """Let something fall out of the cache after the first sweep; return whether it was swept as well."""
    swept_at, evicted = 4.0, []

    def say() -> float:
        now = spent.pop(0)
        if now == swept_at:
            evicted.append(weakref.ref(Evicted()))
        return now

    sweeping = asyncio.create_task(sweep_when_idle(look_every=0.001, spent=say))
    await asyncio.wait({sweeping})
    return evicted[0]() is None


class Kept(LightRunner):
    """Keeps the instances that it makes, to be looked at."""

    def __init__(self) -> None:
        self.made: list[tuple[WorkflowInstance, Payloads]] = []

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        det.last_completion_result.payloads.append(Payload(data=b"an earlier run's"))
        instance = super().create_instance(det)
        self.made.append((instance, det.last_completion_result))
        return instance


async def test_an_issue_keeps_nothing_of_its_first_task(temporal_env: WorkflowEnvironment) -> None:
    client, runner = temporal_env.client, Kept()
    async with Worker(
        client,
        task_queue="light",
        workflows=[BareWorkflow],
        workflow_runner=runner,
        interceptors=[LightInput()],
    ):
        opening = BareOpening("report", 3600.0, words=1)
        life = await client.start_workflow(
            BARE, opening, id="light", task_queue="light", task_timeout=timedelta(seconds=3)
        )
        await life.execute_update("say", "word", result_type=int)
        assert await life.result() == 1

    ((instance, of_the_task),) = runner.made
    assert instance._last_completion_result == of_the_task  # type: ignore[attr-defined]
    assert instance._last_completion_result is not of_the_task  # type: ignore[attr-defined]
    assert instance._workflow_input.headers == {}  # type: ignore[attr-defined]
    assert type(instance._workflow_input.headers) is dict  # type: ignore[attr-defined]
