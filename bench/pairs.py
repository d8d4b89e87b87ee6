"""成对: variants side by side, in an order that is drawn anew for each pair."""

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


async def one_round(variants: Mapping[str, Callable[[], Awaitable[T]]], dice: random.Random) -> dict[str, T]:
    """Run every variant once, in a drawn order; return what each gave."""
    order = list(variants)
    dice.shuffle(order)
    given = {name: await variants[name]() for name in order}
    return {name: given[name] for name in variants}
