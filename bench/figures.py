"""数字: what a measurement says: a value, its spread over the pairs, and what was asked of it."""

import statistics
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from domain.model import Frozen


class Better(StrEnum):
    """Which way a figure should go."""

    MORE = "≥"
    LESS = "≤"


class Verdict(StrEnum):
    """What came of a figure."""

    GOAL = "goal"
    MUST = "must"
    MISSED = "missed"
    TOLD = "told"


class Asked(Frozen):
    """要求: the bar that must be held, and the goal beyond it."""

    better: Better
    must: float
    goal: float

    def times_better(self, value: float) -> float:
        """Return how many times better than the bar a value is; 1 is just what must be held."""
        return value / self.must if self.better is Better.MORE else self.must / value


class Figure(Frozen):
    """一个数字: the median of its pairs, the lowest and the highest; nothing is asked of what is told."""

    id: str
    what: str
    unit: str = "ratio"
    value: float
    low: float
    high: float
    pairs: int
    asked: Asked | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the goal was met, the bar was held, or neither."""
        if self.asked is None:
            return Verdict.TOLD
        if _holds(self.value, self.asked.better, self.asked.goal):
            return Verdict.GOAL
        held = _holds(self.value, self.asked.better, self.asked.must)
        return Verdict.MUST if held else Verdict.MISSED


class Detail(Frozen):
    """细目: what one variant did, in absolute numbers that hold for this machine and this minute only."""

    variant: str
    numbers: dict[str, float]


class Section(Frozen):
    """一节: one line of the table of goals, measured; `series` holds every single value of what is drawn."""

    id: str
    title: str
    how: str
    figures: tuple[Figure, ...]
    details: tuple[Detail, ...] = ()
    series: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    series_unit: str = "ms"


def figure(name: str, what: str, values: Sequence[float], asked: Asked | None, unit: str = "ratio") -> Figure:
    """Return the figure of one value a pair; raises ValueError when there is none."""
    if not values:
        raise ValueError(f"{name}: 没有量到任何一对 (no pair was measured)")
    return Figure(
        id=name,
        what=what,
        unit=unit,
        value=statistics.median(values),
        low=min(values),
        high=max(values),
        pairs=len(values),
        asked=asked,
    )


def at_least(must: float, goal: float) -> Asked:
    """Ask for no less."""
    return Asked(better=Better.MORE, must=must, goal=goal)


def at_most(must: float, goal: float) -> Asked:
    """Ask for no more."""
    return Asked(better=Better.LESS, must=must, goal=goal)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value below which `share` (0 to 1) of the values lie; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _holds(value: float, better: Better, bar: float) -> bool:
    return value >= bar if better is Better.MORE else value <= bar
