"""核稿比对: tells where a text names a sealed reporter; only the front door can, and it says no more."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError
from temporalio.worker import Worker

from domain.bulletin.facts import Finding
from domain.bulletin.lint import names
from domain.bulletin.order import Look
from intake.sealing import Sealing
from store import sealed
from store.pool import Away
from store.seal import Broken, NotConfigured, UnknownKey
from store.sealed import NotLetIn, Opener
from workflows.names import seal_queue

PAUSE = 2.0
"""Seconds until Temporal is looked for again."""
FOUND = "含有举报人信息,不得印发"
BY, ROLE = "bulletin", "lint"

log = structlog.get_logger()


class Comparing:
    """比对: the text is brought to the seal; nothing that is sealed leaves it."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    @activity.defn
    async def names_in_bulletin(self, look: Look) -> tuple[Finding, ...]:
        """Return in which parts of a text anybody who is sealed is named. A hit is an opening, and a row.

        Whoever tries names on drafts to learn who reported is seen by the reporter and the auditor.
        """
        seal, pool = self._sealing.seal, self._sealing.pool
        if seal is None or pool is None:
            return ()  # where no seal is set up, nobody was sealed
        found = dict[str, Finding]()
        with _told_plainly(look.bulletin_id):
            async for token, row in sealed.everybody(pool):
                try:
                    who = _words(seal.keys.open(token, row))
                except (Broken, UnknownKey, NotConfigured) as trouble:
                    raise ApplicationError(
                        f"{look.bulletin_id}: {trouble}", type=type(trouble).__name__
                    ) from None
                places = names(look.draft.texts, who)
                if places:
                    purpose = f"通报核稿比对 {look.bulletin_id} 第 {look.revision} 稿"
                    await sealed.take_out(pool, token, Opener(BY, ROLE, purpose))
                    found |= {place: Finding(rule="name", where=place, what=FOUND) for place in places}
        return tuple(found.values())


def _words(plain: bytes) -> list[str]:
    """Return name, telephone and address as they were sealed; what was not said is left out."""
    return [word for word in json.loads(plain).values() if word]


@contextmanager
def _told_plainly(what: str) -> Iterator[None]:
    try:
        yield
    except (Away, NotLetIn) as trouble:
        raise ApplicationError(f"{what}: {type(trouble).__name__}", type=type(trouble).__name__) from None


def seal_worker(client: Client, task_queue: str, sealing: Sealing) -> Worker:
    """Build the worker that answers for the seal, on a queue of its own."""
    return Worker(
        client, task_queue=seal_queue(task_queue), activities=[Comparing(sealing).names_in_bulletin]
    )


async def answer_for_the_seal(
    connect: Callable[[], Awaitable[Client]], task_queue: str, sealing: Sealing
) -> None:
    """Answer for as long as the front door is open; Temporal may come later, and go.

    The client is its own: one that connects when it is first used carries no worker.
    """
    while True:
        try:
            client = await connect()
            await client.service_client.check_health()
            await seal_worker(client, task_queue, sealing).run()
        except (RPCError, RuntimeError) as trouble:
            log.warning("seal_worker_interrupted", trouble=type(trouble).__name__)
        await asyncio.sleep(PAUSE)
