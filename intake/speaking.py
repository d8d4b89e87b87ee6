"""传话: says kept words to whom they are for, to each in the order of their saying, until answered.

An issue or a bulletin hears them; where one is meant, a Word calls it its issue.
"""

import asyncio
from typing import TypeAlias
from weakref import WeakValueDictionary

import structlog
from structlog.contextvars import bound_contextvars
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.beats import Beat, unseen
from domain.model import Label
from intake.hearers import as_the_journal_tells, said_to
from intake.house import House
from intake.spoken import REFUSALS, command_id
from store import commands
from store.commands import Answered, Word
from store.pool import Away

log = structlog.get_logger()

PATIENCE = 3.0
"""Seconds that somebody waits for an answer; after that the word goes on being said without them."""
LOOK_EVERY = 2.0
AT_A_TIME = 32

_Talk: TypeAlias = "asyncio.Task[Answered | None]"
_talking: dict[tuple[str, str | None], _Talk] = {}
_turns: "WeakValueDictionary[str, asyncio.Lock]" = WeakValueDictionary()


class _NotReached(Exception):
    """The issue was not reached: what was said to it later may not be said before this."""


async def answer_to(house: House, word: Word, patience: float = PATIENCE) -> Answered | None:
    """Say a kept word and return its answer, or nothing when none came in time: it goes on being said."""
    if word.answer:
        return word.answer
    talk = _talk(house, word.issue_id, word.key)
    await asyncio.wait({talk}, timeout=patience)
    return talk.result() if talk.done() else None


async def relay(house: House, beat: Beat = unseen) -> None:
    """Say again what was not answered, for as long as the process lives; several processes may."""
    while True:
        try:
            await say_again(house)
        except Away as away:
            log.warning("records_not_reached", reason=str(away))
        beat()
        await asyncio.sleep(LOOK_EVERY)


async def say_again(house: House, patience: float = PATIENCE) -> int:
    """Say the words that are due once more and return to how many issues. Raises Away."""
    issues = await commands.lend_due(house.pool, AT_A_TIME)
    talks = {_talk(house, issue_id) for issue_id in issues if not _turn(issue_id).locked()}
    if talks:
        log.info("commands_said_again", issues=len(talks))
        await asyncio.wait(talks, timeout=patience)
    return len(issues)


async def fall_silent() -> None:
    """Stop speaking, before the process ends; what is not answered is kept and said by the next one."""
    talks = list(_talking.values())
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


def _talk(house: House, issue_id: str, key: str | None = None) -> _Talk:
    """Begin to say a word, or join those who say it already."""
    about = (issue_id, key)
    if (known := _talking.get(about)) and not known.done():
        return known
    talk = asyncio.create_task(_say_in_order(house, issue_id, key))
    _talking[about] = talk
    talk.add_done_callback(lambda ended: _ended(about, ended))
    return talk


def _ended(about: tuple[str, str | None], talk: _Talk) -> None:
    if _talking.get(about) is talk:
        del _talking[about]
    if not talk.cancelled() and (bug := talk.exception()):
        log.error("saying_broke_off", issue_id=about[0], exc_info=bug)


def _turn(issue_id: str) -> asyncio.Lock:
    return _turns.setdefault(issue_id, asyncio.Lock())


async def _say_in_order(house: House, issue_id: str, key: str | None) -> Answered | None:
    """Say what an issue has not answered, up to one word or all; return the answer to that one."""
    answers: dict[str, Answered] = {}
    try:
        async with _turn(issue_id):
            for word in await commands.pending_of(house.pool, issue_id):
                with bound_contextvars(issue_id=issue_id, command_id=command_id(word.key)):
                    answer = await _ask(house, word)
                    log.info("command_answered", command=word.command, answer=answer and answer.state)
                if answer:
                    answers[word.key] = answer
                    await commands.put_answer(house.pool, word, answer)
                if word.key == key:
                    return answer
        # Not among what waits: somebody else has said it.
        known = await commands.find(house.pool, issue_id, key) if key else None
    except (_NotReached, Away):
        # The answer may be known though it could not be written down: said again, the issue gives the same.
        return answers.get(key) if key else None
    return known.answer if known else None


async def _ask(house: House, word: Word) -> Answered | None:
    """Say one word; nothing when it was answered with neither a receipt nor a refusal."""
    try:
        return await said_to(house, word)
    except WorkflowUpdateFailedError as failed:
        return _refusal(failed.cause, word)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise _NotReached from None
    except RPCError as trouble:
        if trouble.status is not RPCStatusCode.NOT_FOUND:
            raise _NotReached from None
        return await as_the_journal_tells(house, word)


def _refusal(cause: BaseException | None, word: Word) -> Answered | None:
    """A refusal crosses under its own name, with its Chinese sentence beside the English one."""
    if isinstance(cause, ApplicationError) and cause.type in REFUSALS:
        particulars = cause.details[0] if cause.details else {}
        return Answered(refusal=cause.type, reason=Label(particulars.get("zh", cause.message), cause.message))
    log.error("command_not_understood", command=word.command, reason=repr(cause))
    return None
