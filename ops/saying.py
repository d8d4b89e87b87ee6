"""办理: says words to issues through Temporal, each once however often it is tried; an answer for each."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.issue.commands import Command
from domain.model import Label
from workflows.names import issue_workflow_id, update_name

AT_A_TIME = 16
"""How many issues are spoken to at once."""
PATIENCE = timedelta(seconds=10)
"""How long one issue may take to answer; a worker that is there answers in a fraction of a second."""

NOBODY = Label("没有该问题运行中的流程", "no workflow of this issue runs")
"""Why a word reaches nobody."""


class Answer(NamedTuple):
    """答复 of one issue: it heard the word, refused it, or was not reached and may be told again."""

    issue_id: str
    result: Literal["said", "refused", "not_reached"]
    reason: Label | None = None


async def say_all(
    client: Client, words: Sequence[tuple[str, Command]], heard: Callable[[], None]
) -> list[Answer]:
    """Say each word to its issue; when nobody answers any more, the others are not tried.

    `heard` is called after each answer. What was interrupted is simply run again: an issue hears a command
    id once.
    """
    answers: list[Answer] = []
    for first in range(0, len(words), AT_A_TIME):
        some = words[first : first + AT_A_TIME]
        answered = await asyncio.gather(*(_say(client, issue_id, word, heard) for issue_id, word in some))
        answers += answered
        if all(answer.result == "not_reached" for answer in answered):
            reason = answered[-1].reason
            answers += [Answer(issue_id, "not_reached", reason) for issue_id, _ in words[len(answers) :]]
            break
    return answers


async def _say(client: Client, issue_id: str, word: Command, heard: Callable[[], None]) -> Answer:
    try:
        return await say_once(client, issue_id, word.model_copy(update={"said_at": datetime.now(UTC)}))
    finally:
        heard()


async def say_once(client: Client, issue_id: str, word: Command, update_id: str | None = None) -> Answer:
    """Say a word as it stands, with the moment at which it was first said."""
    handle = client.get_workflow_handle(issue_workflow_id(issue_id))
    try:
        await handle.execute_update(
            update_name(type(word)), word, id=update_id or word.id, rpc_timeout=PATIENCE
        )
    except WorkflowUpdateFailedError as refused:
        return Answer(issue_id, "refused", _reason(refused.cause))
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        return Answer(issue_id, "not_reached", Label("工作进程没有应答", "no worker answered"))
    except RPCError as trouble:
        if trouble.status is RPCStatusCode.NOT_FOUND:
            return Answer(issue_id, "refused", NOBODY)
        what = trouble.message or trouble.status.name
        return Answer(issue_id, "not_reached", Label(f"Temporal 没有应答:{what}", f"Temporal: {what}"))
    return Answer(issue_id, "said")


def _reason(cause: BaseException | None) -> Label:
    """A refusal crosses with its Chinese sentence beside the English one."""
    english = getattr(cause, "message", None) or str(cause)
    particulars = cause.details if isinstance(cause, ApplicationError) else ()
    chinese = particulars[0].get("zh") if particulars and isinstance(particulars[0], dict) else None
    return Label(chinese or english, english)
