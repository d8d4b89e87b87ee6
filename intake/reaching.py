"""连接: a Temporal server that was never reached yet is told like one that is away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.service import RPCError, RPCStatusCode

NEVER_REACHED = "Failed client connect"
"""How the SDK's RuntimeError begins when the first connection of a lazy client cannot be made."""


@contextmanager
def reaching() -> Iterator[None]:
    """Raise the RPCError of an outage instead: whoever retries one retries the other."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith(NEVER_REACHED):
            raise
        raise RPCError(str(error), RPCStatusCode.UNAVAILABLE, b"") from None
