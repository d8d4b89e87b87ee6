"""钥匙: where the public keys come from: a file that may change, or an address that may be away."""

import asyncio
import http.client
import ipaddress
import re
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from reading.errors import Fault, Unreadable
from reading.keys import KeySet, PublicKey, read_key_set

log = structlog.get_logger()

_PLAIN = re.compile(r"[!-~]+")

SETTING = "RIVER_JWKS"
LARGEST = 1 << 20
"""Bytes; a provider's key set has a few thousand."""
FRESH_FOR = 600.0
"""Seconds after which an address is asked again, so that a key that was withdrawn opens nothing for long."""
PAUSE = 30.0
"""Seconds between two questions to an address, however many unknown keys are named in them."""
PATIENCE = 5.0
"""Seconds that the address may take, and that a token with an unknown key waits."""
HARDLY = 0.3
"""Seconds that a token with a known key waits for a fresher set."""


class KeysAway(Exception):
    """The provider has not answered yet, not even once."""


class Keys(Protocol):
    """钥匙: finds the key that a token names."""

    async def key(self, kid: str) -> PublicKey | None: ...


async def keys_at(jwks: str) -> Keys:
    """Return the keys of a JWKS file or an https address; raises Unreadable, which names the setting.

    An address that does not answer is asked again later: until then the public is served all the same.
    """
    if "://" not in jwks:
        return KeyFile(Path(jwks))
    _require_safe(jwks)
    keys = KeyAddress(jwks)
    await keys.begin()
    return keys


class KeyFile:
    """公钥文件: read again when it has changed; one that cannot be used leaves the last good set in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _stamp(path)
        self._keys = _read_file(path)

    async def key(self, kid: str) -> PublicKey | None:
        """Return the key of this name, from the file as it now is."""
        if (stamp := _stamp(self._path)) != self._seen:
            self._seen = stamp
            try:
                self._keys = _read_file(self._path)
            except Unreadable as unreadable:
                log.warning("keys_unfit", reason=str(unreadable))
            else:
                log.info("keys_changed", keys=len(self._keys))
        return self._keys.get(kid)


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return what differs after a file was written or replaced; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _read_file(path: Path) -> KeySet:
    name = f"{SETTING}={path}"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as trouble:
        reason = f"无法读取 cannot be read: {trouble.strerror}"
        raise Unreadable([Fault(file=name, where="file", reason=reason)]) from None
    return read_key_set(text[:LARGEST], name)


class KeyAddress:
    """公钥地址: asked rarely and one question at a time; while it is away, the last good set is in force."""

    def __init__(self, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._clock = clock
        self._keys: KeySet = {}
        self._old_at = self._next_at = clock()
        self._asking: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Ask for the first time; raises Unreadable if what comes is no key set that could ever be used."""
        self._next_at = self._clock() + PAUSE
        try:
            await self._ask()
        except _AWAY as trouble:
            log.warning("keys_away", reason=type(trouble).__name__)

    async def key(self, kid: str) -> PublicKey | None:
        """Return the key of this name; raises KeysAway while there has been no answer at all."""
        if kid not in self._keys:
            await self._look_again(PATIENCE)
        elif self._clock() >= self._old_at:
            await self._look_again(HARDLY)
        if not self._keys:
            raise KeysAway
        return self._keys.get(kid)

    async def _look_again(self, at_most: float) -> None:
        if self._asking is None or self._asking.done():
            if self._clock() < self._next_at:
                return
            self._next_at = self._clock() + PAUSE
            self._asking = asyncio.create_task(self._ask_again())
        await asyncio.wait({self._asking}, timeout=at_most)

    async def _ask_again(self) -> None:
        try:
            await self._ask()
        except _AWAY as trouble:
            log.warning("keys_away", reason=type(trouble).__name__)
        except Unreadable as unreadable:
            log.warning("keys_unfit", reason=str(unreadable))

    async def _ask(self) -> None:
        # A name server may hold a thread for longer than any socket's time-out.
        text = await asyncio.wait_for(asyncio.to_thread(_fetched, self._address), PATIENCE)
        self._keys = read_key_set(text, f"{SETTING}={self._address}")
        self._old_at = self._clock() + FRESH_FOR


_AWAY = (OSError, http.client.HTTPException)
"""What a provider's absence looks like; time-outs and answers such as 500 are among them."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An address that sends us elsewhere is not asked there: it could be without encryption."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetched(address: str) -> bytes:
    until = time.monotonic() + PATIENCE
    asked = urllib.request.Request(address, headers={"Accept": "application/json"})  # noqa: S310 - see _require_safe
    pieces: list[bytes] = []
    with urllib.request.build_opener(_NoRedirect).open(asked, timeout=PATIENCE) as answer:
        while piece := answer.read1(65_536):
            pieces.append(piece)
            if sum(map(len, pieces)) > LARGEST or time.monotonic() > until:
                raise TimeoutError("the answer does not end")
    return b"".join(pieces)


def _require_safe(address: str) -> None:
    if not _is_safe(address):
        reason = "不是 https 地址(http 仅限本机) no https address; http is for this machine only"
        raise Unreadable([Fault(file=SETTING, where="address", reason=reason)])


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
        plain = _PLAIN.fullmatch(address) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    if not plain or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
