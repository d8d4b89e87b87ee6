"""答复头: what every answer says to whoever carries it: keep no copy, and take it for nothing else."""

from intake.body import Application, Message, Receive, Send

HEADERS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""A proxy that kept a report's standing would show it to whoever asks without the secret."""


class Answers:
    """答复头 around an application."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve a request; what an answer says itself of these stays."""

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(each for each in HEADERS if each[0] not in said),
                ]
            await send(message)

        await self._app(scope, receive, send_on)
