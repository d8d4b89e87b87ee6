"""公钥: reads a key set (JWKS), and takes none that is weak, secret or shared."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.algorithms import AllowedPublicKeys
from jwt.exceptions import PyJWTError

from reading.errors import Fault, Unreadable

SHORTEST_RSA = 2048
"""Bits."""

_ALGORITHMS = {
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("RSA", None): ("RS256", "PS256"),
}
"""By kind and curve; none in which whoever checks a token could also have written it."""


class PublicKey(NamedTuple):
    """公钥 of a provider, and the algorithms by which a token may be signed with it."""

    key: AllowedPublicKeys
    algorithms: tuple[str, ...]


KeySet = Mapping[str, PublicKey]
"""By kid."""


class _Unfit(Exception):
    """Why one key makes the whole set unfit."""


def read_key_set(text: bytes, name: str) -> KeySet:
    """Return the keys of a JWKS by their kid; raises Unreadable, in which `name` stands for the file.

    Keys for another use or of another kind are passed over, as providers publish them beside ours. A secret,
    a private or a short key is a mistake of somebody who must hear of it.
    """
    keys: dict[str, PublicKey] = {}
    faults: list[Fault] = []
    for number, jwk in enumerate(_listed(text, name)):
        try:
            if key := _public_key(jwk):
                keys[_new_kid(jwk, keys)] = key
        except _Unfit as unfit:
            faults.append(Fault(file=name, where=f"keys[{number}]", reason=str(unfit)))
    if not keys and not faults:
        wanted = "EC P-256, Ed25519, RSA"
        reason = f"没有可用的签名公钥 there is no signing key; usable are {wanted}"
        faults.append(Fault(file=name, where="keys", reason=reason))
    if faults:
        raise Unreadable(faults)
    return keys


def _listed(text: bytes, name: str) -> list[Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Unreadable([Fault(file=name, where="keys", reason='不是公钥集 no key set: {"keys": […]} is')])
    return listed


def _public_key(jwk: Any) -> PublicKey | None:
    if not isinstance(jwk, dict):
        raise _Unfit("不是公钥 no key: an object is")
    if jwk.get("kty") == "oct" or "k" in jwk:
        raise _Unfit("是对称密钥 a symmetric key: whoever checks with it could sign")
    if "d" in jwk:
        raise _Unfit("是私钥,只应有公钥 a private key: only its public half belongs here")
    algorithms = _algorithms(jwk)
    if not algorithms:
        return None
    try:
        key = PyJWK(jwk, algorithms[0]).key
    except (PyJWTError, ValueError, TypeError, OverflowError):
        raise _Unfit("无法读取 the key cannot be read") from None
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise _Unfit(f"RSA 密钥过短 an RSA key of {key.key_size} bits: {SHORTEST_RSA} at least")
    return PublicKey(key, algorithms)


def _algorithms(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    """Return by which of our algorithms the key is meant to be used; by none if it is for something else."""
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        return ()
    kind, curve = jwk.get("kty"), jwk.get("crv")
    ours = next((names for of, names in _ALGORITHMS.items() if [kind, curve] == list(of)), ())
    return tuple(name for name in ours if jwk.get("alg", name) == name)


def _new_kid(jwk: Mapping[str, Any], known: KeySet) -> str:
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _Unfit("缺少 kid the key has no kid, by which tokens name it")
    if kid in known:
        raise _Unfit("kid 重复 another key has the same kid")
    return kid
