"""Moments as people in China write them, and ends of limits under the Ziyang book."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from domain.limits import Counting, Limit
from domain.workdays import CHINA
from reading.rulebook import rule_in_force

RULES = Path(__file__).parents[2] / "rules"
COUNTING = Counting(
    calendar=rule_in_force(RULES / "ziyang.yaml", date(2026, 11, 2)).calendar,
    day_ends=time(17, 30),
    batch_notice=5,
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def end(limit: str, begun: str, plan_on: date | None = None) -> tuple[str, bool]:
    """Return the end in local time, and whether it is provisional."""
    counted = COUNTING.ends(Limit.model_validate(limit), local(begun), plan_on)
    return _text(counted.at), counted.provisional


def at(limit: str, begun: str, plan_on: date | None = None) -> str:
    return end(limit, begun, plan_on)[0]


def resumed(limit: str, limit_at: str, rest: timedelta, now: str) -> str:
    return _text(COUNTING.resumes(local(limit_at), Limit.model_validate(limit), rest, local(now)).at)


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"
