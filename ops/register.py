"""登记检索项: make the search attributes known to the server, once, before any worker starts."""

import asyncio
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.names import SEARCH_ATTRIBUTES

PATIENCE = timedelta(seconds=60)
_PAUSE = 0.2


async def register(client: Client, patience: timedelta = PATIENCE) -> list[str]:
    """Register the attributes that the server lacks; return their names once it knows them all everywhere.

    Raises TimeoutError when it still lacks one after `patience`, ValueError when one has another type.
    """
    wanted = {key.name: IndexedValueType.ValueType(int(key.indexed_value_type)) for key in SEARCH_ATTRIBUTES}
    async with asyncio.timeout(patience.total_seconds()):
        known = await _known(client)
        missing = {name: kind for name, kind in wanted.items() if name not in known}
        if missing:
            await _add(client, missing)
        # The server rings no bell.
        while not wanted.keys() <= (known := await _known(client)).keys():  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)
        while not await _are_usable(client):  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE)
    other = [name for name, kind in wanted.items() if known[name] != kind]
    if other:
        raise ValueError(
            f"{client.namespace} already has search attributes of another type: {', '.join(other)}"
        )
    return sorted(missing)


async def _known(client: Client) -> dict[str, int]:
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return dict(answer.custom_attributes)


async def _are_usable(client: Client) -> bool:
    """Ask by all of them: what is listed is used only once the server has read its namespaces again."""
    every_one = " AND ".join(f"`{key.name}` IS NULL" for key in SEARCH_ATTRIBUTES)
    try:
        await client.count_workflows(every_one)
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        return False
    return True


async def _add(client: Client, missing: dict[str, "IndexedValueType.ValueType"]) -> None:
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        # Two starters may register at once; whoever comes second finds the work done.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
