"""来话: what every word over HTTP has in common: its id, its author, and how a retry is told from another.

A caller brings what only a person can know. Who said it and when are never believed: the door fills them in.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel, Field, create_model

from domain.chain import canonical
from domain.issue.words import Command
from domain.model import Frozen, Label
from domain.posts import Post
from domain.refusals import Refusal
from intake.problems import Problem, wrong
from reading.callers import Caller
from store.commands import Answered, Word

KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,57}$"
Key = Annotated[
    str, Field(pattern=KEY, description="指令编号,自定,重试时不变; your own id, kept for a retry")
]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=64, description="指令编号; the body's id may be used instead"),
]
By = Annotated[Post | None, Field(description="以何岗位名义; may be left out by who has one post only")]

ASK_AGAIN = 3
"""Seconds after which somebody who got no answer may ask for it."""

REFUSALS: Mapping[str, type[Refusal]] = {kind.__name__: kind for kind in Refusal.__subclasses__()}

_HEARD_AS = "http:"
"""Before a caller's id, so that nobody can take an id that a machine will say something under."""

MOST = 9999
"""Photographs or measures that one word may count."""


class Spoken(Frozen):
    """来人所说: what every word brings over HTTP; the moment is stamped by the door."""

    id: Key | None = None
    by: By = None


class Refused(BaseModel):
    """拒绝: what the rule book said no with."""

    type: str
    status: int
    detail: str
    detail_en: str


def body_of(
    kind: type[Command], name: Label, filled_in: frozenset[str], instead: Mapping[str, Any]
) -> type[Spoken]:
    """Return what a caller sends for a command: its own fields, and nothing that the door knows better."""
    left_out = {*Command.model_fields, *filled_in}
    own = {
        name: (Annotated[int, Field(le=MOST)] if field.annotation is int else field.annotation, field)
        for name, field in kind.model_fields.items()
        if name not in left_out
    }
    fields: dict[str, Any] = {**own, **instead}
    return create_model(f"{kind.__name__}Spoken", __base__=Spoken, __doc__=f"{name.zh}: {name.en}.", **fields)


def content_of(kind: type[Command], said: Spoken) -> dict[str, Any]:
    """Return the fields of a command that the caller brought."""
    brought = (set(kind.model_fields) & set(type(said).model_fields)) - set(Spoken.model_fields)
    return {name: getattr(said, name) for name in brought}


def command_id(key: str) -> str:
    """Return the id under which a caller's word is heard."""
    return _HEARD_AS + key


def digest_of(kind: type[Command], said: Spoken, by: Post) -> str:
    """Return what stands for what was said, so that a retry is told from another word under the same id."""
    content = canonical(said.model_copy(update={"id": None, "by": None}))
    return sha256(f"{kind.__name__}\n{by}\n{content}".encode()).hexdigest()


def author_of(caller: Caller, by: Post | None) -> Post:
    """Return the post in whose name the caller speaks; raises Problem 422 or 403."""
    if by is None and len(caller.posts) == 1:
        return caller.posts[0]
    if by is None and caller.posts:
        several = Label("您有多个岗位,请在 by 中写明以哪个岗位办理", "you hold several posts: name one in by")
        raise Problem(422, "no-post", several, [wrong("by", several)])
    if by not in caller.posts:
        raise Problem(
            403, "not-your-post", Label("您不能以该岗位名义办理", "you may not speak for this post")
        )
    return by


def key_of(shown: str | None, said: Spoken) -> str:
    """Return the id of a word, from the header or the body; raises Problem 400 or 422."""
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


def same(known: Word, digest: str, caller: Caller) -> Word:
    """Return a kept word for whoever said it; raises Problem 422 when its id stands for another."""
    if (known.digest, known.subject) == (digest, caller.subject):
        return known
    said_no = Label(
        f"指令编号 {known.key} 已用于另一项内容,请换一个编号",
        f"the id {known.key} was used for another word: use another",
    )
    raise Problem(422, "id-taken", said_no, [wrong("id", said_no)])


def refusal_in(answer: Answered) -> Problem:
    """Say again what a word was refused with."""
    assert answer.refusal is not None
    assert answer.reason is not None
    return Problem(REFUSALS[answer.refusal].status, answer.refusal, answer.reason)


def refused_in(answer: Answered | None) -> Refused | None:
    """Return what a word was refused with, to be shown; nothing when it was not."""
    if answer is None or answer.refusal is None:
        return None
    no = refusal_in(answer)
    return Refused(type=f"urn:river:{no.kind}", status=no.status, detail=no.reason.zh, detail_en=no.reason.en)
