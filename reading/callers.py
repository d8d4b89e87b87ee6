"""来人: who speaks at the front door, as a token says it; a subject is a code, never a name."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError

from domain.model import Frozen, Label
from domain.posts import Division, Post, division_of, within


class Role(StrEnum):
    """身份: what somebody may do at the front door; what a post may say to an issue is the rule book's."""

    REPORTER = "reporter"
    PATROLLER = "patroller"
    CHIEF = "chief"
    UNIT = "unit"
    OFFICE = "office"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


SPEAKS_FOR_A_POST = frozenset({Role.PATROLLER, Role.CHIEF, Role.UNIT, Role.OFFICE})
"""Roles that are nothing without a post; the others but the reporter need a jurisdiction only."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<!\d)((00)?86[_.:-]?)?1[3-9]\d[_.:-]?\d{4}[_.:-]?\d{4}(?!\d)", re.ASCII)
_IDENTITY_CARD = re.compile(
    r"(?<!\d)[1-9]\d{5}(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[\dX](?!\d)", re.ASCII | re.IGNORECASE
)


class Caller(Frozen):
    """来人: a subject with roles, a jurisdiction, and the posts in whose name it may speak."""

    subject: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    roles: frozenset[Role]
    division: Division | None = None
    posts: tuple[Post, ...] = ()

    def answers_for(self, division: Division) -> bool:
        """Tell whether a place lies in the caller's jurisdiction."""
        return self.division is not None and within(division, self.division)


class SenselessClaims(Exception):
    """A token that is genuine and names nobody who could be let in; carries the reason, never a value."""

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason


CLAIMS = {"subject": "sub", "roles": "river_roles", "division": "river_division", "posts": "river_posts"}
"""Which claim of a token says what of a caller."""


def caller_of(claims: Mapping[str, Any]) -> Caller:
    """Return whom the claims of a verified token name; raises SenselessClaims, which says which is wrong."""
    named = {field: claims[claim] for field, claim in CLAIMS.items() if claims.get(claim) is not None}
    try:
        caller = Caller.model_validate(named)
    except ValidationError as invalid:
        field = str(invalid.errors(include_input=False)[0]["loc"][0])
        claim = CLAIMS[field]
        raise SenselessClaims(
            Label(f"通行证中的 {claim} 缺失或有误", f"{claim} of the token is missing or wrong")
        ) from None
    _require_sense(caller)
    return caller


def _require_sense(caller: Caller) -> None:
    if names_a_person(caller.subject):
        raise SenselessClaims(_A_CODE)
    if not caller.roles:
        raise SenselessClaims(_NO_ROLE)
    if caller.division is None and caller.roles != {Role.REPORTER}:
        raise SenselessClaims(_NO_DIVISION)
    if not caller.posts and caller.roles & SPEAKS_FOR_A_POST:
        raise SenselessClaims(_NO_POST)
    if not all(caller.answers_for(division_of(post)) for post in caller.posts):
        raise SenselessClaims(_POST_ELSEWHERE)


def names_a_person(subject: str) -> bool:
    """Tell whether a subject looks like a name (no digit in it), a telephone number or an identity card."""
    if _UUID.fullmatch(subject):
        return False  # what providers give by themselves; its digits are drawn by lot
    has_digit = any(letter.isdigit() for letter in subject)
    return not has_digit or bool(_TELEPHONE.search(subject) or _IDENTITY_CARD.search(subject))


_A_CODE = Label(
    "通行证中的 sub 应为含数字的代码,不得是姓名、电话或身份证号",
    "sub of the token must be a code with a digit, not a name, a telephone number or an identity card",
)
_NO_ROLE = Label("通行证中的 river_roles 为空", "river_roles of the token is empty")
_NO_DIVISION = Label(
    "通行证缺少 river_division:该身份须有辖区", "river_division of the token is missing: this role needs one"
)
_NO_POST = Label(
    "通行证缺少 river_posts:该身份须有岗位", "river_posts of the token is missing: this role needs a post"
)
_POST_ELSEWHERE = Label(
    "通行证中的 river_posts 有岗位不在 river_division 之内",
    "river_posts of the token names a post outside its river_division",
)
