"""事实之本: what every fact has, and what a fact can do to a clock: start it, or move its end."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from domain.limits import Limit
from domain.model import CommandId, Frozen, Moment
from domain.posts import Post
from domain.terms import Clock

Repair = Literal["wake", "reset", "retry", "redeliver", "skip", "settle"]
"""修复: what an operator can do to an issue whose machine is stuck."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
"""代号 of a person or a ticket: a code, never a name."""


class Start(Frozen):
    """起算: a clock that begins with a fact; its end is an instant, never recomputed silently."""

    clock: Clock
    at: Moment
    limit_at: Moment
    limit: str
    source: str
    provisional: bool = False


class Move(Frozen):
    """改期: where a clock that began earlier ends from now on, and what that follows from."""

    clock: Clock
    limit_at: Moment
    limit: str
    source: str
    provisional: bool = False
    granted: tuple[Limit, ...] = ()
    set_on: date | None = None


class Event(Frozen):
    """事实: `said_at` is its true moment, `at` its place in the order; time's own facts have no author."""

    at: Moment
    said_at: Moment
    rule: str
    by: Post | None = None
    command: CommandId | None = None
    starts: tuple[Start, ...] = ()
    moves: tuple[Move, ...] = ()
