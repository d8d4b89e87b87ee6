"""导出签名: the pair of keys that signs what is kept outside; the public half travels."""

import base64
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from ops.signing import UnfitKey

DEFAULT = Path("var/keys/export.private.jwk")
_ALGORITHM = "EdDSA"


class PublicKey(NamedTuple):
    """公钥: what proves a signature, by its print (RFC 7638)."""

    key: Ed25519PublicKey
    jwk: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """What is read aloud and compared: of the key alone, whoever names it how."""
        thumb = json.dumps({name: self.jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
        return base64.urlsafe_b64encode(sha256(thumb.encode()).digest()).decode().rstrip("=")

    def holds(self, signature: str, content: bytes) -> bool:
        """Whether the content was signed by the other half of this key."""
        try:
            self.key.verify(base64.b64decode(signature.strip(), validate=True), content)
        except (InvalidSignature, ValueError):
            return False
        return True


class PrivateKey(NamedTuple):
    """私钥 that signs."""

    key: Ed25519PrivateKey

    def sign(self, content: bytes) -> str:
        """Return the signature in base64; the same content is signed the same."""
        return base64.b64encode(self.key.sign(content)).decode()

    @property
    def public(self) -> PublicKey:
        """Return the half that travels."""
        key = self.key.public_key()
        jwk = OKPAlgorithm.to_jwk(key, as_dict=True)
        return PublicKey(key, {name: str(jwk[name]) for name in ("crv", "kty", "x")})


def keep_private_key(path: Path) -> tuple[PrivateKey, bool]:
    """Return the key in a file, made if there is none, and whether it is new. Raises UnfitKey, OSError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made with its rights, so that nobody reads a secret between two calls.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_private(path), False
    key = Ed25519PrivateKey.generate()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(OKPAlgorithm.to_jwk(key, as_dict=True), file, indent=2)
        file.write("\n")
    return PrivateKey(key), True


def _read_private(path: Path) -> PrivateKey:
    key = _key(path.read_bytes(), str(path))
    if isinstance(key, Ed25519PrivateKey):
        return PrivateKey(key)
    raise UnfitKey(f"{path} 不是 Ed25519 私钥(JWK) is no private Ed25519 key")


def read_public_key(content: bytes, name: str) -> PublicKey:
    """Return the public key in a JWK; a private one gives its public half. Raises UnfitKey."""
    key = _key(content, name)
    if isinstance(key, Ed25519PrivateKey):
        return PrivateKey(key).public
    if isinstance(key, Ed25519PublicKey):
        jwk = OKPAlgorithm.to_jwk(key, as_dict=True)
        return PublicKey(key, {part: str(jwk[part]) for part in ("crv", "kty", "x")})
    raise UnfitKey(f"{name} 不是 Ed25519 公钥(JWK) is no public Ed25519 key")


def _key(content: bytes, name: str) -> Any:
    try:
        read: Any = json.loads(content)
        return jwt.PyJWK(read, _ALGORITHM).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise UnfitKey(f"{name} 不是 Ed25519 密钥(JWK) is no Ed25519 key in a JWK") from None
