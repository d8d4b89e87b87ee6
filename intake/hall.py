"""受理大厅: what the routes for reports find: desk, assessor, relay, and what keeps floods out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from intake.assess import Assessor
from intake.desk import Desk
from intake.pressure import Pressure
from intake.relay import Relay
from store.pool import Pool


class Seals(Protocol):
    """封存: seals whoever reports and returns the token that stands for him; empty words are unsaid."""

    async def seal(self, name: str, phone: str, contact: str) -> str: ...


@dataclass(frozen=True)
class Hall:
    """大厅 of one process of the front door."""

    pool: Pool
    desk: Desk
    assessor: Assessor
    relay: Relay
    pressure: Pressure
    now: Callable[[], datetime]
    seals: Seals | None = None
    """Nothing where no keys are set: then nobody's name is kept."""


def _hall(request: Request) -> Hall:
    hall: Hall = request.app.state.hall
    return hall


InHall = Annotated[Hall, Depends(_hall)]
"""The argument of a route that needs it."""
