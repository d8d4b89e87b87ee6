"""请求体上限: a request is cut off once it is longer than anything that is taken, or does not come on."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from domain.model import Label
from intake.problems import Problem, Say, say_here

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST_TEXT = 64 * 1024
"""Bytes of a request without files."""
LONGEST_UPLOAD = 41 * 1024 * 1024
"""Bytes of one with photos, which are counted one by one as well."""
FIRST_WITHIN = 20.0
SLOWEST = 16 * 1024
"""Seconds for which any body may take, and bytes that it brings in each one after them."""

_TAKES_PHOTOS = re.compile(r".*/(photos|with-photos)")

TOO_LONG = Label("提交的内容过大,没有受理", "the request is too long and nothing was taken")
TOO_SLOW = Label("提交的内容迟迟没有传完,没有受理", "the request did not come on and nothing was taken")
TWO_LENGTHS = Label(
    "请求同时写了 Content-Length 和 Transfer-Encoding", "a request says its length in one way only"
)


class _CutOff(HTTPException):
    """Of the framework's own kind: it takes every other trouble of a body for one that is no JSON."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.reason.en)
        self.problem = problem


class BodyLimit:
    """上限 around an application."""

    def __init__(self, app: Application, say: Say = say_here, first_within: float = FIRST_WITHIN) -> None:
        self._app, self._say, self._first_within = app, say, first_within

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request, or answer as soon as it is cut off; what has begun to be answered goes on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))  # of two the first, as everybody else reads them
        has_begun = False

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            body = _Body(receive, _most(scope["path"], headers), self._first_within)
            body.require_fitting(headers)
            await self._app(scope, body.receive, send_on)
        except _CutOff as cut:
            if not has_begun:
                await self._say(scope["path"], cut.problem)(scope, receive, send)


class _Body:
    """What is left of a request's body, in bytes and in time."""

    def __init__(self, receive: Receive, most: int, first_within: float) -> None:
        self._receive, self._most, self._come = receive, most, 0
        self._until = asyncio.get_running_loop().time() + first_within
        self._is_whole = False

    def require_fitting(self, headers: MutableMapping[bytes, bytes]) -> None:
        """Refuse what says that it is too long, or says it twice: a proxy may read the other."""
        said = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers and b"content-length" in headers:
            raise _CutOff(Problem(400, "two-lengths", TWO_LENGTHS, headers={"Connection": "close"}))
        if said.isdigit() and int(said) > self._most:
            raise _CutOff(Problem(413, "too-long", TOO_LONG))

    async def receive(self) -> Message:
        """Return the next piece; afterwards whatever comes, which may be nothing for long."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until + self._come / SLOWEST):
                message = await self._receive()
        except TimeoutError:
            raise _CutOff(Problem(408, "too-slow", TOO_SLOW, headers={"Connection": "close"})) from None
        self._come += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        if self._come > self._most:
            raise _CutOff(Problem(413, "too-long", TOO_LONG))
        return message


def _most(path: str, headers: MutableMapping[bytes, bytes]) -> int:
    is_form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
    return LONGEST_UPLOAD if is_form and _TAKES_PHOTOS.fullmatch(path) else LONGEST_TEXT
