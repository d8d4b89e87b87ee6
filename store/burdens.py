"""减负账: how often telephones rang on a day, by person, and what waits."""

from datetime import date
from typing import Any

from domain.burden import Day
from store.pool import Pool, connected
from store.queries import read_queries

SQL = read_queries("burdens")


async def burden(
    pool: Pool, on: date, budget: int, person: str | None = None, within: str | None = None
) -> list[Day]:
    """Return what telephones rang on a day, by person; `within` is the beginning of the posts' divisions."""
    pattern = f"{within}%" if within is not None else None
    async with connected(pool) as connection:
        rows = {row["person"]: row for row in await connection.fetch(SQL["days"], on, person, pattern)}
        left = {
            row["person"]: row["waiting"] for row in await connection.fetch(SQL["waiting"], person, pattern)
        }
    nothing: dict[str, Any] = {"pushes": 0, "urgent": 0, "digests": 0, "items": 0}
    return [
        Day.model_validate(
            {"person": each, "budget": budget, "waiting": left.get(each, 0), **rows.get(each, nothing)}
        )
        for each in sorted(rows.keys() | left.keys())
    ]
