"""窗口: how a person's word reaches an issue: at once, or past the backlog when marks stand before it."""

import asyncio
import time
from collections import Counter
from datetime import timedelta
from typing import TypeVar

from google.protobuf.field_mask_pb2 import FieldMask
from temporalio.api.common.v1 import Priority, WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionOptions
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionOptionsRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.bulletin.order import BulletinReceipt
from domain.issue.words import Command
from intake.reaching import reaching
from workflows.issue import Receipt
from workflows.names import bulletin_workflow_id, issue_workflow_id, update_name

Answer = TypeVar("Answer", Receipt, BulletinReceipt)

UNHURRIED = 0.3
"""Seconds after which a word that was not answered is let past the marks that wait."""
HURRIED_FOR = 30.0
"""Seconds for which every word is let past them at once, after one had to wait."""
FIRST, ORDINARY = 1, 3
"""The priority of an issue that a person waits for, and the server's own when nobody says any."""
HUNG_UP_AFTER = timedelta(seconds=60)


class Door:
    """A process's way to speak to issues; it remembers whether words had to wait lately.

    A workflow task of a higher priority overtakes the backlog, and the server queues a waiting one anew when
    the priority of its issue changes. So nothing is paid until there is something to overtake.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._hurried_until = 0.0
        self._waited_for: Counter[str] = Counter()
        self._first: set[str] = set()

    @property
    def is_hurried(self) -> bool:
        """Whether words are let past at once, because one had to wait lately."""
        return time.monotonic() < self._hurried_until

    def hurry(self) -> None:
        """Let words past at once for a while."""
        self._hurried_until = time.monotonic() + HURRIED_FOR

    async def say(self, issue_id: str, command: Command) -> Receipt:
        """Say a person's word to an issue and return its receipt; raises what Temporal does for an update."""
        return await self._say(issue_workflow_id(issue_id), command, Receipt)

    async def say_to_bulletin(self, bulletin_id: str, command: Command) -> BulletinReceipt:
        """Say a person's word to a bulletin and return its receipt; raises as `say`."""
        return await self._say(bulletin_workflow_id(bulletin_id), command, BulletinReceipt)

    async def _say(self, workflow: str, command: Command, answers: type[Answer]) -> Answer:
        begun = time.monotonic()
        self._waited_for[workflow] += 1
        hurried, is_away = self.is_hurried, False
        try:
            if hurried:
                await self._let_past(workflow)
            answer = asyncio.ensure_future(self._answer(workflow, command, answers))
            if not hurried:
                await asyncio.wait({answer}, timeout=UNHURRIED)
                if not answer.done():
                    await self._let_past(workflow)
            receipt = await answer
        except RPCError as trouble:
            # Nobody stands before a word to a server that is away: haste would only turn reports away.
            is_away = trouble.status is RPCStatusCode.UNAVAILABLE
            raise
        else:
            return receipt
        finally:
            if time.monotonic() - begun > UNHURRIED and not is_away:
                self.hurry()
            # Lowered while another word waits, the issue would be queued anew, behind everybody.
            self._waited_for[workflow] -= 1
            if not self._waited_for[workflow]:
                del self._waited_for[workflow]
                await self._let_stand_again(workflow)

    async def tell(self, issue_id: str, command: Command) -> Receipt:
        """Say what a machine has to say: it waits its turn, and nobody hurries for it; raises as `say`."""
        return await self._answer(issue_workflow_id(issue_id), command, Receipt)

    async def _answer(self, workflow: str, command: Command, answers: type[Answer]) -> Answer:
        with reaching():
            receipt: Answer = await self._client.get_workflow_handle(workflow).execute_update(
                update_name(type(command)),
                command,
                id=command.id,
                result_type=answers,
                rpc_timeout=HUNG_UP_AFTER,
            )
        return receipt

    async def _let_past(self, workflow: str) -> None:
        self._first.add(workflow)
        await self._prefer(workflow, FIRST)

    async def _let_stand_again(self, workflow: str) -> None:
        if workflow in self._first:
            self._first.remove(workflow)
            await self._prefer(workflow, ORDINARY)

    async def _prefer(self, workflow: str, priority: int) -> None:
        request = UpdateWorkflowExecutionOptionsRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow),
            workflow_execution_options=WorkflowExecutionOptions(priority=Priority(priority_key=priority)),
            update_mask=FieldMask(paths=["priority.priority_key"]),
        )
        try:
            with reaching():
                await self._client.workflow_service.update_workflow_execution_options(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # the word was the issue's last
                raise
