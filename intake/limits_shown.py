"""时限的写法: a limit as people read it, in the time of China."""

from datetime import datetime

from pydantic import BaseModel

from domain.terms import Clock, zh
from domain.workdays import CHINA


class Limit(BaseModel):
    """时限 that runs now."""

    clock: str
    name: str
    until: datetime
    until_zh: str


def limit_of(clock: Clock, until: datetime) -> Limit:
    """Say a limit as people read it."""
    return Limit(clock=clock, name=zh(clock), until=until, until_zh=written(until))


def written(moment: datetime) -> str:
    """Return `2026年11月24日 09:00`."""
    local = moment.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
