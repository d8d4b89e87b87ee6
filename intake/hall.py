"""受理大厅: what the routes for reports find: desk, assessor, relay, and what keeps floods out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from intake.assess import Assessor
from intake.desk import Desk
from intake.photos import Photos
from intake.pressure import Pressure
from intake.relay import Relay
from intake.sealing import Sealing
from store.pool import Pool


@dataclass(frozen=True)
class Hall:
    """大厅 of one process of the front door."""

    pool: Pool
    desk: Desk
    assessor: Assessor
    relay: Relay
    pressure: Pressure
    photos: Photos
    sealing: Sealing
    now: Callable[[], datetime]
    budget: int
    """How often a telephone may ring on a day: shown beside how often it did."""


async def _hall(request: Request) -> Hall:  # plain, it would be a trip to a thread for each request
    hall: Hall = request.app.state.hall
    return hall


InHall = Annotated[Hall, Depends(_hall)]
"""The argument of a route that needs it."""
