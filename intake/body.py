"""请求体上限: a request is cut off once it is longer than anything that is taken, before it is read whole."""

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

TOO_LONG = Label("提交的内容过大,没有受理", "the request is too long and nothing was taken")


class _TooLong(HTTPException):
    """Of the framework's own kind: it takes every other trouble of a body for one that is no JSON."""

    def __init__(self) -> None:
        super().__init__(413, TOO_LONG.en)


class BodyLimit:
    """上限 around an application."""

    def __init__(self, app: Application, say: Say = say_here) -> None:
        self._app, self._say = app, say

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 413 as soon as it is too long; what has begun to be answered goes on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        is_upload = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        most = LONGEST_UPLOAD if is_upload else LONGEST_TEXT
        said = headers.get(b"content-length", b"0")
        has_begun = False

        async def receive_up_to() -> Message:
            nonlocal most
            message = await receive()
            most -= len(message.get("body", b""))
            if most < 0:
                raise _TooLong
            return message

        async def send_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        too_long = self._say(scope["path"], Problem(413, "too-long", TOO_LONG))
        if said.isdigit() and int(said) > most:
            await too_long(scope, receive, send)
            return
        try:
            await self._app(scope, receive_up_to, send_on)
        except _TooLong:
            if not has_begun:
                await too_long(scope, receive, send)
