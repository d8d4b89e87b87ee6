"""Receivers of pushes: a real HTTP endpoint that can misbehave in every way, a real mail server."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from machine.ports import any_free_port

FINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
FOR_ALL = b'{"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}'


def fine(answer: bytes = FOR_ALL) -> bytes:
    return FINE % (len(answer), answer)


def plain(status: str, *headers: str) -> bytes:
    return "".join(
        f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "")
    ).encode()


REFUSES_ALL = plain("500 Internal Server Error")
TOO_OFTEN = plain("429 Too Many Requests", "Retry-After: 7")
DROPPED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
NOTHING = b""
"""The connection ends without an answer."""
SILENCE = None
"""It never answers."""
DRIP = b"drip"
"""It answers a byte now and then."""


class Asked(NamedTuple):
    """What came in."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


@dataclass
class Endpoint:
    """An HTTP endpoint; `behaves` is used up one request after the other, then `otherwise`."""

    port: int = 0
    behaves: list[bytes | None] = field(default_factory=list)
    otherwise: bytes | None = field(default_factory=fine)
    asked: list[Asked] = field(default_factory=list)
    at: Callable[[Asked], bytes | None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def acts(self) -> set[str]:
        """What a receiver does that drops repeats."""
        return {asked.key for asked in self.asked}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await _read(reader)
                self.asked.append(asked)
                behaviour = self.behaves.pop(0) if self.behaves else self.otherwise
                behaviour = self.at(asked) if self.at else behaviour
                if behaviour is SILENCE:
                    await asyncio.sleep(3600)
                elif behaviour == DRIP:
                    for byte in fine():
                        writer.write(bytes([byte]))
                        await writer.drain()
                        await asyncio.sleep(0.1)
                else:
                    writer.write(behaviour or b"")
                    await writer.drain()
                    if behaviour in (DROPPED, NOTHING):
                        return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    target = urlsplit(request.split(" ")[1])
    return Asked(target.path, parse_qs(target.query), headers, json.loads(body or b"{}"))


@asynccontextmanager
async def endpoint(*behaves: bytes | None) -> AsyncIterator[Endpoint]:
    """Serve an endpoint on a port of its own."""
    one = Endpoint(behaves=list(behaves))
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    yield one
    server.close()


def closed_port() -> str:
    """Return an address where nobody listens."""
    return f"http://127.0.0.1:{any_free_port()}"


class Post:
    """A post office: keeps what it took, and answers to each letter what it is told to."""

    def __init__(self) -> None:
        self.mail: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: list[str] = []
        self.greets: list[str] = []

    async def handle_RCPT(  # noqa: N802 - the name is the server's
        self, _s: smtp.SMTP, _n: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        if self.greets:
            return self.greets.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _s: smtp.SMTP, _n: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mail.append(message_from_bytes(envelope.content, EmailMessage, policy=SMTP))  # type: ignore[arg-type]
        self.recipients.append(envelope.rcpt_tos)
        return self.answers.pop(0) if self.answers else "250 OK"


@asynccontextmanager
async def post_office() -> AsyncIterator[tuple[str, Post]]:
    """Run a real mail server; give its address and what it takes."""
    post, port = Post(), any_free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    await asyncio.to_thread(controller.start)
    yield f"smtp://127.0.0.1:{port}", post
    await asyncio.to_thread(controller.stop)
