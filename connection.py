"""接入: how every process of the service reaches the Temporal server, and how values travel there."""

from typing import ClassVar, Self

from temporalio.client import Client, TLSConfig
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter
from temporalio.runtime import Runtime

from settings import Settings
from traces import Traces


class Converter(PydanticPayloadConverter):
    """转换器: the one converter of a process, however often the SDK makes one.

    The SDK makes several for each workflow task and keeps one for each issue in memory, each with a cache of
    its own that is empty at first. They hold no state but that cache, so they may all be the same.
    """

    _only: ClassVar[Self | None] = None

    def __new__(cls) -> Self:
        """Return the one there is."""
        if cls._only is None:
            made = super().__new__(cls)
            PydanticPayloadConverter.__init__(made)
            cls._only = made
        return cls._only

    def __init__(self) -> None:
        """Be whole already."""


data_converter = DataConverter(payload_converter_class=Converter)


async def connect(
    settings: Settings,
    identity: str | None = None,
    *,
    lazy: bool = False,
    runtime: Runtime | None = None,
    traces: Traces | None = None,
) -> Client:
    """Connect to the Temporal server that the settings name; raises RuntimeError when it does not answer.

    A lazy client connects when it is first used: whoever only calls may start before the server does.
    What the SDK measures goes to `runtime`, and its calls leave `traces`.
    """
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter,
        identity=identity or settings.identity,
        lazy=lazy,
        runtime=runtime,
        plugins=traces.plugins if traces else [],
        interceptors=[traces.said] if traces else [],
        tls=_tls(settings),
        api_key=settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None,
    )


def _tls(settings: Settings) -> TLSConfig | bool:
    if not (settings.temporal_tls_ca or settings.temporal_tls_cert):
        return settings.temporal_api_key is not None
    return TLSConfig(
        server_root_ca_cert=settings.temporal_tls_ca.read_bytes() if settings.temporal_tls_ca else None,
        client_cert=settings.temporal_tls_cert.read_bytes() if settings.temporal_tls_cert else None,
        client_private_key=settings.temporal_tls_key.read_bytes() if settings.temporal_tls_key else None,
    )
