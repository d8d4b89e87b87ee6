"""What Prometheus would read of a process."""

from collections.abc import Mapping
from typing import TypeAlias

import httpx
from prometheus_client.parser import text_string_to_metric_families

Series: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


async def scrape(address: str) -> Mapping[Series, float]:
    """Read an endpoint: name and labels of each series, with its value."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://{address}/metrics")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
