"""The smallest front door: one route a set of roles, so that a test sees who is let in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI

from intake.access import allowed
from intake.house import Tokens
from intake.problems import teach
from reading.callers import Caller, Role


@asynccontextmanager
async def front(tokens: Tokens, *roles: Role) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a door that lets the roles in at `/`; without roles it lets in every one."""
    app = FastAPI()
    teach(app)
    app.state.house = SimpleNamespace(tokens=tokens)
    guarded: Sequence[Role] = roles or tuple(Role)

    @app.get("/")
    async def who(caller: Annotated[Caller, Depends(allowed(*guarded))]) -> Caller:
        return caller

    # What the door does not foresee must show as 500, as it would to a caller.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client
