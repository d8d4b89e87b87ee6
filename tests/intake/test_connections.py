"""What is cut off: bodies without end or without haste, requests that never come, lengths said twice."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI, Request

from intake import connections
from intake.answers import Answers
from intake.body import LONGEST_TEXT, BodyLimit
from intake.problems import teach

HEAD = b"POST %s HTTP/1.1\r\nHost: door\r\n"
SOON = 0.3
STILL_THERE = b"<still there>"


class Line(NamedTuple):
    """A door on a real port."""

    port: int

    async def say(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """Send some bytes and return all that comes back until the door hangs up or is silent for long."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        hearing = asyncio.create_task(_heard(reader))
        try:
            for piece in pieces:
                if hearing.done():
                    break
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            pass  # hung up on in the middle of it
        finally:
            heard = await hearing
            writer.close()
        return heard


async def _heard(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    try:
        while True:
            async with asyncio.timeout(4 * SOON):
                piece = await reader.read(65_536)
            if not piece:
                return heard
            heard += piece
    except ConnectionError:
        return heard
    except TimeoutError:
        return heard + STILL_THERE


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def line() -> AsyncIterator[Line]:
    """Give a door that counts what it is sent and has little patience."""
    app = FastAPI(redirect_slashes=False)
    teach(app)

    @app.post("/reports")
    @app.post("/issues/1/photos")
    async def send(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(BodyLimit, first_within=SOON)
    app.add_middleware(Answers)
    patience, connections.ASKS_WITHIN = connections.ASKS_WITHIN, SOON
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(
            app,
            log_level="error",
            http=connections.Connection,
            h11_max_incomplete_event_size=connections.LARGEST_HEAD,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield Line(listening.getsockname()[1])
        server.should_exit = True
        await serving
    connections.ASKS_WITHIN = patience


async def test_a_whole_request_is_answered_and_the_next_one_too(line: Line) -> None:
    one = HEAD % b"/reports" + b"Content-Length: 2\r\n\r\nab"

    assert (await line.say(one, one)).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize(
    "begun",
    [(), (b"POST /re",), (HEAD % b"/reports",), (HEAD % b"/reports", *[b"X-A: a\r\n"] * 40)],
    ids=["nothing", "half a line", "half its headers", "one header after the other"],
)
async def test_whoever_never_asks_is_hung_up_on(begun: tuple[bytes, ...], line: Line) -> None:
    assert await line.say(*begun, pause=SOON / 10) == b""


async def test_whoever_asked_once_is_not_waited_for_either(line: Line) -> None:
    whole = HEAD % b"/reports" + b"Content-Length: 0\r\n\r\n"

    heard = await line.say(whole, *[b"P", b"O", b"S", b"T"] * 10, pause=SOON / 10)

    assert heard.count(b"HTTP/1.1 ") == 1
    assert not heard.endswith(STILL_THERE)


async def test_headers_without_end_are_not_kept(line: Line) -> None:
    heard = await line.say(HEAD % b"/reports", *[b"X-A: " + b"a" * 8_000 + b"\r\n"] * 40, pause=0.001)

    assert b"HTTP/1.1 200" not in heard


async def test_a_body_that_does_not_come_on_is_cut_off_and_nothing_is_taken(line: Line) -> None:
    heard = await line.say(HEAD % b"/reports" + b"Content-Length: 60\r\n\r\n", *[b"a"] * 9, pause=SOON / 6)

    assert b"HTTP/1.1 408" in heard
    assert b"application/problem+json" in heard


async def test_a_body_without_end_is_cut_off_at_its_limit(line: Line) -> None:
    piece = b"4000\r\n" + b"a" * 0x4000 + b"\r\n"

    heard = await line.say(
        HEAD % b"/reports" + b"Transfer-Encoding: chunked\r\n\r\n", *[piece] * 40, pause=0.01
    )

    assert heard.startswith(b"HTTP/1.1 413")
    assert not heard.endswith(STILL_THERE)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (b"/reports", b"Content-Type: multipart/form-data; boundary=x\r\n"),
        (b"/reports", b"Content-Type: application/json\r\nContent-Type: multipart/form-data\r\n"),
        (b"/issues/1/photos", b"Content-Type: application/json\r\nContent-Type: multipart/form-data\r\n"),
        (b"/issues/1/photos", b"Content-Type: application/json\r\n"),
    ],
)
async def test_only_photos_are_let_in_as_photos(path: bytes, headers: bytes, line: Line) -> None:
    length = b"Content-Length: %d\r\n\r\n" % (LONGEST_TEXT + 1)

    assert b"HTTP/1.1 413" in await line.say(HEAD % path + headers + length)


async def test_photos_are_let_in_however_their_kind_is_written(line: Line) -> None:
    head = HEAD % b"/issues/1/photos" + b"Content-Type: Multipart/Form-Data; boundary=x\r\n"
    heard = await line.say(
        head + b"Content-Length: %d\r\n\r\n" % (2 * LONGEST_TEXT) + b"a" * 2 * LONGEST_TEXT
    )

    assert b"HTTP/1.1 200" in heard


async def test_no_second_request_is_smuggled_behind_a_length_said_twice(line: Line) -> None:
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    hidden = HEAD % b"/reports" + b"Content-Length: 0\r\n\r\n"

    heard = await line.say(HEAD % b"/reports" + both + hidden)

    assert heard.count(b"HTTP/1.1 ") == 1
    assert b"HTTP/1.1 400" in heard
    assert not heard.endswith(STILL_THERE)


async def test_no_answer_is_kept_by_a_proxy_or_taken_for_a_page(line: Line) -> None:
    for path in (b"/reports", b"/no/such/page"):
        heard = await line.say(HEAD % path + b"Content-Length: 0\r\n\r\n")

        assert b"cache-control: no-store" in heard
        assert b"x-content-type-options: nosniff" in heard


async def test_nobody_is_sent_to_an_address_that_he_named_himself(line: Line) -> None:
    heard = await line.say(HEAD % b"/reports/" + b"Host: evil.example\r\nContent-Length: 0\r\n\r\n")

    assert b"evil.example" not in heard
    assert b"location" not in heard.lower()
