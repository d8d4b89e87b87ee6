"""一个变异: one rule that is taken away from a copy of the rule book."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """一个变异: the rule that is taken away, where, how, and the test that must see it."""

    rule: str
    module: str
    old: str
    new: str
    seen_by: str

    @property
    def test(self) -> str:
        """The test as pytest names it."""
        return f"tests/rules/{self.seen_by}"
