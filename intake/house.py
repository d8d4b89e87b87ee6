"""窗口的家当: what every request finds: records, the way to issues, the registry, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from temporalio.client import Client

from intake.desk import Desk
from intake.door import Door
from reading.callers import Caller
from reading.registry import Registry
from store.pool import Pool


class Tokens(Protocol):
    """通行证: reads a bearer token; raises Problem 401 for one that is not valid."""

    async def caller(self, token: str) -> Caller: ...


@dataclass(frozen=True)
class House:
    """家当 of one process of the front door."""

    client: Client
    pool: Pool
    registry: Registry
    desk: Desk
    door: Door
    tokens: Tokens
    now: Callable[[], datetime]


async def _house(request: Request) -> House:  # plain, it would be a trip to a thread for each request
    house: House = request.app.state.house
    return house


InHouse = Annotated[House, Depends(_house)]
"""The argument of a route that needs it."""
