"""一次量度: what every measurement is handed: servers, how many pairs, where to write, whom to tell."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from bench.figures import Section
from bench.ground import Ground


@dataclass
class Session:
    """One run of the bench; `tell` shows a line of progress."""

    ground: Ground
    folder: Path
    pairs: int
    tell: Callable[[str], None]
    dice: random.Random = field(default_factory=lambda: random.Random(20261123))


Measurement: TypeAlias = Callable[[Session], Awaitable[tuple[Section, ...]]]
"""Measures one or more lines of the table of goals."""
