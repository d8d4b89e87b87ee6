"""一个变异: one guard that is taken away from a copy."""

from collections.abc import Sequence
from typing import NamedTuple


class Ground(NamedTuple):
    """变异之地: what is copied, where in it mutants are made and tests are found, what the tests run with."""

    copied: Sequence[str]
    code: str
    tests: str
    ini: str
    plugins: Sequence[str] = ()


RULES = Ground(
    ("domain", "reading", "rules", "tests/rules"),
    "domain/",
    "tests/rules/",
    "[pytest]\npythonpath = .\naddopts = --import-mode=importlib\n",
)
"""The rule book and its tests alone."""


class Mutant(NamedTuple):
    """一个变异: the guard that is taken away, where, how, and the test that must see it."""

    rule: str
    module: str
    old: str
    new: str
    seen_by: str
    ground: Ground = RULES

    @property
    def test(self) -> str:
        """The test as pytest names it."""
        return f"{self.ground.tests}{self.seen_by}"
