"""辖区内的通报: finds the bulletin of a number for a caller, and tells nobody else whether it exists."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path

from domain.bulletin.state import Bulletin
from domain.bulletin.terms import BulletinId
from domain.model import Label
from domain.posts import within
from intake.access import ELSEWHERE, allowed
from intake.house import House, InHouse
from intake.problems import Problem
from reading.callers import Caller, Role
from store.bulletins import bulletin_of

READERS = (Role.CHIEF, Role.UNIT, Role.OFFICE, Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR)
"""Who may read bulletins: those of the own division and below; of those above, what was issued."""

Number = Annotated[BulletinId, Path(description="通报编号,如 512022000000-2026-monthly-11")]
Reader = Annotated[Caller, Depends(allowed(*READERS))]


async def here(bulletin: Number, house: InHouse, caller: Reader) -> Bulletin:
    """Return a bulletin for a caller who reads it."""
    one = await _near(house, caller, bulletin)
    if one is None or not _may_see(caller, one):
        raise _unknown()
    return one


def spoken_to(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Return what lets in callers with one of the roles, before a body is looked at.

    Whoever is named in a bulletin is heard on it before it is issued, also where it is one from above.
    """

    async def let_in(
        bulletin: Number, house: InHouse, caller: Annotated[Caller, Depends(allowed(*roles))]
    ) -> Caller:
        one = await _near(house, caller, bulletin)
        if one is None or not (_may_see(caller, one) or _is_named(caller, one)):
            raise _unknown()
        return caller

    return let_in


async def _near(house: House, caller: Caller, number: str) -> Bulletin | None:
    division, own = number[:12], caller.division
    if own is None or not (within(division, own) or within(own, division)):
        raise Problem(403, "elsewhere", ELSEWHERE)
    return await bulletin_of(house.pool, number)


def _may_see(caller: Caller, bulletin: Bulletin) -> bool:
    return bulletin.is_issued or caller.answers_for(bulletin.division)


def _is_named(caller: Caller, bulletin: Bulletin) -> bool:
    return not set(bulletin.named_posts).isdisjoint(caller.posts)


def _unknown() -> Problem:
    return Problem(404, "no-bulletin", Label("没有这份通报", "there is no such bulletin"))
