"""门卫: lets a request in whose token names one of the roles that a route asks for."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.model import Label
from domain.posts import Division
from intake.house import InHouse
from intake.problems import Problem
from reading.callers import Caller, Role

_BEARER = HTTPBearer(
    auto_error=False, description="JWT; python -m ops token mints one for the standalone service"
)
Shown = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
NO_TOKEN = Label(
    "请出示通行证(Authorization: Bearer …)", "a bearer token is wanted (Authorization: Bearer …)"
)
TWO_TOKENS = Label("一次请求只能出示一个通行证", "one request shows one token")
WRONG_ROLE = Label("您的身份不能办理此事", "your role may not do this")
ELSEWHERE = Label("此事不在您的辖区", "this lies outside your jurisdiction")


def allowed(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """Return what lets in callers with one of the roles: 401 without a valid token, 403 with another role."""

    async def let_in(request: Request, house: InHouse, shown: Shown) -> Caller:
        caller = await maybe(request, house, shown)
        if caller is None:
            raise Problem(401, "no-token", NO_TOKEN, headers={"WWW-Authenticate": "Bearer"})
        if caller.roles.isdisjoint(roles):
            raise Problem(403, "wrong-role", WRONG_ROLE)
        return caller

    return let_in


def require_jurisdiction(caller: Caller, division: Division) -> None:
    """Refuse a place outside the caller's jurisdiction with 403."""
    if not caller.answers_for(division):
        raise Problem(403, "elsewhere", ELSEWHERE)


async def maybe(request: Request, house: InHouse, shown: Shown) -> Caller | None:
    """Return who shows a token, or nothing for the public; 401 for a token that is not valid."""
    if len(request.headers.getlist("Authorization")) > 1:
        # A proxy before us may have looked at the other one.
        twice = 'Bearer error="invalid_request"'
        raise Problem(401, "two-tokens", TWO_TOKENS, headers={"WWW-Authenticate": twice})
    return await house.tokens.caller(shown.credentials) if shown else None
