"""对通报可说的话: which words the front door takes for bulletins, under which names, and from whom."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.bulletin import commands as say
from domain.bulletin.commands import WORD_NAMES
from domain.issue.words import Command
from intake.spoken import Spoken, body_of
from reading.callers import Role
from workflows.names import update_name

_NAMED = (Role.CHIEF, Role.UNIT, Role.OFFICE)
_OFFICE = (Role.OFFICE,)
_HEADS = (Role.CHIEF, Role.OFFICE)


class Offered(NamedTuple):
    """一条: the last part of a word's address, and the roles that may come with it at all."""

    path: str
    may: tuple[Role, ...]


OFFERED: Mapping[type[Command], Offered] = {
    say.ReplyToBulletin: Offered("reply", _NAMED),
    say.ReviseBulletin: Offered("revise", _OFFICE),
    say.SubmitBulletin: Offered("submit", _HEADS),  # where the office was silent, whose turn it is
    say.ApproveBulletin: Offered("approve", _HEADS),
    say.ReturnBulletin: Offered("send_back", _HEADS),
    say.WithdrawBulletin: Offered("withdraw", _HEADS),
    say.ProposeCorrection: Offered("correct", _OFFICE),
    say.ApproveCorrection: Offered("approve_correction", _HEADS),
    say.ReturnCorrection: Offered("return_correction", _HEADS),
    say.SignForBulletin: Offered("receive", _NAMED),
}
"""Whether this post may say it to this bulletin, the rules of bulletins decide."""

NOT_OFFERED: Mapping[type[Command], str] = {
    say.ReportLapseWithdrawn: "said by the service itself when a lapse behind the bulletin was taken back",
}
"""What only a machine says, and why nobody may say it over HTTP."""

COMMAND_OF: Mapping[str, type[Command]] = {update_name(kind): kind for kind in OFFERED}

_FILLED_IN: Mapping[type[Command], frozenset[str]] = {say.SignForBulletin: frozenset({"person"})}
"""What the door itself knows: who signs is who shows the token."""

BODIES: Mapping[type[Command], type[Spoken]] = {
    kind: body_of(kind, WORD_NAMES[kind], _FILLED_IN.get(kind, frozenset()), {}) for kind in OFFERED
}
