"""心跳: how a loop beside the worker shows that it still goes round."""

from collections.abc import Callable

Beat = Callable[[], None]
"""Called after each round, also after one that an outage cut short: a loop that hangs calls it no more."""


def unseen() -> None:
    """Beat where nobody looks."""
