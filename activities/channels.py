"""渠道: says one message to one address, and tells what came of it. Addresses and keys are never logged."""

import asyncio
import base64
import hmac
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx

from domain.push_words import Words, fitted
from domain.roster import ChannelKind

ANSWER_WITHIN = 10.0
"""Seconds for one try as a whole: a channel that drips its answer is a channel that does not answer."""
LONGEST_ANSWER = 64_000
LONGEST_PAUSE = timedelta(minutes=10)
"""What a channel may ask for; whoever asks for more is passed for the next channel."""

MOST: Mapping[ChannelKind, int] = {
    ChannelKind.WECOM: 2048,  # 企业微信: text.content, at most 2048 bytes
    ChannelKind.DINGTALK: 18_000,  # 钉钉: a message of at most 20,000 bytes
    ChannelKind.FEISHU: 18_000,  # 飞书: a request of at most 20 KB
    ChannelKind.SMS: 900,
    ChannelKind.EMAIL: 200_000,
}
"""Bytes of a body."""

BUSY = frozenset({-1, 45009, 45033, 90030, 130101, 130102, 11232, 230020, 99991400})
"""Codes of the robots for "too often" and "try again"; every other one will be the same the next time."""

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_WHERE = r"(?:[a-z]+://(?:[A-Za-z0-9./:_-]*(?:/|\?[a-z_]+=))?)?"
_ROBOT = re.compile(_WHERE + r"(?:(?P<secret>[A-Za-z0-9_-]{1,200})@)?(?P<key>[A-Za-z0-9_-]{1,200})/?")
_NUMBER = re.compile(r"\+?[0-9]{5,20}")

# Each of them would write the address, or the key of a robot, into the log.
for _chatty in ("httpx", "httpcore", "aiosmtplib"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)


class Answer(NamedTuple):
    """What came of a try: it is there, a relay took it, later, or never by this channel; why, in a word."""

    came: Literal["delivered", "sent", "later", "never"]
    error: str = ""
    pause: timedelta | None = None


@dataclass(frozen=True)
class Ways:
    """出口: where the channels are, by the operator's settings alone: no address of a person names a host."""

    wecom: str | None = None
    dingtalk: str | None = None
    feishu: str | None = None
    sms: str | None = field(default=None, repr=False)
    smtp: str | None = field(default=None, repr=False)
    mail_from: str | None = None

    @property
    def open(self) -> frozenset[ChannelKind]:
        """The kinds that somebody can be told by."""
        ways = {
            ChannelKind.WECOM: self.wecom,
            ChannelKind.DINGTALK: self.dingtalk,
            ChannelKind.FEISHU: self.feishu,
            ChannelKind.SMS: self.sms,
            ChannelKind.EMAIL: self.smtp and self.mail_from,
        }
        return frozenset(kind for kind, way in ways.items() if way)


