"""办理: one route for each command; acknowledged when the issue has decided, kept before it is asked.

200: the issue has decided; 403, 409, 422: it refuses; 202: it has not answered yet, the word is kept, goes
on being said, and counts from its first saying. The same id asked again gives the outcome. 503: nothing was
kept.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel

from domain.issue.commands import NAMES, Command, MergeInto, Regrade
from domain.model import Label
from domain.posts import Post
from domain.terms import Stage
from intake.document import LOCATION
from intake.house import House, InHouse
from intake.issue_here import READERS, Number, here
from intake.issue_words import BODIES, KEY, MAY, Key, Spoken, command_id, content_of, digest_of
from intake.lookups import merged, regraded
from intake.problems import Problem, may_be, wrong
from intake.speaking import REFUSALS, answer_to
from reading.callers import Caller
from store import commands
from store.commands import Answered, Word
from workflows.names import update_name

router = APIRouter(prefix="/issues", tags=["办理 commands"])

RETOLD: Mapping[type[Command], tuple[int, ...]] = {Regrade: (500,)}
"""What may be answered besides by a command for which the journal is retold: it may be broken."""

ASK_AGAIN = 3
"""Seconds after which somebody who got no answer may ask for it."""


class Refused(BaseModel):
    """拒绝: what the rule book said no with."""

    type: str
    status: int
    detail: str
    detail_en: str


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


IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=64, description="指令编号; the body's id may be used instead"),
]


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
        answer = await answer_to(house, word)
        if answer is None:
            response.status_code = HTTPStatus.ACCEPTED
            where = request.app.url_path_for("outcome", number=number, key=word.key)
            response.headers.update({"Location": str(where), "Retry-After": str(ASK_AGAIN)})
        elif answer.refusal:
            raise _no(answer)
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
    by, key = _author(caller, said), _key(shown, said)
    digest = digest_of(kind, said, by)
    known = await commands.find(house.pool, number, key)
    if known is None:
        base = {"id": command_id(key), "by": by, "said_at": said_at}
        content = {**content_of(kind, said), **await _looked_up(house, caller, number, kind, said)}
        body = kind.model_validate({**base, **content}).model_dump_json()
        word = Word(number, key, update_name(kind), digest, caller.subject, said_at, body)
        known = await _keep(house, word, content.get("into"))
    if (known.digest, known.subject) != (digest, caller.subject):
        said_no = Label(
            f"指令编号 {key} 已用于另一项内容,请换一个编号",
            f"the id {key} was used for another word: use another",
        )
        raise Problem(422, "id-taken", said_no, [wrong("id", said_no)])
    return known


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


def _author(caller: Caller, said: Spoken) -> Post:
    """Return the post in whose name the caller speaks."""
    if said.by is None and len(caller.posts) == 1:
        return caller.posts[0]
    if said.by is None and caller.posts:
        several = Label("您有多个岗位,请在 by 中写明以哪个岗位办理", "you hold several posts: name one in by")
        raise Problem(422, "no-post", several, [wrong("by", several)])
    if said.by not in caller.posts:
        raise Problem(
            403, "not-your-post", Label("您不能以该岗位名义办理", "you may not speak for this post")
        )
    return said.by


def _key(shown: str | None, said: Spoken) -> str:
    """Return the id of a word, from the header or the body."""
    if shown is not None and not re.fullmatch(KEY, shown):
        bad = Label(
            "Idempotency-Key 的格式不对:字母或数字开头,只含字母、数字和 _ . : -,至多 58 个字符",
            "Idempotency-Key is not well formed: letters, digits and _ . : - only, 58 characters at most",
        )
        raise Problem(422, "bad-id", bad, [wrong("header.Idempotency-Key", bad)])
    if shown and said.id and shown != said.id:
        two = Label("Idempotency-Key 与 id 不一致", "Idempotency-Key and id name different ids")
        raise Problem(422, "two-ids", two, [wrong("id", two)])
    if key := shown or said.id:
        return key
    none = Label(
        "请用 Idempotency-Key 或 id 给这条指令编号:断线重试时凭它认出是同一条,不会办理两次",
        "give this command an id (Idempotency-Key or id): by it a retry is known and nothing is done twice",
    )
    raise Problem(400, "no-id", none, [wrong("id", none)])


def _no(answer: Answered) -> Problem:
    assert answer.refusal is not None
    assert answer.reason is not None
    return Problem(REFUSALS[answer.refusal].status, answer.refusal, answer.reason)


def _outcome(word: Word, answer: Answered | None) -> Outcome:
    refusal = None
    if answer and answer.refusal:
        no = _no(answer)
        refusal = Refused(
            type=f"urn:river:{no.kind}", status=no.status, detail=no.reason.zh, detail_en=no.reason.en
        )
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
        refusal=refusal,
    )
