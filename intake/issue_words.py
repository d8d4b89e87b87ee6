"""可说的话: which commands the front door takes, from whom, and what a caller brings for each.

A caller brings what only a person can know. Who said it, when, what another issue is and what the rule book
holds are never believed: the door fills them in.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from domain.chain import canonical
from domain.issue import commands as say
from domain.issue.commands import NAMES, Command
from domain.limits import Limit
from domain.model import Frozen
from domain.posts import Post
from domain.terms import Category, Severity
from reading.callers import Role
from workflows.names import update_name

_FIELD = (Role.CHIEF, Role.PATROLLER, Role.OFFICE)
_HEADS = (Role.CHIEF, Role.OFFICE)
_ANY_OWNER = (Role.CHIEF, Role.UNIT, Role.OFFICE)

MAY: Mapping[type[Command], tuple[Role, ...]] = {
    say.RecordStop: _FIELD,
    say.NothingToStop: _FIELD,
    say.ReportCannotStop: _FIELD,
    say.Assign: (Role.OFFICE,),
    say.SubmitPlan: (Role.UNIT,),
    say.AcceptPlan: _HEADS,  # above the last chief, an office stands in his place
    say.ReportRectified: (Role.UNIT,),
    say.AcceptRectification: (Role.OFFICE,),
    say.RejectRectification: (Role.OFFICE,),
    say.Close: (Role.OFFICE,),
    say.Dismiss: (Role.OFFICE,),
    say.MergeInto: (Role.OFFICE,),
    say.Reassign: (Role.OFFICE,),
    say.ReplyToReporter: (Role.OFFICE,),
    say.AnnounceVacancy: (Role.OPERATOR,),
    say.AnnounceHolder: (Role.OPERATOR,),
    say.RequestExtension: _ANY_OWNER,
    say.GrantExtension: _HEADS,
    say.DenyExtension: _HEADS,
    say.SuspendClock: _HEADS,
    say.UpholdSuspension: _HEADS,
    say.ResumeClock: _HEADS,
    say.HandBack: (Role.UNIT,),
    say.RuleOnDispute: _HEADS,
    say.Regrade: (Role.OFFICE,),
    say.SetDate: _HEADS,
    say.TransferToEnforcement: (Role.OFFICE,),
    say.RecordInterview: _HEADS,
}
"""Who may come with which word at all; whether this post may say it to this issue, the rule book decides."""

NOT_OFFERED: Mapping[type[Command], str] = {
    say.AttachReport: "said by intake when it finds that a report tells of a known issue",
    say.AdoptEdition: "carries rules: an operator previews and says it (python -m ops adopt edition)",
    say.AdoptCalendar: "carries a calendar: an operator previews and says it (python -m ops adopt calendar)",
    say.ReportUndeliverable: "said by the courier, which alone knows what it could not deliver",
}
"""What only machines say, and why nobody may say it over HTTP."""

COMMAND_OF: Mapping[str, type[Command]] = {update_name(kind): kind for kind in MAY}

KEY = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,57}$"
Key = Annotated[
    str, Field(pattern=KEY, description="指令编号,自定,重试时不变; your own id, kept for a retry")
]

_HEARD_AS = "http:"
"""Before a caller's id, so that nobody can take an id that a machine will say something under."""

MOST = 9999
"""Photographs or measures that one word may count."""


class Spoken(Frozen):
    """来人所说: what every word brings over HTTP; the moment is stamped by the door."""

    id: Key | None = None
    by: Annotated[
        Post | None, Field(description="以何岗位名义; may be left out by who has one post only")
    ] = None


SPAN = r"^[0-9]{1,5} ?(s|h|wd|cd|mo)$"


def _as_written(amount: Any) -> Any:
    if not isinstance(amount, str) or not re.fullmatch(SPAN, amount):
        raise ValueError("时限写作 3wd, 24h (write 3wd or 24h)")
    return amount


Written = Annotated[
    Limit,
    BeforeValidator(_as_written),
    WithJsonSchema({"type": "string", "pattern": SPAN, "examples": ["3wd", "24h"]}),
]
"""时限 as people write it."""

_FILLED_IN: Mapping[type[Command], frozenset[str]] = {
    say.MergeInto: frozenset({"into_reach", "into_category", "into_stage"}),
    say.Regrade: frozenset({"rules"}),
}
"""What the door itself looks up."""

_ASKED_INSTEAD: Mapping[type[Command], Mapping[str, Any]] = {
    say.Regrade: {"category": (Category | None, None), "severity": (Severity | None, None)},
    say.RequestExtension: {"amount": (Written, ...)},
    say.GrantExtension: {"amount": (Written | None, None)},
}
"""What a caller says in another form than the issue hears it in."""


def _body(kind: type[Command]) -> type[Spoken]:
    """Return what a caller sends for a command: its own fields, and nothing that the door knows better."""
    left_out = {*Command.model_fields, *_FILLED_IN.get(kind, ())}
    own = {
        name: (Annotated[int, Field(le=MOST)] if field.annotation is int else field.annotation, field)
        for name, field in kind.model_fields.items()
        if name not in left_out
    }
    fields: dict[str, Any] = {**own, **_ASKED_INSTEAD.get(kind, {})}
    name = NAMES[kind.__name__]
    return create_model(f"{kind.__name__}Spoken", __base__=Spoken, __doc__=f"{name.zh}: {name.en}.", **fields)


BODIES: Mapping[type[Command], type[Spoken]] = {kind: _body(kind) for kind in MAY}


def content_of(kind: type[Command], said: Spoken) -> dict[str, Any]:
    """Return the fields of a command that the caller brought."""
    brought = (set(kind.model_fields) & set(type(said).model_fields)) - set(Spoken.model_fields)
    return {name: getattr(said, name) for name in brought}


def command_id(key: str) -> str:
    """Return the id under which an issue hears a caller's word."""
    return _HEARD_AS + key


def digest_of(kind: type[Command], said: Spoken, by: Post) -> str:
    """Return what stands for what was said, so that a retry is told from another word under the same id."""
    content = canonical(said.model_copy(update={"id": None, "by": None}))
    return sha256(f"{kind.__name__}\n{by}\n{content}".encode()).hexdigest()
