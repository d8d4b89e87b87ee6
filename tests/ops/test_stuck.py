"""`python -m ops stuck`: whatever is planted is named, and nothing else."""

import pytest

from domain.stuck import Kind
from tests.ops.planted import PLANTS, Plant, Site
from tests.workflows.shell import eventually


async def names(here: Site, planted: list[tuple[Kind, str]]) -> None:
    """Wait until exactly what was planted is named."""
    seen: list[tuple[Kind, str]] = []

    async def is_named() -> bool:
        seen[:] = await here.names()
        return sorted(seen) == sorted(planted)

    try:
        await eventually("what is planted is named", is_named, 45)
    except AssertionError:
        assert sorted(seen) == sorted(planted)
        raise


@pytest.mark.parametrize(("kind", "plant"), PLANTS, ids=lambda each: getattr(each, "__name__", each))
async def test_what_is_planted_is_named_and_nothing_else(here: Site, kind: Kind, plant: Plant) -> None:
    await here.open()

    subject = await plant(here)

    await names(here, [(kind, subject)])
