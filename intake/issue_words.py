"""可说的话: which commands the front door takes for issues, from whom, and what a caller brings for each.

What another issue is and what the rule book holds are never believed: the door fills them in.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from domain.issue import commands as say
from domain.issue.commands import NAMES, Command
from domain.limits import Limit
from domain.terms import Category, Severity
from intake.spoken import Spoken, body_of
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
    say.RecordRepair: "said by who repaired the machine, after a preview (python -m ops repair)",
}
"""What only machines say, and why nobody may say it over HTTP."""

COMMAND_OF: Mapping[str, type[Command]] = {update_name(kind): kind for kind in MAY}

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


BODIES: Mapping[type[Command], type[Spoken]] = {
    kind: body_of(kind, NAMES[kind.__name__], _FILLED_IN.get(kind, frozenset()), _ASKED_INSTEAD.get(kind, {}))
    for kind in MAY
}
