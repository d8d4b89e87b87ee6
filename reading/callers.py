"""来人: who speaks at the front door, as a token says it; a subject is a code, never a name."""

from enum import StrEnum

from pydantic import Field

from domain.model import Frozen
from domain.posts import Division, Post, within


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


class Caller(Frozen):
    """来人: a subject with roles, a jurisdiction, and the posts in whose name it may speak."""

    subject: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")
    roles: frozenset[Role]
    division: Division | None = None
    posts: tuple[Post, ...] = ()

    def answers_for(self, division: Division) -> bool:
        """Tell whether a place lies in the caller's jurisdiction."""
        return self.division is not None and within(division, self.division)
