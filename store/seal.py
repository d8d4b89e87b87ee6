"""封存: enciphers a few words so that only a key opens them, and only under their own token."""

import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 2048
"""Bytes: what is sealed fills whole blocks. The longest reporter fits into one, so all have one length."""

_KEY_BYTES = 32
_NONCE_BYTES = 12
_LENGTH_BYTES = 4
_MEANT_FOR = "river/sealed.reporters/1"
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class BadKeys(ValueError):
    """封存密钥写法有误: says which key is not well formed and never what it is."""


class NotConfigured(Exception):
    """没有封存密钥: nothing can be sealed or opened before there is a key."""

    def __init__(self) -> None:
        super().__init__(
            "未配置封存密钥 RIVER_SEAL_KEYS,实名举报无法受理。 "
            "RIVER_SEAL_KEYS is not set: nobody's name can be taken. See python -m ops seal new-key"
        )


class _OfOne(Exception):
    """Says which row is meant by its token and its key's id, and nothing of what is in it."""

    message = ""

    def __init__(self, token: str, key_id: str) -> None:
        super().__init__(self.message.format(token=token, key_id=key_id))
        self.token, self.key_id = token, key_id


class UnknownKey(_OfOne):
    """缺少密钥: sealed under a key that this process was not given."""

    message = "{token}: 缺少封存密钥 {key_id}。 The seal's key {key_id} is not in RIVER_SEAL_KEYS."


class Broken(_OfOne):
    """封存被改动: what lies under the token is not what was sealed under it with this key."""

    message = "{token}: 封存内容已被改动(密钥 {key_id})。 What was sealed under key {key_id} was changed."


class Sealed(NamedTuple):
    """密文: one row's worth of it."""

    key_id: str
    nonce: bytes
    cipher: bytes


class Keys:
    """密钥: the first one seals, all of them open."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys), None)

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Read `<key id>:<32 bytes in base64>,…`; nothing gives no keys. Raises BadKeys."""
        keys: dict[str, bytes] = {}
        for place, entry in enumerate((text or "").split(",") if text else (), start=1):
            key_id, _, encoded = entry.strip().partition(":")
            if not _KEY_ID.fullmatch(key_id) or key_id in keys:
                raise _bad(place, "编号有误或重复", "its id is not well formed, or there twice")
            keys[key_id] = _key(place, encoded)
        return cls(keys)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the newest first."""
        return tuple(self._ciphers)

    @property
    def newest(self) -> str:
        """The id of the key that seals; raises NotConfigured."""
        if self._newest is None:
            raise NotConfigured
        return self._newest

    def seal(self, token: str, plain: bytes) -> Sealed:
        """Seal a text under a token; raises NotConfigured."""
        key_id, nonce = self.newest, os.urandom(_NONCE_BYTES)
        return Sealed(
            key_id, nonce, self._ciphers[key_id].encrypt(nonce, _padded(plain), _bound(token, key_id))
        )

    def open(self, token: str, sealed: Sealed) -> bytes:
        """Return the text sealed under a token; raises NotConfigured, UnknownKey or Broken."""
        if not self._ciphers:
            raise NotConfigured
        key_id, nonce, cipher = sealed
        if key_id not in self._ciphers:
            raise UnknownKey(token, key_id)
        try:
            return _unpadded(self._ciphers[key_id].decrypt(nonce, cipher, _bound(token, key_id)))
        except (InvalidTag, ValueError):  # another length of nonce is a ValueError
            raise Broken(token, key_id) from None


def fresh_key(key_id: str) -> str:
    """Return a new key as RIVER_SEAL_KEYS spells it; raises BadKeys for an id that it would not read."""
    key = f"{key_id}:{b64encode(os.urandom(_KEY_BYTES)).decode()}"
    Keys.read(key)
    return key


def _key(place: int, encoded: str) -> bytes:
    try:
        key = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise _bad(place, "不是 32 字节的 base64", "it is not 32 bytes in base64") from None
    return key


def _bad(place: int, zh: str, en: str) -> BadKeys:
    return BadKeys(f"RIVER_SEAL_KEYS 第 {place} 个密钥{zh}。 Key number {place}: {en}.")


def _bound(token: str, key_id: str) -> bytes:
    """What must be the same at opening: a row cannot be moved to another token, key or table."""
    return f"{_MEANT_FOR}\0{key_id}\0{token}".encode()


def _padded(plain: bytes) -> bytes:
    said = len(plain).to_bytes(_LENGTH_BYTES, "big") + plain
    return said + bytes(-len(said) % BLOCK)


def _unpadded(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
