"""签名密钥: the standalone service's pair of keys: made once, the private half for its owner's eyes only."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

PRIVATE, PUBLIC = "tokens.private.jwk", "jwks.json"
ALGORITHM = "ES256"
_PUBLIC_FIELDS = ("kty", "crv", "x", "y", "kid", "use", "alg")


class SigningKey(NamedTuple):
    """私钥 that signs, and the name by which tokens point to it."""

    kid: str
    key: ec.EllipticCurvePrivateKey

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token that says these claims."""
        return jwt.encode(dict(claims), self.key, ALGORITHM, headers={"kid": self.kid})


class UnfitKey(Exception):
    """A file that holds no private key to sign with; says which file and what to do."""


def make_keys(folder: Path) -> None:
    """Make a pair in a folder; raises FileExistsError rather than overwrite one, and OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / PUBLIC).exists():
        raise FileExistsError(0, "exists", str(folder / PUBLIC))
    key = ec.generate_private_key(ec.SECP256R1())
    kid = f"local-{datetime.now(UTC):%Y%m%d%H%M%S}-{os.urandom(4).hex()}"
    jwk = {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": ALGORITHM}
    _write_once(folder / PRIVATE, jwk, 0o600)
    _write_once(folder / PUBLIC, _key_set(jwk), 0o644)


def keep_keys(folder: Path) -> dict[str, str]:
    """Make a pair unless there is one; return the settings that name it. Raises UnfitKey, OSError."""
    if not (folder / PRIVATE).exists():
        make_keys(folder)
    elif not (folder / PUBLIC).exists():
        # A start that was cut short between the two files.
        read_signing_key(folder / PRIVATE)
        _write_once(folder / PUBLIC, _key_set(_object(folder / PRIVATE)), 0o644)
    return named(folder)


def named(folder: Path) -> dict[str, str]:
    """Return the settings under which the keys of a folder are used."""
    here = folder.resolve()
    return {"RIVER_JWKS": str(here / PUBLIC), "RIVER_TOKEN_KEY": str(here / PRIVATE)}


def read_signing_key(path: Path) -> SigningKey:
    """Return the private key of a JWK file; raises UnfitKey."""
    try:
        jwk = _object(path)
        key = jwt.PyJWK(jwk, ALGORITHM).key
    except OSError as trouble:
        raise UnfitKey(f"{path} 无法读取 cannot be read: {trouble.strerror}") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise UnfitKey(_NO_KEY.format(path=path)) from None
    kid = jwk.get("kid")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1" and isinstance(kid, str):
        return SigningKey(kid, key)
    raise UnfitKey(_NO_KEY.format(path=path))


_NO_KEY = (
    "{path} 不是 EC P-256 私钥(JWK,含 kid) is no private EC P-256 key with a kid;"
    " 另行生成 make another pair elsewhere: python -m ops token keys FOLDER"
)


def _object(path: Path) -> dict[str, Any]:
    read = json.loads(path.read_bytes())
    if isinstance(read, dict):
        return read
    raise ValueError


def _key_set(jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {"keys": [{field: jwk[field] for field in _PUBLIC_FIELDS if field in jwk}]}


def _write_once(path: Path, content: Mapping[str, Any], mode: int) -> None:
    # Made with its rights, so that nobody reads a secret between two calls.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
