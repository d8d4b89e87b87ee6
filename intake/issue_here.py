"""辖区内的问题: finds the issue of a number for a caller, and tells nobody else whether it exists.

A number begins with its county, so a caller from another county hears 403 whether there is such an issue or
not, and nothing is looked up. Within the county an issue of another township is answered as an unknown one.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Path
from pydantic import ValidationError

from domain.issue.state import Issue
from domain.model import IssueId, Label
from domain.posts import within
from intake.access import ELSEWHERE, allowed
from intake.house import House, InHouse
from intake.problems import TRY_AGAIN, Problem
from reading.callers import Caller, Role
from store import board, journal
from store.board import Standing

Number = Annotated[IssueId, Path(description="问题编号,如 512022-2026-000123")]

READERS = (
    *(Role.CHIEF, Role.UNIT, Role.OFFICE, Role.PATROLLER),
    *(Role.SUPERVISOR, Role.OPERATOR, Role.AUDITOR),
)
"""Who may read issues, each those of the own jurisdiction."""


async def issue_here(house: House, caller: Caller, number: str) -> Standing:
    """Return where an issue lies and how it stands; 403 elsewhere, 404 within the county."""
    county, own = f"{number[:6]}000000", caller.division
    if own is None or not (within(county, own) or within(own, county)):
        raise Problem(403, "elsewhere", ELSEWHERE)
    standing = await board.standing(house.pool, number)
    if standing is None or not caller.answers_for(standing.division):
        raise _unknown(number)
    return standing


def here(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Return what lets in callers with one of the roles to an issue of theirs, before a body is looked at."""

    async def let_in(
        number: Number, house: InHouse, caller: Annotated[Caller, Depends(allowed(*roles))]
    ) -> Caller:
        await issue_here(house, caller, number)
        return caller

    return let_in


async def retold(house: House, number: str) -> Issue:
    """Return an issue that is known to be the caller's, as its journal tells it."""
    try:
        return await journal.retell_issue(house.pool, number)
    except LookupError:
        raise not_told_yet(number) from None
    except (ValidationError, TypeError):
        raise broken(number) from None


def not_told_yet(number: str) -> Problem:
    """Say that an issue has its number, and its first fact is still on the way."""
    said = Label(
        f"问题 {number} 刚刚立案,记录尚未到达", f"{number} was opened just now: its records are coming"
    )
    return Problem(503, "not-told-yet", said, retry_after=TRY_AGAIN)


def broken(number: str) -> Problem:
    """Say that a journal tells no story: an operator must look."""
    said = Label(
        f"问题 {number} 的日志无法复述,请运维人员核验(ops verify)",
        f"the journal of {number} cannot be retold: an operator must run verify",
    )
    return Problem(500, "untold", said)


def _unknown(number: str) -> Problem:
    return Problem(
        404, "no-issue", Label(f"辖区内没有问题 {number}", f"no issue {number} in your jurisdiction")
    )
