"""办理: one route for each command; acknowledged when the issue has decided, kept before it is asked.

200: the issue has decided; 403, 409, 422: it refuses; 202: it has not answered yet, the word is kept, goes
on being said, and counts from its first saying. The same id asked again gives the outcome. 503: nothing was
kept.
"""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from domain.issue.commands import NAMES, Command, MergeInto, Regrade
from domain.model import Label
from domain.terms import Stage
from intake.document import LOCATION
from intake.house import House, InHouse
from intake.issue_here import READERS, Number, here
from intake.issue_words import BODIES, MAY
from intake.lookups import merged, regraded
from intake.problems import Problem, may_be
from intake.speaking import answer_to
from intake.spoken import (
    ASK_AGAIN,
    IdempotencyKey,
    Key,
    Refused,
    Spoken,
    author_of,
    command_id,
    content_of,
    digest_of,
    key_of,
    refusal_in,
    refused_in,
    same,
)
from reading.callers import Caller
from store import commands
from store.commands import Answered, Word
from workflows.names import update_name

router = APIRouter(prefix="/issues", tags=["办理 commands"])

log = structlog.get_logger()

RETOLD: Mapping[type[Command], tuple[int, ...]] = {Regrade: (500,)}
"""What may be answered besides by a command for which the journal is retold: it may be broken."""


class Outcome(BaseModel):
    """办理结果: what came of a word; `fact` is the number of the issue's last fact, once it was heard."""

    id: str
    issue: str
    command: str
    command_zh: str
    said_at: datetime
    state: Literal["pending", "done", "refused"]
    fact: int | None = None
    stage: Stage | None = None
    refusal: Refused | None = None


def _offer(kind: type[Command]) -> None:
    """Add the route of one command, with its own body."""
    name, body, label = update_name(kind), BODIES[kind], NAMES[kind.__name__]

    async def say(
        number: Number,
        said: Spoken,
        request: Request,
        response: Response,
        house: InHouse,
        caller: Annotated[Caller, Depends(here(*MAY[kind]))],
        shown: IdempotencyKey = None,
    ) -> Outcome:
        word = await _kept(house, caller, number, kind, said, shown)
        log.info("command_kept", issue_id=number, command_id=command_id(word.key), command=word.command)
        answer = await answer_to(house, word)
        if answer is None:
            response.status_code = HTTPStatus.ACCEPTED
            where = request.app.url_path_for("outcome", number=number, key=word.key)
            response.headers.update({"Location": str(where), "Retry-After": str(ASK_AGAIN)})
        elif answer.refusal:
            raise refusal_in(answer)
        return _outcome(word, answer)

    # FastAPI reads the body's schema here: each command takes its own.
    say.__annotations__["said"] = body
    router.add_api_route(
        f"/{{number}}/{name}",
        say,
        methods=["POST"],
        operation_id=name,
        summary=f"{label.zh} {label.en}",
        description=(kind.__doc__ or "").strip(),
        responses={
            202: {
                "model": Outcome,
                "description": "已收下,尚未答复; kept, not answered yet: see Location",
                "headers": LOCATION,
            },
            **may_be(400, 401, 403, 404, 409, 413, 422, *RETOLD.get(kind, ()), 503),
        },
    )


for _kind in MAY:
    _offer(_kind)


@router.get(
    "/{number}/commands/{key}",
    name="outcome",
    operation_id="outcome",
    summary="办理结果 what came of a command",
    responses=may_be(401, 403, 404, 422, 503),
)
async def outcome(
    number: Number,
    key: Annotated[Key, Path()],
    house: InHouse,
    _: Annotated[Caller, Depends(here(*READERS))],
) -> Outcome:
    """Tell whether a command waits, was heard or was refused, and with which sentence."""
    word = await commands.find(house.pool, number, key)
    if word is None:
        said = Label(f"问题 {number} 没有编号为 {key} 的指令", f"no command {key} was said to {number}")
        raise Problem(404, "no-command", said)
    return _outcome(word, word.answer)


async def _kept(
    house: House, caller: Caller, number: str, kind: type[Command], said: Spoken, shown: str | None
) -> Word:
    """Keep what was said, or find it: the moment is that of the first saying."""
    said_at = house.now()
    by, key = author_of(caller, said.by), key_of(shown, said)
    digest = digest_of(kind, said, by)
    known = await commands.find(house.pool, number, key)
    if known is None:
        base = {"id": command_id(key), "by": by, "said_at": said_at}
        content = {**content_of(kind, said), **await _looked_up(house, caller, number, kind, said)}
        body = kind.model_validate({**base, **content}).model_dump_json()
        word = Word(number, key, update_name(kind), digest, caller.subject, said_at, body)
        known = await _keep(house, word, content.get("into"))
    return same(known, digest, caller)


async def _keep(house: House, word: Word, into: str | None) -> Word:
    try:
        return await commands.keep(house.pool, word, into)
    except commands.BeingEnded:
        said = Label(
            f"问题 {into} 正在办结,不能并入", f"{into} is being ended itself: nothing is merged into it"
        )
        raise Problem(409, "being-ended", said) from None


async def _looked_up(
    house: House, caller: Caller, number: str, kind: type[Command], said: Spoken
) -> dict[str, Any]:
    """Fill in what is never believed of a caller."""
    if kind is MergeInto:
        return await merged(house, caller, getattr(said, "into"))  # noqa: B009 - of a body made above
    if kind is Regrade:
        return await regraded(house, number, said)
    return {}


def _outcome(word: Word, answer: Answered | None) -> Outcome:
    kind = next(kind for kind in MAY if update_name(kind) == word.command)
    return Outcome(
        id=word.key,
        issue=word.issue_id,
        command=word.command,
        command_zh=NAMES[kind.__name__].zh,
        said_at=word.said_at,
        state=answer.state if answer else "pending",
        fact=answer.fact if answer else None,
        stage=Stage(answer.stage) if answer and answer.stage else None,
        refusal=refused_in(answer),
    )