class Channels:
    """All channels of one process; it opens connections when they are needed."""

    def __init__(self, ways: Ways, now: Callable[[], datetime], within: float = ANSWER_WITHIN) -> None:
        self.ways = ways
        self._now = now
        self._within = within
        self._http = httpx.AsyncClient(timeout=within, follow_redirects=False)

    async def say(self, kind: ChannelKind, address: str, said: Words, key: str) -> Answer:
        """Say it once; `key` is the same for each try, so that a receiver may drop it. Raises nothing."""
        try:
            async with asyncio.timeout(self._within):
                return await self._say(kind, address, fitted(said, MOST[kind]), said.subject, key)
        except TimeoutError:
            return Answer("later", "timeout")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return Answer("never", "bad_url")
        except (OSError, httpx.HTTPError, aiosmtplib.SMTPException) as error:
            return Answer("later", type(error).__name__)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def _say(self, kind: ChannelKind, address: str, body: str, subject: str, key: str) -> Answer:
        match kind:
            case ChannelKind.EMAIL:
                return await self._mail(address, subject, body, key)
            case ChannelKind.SMS:
                if not self.ways.sms or not _NUMBER.fullmatch(address):
                    return Answer("never", "bad_address")
                content = {"to": address, "text": body, "id": key}
                status, headers, _ = await self._post(self.ways.sms, content, {}, key)
                return _by_status(status, headers) or Answer("sent")
            case _:
                return await self._robot(kind, address, body, key)

    async def _robot(self, kind: ChannelKind, address: str, body: str, key: str) -> Answer:
        secret, token = _robots_key(address)
        where = {
            ChannelKind.WECOM: self.ways.wecom,
            ChannelKind.DINGTALK: self.ways.dingtalk,
            ChannelKind.FEISHU: self.ways.feishu,
        }[kind]
        if not where or not token:
            return Answer("never", "bad_address")
        params: dict[str, str] = {}
        content: dict[str, Any]
        if kind is ChannelKind.FEISHU:
            where = f"{where.rstrip('/')}/{token}"
            content = {"msg_type": "text", "content": {"text": body}}
            if secret:
                at = str(int(self._now().timestamp()))
                signed = _signed(f"{at}\n{secret}", "")
                content |= {"timestamp": at, "sign": signed}
        elif kind is ChannelKind.DINGTALK:
            params = {"access_token": token}
            content = {"msgtype": "text", "text": {"content": body}}
            if secret:
                at = str(int(self._now().timestamp() * 1000))
                params |= {"timestamp": at, "sign": _signed(secret, f"{at}\n{secret}")}
        else:
            params = {"key": token}
            content = {"msgtype": "text", "text": {"content": body}}
        status, headers, answer = await self._post(where, content, params, key)
        code = _code_in(answer)
        if code in BUSY:
            return Answer("later", f"code {code}")
        return _by_status(status, headers) or _by_code(code)

    async def _post(
        self, where: str, content: dict[str, Any], params: dict[str, str], key: str
    ) -> tuple[int, httpx.Headers, bytes]:
        headers = {"Idempotency-Key": key}
        async with self._http.stream("POST", where, json=content, params=params, headers=headers) as answer:
            read = b""
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) > LONGEST_ANSWER:
                    break
            return answer.status_code, answer.headers, read

    async def _mail(self, address: str, subject: str, body: str, key: str) -> Answer:
        if not self.ways.smtp or not self.ways.mail_from or not _MAIL.fullmatch(address):
            return Answer("never", "bad_address")
        server = urlsplit(self.ways.smtp)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.ways.mail_from, address, subject
        message["Message-ID"] = f"<{key}@{self.ways.mail_from.rpartition('@')[2]}>"
        message["Date"] = self._now()
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(body, cte="base64")
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                timeout=self._within,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _by_reply(refused.recipients[0].code)
        except aiosmtplib.SMTPResponseException as refused:
            return _by_reply(refused.code)
        return Answer("sent")


def _robots_key(address: str) -> tuple[str, str]:
    """Return secret and key of `key`, `secret@key`, or either as it stands in a webhook's address."""
    found = _ROBOT.fullmatch(address)
    return (found["secret"] or "", found["key"]) if found else ("", "")


def _signed(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha256).digest()).decode()


def _by_status(status: int, headers: Mapping[str, str]) -> Answer | None:
    """Judge by the status alone; nothing when it is one of success."""
    if httpx.codes.is_success(status):
        return None
    error = f"HTTP {status}"
    if status in (408, 425, 429) or httpx.codes.is_server_error(status):
        asked = headers.get("retry-after", "")
        pause = timedelta(seconds=min(int(asked), 10**6)) if re.fullmatch(r"[0-9]{1,9}", asked) else None
        return Answer("never", error) if pause and pause > LONGEST_PAUSE else Answer("later", error, pause)
    return Answer("never", error)


def _code_in(answer: bytes) -> int | None:
    """Return what a robot says of the message: its status is 200 in any case."""
    try:
        told = json.loads(answer)
        return next(int(told[name]) for name in ("errcode", "code", "StatusCode") if name in told)
    except (ValueError, TypeError, StopIteration):
        return None


def _by_code(code: int | None) -> Answer:
    if code is None:
        return Answer("later", "no robot's answer")
    return Answer("delivered") if code == 0 else Answer("never", f"code {code}")


def _by_reply(code: int) -> Answer:
    """Judge a mail server's refusal: 5yz is for good, 4yz for now."""
    return Answer("never" if str(code).startswith("5") else "later", f"SMTP {code}")
