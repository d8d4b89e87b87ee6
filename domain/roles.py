"""身份: what a post can be to an issue, and how a table of who may say what travels in few bytes."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer


class Role(StrEnum):
    """身份: what a post is to an issue, which is what permissions speak of."""

    OFFICE = "office"
    CHIEF = "chief"
    FORMER_CHIEF = "former_chief"
    FINDER = "finder"
    UNIT = "unit"
    VERIFIER = "verifier"
    CLOSER = "closer"
    ROSTER = "roster"
    IN_CHARGE = "in_charge"
    ABOVE = "above"
    RULER = "ruler"
    SUPERIOR = "superior"
    TOP = "top"


def _words(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words), PlainSerializer(" ".join)]


def _each_role(value: Any) -> Any:
    """Read `{"chief finder": "RecordStop"}` as what each of the two may say."""
    may: dict[str, tuple[str, ...]] = {}
    for roles, commands in value.items():
        for role in roles.split():
            may[role] = tuple(sorted((*may.get(role, ()), *_words(commands))))
    return may


def _roles_together(may: dict[Role, tuple[str, ...]]) -> dict[str, str]:
    """Write a command once, under all the roles that may say it."""
    spoken = {command for commands in may.values() for command in commands}
    together: dict[str, list[str]] = {}
    for command in sorted(spoken):
        roles = " ".join(role for role in Role if command in may.get(role, ()))
        together.setdefault(roles, []).append(command)
    return {roles: " ".join(commands) for roles, commands in together.items()}


May = Annotated[dict[Role, Words], BeforeValidator(_each_role), PlainSerializer(_roles_together)]
"""谁可以说, as it was written before `Who`: histories of that time are read as they are."""

SPOKEN = (
    *("OpenIssue", "RecordStop", "NothingToStop", "ReportCannotStop", "Assign", "SubmitPlan", "AcceptPlan"),
    *("ReportRectified", "AcceptRectification", "RejectRectification", "Close", "Dismiss", "MergeInto"),
    *("AttachReport", "Reassign", "ReplyToReporter", "AnnounceVacancy", "AnnounceHolder"),
    *("RequestExtension", "GrantExtension", "DenyExtension", "SuspendClock", "UpholdSuspension"),
    *("ResumeClock", "HandBack", "RuleOnDispute", "Regrade", "SetDate", "TransferToEnforcement"),
    *("RecordInterview", "AdoptEdition", "AdoptCalendar", "ReportUndeliverable"),
)
"""Every command in the order in which `Who` writes them: a wire format, so a new one goes to the end."""

_LETTER = dict(zip(Role, "ocmfuvsriajpt", strict=True))
_ROLE = {letter: role for role, letter in _LETTER.items()}
_NOBODY = "-"


def _who_of_letters(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    words = value.split()
    if len(words) > len(SPOKEN) or set(value) - {*_ROLE, _NOBODY, " "}:
        raise ValueError("who: one word of role letters for each command, in their order")
    return {
        command: tuple(_ROLE[letter] for letter in word)
        for command, word in zip(SPOKEN, words, strict=False)
        if word != _NOBODY
    }


def _letters_of_who(who: dict[str, tuple[Role, ...]]) -> str:
    return " ".join("".join(_LETTER[role] for role in who.get(name, ())) or _NOBODY for name in SPOKEN)


Who = Annotated[
    dict[str, tuple[Role, ...]], BeforeValidator(_who_of_letters), PlainSerializer(_letters_of_who)
]
"""谁可以说: the roles of each command; written as one letter a role, one word a command."""
