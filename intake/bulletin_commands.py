"""办理通报: one route for each word; kept before it is said, acknowledged when the bulletin has decided.

200: it has decided; 403, 409, 422: it refuses; 202: it has not answered yet, the word is kept, goes on being
said, and counts from its first saying: a reply that was sent in time is in time. 503: nothing was kept.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from domain.bulletin.commands import WORD_NAMES, SignForBulletin
from domain.bulletin.terms import BulletinState
from domain.issue.words import Command
from domain.model import Label
from domain.roster import PersonCode
from intake.bulletin_here import READERS, Number, spoken_to
from intake.bulletin_words import BODIES, COMMAND_OF, OFFERED
from intake.document import LOCATION
from intake.house import House, InHouse
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

router = APIRouter(prefix="/bulletins", tags=["通报办理 words to bulletins"])

_A_PERSON: TypeAdapter[str] = TypeAdapter(PersonCode)
NOT_A_PERSON = Label(
    "签收人须以人员代码登录:通行证中的 sub 不是人员代码",
    "whoever signs for it shows a person's code: sub of the token is none",
)


class BulletinOutcome(BaseModel):
    """办理结果: what came of a word; `fact` is the number of the bulletin's last fact, once it was heard."""

    id: str
    bulletin: str
    command: str
    command_zh: str
    said_at: datetime
    state: Literal["pending", "done", "refused"]
    fact: int | None = None
    stands: BulletinState | None = Field(
        default=None, description="通报此时的状态 how the bulletin stood then"
    )
    refusal: Refused | None = None


def _offer(kind: type[Command]) -> None:
    """Add the route of one word, with its own body."""
    offered, label = OFFERED[kind], WORD_NAMES[kind]

    async def say(
        bulletin: Number,
        said: Spoken,
        request: Request,
        response: Response,
        house: InHouse,
        caller: Annotated[Caller, Depends(spoken_to(*offered.may))],
        shown: IdempotencyKey = None,
    ) -> BulletinOutcome:
        word = await _kept(house, caller, bulletin, kind, said, shown)
        answer = await answer_to(house, word)
        if answer is None:
            response.status_code = HTTPStatus.ACCEPTED
            where = request.app.url_path_for("bulletin_outcome", bulletin=bulletin, key=word.key)
            response.headers.update({"Location": str(where), "Retry-After": str(ASK_AGAIN)})
        elif answer.refusal:
            raise refusal_in(answer)
        return _outcome(word, answer)

    # FastAPI reads the body's schema here: each word takes its own.
    say.__annotations__["said"] = BODIES[kind]
    router.add_api_route(
        f"/{{bulletin}}/{offered.path}",
        say,
        methods=["POST"],
        operation_id=update_name(kind),
        summary=f"{label.zh} {label.en}",
        description=(kind.__doc__ or "").strip(),
        responses={
            202: {
                "model": BulletinOutcome,
                "description": "已收下,尚未答复; kept, not answered yet: see Location",
                "headers": LOCATION,
            },
            **may_be(400, 401, 403, 404, 409, 413, 422, 503),
        },
    )


for _kind in OFFERED:
    _offer(_kind)


@router.get(
    "/{bulletin}/commands/{key}",
    name="bulletin_outcome",
    operation_id="bulletin_outcome",
    summary="通报办理结果 what came of a word to a bulletin",
    responses=may_be(401, 403, 404, 422, 503),
)
async def outcome(
    bulletin: Number,
    key: Annotated[Key, Path()],
    house: InHouse,
    _: Annotated[Caller, Depends(spoken_to(*READERS))],
) -> BulletinOutcome:
    """Tell whether a word waits, was heard or was refused, and with which sentence."""
    word = await commands.find(house.pool, bulletin, key)
    if word is None:
        said = Label(
            f"通报 {bulletin} 没有编号为 {key} 的指令", f"no word {key} was said to the bulletin {bulletin}"
        )
        raise Problem(404, "no-command", said)
    return _outcome(word, word.answer)


async def _kept(
    house: House, caller: Caller, bulletin: str, kind: type[Command], said: Spoken, shown: str | None
) -> Word:
    """Keep what was said, or find it: the moment is that of the first saying."""
    said_at = house.now()
    by, key = author_of(caller, said.by), key_of(shown, said)
    fields: dict[str, Any] = {"id": command_id(key), "by": by, "said_at": said_at, **content_of(kind, said)}
    if kind is SignForBulletin:
        fields["person"] = _person(caller)
    body = kind.model_validate(fields).model_dump_json()
    digest = digest_of(kind, said, by)
    word = Word(bulletin, key, update_name(kind), digest, caller.subject, said_at, body)
    return same(await commands.keep(house.pool, word), digest, caller)


def _person(caller: Caller) -> str:
    """Return who signs: never whom a caller names, but the caller."""
    try:
        return _A_PERSON.validate_python(caller.subject)
    except ValidationError:
        raise Problem(403, "not-a-person", NOT_A_PERSON) from None


def _outcome(word: Word, answer: Answered | None) -> BulletinOutcome:
    return BulletinOutcome(
        id=word.key,
        bulletin=word.issue_id,
        command=word.command,
        command_zh=WORD_NAMES[COMMAND_OF[word.command]].zh,
        said_at=word.said_at,
        state=answer.state if answer else "pending",
        fact=answer.fact if answer else None,
        stands=BulletinState(answer.stage) if answer and answer.stage else None,
        refusal=refused_in(answer),
    )
